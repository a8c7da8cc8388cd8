"""The national look-up against the national simulator, over real sockets with real signatures on both sides."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from adapters.discovery import find_adapter
from adapters.register.dgcpr import CprLookup, Settings
from gateway.domain.citizen.lookup import Custody, InsuranceGroup, NationalAnswer, PersonStatus
from gateway.domain.errors import ConfigFault, PeerBusy, PeerCannot, PeerError, PeerIll, PeerUnavailable, PeerUnclear
from gateway.domain.identifiers import Cpr, ECpr, Ydernummer
from gateway.ports.registers import NationalLookup
from tests.support.peers.adapter_peers import key_files
from tests.support.peers.national import CVR, National, national

BOERGE = Cpr("0201609995")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[National]:
    with national(tmp_path_factory.mktemp("nsp"), "--whitelist", CVR) as one:
        yield one


@pytest.fixture
def nsp(running: National) -> National:
    running.reset()
    return running


def now() -> datetime:
    return datetime.now(UTC)


def fault_of(lookup: NationalLookup, asked: Cpr = BOERGE) -> PeerError:
    with pytest.raises(PeerError) as fault:
        lookup.find(asked, now())
    return fault.value


def test_it_is_found_by_its_folder() -> None:
    found = find_adapter("register", "dgcpr")
    assert found.settings is Settings and found.adapter is CprLookup


@pytest.mark.parametrize(
    ("asked", "own", "group", "status"),
    [
        ("0201609995", "034835", "1", "01"),
        ("0504909989", "012041", "1", "01"),
        ("0108629996", "005126", "1", "01"),
        ("3001749995", None, "2", "01"),
        ("0201919995", None, "9", "90"),
        ("0107729995", None, "1", "01"),
        ("1502829995", None, "7", "80"),
        ("1306249995", None, "0", "30"),
        ("1306249996", None, "8", "70"),
    ],
)
def test_whose_patient_this_is(nsp: National, asked: str, own: str | None, group: str, status: str) -> None:
    moment = now()
    said = nsp.lookup().find(Cpr(asked), moment)
    assert said.known and not said.dummies and said.as_of == moment
    assert said.own == (Ydernummer(own) if own else None)
    assert (said.group, said.status) == (InsuranceGroup(group), PersonStatus(status))


def test_the_special_ones(nsp: National) -> None:
    lookup = nsp.lookup()
    assert lookup.find(Cpr("0212159995"), moment := now()) == NationalAnswer.nobody(moment)
    old = lookup.find(Cpr("0201919996"), now())
    assert (old.status, old.renumbered_to) == (PersonStatus.RENUMBERED, Cpr("0201919990"))
    hidden = lookup.find(Cpr("1502779995"), now())
    assert hidden.protected and hidden.own == Ydernummer("034835") and not hidden.dummies
    for asked in ("0108589995", "1502799995"):
        said = lookup.find(Cpr(asked), now())
        assert said.dummies and said.own is None and said.group is InsuranceGroup.NOT_SAID
    assert lookup.find(Cpr("0505159995"), now()).custody == (Custody.MOTHER, Custody.FATHER)
    assert lookup.find(Cpr("1310169995"), now()).custody == (Custody.GUARDIAN,)


def test_one_card_serves_everybody(nsp: National) -> None:
    lookup = nsp.lookup()
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: lookup.find(BOERGE, now()), range(24)))
    assert {each.own for each in said} == {Ydernummer("034835")}
    assert nsp.log() == {"sts requests": 1, "cards issued": 1, "cpr requests": 24, "look-ups done": 24}


def test_an_expired_card_is_renewed_once_and_the_message_repeated(nsp: National) -> None:
    lookup = nsp.lookup()
    nsp.plan("cpr", "fault", code="expired_idcard")
    assert lookup.find(BOERGE, now()).own == Ydernummer("034835")
    assert nsp.log() == {
        "sts requests": 2, "cards issued": 2, "cpr requests": 2, "cpr faults": 1, "look-ups done": 1,
    }  # fmt: skip
    nsp.reset()
    nsp.plan("cpr", "fault", code="expired_idcard", times=9)
    assert fault_of(lookup).args[:2] == ("dgcpr", "expired_idcard")
    assert nsp.log()["cpr requests"] == 2


def test_a_lost_answer_is_asked_for_again_and_the_work_is_done_once(nsp: National) -> None:
    nsp.plan("cpr", "drop-reply")
    assert nsp.lookup().find(BOERGE, now()).own == Ydernummer("034835")
    log = nsp.log()
    assert (log["cpr requests"], log["look-ups done"], log["answers replayed"]) == (2, 1, 1)


def test_who_is_not_whitelisted_stops_at_once(nsp: National, tmp_path: Path) -> None:
    other = nsp.certificate("99220007", "Skovby Kommune")
    for name, text in (("caller.pem", other["certificate"]), ("caller.key", other["key"])):
        (tmp_path / name).write_text(text)
    (tmp_path / "sts.pem").write_text((nsp.keys / "sts.pem").read_text())
    fault = fault_of(National(nsp.url, tmp_path).lookup(organisation_cvr="99220007"))
    assert isinstance(fault, PeerIll) and fault.code == "not_authorized"
    assert nsp.log()["cpr requests"] == 1


@pytest.mark.parametrize("mode", ["fault", "fault-200"])
def test_a_fault_is_one_under_any_status(nsp: National, mode: str) -> None:
    nsp.plan("cpr", mode, code="invalid_signature")
    assert fault_of(nsp.lookup()).args[:2] == ("dgcpr", "invalid_signature")


def test_a_packed_answer_is_read(nsp: National) -> None:
    nsp.plan("*", "multipart", times=2)
    assert nsp.lookup().find(BOERGE, now()).own == Ydernummer("034835")


@pytest.mark.parametrize("mode", ["garbage", "doctype"])
@pytest.mark.parametrize("route", ["sts", "cpr"])
def test_what_cannot_be_read_is_refused(nsp: National, route: str, mode: str) -> None:
    nsp.plan(route, mode, times=2)  # a look-up is asked once more
    assert fault_of(nsp.lookup()).args[:2] == ("dgcpr", "invalid-answer" if route == "cpr" else "sts-invalid-answer")
    nsp.reset()


def test_an_sts_in_trouble_means_that_nothing_was_asked(nsp: National) -> None:
    for mode, more in (("fault-200", {"code": ""}), ("drop-reply", {})):
        nsp.plan("sts", mode, **more)
        fault = fault_of(nsp.lookup())
        assert isinstance(fault, (PeerUnavailable, PeerUnclear)) and fault.certainly_not_done
    nsp.plan("sts", "down-503")
    assert isinstance(fault_of(nsp.lookup()), PeerBusy)
    assert "cpr requests" not in nsp.log()


def test_silence_ends_with_the_connections_own_limit(nsp: National) -> None:
    nsp.plan("cpr", "black-hole", delay=60)
    fault = fault_of(nsp.lookup(timeout_seconds=4.0))
    assert isinstance(fault, PeerUnavailable) and fault.phase == "awaiting the answer"
    assert nsp.log()["cpr requests"] == 1  # no time was left to ask again


def test_nobody_there_is_certainly_not_done(nsp: National) -> None:
    fault = fault_of(nsp.lookup(sts_address="http://nsp.localhost:1/sts"))
    assert isinstance(fault, PeerUnavailable) and fault.certainly_not_done


def test_a_card_under_another_name_or_key_is_not_used(nsp: National) -> None:
    assert fault_of(nsp.lookup(sts_issuer="TEST1-NSP-STS")).args[:2] == ("dgcpr", "sts-card-issuer")
    assert fault_of(nsp.lookup(sts_certificates="caller.pem")).args[:2] == ("dgcpr", "sts-card-certificate")
    assert "cpr requests" not in nsp.log()


def test_an_organisation_that_is_not_the_certificates_is_refused_by_the_sts(nsp: National) -> None:
    assert fault_of(nsp.lookup(organisation_cvr="99220007")).args[:2] == ("dgcpr", "sts-failed-authentication")


def test_sha1_from_the_sts_is_believed_only_where_the_stanza_says_so(tmp_path: Path) -> None:
    with national(tmp_path, "--sha1") as old:
        assert fault_of(old.lookup()).args[:2] == ("dgcpr", "sts-card-algorithm")
        assert old.lookup(sts_signs_with_sha1=True).find(BOERGE, now()).own == Ydernummer("034835")


def test_a_card_is_renewed_half_a_minute_before_it_expires(tmp_path: Path) -> None:
    with national(tmp_path, "--card-seconds", "329") as hasty:  # five minutes back-dated: 29 seconds are left
        lookup = hasty.lookup()
        for _ in range(3):
            assert lookup.find(BOERGE, now()).known
        assert hasty.log()["cards issued"] == 3


def test_a_replacement_number_is_not_asked_about(nsp: National) -> None:
    with pytest.raises(PeerCannot):
        nsp.lookup().find(ECpr.parse("0703921VJ4"), now())
    assert nsp.log() == {}


def test_nothing_about_the_citizen_is_logged_or_raised(nsp: National, caplog: pytest.LogCaptureFixture) -> None:
    lookup = nsp.lookup()
    told: list[str] = []
    with caplog.at_level(logging.DEBUG):
        lookup.find(BOERGE, now())
        lookup.find(Cpr("0212159995"), now())
        for mode in ("garbage", "doctype", "fault", "drop-reply", "down-503"):
            nsp.plan("cpr", mode, times=2)
            fault: BaseException | None = fault_of(lookup)
            while fault is not None:
                told.append(repr(fault))
                fault = fault.__cause__ or fault.__context__
            nsp.reset()
    for word in ("0201609995", "0212159995", "Testmose", "Børge", "Assertion"):
        assert word not in caplog.text and word not in "".join(told)


def test_an_agreement_may_be_one_tenants_own(nsp: National) -> None:
    assert str(nsp.lookup(tenant=str(UUID(int=7))).settings.tenant) == str(UUID(int=7))
    assert nsp.lookup().settings.tenant is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": "caller.pem"}, "key"),
        ({"certificate": "caller.key"}, "certificate"),
        ({"certificate": "sts.pem"}, "key"),
        ({"sts_certificates": "caller.key"}, "sts_certificates"),
    ],
)
def test_keys_that_do_not_fit_stop_the_start(nsp: National, changes: dict[str, str], field: str) -> None:
    with pytest.raises(ConfigFault) as fault:
        nsp.lookup(**changes)
    assert str(fault.value).startswith(f"{field}: ") and "PRIVATE" not in str(fault.value)


def test_an_elliptic_key_is_refused_at_the_start(nsp: National, tmp_path: Path) -> None:
    pem, _ = key_files(tmp_path)
    (nsp.keys / "elliptic.key").write_text(pem)
    with pytest.raises(ConfigFault):
        nsp.lookup(key="elliptic.key")


@pytest.mark.parametrize(
    "changes",
    [{"organisation_cvr": "12345678"}, {"address": "http://cpr.example/"}, {"timeout_seconds": 0}, {"level": 4}],
)
def test_a_stanza_is_checked_whole(nsp: National, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        nsp.lookup(**changes)

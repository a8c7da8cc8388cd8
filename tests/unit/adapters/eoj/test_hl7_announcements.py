"""An announcement by appointment or registration says who starts for whom, and what is wrong in one names its field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import hl7
import pytest
from pydantic import ValidationError

from adapters.eoj.hl7v2 import Adapter, Settings
from adapters.wire.er7 import Er7Fault
from adapters.wire.v2.judge import is_strictly_valid
from gateway.certify.eoj.hl7v2 import CERTIFICATE, NAMES
from gateway.domain.errors import LaunchRefused
from gateway.domain.identifiers import Cpr, ECpr, Ydernummer
from gateway.domain.launch import Launch
from gateway.domain.peers.messages import Envelope
from simulators.eoj import records
from simulators.hl7.speaking import Voice
from simulators.hl7record.announcing import Announce, announcement

KEPT = records.load(None)
KINDS = {"SIU": ("SIU_S12", "S12"), "ADT": ("ADT_A01", "A04")}
LINE = {"host": "localhost", "port": 2575, "tls": False, **NAMES}


def adapter(**more: Any) -> Adapter:
    stanza = {**LINE, "launches": True, "caller_certificate": CERTIFICATE, **more}
    return Adapter("hl7-fjordby", Settings.model_validate(stanza), lambda reference: reference)


def frame(record: str = "r-1002", charset: str = "UNICODE UTF-8", **said: Any) -> bytes:
    return announcement(Announce(record=record, **said), KEPT, Voice(charset, "T"))


def opened(sent: bytes, **settings: Any) -> Launch:
    return adapter(**settings).verify(Envelope({}, {}, sent, certificate=CERTIFICATE), datetime.now(UTC))[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("record", [each.reference for each in KEPT.record])
def test_what_the_care_system_announces_satisfies_both_judges(kind: str, record: str) -> None:
    text = frame(record, kind=kind, employee="FJ-1", family="Sø&holm", given="Åse | Æ", cvr="99110007").decode()
    assert is_strictly_valid(text), text
    structure, trigger = KINDS[kind]
    assert [str(part) for part in hl7.parse(text).segment("MSH")[9][0]] == [[kind], [trigger], [structure]] or (
        str(hl7.parse(text).segment("MSH")[9]) == f"{kind}^{trigger}^{structure}"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_who_starts_for_whom(kind: str) -> None:
    launch = opened(frame(kind=kind, employee="FJ-1", family="Sø&holm", given="Åse | Æ"))
    assert (launch.employee.subject, launch.employee.name) == ("FJ-1", "Åse | Æ Sø&holm")
    assert launch.record_ref == "Patient/r-1002" and launch.connection == "hl7-fjordby"
    assert launch.citizen is not None and launch.citizen.identifier == Cpr("0201609996")
    assert (launch.citizen.name, launch.citizen.birth_date) == ("Karla Testmose", date(1960, 1, 2))
    assert launch.practice is not None and launch.practice.ydernummer == Ydernummer("034835")
    assert launch.agreement is None


def test_both_kinds_about_the_same_citizen_are_the_same_start() -> None:
    assert opened(frame(kind="SIU")).key == opened(frame(kind="ADT")).key
    assert opened(frame(employee="FJ-2")).key != opened(frame()).key


def test_an_agreed_time_comes_along() -> None:
    agreed = opened(frame(agreed="20261201101500+0100")).agreement
    assert agreed is not None and agreed.at == datetime(2026, 12, 1, 9, 15, tzinfo=UTC)
    assert agreed.with_whom == "Mette Holm"


@pytest.mark.parametrize(("said", "hour"), [("20260701101500", 8), ("20261201101500", 9), ("202612011015", 9)])
def test_a_time_without_a_zone_is_danish(said: str, hour: int) -> None:
    sent = frame(agreed="20261201101500+0100").replace(b"20261201101500+0100", said.encode())
    agreed = opened(sent).agreement
    assert agreed is not None and agreed.at is not None and agreed.at.astimezone(UTC).hour == hour


def test_a_message_written_in_danish_time_is_taken() -> None:
    sent, now = frame(), datetime(2026, 7, 1, 8, 15, tzinfo=UTC)
    at = sent.split(b"|")[6]
    written = sent.replace(b"|" + at + b"|", b"|20260701101400|", 1)
    launch, _ = adapter().verify(Envelope({}, {}, written, certificate=CERTIFICATE), now)
    assert launch.employee.subject == "FJ-1001"
    with pytest.raises(LaunchRefused):  # as UTC it would be from later
        adapter().verify(Envelope({}, {}, written.replace(b"101400", b"081400"), certificate=CERTIFICATE), now)


def test_a_name_is_one_line() -> None:
    sent = frame().replace(b"Testmose^Karla", b"Test\\X0A\\mose^  Karla ")
    citizen = opened(sent).citizen
    assert citizen is not None and citizen.name == "Karla Test mose"


def test_a_replacement_number_and_a_withheld_name() -> None:
    replaced = next(each for each in KEPT.record if each.x_ecpr)
    protected = next(each for each in KEPT.record if each.protected)
    citizen = opened(frame(replaced.reference)).citizen
    assert citizen is not None and citizen.identifier == ECpr.parse(replaced.x_ecpr or "", None, "x")
    citizen = opened(frame(protected.reference)).citizen
    assert citizen is not None and citizen.protected and protected.family not in citizen.name


def test_a_number_that_was_taken_back_is_none() -> None:
    sent = frame().replace(
        b"|0201609996^^^CPR", b"|2512489996^^^CPR&1.2.208.176.1.2&ISO^NNDNK^^^20200101~0201609996^^^CPR"
    )
    citizen = opened(sent).citizen
    assert citizen is not None and citizen.identifier == Cpr("0201609996")


SPOILT = [
    ("SCH^1^20", b"|FJ-1001^Holm^Mette|||||Pending", b"||||||Pending"),
    ("PID^1^3", b"~r-1002^^^FJORDBY-EOJ^PI", b""),
    ("PID^1^3", b"r-1002^^^FJORDBY-EOJ", b"r-1002^^^ANOTHER-EOJ"),
    ("PID^1^3", b"r-1002^^^", b"r/1002^^^"),
    ("PID^1^3", b"0201609996^^^CPR", b"9901609996^^^CPR"),
    ("PID^1^3", b"0201609996^^^CPR&1.2.208.176.1.2&ISO^NNDNK~", b"02016~"),
    ("PID^1^3", b"0201609996^^^CPR&1.2.208.176.1.2&ISO^NNDNK~", b"02^01609996^^^CPR&1.2.208.176.1.2&ISO^NNDNK~"),
    ("PID^1^3", b"0201609996^^^CPR&1.2.208.176.1.2&ISO^NNDNK~", b"0201609996^^^CPR&1.2.208~176.1.2&ISO^NNDNK~"),
    ("PID^1^7", b"|19600102|", b"|19601302|"),
    ("PID^1^8", b"|19600102|F", b"|19600102|Q"),
    ("PD1^1^3", b"^034835", b"^34 835"),
    ("SCH^1^11", b"^^^20261201101500+0100", b"^^^i morgen"),
    ("MSH^1^9", b"SIU^S12^SIU_S12", b"SIU^S15^SIU_S12"),
    ("MSH^1^9", b"SIU^S12^SIU_S12", b"ORU^R01^ORU_R01"),
]


@pytest.mark.parametrize(("place", "old", "new"), SPOILT)
def test_what_is_wrong_names_its_field_and_never_its_value(place: str, old: bytes, new: bytes) -> None:
    sent = frame(agreed="20261201101500+0100")
    assert old in sent
    with pytest.raises(Er7Fault) as fault:
        opened(sent.replace(old, new))
    assert fault.value.location == place
    assert not {"1002", "9996", "Holm", "34 835"} & set(str(fault.value.args))


def test_nobody_is_started_for_who_has_died() -> None:
    died = b"|19600102|F" + b"|" * 22 + b"Y"
    with pytest.raises(LaunchRefused) as fault:
        opened(frame().replace(b"|19600102|F", died))
    assert fault.value.public == "deceased"


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "certificate": ({}, {"caller_certificate": "ef" * 32}),
    "sender": ({"names": ("EOJ", "ANOTHER-EOJ", "LAEGEBRO", "FJORDBY")}, {}),
    "receiver": ({"names": ("EOJ", "FJORDBY-EOJ", "LAEGEBRO", "ANOTHER")}, {}),
    "processing": ({}, {"processing": "T"}),
    "time": ({"ago": 301}, {}),
    "organisation": ({"cvr": "99220007"}, {}),
}


@pytest.mark.parametrize("reason", [*REFUSED, "ahead", "nothing launches here"])
def test_what_is_not_genuine_is_refused_alike(reason: str) -> None:
    said, settings = REFUSED.get(reason, ({}, {}))
    said = {"ago": -301} if reason == "ahead" else said
    if reason == "nothing launches here":
        settings = {"launches": False, "caller_certificate": ""}
    with pytest.raises(LaunchRefused) as fault:
        opened(frame(**said), **settings)
    assert fault.value.public == LaunchRefused("").public


def test_without_a_moment_of_its_own_it_is_refused() -> None:
    sent = frame()
    at = sent.split(b"|")[6]
    for moment in (b"", b"20261301000000", b"i dag"):
        with pytest.raises(LaunchRefused):
            opened(sent.replace(b"|" + at + b"|", b"|" + moment + b"|", 1))


def test_its_one_time_name_outlives_the_time_it_is_taken_for() -> None:
    now = datetime.now(UTC)
    _, used = adapter().verify(Envelope({}, {}, frame(ago=-200), certificate=CERTIFICATE), now)
    latest = now + timedelta(seconds=200 + adapter().settings.announcement_life)
    assert used.expires_at > latest and used.issuer == "hl7v2:hl7-fjordby"
    assert replace(used, jti="").jti != used.jti


def test_names_alone_launch_nothing() -> None:
    with pytest.raises(ValidationError, match="caller_certificate"):
        Settings.model_validate({**LINE, "launches": True})

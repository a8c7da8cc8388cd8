"""A note stands in the care system exactly once, whatever the care system does meanwhile (real sockets)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import httpx
import pytest

from adapters.contract import note_samples as notes
from adapters.eoj.smart_fhir import Adapter, Settings
from gateway.domain.errors import PeerBusy, PeerError, PeerRefused, PeerUnavailable, PeerUnclear, PicturesRefused
from gateway.domain.identifiers import Cpr, ECpr
from gateway.domain.note.note import Modality, NoteStatus
from gateway.domain.note.still import StillRefusal
from gateway.domain.peers.delivery import Outcome, Receipt
from gateway.domain.peers.messages import NoteMessage
from gateway.domain.peers.verdict import judged
from simulators import wire
from tests.support.peers.adapter_peers import GATEWAY, key_files, new_key_pem, simulator

TENANT = UUID("0192f0c0-0000-7000-8000-000000000001")


@dataclass
class Eoj:
    """The adapter, and the care system's own word about what it holds."""

    adapter: Adapter
    url: str

    def control(self, method: str, path: str, body: object = None) -> httpx.Response:
        local = httpx.URL(self.url).copy_with(host="127.0.0.1")
        with wire.client(30) as http:
            return http.request(method, f"{local}/_sim/{path}".replace("//_sim", "/_sim"), json=body)

    def fault(self, route: str, mode: str, **more: float) -> None:
        assert self.control("POST", "faults", {"route": route, "mode": mode, **more}).status_code == 201

    def filed(self, message: NoteMessage) -> int:
        stored = self.control("GET", "log").json()["stored"]
        return int(stored.get("DocumentReference", {}).get(f"urn:ietf:rfc:3986|urn:uuid:{message.key}", 0))

    def requests(self) -> dict[str, int]:
        return dict(self.control("GET", "log").json()["requests"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eoj]:
    pem, jwks = key_files(tmp_path_factory.mktemp("keys"))
    with simulator("eoj", "--gateway-url", GATEWAY, "--client-jwks", str(jwks)) as url:
        yield Eoj(Adapter("eoj-fjordby", settings_for(url), lambda _: pem), url)


def settings_for(url: str) -> Settings:
    return Settings(
        issuer=f"{url}/fhir",
        client_id="laegebro",
        client_key="file:gateway.pem",
        tenant=TENANT,
        employee_claim="employee_id",
        organisation_cvr="99110007",
    )


@pytest.fixture
def eoj(running: Eoj) -> Eoj:
    running.control("POST", "reset")
    return running


def file_as_the_relay_does(eoj: Eoj, message: NoteMessage, until_quiet: Callable[[], None]) -> Receipt:
    """Done, certainly not, or unknown: then wait, ask, and file again only where the note is not there."""
    for _ in range(6):
        try:
            return eoj.adapter.file_note(message)
        except PeerError as fault:
            if judged(fault).outcome is Outcome.UNKNOWN:
                until_quiet()
                found = eoj.adapter.probe(message)
                if found is not None:
                    return found
    raise AssertionError("never filed")


def no_wait() -> None:
    """These faults leave nothing that happens later."""


def test_a_note_is_filed_with_its_contact_and_read_back(eoj: Eoj) -> None:
    message = notes.message()
    assert eoj.adapter.probe(message) is None
    assert eoj.adapter.read_back(message) is None
    receipt = eoj.adapter.file_note(message)
    assert receipt.reference == f"DocumentReference/{message.key}"
    assert receipt.received_at is not None and not receipt.replayed
    back = eoj.adapter.read_back(message)
    assert back is not None and back.filed_at is not None
    stored = eoj.control("GET", "log").json()["stored"]
    assert sum(stored["Encounter"].values()) == 1
    assert eoj.filed(message) == 1


def test_d13_a_note_of_another_organisations_employee_names_both(eoj: Eoj) -> None:
    """Whose record it is and whose employee wrote: the region's nurse in the municipality's record."""
    plain = notes.message()
    own, theirs = (replace(plain, key=uuid4(), case=uuid4(), organisation_cvr=cvr) for cvr in ("99110007", "99220007"))
    assert plain.note.facts is not None
    employer = plain.note.facts.organisation
    for message, is_own in ((own, True), (theirs, False)):
        eoj.adapter.file_note(message)
        stored = eoj.control("GET", "stored/DocumentReference").json()
        (document,) = (d for d in stored if any(str(message.key) in one["value"] for one in d["identifier"]))
        assert document["custodian"]["identifier"]["value"] == "99110007"
        assert (document["custodian"].get("display") == employer) is is_own
        assert any(employer in each["display"] for each in document["author"]) is not is_own


def test_d02_the_note_of_a_record_without_a_number_is_filed_once(eoj: Eoj) -> None:
    """The record's own key is all that is known of the citizen (r-1008), and it is enough."""
    message = notes.message(notes.Subject("Patient/r-1008", notes.KARLA.citizen))
    file_as_the_relay_does(eoj, message, no_wait)
    file_as_the_relay_does(eoj, message, no_wait)
    assert eoj.filed(message) == 1 and eoj.adapter.read_back(message) is not None


def test_filing_twice_is_one_note(eoj: Eoj) -> None:
    message = notes.message()
    eoj.adapter.file_note(message)
    again = eoj.adapter.file_note(message)
    assert again.replayed
    assert eoj.filed(message) == 1


@pytest.mark.parametrize("route", ["DocumentReference.create", "Encounter.create"])
@pytest.mark.parametrize("mode", ["down-503", "effect-then-500", "drop-reply", "locked-423"])
def test_a_faulty_peer_still_holds_the_note_exactly_once(eoj: Eoj, route: str, mode: str) -> None:
    message = notes.message()
    eoj.fault(route, mode, times=2)
    file_as_the_relay_does(eoj, message, no_wait)
    assert eoj.adapter.read_back(message) is not None
    assert eoj.filed(message) == 1


def test_a_change_that_comes_after_we_gave_up_is_found_and_not_repeated(eoj: Eoj) -> None:
    message = notes.message()
    eoj.fault("DocumentReference.create", "late-apply", delay=0.5)

    def until_applied() -> None:
        deadline = time.monotonic() + 30
        while not eoj.filed(message) and time.monotonic() < deadline:
            time.sleep(0.05)

    receipt = file_as_the_relay_does(eoj, message, until_applied)
    assert receipt.replayed
    assert eoj.filed(message) == 1


def test_a_change_later_than_the_quiet_period_still_makes_no_second_note(eoj: Eoj) -> None:
    message = notes.message()
    eoj.fault("DocumentReference.create", "late-apply", delay=1.0)
    file_as_the_relay_does(eoj, message, no_wait)
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        time.sleep(0.1)
    assert eoj.filed(message) == 1


def test_the_phase_tells_what_may_have_happened(eoj: Eoj) -> None:
    eoj.fault("DocumentReference.create", "effect-then-500")
    with pytest.raises(PeerUnclear) as unknown:
        eoj.adapter.file_note(notes.message())
    assert not unknown.value.certainly_not_done
    nobody = Adapter("eoj-away", settings_for("http://eoj.localhost:9"), lambda _: new_key_pem())
    with pytest.raises(PeerUnavailable) as unreached:
        nobody.file_note(notes.message())
    assert unreached.value.certainly_not_done


def test_a_locked_record_says_when_to_come_back(eoj: Eoj) -> None:
    eoj.fault("Encounter.create", "down-503")
    with pytest.raises(PeerBusy) as busy:
        eoj.adapter.file_note(notes.message())
    assert busy.value.retry_after == 1


def test_a_refusal_carries_the_code_and_nothing_else(eoj: Eoj) -> None:
    eoj.fault("DocumentReference.create", "reject-422")
    with pytest.raises(PeerRefused) as refused:
        eoj.adapter.file_note(notes.message())
    assert refused.value.args == ("eoj-fjordby", "business-rule")
    with pytest.raises(PeerRefused):
        eoj.adapter.file_note(notes.message(notes.Subject("Patient/r-9999", notes.KARLA.citizen)))


def test_an_acknowledged_note_that_got_lost_is_missed_at_reading_back(eoj: Eoj) -> None:
    message = notes.message()
    eoj.fault("DocumentReference.create", "ack-then-lose")
    eoj.adapter.file_note(message)
    assert eoj.adapter.read_back(message) is None


def test_a_later_version_replaces_the_former_one(eoj: Eoj) -> None:
    first = notes.message()
    eoj.adapter.file_note(first)
    second = notes.later(first, "Antibiotika er ordineret.")
    eoj.fault("DocumentReference.update", "effect-then-500")
    file_as_the_relay_does(eoj, second, no_wait)
    assert eoj.adapter.read_back(first) is None, "the former version is superseded"
    assert eoj.adapter.read_back(second) is not None
    assert (eoj.filed(first), eoj.filed(second)) == (1, 1)
    stored = eoj.control("GET", "log").json()["stored"]
    assert sum(stored["Encounter"].values()) == 1, "one contact, however many versions"


def test_superseding_that_did_not_happen_is_finished_after_the_probe(eoj: Eoj) -> None:
    first = notes.message()
    eoj.adapter.file_note(first)
    second = notes.later(first, "Antibiotika er ordineret.")
    eoj.fault("DocumentReference.update", "down-503")
    with pytest.raises(PeerBusy):
        eoj.adapter.file_note(second)
    assert eoj.adapter.probe(second) is None
    eoj.adapter.file_note(second)
    assert eoj.adapter.probe(second) is not None
    assert eoj.adapter.read_back(first) is None


def test_what_fails_before_the_first_write_is_certainly_not_done(eoj: Eoj) -> None:
    first = notes.message()
    eoj.adapter.file_note(first)
    eoj.fault("DocumentReference.search", "drop-reply")
    with pytest.raises(PeerUnavailable) as lost:
        eoj.adapter.file_note(notes.later(first, "Antibiotika er ordineret."))
    assert lost.value.certainly_not_done


def test_an_attempt_without_a_talk_leaves_a_note_and_no_contact(eoj: Eoj) -> None:
    facts = replace(notes.FACTS, modality=Modality.NONE, outcome="citizen-refused", consent="refused", clinician="")
    message = notes.message(note=replace(notes.APPROVED, facts=facts, status=NoteStatus.UNREVIEWED))
    eoj.adapter.file_note(message)
    stored = eoj.control("GET", "log").json()["stored"]
    assert eoj.filed(message) == 1
    assert not stored.get("Encounter")


def test_a_citizen_is_found_by_number_in_the_body(eoj: Eoj) -> None:
    found = eoj.adapter.find_citizen(Cpr.parse("0201609996"))
    assert found is not None
    assert (found.citizen.name, found.record_ref) == ("Karla Testmose", "Patient/r-1002")
    assert found.practice is not None and found.practice.ydernummer.digits == "034835"
    hidden = eoj.adapter.find_citizen(Cpr.parse("1502779995"))
    assert hidden is not None and hidden.citizen.protected
    replaced = eoj.adapter.find_citizen(ECpr.parse("0703921VJ4"))
    assert replaced is not None and replaced.practice is None
    assert eoj.adapter.find_citizen(Cpr.parse("3101229995")) is None
    assert eoj.requests().keys() >= {"Patient.search"}


REFUSALS = {
    "too-large-413": StillRefusal.TOO_LARGE,
    "unsupported-415": StillRefusal.KIND,
    "forbidden-403": StillRefusal.FORBIDDEN,
    "reject-422": StillRefusal.OTHER,
}


@pytest.mark.parametrize("mode", REFUSALS)
def test_a_refused_picture_is_named_and_takes_neither_the_note_nor_another_picture_with_it(eoj: Eoj, mode: str) -> None:
    message = notes.pictured(notes.message())
    refused, taken = message.pictures
    eoj.fault("Picture.create", mode)
    with pytest.raises(PicturesRefused) as met:
        eoj.adapter.file_note(message)
    assert (met.value.code, met.value.stills) == (REFUSALS[mode], (refused.still,))
    assert judged(met.value).outcome is Outcome.REFUSED
    assert eoj.adapter.read_back(replace(message, pictures=(taken,))) is not None
    assert eoj.adapter.read_back(message) is None, "the whole of it is not there"
    again = replace(message, may_be_there=True)
    eoj.adapter.file_note(replace(again, pictures=(refused,)))
    assert eoj.adapter.read_back(message) is not None
    assert eoj.filed(message) == 1
    stored = eoj.control("GET", "log").json()["stored"]
    assert sorted(stored["DocumentReference"].values()) == [1, 1, 1] and sum(stored["Encounter"].values()) == 1


@pytest.mark.parametrize("mode", ["down-503", "locked-423", "black-hole"])
def test_a_picture_that_was_not_refused_is_no_refusal(eoj: Eoj, mode: str) -> None:
    eoj.fault("Picture.create", mode, delay=0.0 if mode != "black-hole" else 0.1)
    with pytest.raises(PeerError) as met:
        eoj.adapter.file_note(notes.pictured(notes.message()))
    assert not isinstance(met.value, PicturesRefused)
    assert not met.value.certainly_not_done

"""Letters through a VANS client: refused by the net or the receiver, unanswered, and a folder not ours alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import note_samples as notes
from adapters.eoj.oioxml import Adapter, Settings
from gateway.certify.eoj.oioxml import Bench, bench
from gateway.cli.causes import in_words
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerCannot, PeerIll, PeerRefused
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import NoteMessage
from gateway.domain.peers.verdict import judged
from tests.support import oioxml_judge as judge

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("oioxml")) as made:
        yield made


@pytest.fixture
def peer(running: Bench) -> Bench:
    running.hand.post("/_sim/reset")
    return running


class Patient:
    """The adapter under a clock that a test turns."""

    def __init__(self, peer: Bench, **settings: Any) -> None:
        self.now = START
        made = Settings.model_validate({**peer.system.settings.model_dump(mode="json"), **settings})
        self.adapter = Adapter("oioxml-fjordby", made, lambda reference: reference, clock=lambda: self.now)


def receipted(peer: Bench, system: Adapter, message: NoteMessage) -> Receipt:
    found: list[Receipt] = []

    def came() -> bool:
        found.extend(each for each in [system.probe(message)] if each is not None)
        return bool(found)

    assert peer.until(came)
    return found[0]


def test_a_yes_is_filed_under_the_letters_number(peer: Bench) -> None:
    message = notes.message()
    receipt = peer.system.file_note(message)
    assert receipt.filed_at is not None or receipt.awaited
    assert receipted(peer, peer.system, message).filed_at is not None
    assert not list((peer._folder).glob("*.xml")), "a receipt was read once"


def test_a_letter_needs_the_number_and_no_record(peer: Bench) -> None:
    assert Capability.FILES_BY_NUMBER in peer.system.capabilities
    message = replace(notes.message(), record_ref="")
    peer.system.file_note(message)
    assert receipted(peer, peer.system, message).filed_at is not None


def test_a_receipt_may_mean_received_only(peer: Bench) -> None:
    message = notes.message()
    system = Patient(peer, receipt_is_filed=False).adapter
    system.file_note(message)
    found = receipted(peer, system, message)
    assert found.received_at is not None and found.filed_at is None


@pytest.mark.parametrize("code", ["problem_med_version", "problem_med_modtagerID", "ikke_specificeret"])
def test_the_receivers_no_is_told_once_and_then_the_letter_may_go_again(peer: Bench, code: str) -> None:
    message = notes.message()
    peer.hand.post(f"/_sim/refuse/{code}")
    with pytest.raises(PeerRefused) as refused:
        peer.system.file_note(message)
        receipted(peer, peer.system, message)
    assert refused.value.code == f"XCTL02: {code}" and judged(refused.value).nothing_done
    assert not in_words(refused.value.code).startswith("The peer's own code")
    assert peer.copies(message) == 0
    assert peer.system.probe(message) is None
    peer.system.file_note(message)
    assert receipted(peer, peer.system, message).filed_at is not None and peer.copies(message) == 1


def test_the_nets_no_names_the_address(peer: Bench) -> None:
    wrong = {**peer.system.settings.model_dump(mode="json")["receiver"], "ean": "5790000999999"}
    system = Patient(peer, receiver=wrong).adapter
    with pytest.raises(PeerRefused) as refused:
        system.file_note(message := notes.message())
        receipted(peer, system, message)
    assert refused.value.code == "XCTL01: ukendt_lokationsnummer" and peer.copies(message) == 0
    assert "location number" in in_words(refused.value.code)


def test_silence_is_asked_about_three_times_in_all_and_then_told(peer: Bench) -> None:
    patient, message = Patient(peer), notes.message()
    peer.hand.post("/_sim/silence/9")
    sent = []
    for minutes in (0, 10, 31, 40, 62, 80):
        patient.now = START + timedelta(minutes=minutes)
        assert patient.adapter.file_note(message).awaited
        sent.append(len(patient.adapter._mailbox.sends(patient.adapter.file_note(message).reference)))
    assert sent == [1, 1, 2, 2, 3, 3]
    patient.now = START + timedelta(minutes=93)
    with pytest.raises(PeerRefused) as refused:
        patient.adapter.file_note(message)
    assert refused.value.code == "no-acknowledgement" and not judged(refused.value).nothing_done
    assert not in_words(refused.value.code).startswith("The peer's own code")
    assert peer.copies(message) == 1, "the same number at each send: filed once"
    peer.hand.post("/_sim/silence/0")
    patient.adapter.file_note(message)
    assert receipted(peer, patient.adapter, message).filed_at is not None and peer.copies(message) == 1


def test_a_correction_is_said_to_be_one(peer: Bench) -> None:
    first = notes.message()
    second = notes.later(first, "Recept er sendt.")
    for each in (first, second):
        peer.system.file_note(each)
        receipted(peer, peer.system, each)
    assert peer.in_force(second) and not peer.in_force(first)
    unable = Patient(peer, corrections_replace=False).adapter
    assert Capability.REPLACE_NOTE not in unable.capabilities


def test_what_cannot_be_said_is_never_sent(peer: Bench) -> None:
    message = notes.message(notes.KARLA, replace(notes.APPROVED, employee_text="Puls ≥ 120"))
    with pytest.raises(PeerCannot) as fault:
        peer.system.file_note(message)
    assert fault.value.capability == "letter-character" and peer.copies(message) == 0
    for code in ("letter-character", "letter-line-too-long", "letter-field-too-long"):
        assert "no such function" not in in_words(f"cannot: {code}")
    with pytest.raises(PeerCannot):
        peer.system.file_note(replace(message, citizen=None))


def test_others_files_in_the_folder_stay_and_settle_nothing(peer: Bench) -> None:
    message, folder = notes.message(), peer._folder
    yes = dict(judge.receipts())["XCTL03"]
    others = yes.replace(b"5790000120420", b"5790000111111")
    (folder / "others.xml").write_bytes(others)
    (folder / "half.xml").write_bytes(yes[:-40])
    (folder / "unknown.xml").write_bytes(yes)
    old = folder / "old.xml"
    old.write_bytes(b"<nothing/>")
    os.utime(old, (0, 0))
    assert peer.system.probe(message) is None
    assert {path.name for path in folder.glob("*.xml")} == {"others.xml", "half.xml"}
    assert {path.name for path in (folder / "laegebro" / "unread").iterdir()} >= {"old.xml", "unknown.xml"}
    for path in folder.glob("*.xml"):
        path.unlink()


def test_nothing_in_the_folder_of_ours_knows_a_citizen(peer: Bench) -> None:
    message = notes.message()
    peer.system.file_note(message)
    receipted(peer, peer.system, message)
    kept = [path.read_text() + path.name for path in (peer._folder / "laegebro").glob("*.*")]
    assert kept and not [each for each in kept if "0201609996" in each or "Testmose" in each or "Sår" in each]


def test_a_folder_that_cannot_be_written_in_waits_for_somebody(peer: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").touch(mode=stat.S_IRUSR)
    system = Patient(peer, receipts=str(tmp_path / "file" / "below")).adapter
    message = notes.message()
    with pytest.raises(PeerIll) as fault:
        system.file_note(message)
    assert peer.copies(message) == 0 and "receipts" in in_words(judged(fault.value).code)


def test_the_clients_token_is_shown(peer: Bench) -> None:
    assert Patient(peer, token="file:x").adapter.file_note(notes.message()).reference

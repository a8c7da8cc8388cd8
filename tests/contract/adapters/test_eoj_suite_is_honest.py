"""The suite notices: care systems and adapters broken on purpose, each caught by the promise that is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from adapters.contract import eoj_promises as promises
from adapters.contract import eoj_trouble as trouble
from adapters.contract.bench import Trouble
from adapters.eoj.smart_fhir import Adapter
from adapters.wire.oauth.client_key import new_client_key, public_jwks
from gateway.certify.eoj.smart_fhir import GATEWAY, Bench
from gateway.certify.simulated import simulator
from gateway.domain.errors import PeerError, PeerRefused, PeerUnavailable, PeerUnclear
from gateway.domain.identifiers import CitizenId
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import FoundCitizen, NoteMessage


class Forgetful(Adapter):
    """The key is not kept there: whatever is filed again stands there again."""

    def file_note(self, message: NoteMessage) -> Receipt:
        super().file_note(replace(message, key=uuid4()))
        return super().file_note(message)

    def probe(self, message: NoteMessage) -> Receipt | None:
        return None


class Doubling(Adapter):
    """Filed twice under the same key, in two documents."""

    def file_note(self, message: NoteMessage) -> Receipt:
        receipt = super().file_note(message)
        found = self._eoj._server.with_identifier("DocumentReference", f"urn:ietf:rfc:3986|urn:uuid:{message.key}")
        if found is not None and not receipt.replayed:
            self._http[1].send("POST", "DocumentReference", {**found, "id": None})
        return receipt


class LostUpdate(Adapter):
    """A correction stands beside what it corrects."""

    def file_note(self, message: NoteMessage) -> Receipt:
        return super().file_note(replace(message, supersedes=None))

    def probe(self, message: NoteMessage) -> Receipt | None:
        return super().probe(replace(message, supersedes=None))


class Cutting(Adapter):
    """Notes end where a field ends."""

    def file_note(self, message: NoteMessage) -> Receipt:
        return super().file_note(replace(message, note=replace(message.note, clinic_text="", employee_text="")))


class Gossip(Adapter):
    """Quotes what was sent."""

    def file_note(self, message: NoteMessage) -> Receipt:
        try:
            return super().file_note(message)
        except PeerError as fault:
            reason = message.note.facts.reason if message.note.facts else ""
            raise PeerRefused(self.name, f"could not file {reason}") from fault


class Hasty(Adapter):
    """An answer that settles nothing, for proof that nothing was done."""

    def file_note(self, message: NoteMessage) -> Receipt:
        try:
            return super().file_note(message)
        except (PeerUnclear, PeerUnavailable):
            raise PeerUnavailable(self.name, "connecting") from None


class Strict(Adapter):
    """The same answer for a definite no: a note the record holds would be written by hand beside it."""

    def file_note(self, message: NoteMessage) -> Receipt:
        try:
            return super().file_note(message)
        except PeerUnclear:
            raise PeerRefused(self.name, "http-500") from None


class Lenient(Adapter):
    """A definite no is tried for ever."""

    def file_note(self, message: NoteMessage) -> Receipt:
        try:
            return super().file_note(message)
        except PeerRefused:
            raise PeerUnclear(self.name, "http-422") from None


class Assuming(Adapter):
    """A question that nobody answers is a no."""

    def read_back(self, message: NoteMessage) -> Receipt | None:
        try:
            return super().read_back(message)
        except PeerError:
            return None


class Trusting(Adapter):
    """The first record that comes is taken for the citizen's."""

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        found = super().find_citizen(identifier)
        return found or super().find_citizen(promises.Cpr.parse("0201609996"))


class Blind(Adapter):
    """Text only, and it says that this is the whole."""

    def file_note(self, message: NoteMessage) -> Receipt:
        return super().file_note(replace(message, pictures=()))

    def probe(self, message: NoteMessage) -> Receipt | None:
        return super().probe(replace(message, pictures=()))

    def read_back(self, message: NoteMessage) -> Receipt | None:
        return super().read_back(replace(message, pictures=()))


class Incurious(Adapter):
    """The text is taken for the whole."""

    def probe(self, message: NoteMessage) -> Receipt | None:
        return super().probe(replace(message, pictures=()))


class Mute(Adapter):
    """No time, and no reference."""

    def file_note(self, message: NoteMessage) -> Receipt:
        super().file_note(message)
        return Receipt()


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    folder: Path = tmp_path_factory.mktemp("eoj")
    pem, keys = new_client_key(), folder / "jwks.json"
    keys.write_text(json.dumps(public_jwks(pem)), encoding="utf-8")
    with simulator("eoj", "--gateway-url", GATEWAY, "--client-jwks", str(keys)) as url:
        yield f"http://127.0.0.1:{urlsplit(url).port}", pem


class BrokenBench(Bench):
    broken: type[Adapter]

    def connected(self, address: str, **settings: Any) -> Adapter:
        whole = super().connected(address, **settings)
        whole.close()
        return self.broken(whole.name, whole.settings, lambda _: self._pem)

    def until(self, condition: Any) -> bool:
        """What is broken will not come: a few looks are enough."""
        return any(condition() for _ in range(4))


CAUGHT = [
    (Doubling, promises.a_note_is_filed_once),
    (Mute, promises.a_note_is_filed_once),
    (Forgetful, promises.nothing_is_there_before_it_is_filed),
    (Blind, promises.pictures_are_filed_once_with_their_note),
    (Blind, trouble.pictured_once_despite(Trouble.REPLY_LOST)),
    (Incurious, promises.a_note_without_its_pictures_is_not_whole),
    (LostUpdate, promises.a_later_version_replaces),
    (LostUpdate, trouble.corrected_once_despite(Trouble.REPLY_LOST)),
    (Cutting, promises.danish_letters_and_line_breaks_survive),
    (Cutting, promises.a_long_note_is_whole_or_refused),
    (Gossip, trouble.no_name_in_errors_or_logs),
    (Hasty, trouble.what_was_sent_is_unknown_until_it_is_known),
    (Hasty, trouble.silence_is_unknown),
    (Strict, trouble.what_was_sent_is_unknown_until_it_is_known),
    (Strict, trouble.once_despite(Trouble.ERROR_AFTER_EFFECT)),
    (Lenient, trouble.a_refusal_is_definite),
    (Assuming, trouble.a_reading_that_fails_takes_nothing_back),
    (Assuming, trouble.a_question_that_fails_is_no_answer),
    (Trusting, promises.a_citizen_is_found_by_number),
]


@pytest.mark.parametrize(("broken", "promise"), CAUGHT, ids=lambda value: value.__name__)
def test_a_broken_adapter_breaks_its_promise(broken: type[Adapter], promise: Any, peer: tuple[str, str]) -> None:
    bench = type("Made", (BrokenBench,), {"broken": broken})(*peer)
    try:
        with pytest.raises(AssertionError):
            promise(bench)
    finally:
        bench.hand.post("/_sim/reset")
        bench.close()


def test_the_whole_adapter_keeps_what_the_broken_ones_break(peer: tuple[str, str]) -> None:
    """Else a promise that nobody can keep would catch them too."""
    bench = Bench(*peer)
    try:
        for promise in dict.fromkeys(promise for _, promise in CAUGHT):
            promise(bench)
    finally:
        bench.close()


def test_a_key_names_one_note_only() -> None:
    """What the promises are tried with: two notes never share a key."""
    keys: set[UUID] = {promises.samples.message().key for _ in range(50)}
    assert len(keys) == 50

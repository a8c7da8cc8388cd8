"""What every care system's adapter keeps when a note is filed, as plain functions; a broken promise is an
``AssertionError``. They run in the tests over every adapter that files notes, and against a vendor's own system."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from adapters.contract import note_samples as samples
from adapters.contract.bench import Trouble
from gateway.domain.errors import PeerBusy, PeerError, PeerRefused, PeerUnavailable
from gateway.domain.identifiers import Cpr
from gateway.domain.peers.delivery import Outcome, Receipt
from gateway.domain.peers.messages import NoteMessage
from gateway.domain.peers.verdict import judged
from gateway.ports.peers import EojSystem

ATTEMPTS = 4


class EojBench(Protocol):
    """One adapter against one care system, and hands on the care system's side."""

    record: str  # reference of a citizen's record that notes may be filed in
    cpr: str  # the official test number of that citizen
    nobody: str  # an official test number without a record there

    @property
    def system(self) -> EojSystem: ...

    def unreachable(self) -> EojSystem:
        """The same adapter towards an address where nobody listens."""

    def copies(self, message: NoteMessage) -> int:
        """How many notes with this key stand in the care system's own store."""

    def trouble(self, kind: Trouble) -> None:
        """The next note that is filed meets this."""

    def quiet(self) -> None:
        """Let the longest time the care system may still apply a request pass."""


def _filed(bench: EojBench, message: NoteMessage) -> Receipt:
    """By the rule of every delivery: unknown → quiet period → probe → note or resend."""
    unknown = False
    for _ in range(ATTEMPTS):
        try:
            found = bench.system.probe(message) if unknown else None
            return found or bench.system.file_note(message)
        except PeerError as fault:
            if judged(fault).outcome is Outcome.REFUSED:
                raise
            unknown = unknown or judged(fault).outcome is Outcome.UNKNOWN
        bench.quiet()
    raise AssertionError("trouble without end")


def a_note_is_filed_and_can_be_read_back(bench: EojBench) -> None:
    message = samples.message(bench.record)
    assert bench.system.read_back(message) is None, "nothing is there before"
    receipt = bench.system.file_note(message)
    assert receipt.reference and receipt.received_at is not None and receipt.received_at.tzinfo is not None
    back = bench.system.read_back(message)
    assert back is not None and back.filed_at is not None, "read by another request"
    assert bench.copies(message) == 1


def the_same_note_twice_is_one(bench: EojBench) -> None:
    message = samples.message(bench.record)
    first, again = bench.system.file_note(message), bench.system.file_note(message)
    assert bench.copies(message) == 1
    assert again.reference == first.reference and again.replayed


def notes_of_two_citizens_stay_apart(bench: EojBench) -> None:
    one = samples.message(bench.record)
    other = samples.message(bench.record, consultation=one.consultation)
    bench.system.file_note(one)
    assert bench.system.probe(other) is None
    bench.system.file_note(other)
    assert (bench.copies(one), bench.copies(other)) == (1, 1)


def a_later_version_replaces(bench: EojBench) -> None:
    first = samples.message(bench.record)
    bench.system.file_note(first)
    second = samples.later(first, "Recept er sendt til apoteket.")
    bench.system.file_note(second)
    assert bench.system.read_back(second) is not None
    assert bench.system.read_back(first) is None, "the former version no longer counts"


def a_note_that_was_sent_unseen_is_filed_too(bench: EojBench) -> None:
    unnamed = replace(samples.FACTS, clinician="", participants=())
    message = samples.message(bench.record, replace(samples.APPROVED, facts=unnamed, approved_by=""))
    assert bench.system.file_note(message).received_at is not None


def _once_despite(kind: Trouble) -> Callable[[EojBench], None]:
    def keep(bench: EojBench) -> None:
        message = samples.message(bench.record)
        bench.trouble(kind)
        _filed(bench, message)
        bench.quiet()
        assert bench.copies(message) == 1, f"{kind}: once, not {bench.copies(message)} times"
        assert bench.system.read_back(message) is not None

    keep.__name__ = f"once_despite_{kind.name.lower()}"
    return keep


def a_refusal_is_definite(bench: EojBench) -> None:
    message = samples.message(bench.record)
    bench.trouble(Trouble.REFUSED)
    assert isinstance(_fault(bench.system, message), PeerRefused)
    assert bench.copies(message) == 0


def busy_means_nothing_was_done(bench: EojBench) -> None:
    message = samples.message(bench.record)
    bench.trouble(Trouble.BUSY)
    assert isinstance(_fault(bench.system, message), PeerBusy)
    assert bench.copies(message) == 0


def nobody_there_is_certainly_not_done(bench: EojBench) -> None:
    fault = _fault(bench.unreachable(), samples.message(bench.record))
    assert isinstance(fault, PeerUnavailable) and fault.certainly_not_done


def what_was_sent_is_unknown_until_it_is_known(bench: EojBench) -> None:
    """The contact is filed before the note, so also what meets the note's part alone leaves the whole unknown."""
    for kind in (Trouble.ERROR_AFTER_EFFECT, Trouble.REPLY_LOST, Trouble.APPLIED_LATE, Trouble.BUSY):
        bench.trouble(kind)
        verdict = judged(_fault(bench.system, samples.message(bench.record)))
        bench.quiet()
        assert verdict.outcome is Outcome.UNKNOWN and verdict.quiet, f"{kind}: taken for {verdict.outcome}"


def a_question_that_fails_is_no_answer(bench: EojBench) -> None:
    message = samples.message(bench.record)
    bench.system.file_note(message)
    for ask in (bench.unreachable().probe, bench.unreachable().read_back):
        try:
            found = ask(message)
        except PeerError as fault:
            assert judged(fault).outcome is not Outcome.REFUSED, "an unanswered question refuses nothing"
        else:
            raise AssertionError(f"nobody answered, and the answer is {found}")


def a_citizen_is_found_by_number(bench: EojBench) -> None:
    found = bench.system.find_citizen(Cpr.parse(bench.cpr))
    assert found is not None and found.record_ref == bench.record
    assert found.citizen.identifier == Cpr.parse(bench.cpr)
    assert bench.system.find_citizen(Cpr.parse(bench.nobody)) is None


def no_name_in_any_error(bench: EojBench) -> None:
    for kind in Trouble:
        bench.trouble(kind)
        fault = _fault(bench.system, samples.message(bench.record))
        bench.quiet()
        said = f"{fault!r} {fault.args!r} {''.join(traceback.format_exception(fault))}"
        assert not any(name in said for name in ("Testmose", "Mette Holm", bench.record, bench.cpr))


def _fault(system: EojSystem, message: NoteMessage) -> PeerError:
    try:
        system.file_note(message)
    except PeerError as fault:
        return fault
    raise AssertionError("trouble, and not said")


PROMISES: tuple[tuple[str, Callable[[EojBench], None]], ...] = (
    ("Et notat journalføres og kan læses tilbage", a_note_is_filed_and_can_be_read_back),
    ("Samme notat to gange er ét", the_same_note_twice_is_one),
    ("To borgeres notater holdes adskilt", notes_of_two_citizens_stay_apart),
    ("En senere version erstatter", a_later_version_replaces),
    ("Et notat uden lægens navn journalføres også", a_note_that_was_sent_unseen_is_filed_too),
    ("Fejl efter virkning fordobler ikke", _once_despite(Trouble.ERROR_AFTER_EFFECT)),
    ("Tabt svar fordobler ikke", _once_despite(Trouble.REPLY_LOST)),
    ("Sen virkning fordobler ikke", _once_despite(Trouble.APPLIED_LATE)),
    ("Et afslag er endeligt", a_refusal_is_definite),
    ("Optaget betyder, at intet skete", busy_means_nothing_was_done),
    ("Ingen forbindelse betyder, at intet skete", nobody_there_is_certainly_not_done),
    ("Det, der er sendt, er uvist, til det vides", what_was_sent_is_unknown_until_it_is_known),
    ("Et ubesvaret spørgsmål er intet nej", a_question_that_fails_is_no_answer),
    ("En borger findes på sit nummer", a_citizen_is_found_by_number),
    ("Ingen navne i fejl", no_name_in_any_error),
)

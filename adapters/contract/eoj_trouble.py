"""Promises about trouble while a note is filed: nothing is lost, nothing doubled, and doubt is said aloud."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from adapters.contract import note_samples as samples
from adapters.contract.bench import Trouble
from adapters.contract.eoj_bench import EojBench
from adapters.contract.listening import Listening
from adapters.contract.note_rule import acknowledged, can, fault_of, filed
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerBusy, PeerError, PeerRefused, PeerUnavailable, Phase
from gateway.domain.peers.delivery import Outcome
from gateway.domain.peers.messages import NoteMessage
from gateway.domain.peers.verdict import judged
from gateway.ports.peers import EojSystem

LOST = (Trouble.ERROR_AFTER_EFFECT, Trouble.REPLY_LOST, Trouble.APPLIED_LATE)


def is_there_once(bench: EojBench, message: NoteMessage) -> None:
    copies = bench.copies(message)
    assert copies == 1, f"the note stands there {copies} times"
    assert bench.in_force(message), "the note stands there and does not count"
    if can(bench, Capability.READ_BACK):
        assert bench.until(lambda: bench.system.read_back(message) is not None), "filed, and not readable there"


def once_despite(kind: Trouble) -> Callable[[EojBench], None]:
    def keep(bench: EojBench) -> None:
        message = samples.message(bench)
        bench.trouble(kind)
        filed(bench, message)
        bench.quiet()
        is_there_once(bench, message)

    keep.__name__ = f"once_despite_{kind.name.lower()}"
    return keep


def corrected_once_despite(kind: Trouble) -> Callable[[EojBench], None]:
    """The same while a later version is filed; what it replaces must not come back to life."""

    def keep(bench: EojBench) -> None:
        first = samples.message(bench)
        filed(bench, first)
        second = samples.later(first, "Recept er sendt til apoteket.")
        bench.trouble(kind)
        filed(bench, second)
        bench.quiet()
        is_there_once(bench, second)
        assert bench.copies(first) <= 1, "the former version stands there twice"
        assert not bench.in_force(first), "the former version still counts beside the later one"

    keep.__name__ = f"corrected_once_despite_{kind.name.lower()}"
    return keep


def pictured_once_despite(kind: Trouble) -> Callable[[EojBench], None]:
    """The same while a picture is filed: its note stands there already."""

    def keep(bench: EojBench) -> None:
        bare = samples.message(bench)
        filed(bench, bare)
        message = samples.pictured(bare)
        bench.trouble(kind)
        filed(bench, message)
        bench.quiet()
        is_there_once(bench, message)
        assert bench.pictures(message) == 2, f"two pictures were sent, and {bench.pictures(message)} stand there"

    keep.__name__ = f"pictured_once_despite_{kind.name.lower()}"
    return keep


def a_lock_is_waited_for(bench: EojBench) -> None:
    """Somebody has the record open: nothing was done, and afterwards it is filed once."""
    message = samples.message(bench)
    bench.trouble(Trouble.BUSY)
    filed(bench, message)
    is_there_once(bench, message)


def a_resend_without_asking_does_not_double(bench: EojBench) -> None:
    """The key alone protects where the question was forgotten."""
    message = samples.message(bench)
    bench.trouble(Trouble.REPLY_LOST)
    try:
        bench.system.file_note(message)
    except PeerUnavailable:
        bench.quiet()
        bench.system.file_note(message)
    assert bench.copies(message) == 1, f"sent twice, and there {bench.copies(message)} times"


def once_despite_an_index_that_lags(bench: EojBench) -> None:
    assert bench.index_lags is not None
    message = samples.message(bench)
    bench.index_lags()
    bench.trouble(Trouble.REPLY_LOST)
    filed(bench, message)
    is_there_once(bench, message)


def a_correction_finds_its_former_in_an_index_that_lags(bench: EojBench) -> None:
    assert bench.index_lags is not None
    first = samples.message(bench)
    bench.index_lags()
    acknowledged(bench, first)
    second = samples.later(first, "Recept er sendt til apoteket.")
    filed(bench, second)
    bench.quiet()
    is_there_once(bench, second)
    assert not bench.in_force(first), "the former version was not found, and still counts beside the later one"


def a_reading_that_fails_takes_nothing_back(bench: EojBench) -> None:
    """Neither a no nor a reason to file again: whoever asks once more finds it."""
    message = samples.message(bench)
    acknowledged(bench, message)
    bench.reading_fails()
    try:
        found = bench.system.read_back(message)
    except PeerError as fault:
        assert judged(fault).outcome is not Outcome.REFUSED, "a reading that failed was taken for a refusal"
    else:
        raise AssertionError(f"the reading failed, and the answer was {'filed' if found else 'not there'}")
    is_there_once(bench, message)


def a_refusal_is_definite(bench: EojBench) -> None:
    message = samples.message(bench)
    bench.trouble(Trouble.REFUSED)
    fault = fault_of(bench.system, message)
    assert isinstance(fault, PeerRefused), f"a definite no was taken for {type(fault).__name__}"
    assert bench.copies(message) == 0, "refused, and there all the same"


def busy_means_nothing_was_done(bench: EojBench) -> None:
    message = samples.message(bench)
    bench.trouble(Trouble.BUSY)
    fault = fault_of(bench.system, message)
    assert isinstance(fault, PeerBusy), f"busy was taken for {type(fault).__name__}"
    assert bench.copies(message) == 0, "busy, and there all the same"


def nobody_there_is_certainly_not_done(bench: EojBench) -> None:
    with bench.unreachable("connecting") as system:
        fault = fault_of(system, samples.message(bench))
    assert isinstance(fault, PeerUnavailable), f"nobody listens, and it was taken for {type(fault).__name__}"
    assert fault.certainly_not_done, "nothing was sent, and yet it was taken for sent"


def silence_is_unknown(bench: EojBench) -> None:
    phases: tuple[Phase, ...] = ("awaiting the answer",)
    for phase in phases:
        with bench.unreachable(phase) as system:
            verdict = judged(fault_of(system, samples.message(bench)))
        assert verdict.outcome is Outcome.UNKNOWN, f"no answer, and it was taken for {verdict.outcome}"


def what_was_sent_is_unknown_until_it_is_known(bench: EojBench) -> None:
    """A note may need several calls: what any of the later ones meets leaves the whole unknown."""
    for kind in LOST:
        bench.trouble(kind)
        verdict = judged(fault_of(bench.system, samples.message(bench)))
        bench.quiet()
        assert verdict.outcome is Outcome.UNKNOWN and verdict.quiet, f"{kind}: taken for {verdict.outcome}"


def a_question_that_fails_is_no_answer(bench: EojBench) -> None:
    message = samples.message(bench)
    acknowledged(bench, message)
    with bench.unreachable("connecting") as system:
        for ask in _questions(bench, system):
            try:
                found = ask(message)
            except PeerError as fault:
                assert judged(fault).outcome is not Outcome.REFUSED, "an unanswered question refuses nothing"
            else:
                raise AssertionError(f"nobody answered, and the answer was {'there' if found else 'not there'}")


def _questions(bench: EojBench, system: EojSystem) -> list[Callable[[NoteMessage], object]]:
    """Where the answers are brought to us, nobody is asked over a network."""
    if not can(bench, Capability.READ_BACK):
        return []
    return [system.probe, system.read_back]


def no_name_in_errors_or_logs(bench: EojBench) -> None:
    ear, root = Listening(), logging.getLogger()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        said = [_said_of(bench, kind) for kind in Trouble]
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
    everything = "\n".join([*said, *ear.lines])
    number = bench.citizen.identifier.value if bench.citizen.identifier else "-"
    for secret in (number, f"{number[:6]}-{number[6:]}", bench.citizen.name, "Mette Holm", "væsker"):
        assert secret not in everything, "an error or a log line knows the citizen or what the note says"


def _said_of(bench: EojBench, kind: Trouble) -> str:
    bench.trouble(kind)
    fault = fault_of(bench.system, samples.message(bench))
    bench.quiet()
    return f"{fault!r} {fault.args!r} {''.join(traceback.format_exception(fault))}"

"""Promises about trouble: three phases of silence, refusals, and effects nobody was told of. Nothing ever doubles."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from adapters.contract import announcing, samples
from adapters.contract.bench import GpBench, Trouble
from adapters.contract.listening import Listening
from adapters.contract.rule import delivered
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerBusy, PeerError, PeerRefused, PeerUnavailable, Phase
from gateway.domain.peers.delivery import Outcome
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.peers.verdict import Verdict, judged

BIG = 12_000_000  # characters: more than the sockets between us can hold, so that sending really takes place


def silence_has_three_phases(bench: GpBench) -> None:
    phases: tuple[Phase, ...] = ("connecting", "sending", "awaiting the answer")
    for phase in phases:
        reason = "Å" * BIG if phase == "sending" else "Sår på hælen"
        message = samples.message(bench.ydernummer, reason=reason)
        with bench.unreachable(phase) as system:
            try:
                system.enqueue(message)
            except PeerUnavailable as fault:
                assert fault.phase == phase, f"said {fault.phase}, was {phase}"
                assert fault.certainly_not_done == (phase == "connecting"), (
                    "only a failure to connect is certainly not done"
                )
            else:
                raise AssertionError(f"{phase}: silence was taken for a receipt")


def a_refusal_is_definite(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer)
    bench.trouble(Trouble.REFUSED)
    try:
        bench.system.enqueue(message)
    except PeerRefused as fault:
        assert fault.code, "a refusal carries the peer's code"
    else:
        raise AssertionError("refused, and not said")
    assert bench.copies(message) == 0, "refused, and there all the same"


def busy_means_nothing_was_done(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer)
    bench.trouble(Trouble.BUSY)
    try:
        bench.system.enqueue(message)
    except PeerBusy:
        assert bench.copies(message) == 0, "busy, and there all the same"
    else:
        raise AssertionError("busy, and not said")
    assert delivered(bench, message).received_at is not None
    assert bench.copies(message) == 1, "the entry does not stand there exactly once"


def _once_despite(kind: Trouble) -> Callable[[GpBench], None]:
    def keep(bench: GpBench) -> None:
        message = samples.message(bench.ydernummer)
        bench.trouble(kind)
        assert delivered(bench, message).received_at is not None
        bench.quiet()
        assert bench.copies(message) == 1, f"{kind}: once, not {bench.copies(message)} times"

    keep.__name__ = f"once_despite_{kind.name.lower()}"
    return keep


def a_resend_without_asking_does_not_double(bench: GpBench) -> None:
    """The key alone protects where the probe was forgotten."""
    message = samples.message(bench.ydernummer)
    bench.trouble(Trouble.REPLY_LOST)
    try:
        bench.system.enqueue(message)
    except PeerUnavailable:
        bench.system.enqueue(message)
    assert bench.copies(message) == 1, "the entry does not stand there exactly once"


def a_probe_asks_and_changes_nothing(bench: GpBench) -> None:
    message = samples.message(bench.ydernummer)
    assert bench.system.probe(message) is None, "found, and never sent"
    assert bench.copies(message) == 0, "asking made an entry"
    bench.system.enqueue(message)
    assert bench.until(lambda: bench.system.probe(message) is not None), "sent, and not found there"
    found = bench.system.probe(message)
    assert found is not None and found.received_at is not None, "found without the time of its receipt"


def what_was_sent_is_unknown_until_it_is_known(bench: GpBench) -> None:
    """Done unseen, or perhaps not: the row must be asked for. A definite no and a closed port must not."""
    for kind in (Trouble.ERROR_AFTER_EFFECT, Trouble.REPLY_LOST, Trouble.APPLIED_LATE):
        verdict = _verdict_of(bench, kind)
        assert verdict.outcome is Outcome.UNKNOWN and verdict.quiet, f"{kind}: taken for {verdict.outcome}"
    assert _verdict_of(bench, Trouble.REFUSED).outcome is Outcome.REFUSED, "a rule's no was taken for something else"
    busy = _verdict_of(bench, Trouble.BUSY).outcome
    assert busy in (Outcome.TO_ASK, Outcome.NOT_DONE), f"busy was taken for {busy}"


def _verdict_of(bench: GpBench, kind: Trouble) -> Verdict:
    bench.trouble(kind)
    try:
        bench.system.enqueue(samples.message(bench.ydernummer))
    except PeerError as fault:
        return judged(fault)
    finally:
        bench.quiet()
    raise AssertionError(f"{kind}: trouble, and not said")


def a_question_that_fails_is_no_answer(bench: GpBench) -> None:
    """Where the peer cannot be asked, nobody knows: "not there" would be sent again."""
    message = samples.message(bench.ydernummer)
    bench.system.enqueue(message)
    if announcing.announces(bench) or Capability.PROBE not in bench.system.capabilities:
        return  # its answer is brought to us, or nobody can be asked
    with bench.unreachable("connecting") as system:
        try:
            found = system.probe(message)
        except PeerError as fault:
            assert judged(fault).outcome is not Outcome.REFUSED, "an unanswered question refuses nothing"
        else:
            raise AssertionError(f"nobody answered, and the probe says {found}")


def no_identity_in_errors_or_logs(bench: GpBench) -> None:
    """Everything that can go wrong does, and neither the error nor a log line knows the citizen."""
    ear, root = Listening(), logging.getLogger()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        said = [_fault_of(bench, kind) for kind in Trouble]
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
    assert all(said), "each trouble was said"
    _knows_nobody("\n".join([*said, *ear.lines]))


def _fault_of(bench: GpBench, kind: Trouble) -> str:
    message = samples.message(bench.ydernummer, reason=f"{samples.TEST_CPR} {samples.TEST_NAME}")
    bench.trouble(kind)
    words = _words_of(bench, message)
    bench.quiet()
    return words


def _words_of(bench: GpBench, message: EntryMessage) -> str:
    try:
        bench.system.enqueue(message)
    except PeerError as fault:
        return f"{fault!r} {fault} {fault.args!r} {''.join(traceback.format_exception(fault))}"
    return ""


def _knows_nobody(text: str) -> None:
    number = samples.TEST_CPR
    for secret in (number, f"{number[:6]}-{number[6:]}", samples.TEST_NAME, "Bo Berggren"):
        assert secret not in text, "an error or a log line names the citizen"


PROMISES: tuple[tuple[str, Callable[[GpBench], None]], ...] = (
    ("Tavshed har tre faser", silence_has_three_phases),
    ("Et afslag er endeligt", a_refusal_is_definite),
    ("Optaget betyder, at intet skete", busy_means_nothing_was_done),
    ("Fejl efter virkning fordobler ikke", _once_despite(Trouble.ERROR_AFTER_EFFECT)),
    ("Tabt svar fordobler ikke", _once_despite(Trouble.REPLY_LOST)),
    ("Sen virkning fordobler ikke", _once_despite(Trouble.APPLIED_LATE)),
    ("Gentagelse uden spørgsmål fordobler ikke", a_resend_without_asking_does_not_double),
    ("Et spørgsmål ændrer intet", a_probe_asks_and_changes_nothing),
    ("Det, der er sendt, er uvist, til det vides", what_was_sent_is_unknown_until_it_is_known),
    ("Et ubesvaret spørgsmål er intet nej", a_question_that_fails_is_no_answer),
    ("Intet personnummer i fejl eller log", no_identity_in_errors_or_logs),
)

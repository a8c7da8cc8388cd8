"""Hands at a terminal, findings in words, and the report: nobody is named, and doubt is no promise kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.contract import samples
from adapters.contract.bench import Trouble
from adapters.contract.gp_promises import Promise
from gateway.certify import run
from gateway.certify.hands import NotTried, TerminalHands
from gateway.certify.reporting import report as reports
from gateway.certify.run import Found, Verdict
from gateway.domain.capability import Capability
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.errors import PeerCannot, PeerRefused


class Typist:
    """Types the answers in order and remembers what was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, words: str) -> str:
        self.asked.append(words)
        return self.answers.pop(0)


def test_each_step_names_the_entry_as_the_screen_shows_it() -> None:
    tester = Typist("Lise Hansen", "", "", "")
    hands, message = TerminalHands(tester), samples.message("034835", short_id="TEST-7")
    assert hands.accept(message) == "Lise Hansen"
    hands.reject(message, RejectReason.NOT_TODAY, "Ring i morgen")
    hands.put_back(message)
    hands.trouble(Trouble.BUSY)
    assert tester.asked[0].startswith("Accept the entry «TEST-7» now")
    assert "«not-today»" in tester.asked[1] and "«Ring i morgen»" in tester.asked[1]
    assert not any(samples.TEST_CPR in words or samples.TEST_NAME in words for words in tester.asked)


def test_an_answer_that_is_none_is_asked_for_again() -> None:
    hands = TerminalHands(Typist("one", "1", "perhaps", "no", "a\\nb\\tc"))
    message = samples.message("034835")
    assert hands.copies(message) == 1
    assert hands.waits_at_peer(message) is False
    assert hands.text_at_peer(message) == "a\nb\tc"


def test_a_step_left_out_leaves_the_promise_untried() -> None:
    with pytest.raises(NotTried):
        TerminalHands(Typist("skip")).put_back(samples.message("034835"))


def test_a_terminal_that_nobody_sits_at_leaves_the_promise_untried() -> None:
    def ended(_: str) -> str:
        raise EOFError

    with pytest.raises(NotTried, match="--hands"):
        TerminalHands(ended).put_back(samples.message("034835"))


class _System:
    name = "x"
    capabilities: frozenset[str] = frozenset()


class _Bench:
    on_the_wire = True

    def __init__(self) -> None:
        self.system: Any = _System()


def _raising(fault: Exception) -> Callable[[Any], None]:
    def keep(_: Any) -> None:
        raise fault

    return keep


def _found(fault: Exception) -> Found:
    promise = Promise("Et løfte", _raising(fault))
    verdict, seen = run._judged(fault if fault.__traceback__ else _met(promise), None)
    return Found(promise, verdict, seen, 0.1)


def _met(promise: Promise) -> BaseException:
    try:
        promise.keep(_Bench())  # type: ignore[arg-type]
    except Exception as fault:
        return fault
    raise AssertionError("it was to raise")


@pytest.mark.parametrize(
    ("fault", "verdict", "says"),
    [
        (AssertionError("sent twice, there once"), Verdict.BROKEN, "sent twice, there once"),
        (AssertionError(f"saw {samples.TEST_NAME} {samples.TEST_CPR}"), Verdict.BROKEN, "saw … …"),
        (PeerRefused("x", "http-422"), Verdict.BROKEN, "PeerRefused x http-422"),
        (KeyError(samples.TEST_CPR), Verdict.BROKEN, "our adapter fell over: KeyError"),
        (NotTried("nobody there"), Verdict.NOT_TRIED, "nobody there"),
        (PeerCannot("x", Capability.POLLABLE), Verdict.NOT_TRIED, "without the ability «pollable»"),
        (PeerCannot("x", "text-too-long"), Verdict.BROKEN, "PeerCannot x text-too-long"),
    ],
)
def test_what_came_of_it_is_said_and_nobody_is_named(fault: Exception, verdict: Verdict, says: str) -> None:
    found = _found(fault)
    assert found.verdict is verdict
    assert says in found.seen
    assert samples.TEST_CPR not in found.seen and samples.TEST_NAME not in found.seen


@pytest.mark.parametrize(
    ("verdicts", "holds"),
    [
        ((Verdict.KEPT, Verdict.NOT_APPLICABLE), True),
        ((Verdict.KEPT, Verdict.NOT_TRIED), False),
        ((Verdict.KEPT, Verdict.BROKEN), False),
        ((), False),
    ],
)
def test_only_promises_kept_make_the_report_hold(verdicts: tuple[Verdict, ...], holds: bool) -> None:
    found = [Found(Promise("Løftet <b>", lambda _: None), each, "<seen>", 1.0) for each in verdicts]
    report = reports.Report("x", datetime(2026, 11, 22, 9, tzinfo=UTC), [("System", "<url>")], found)
    assert report.holds is holds
    html = reports.as_html(report)
    assert "<b>" not in html and "<seen>" not in html and "<url>" not in html
    assert "2026-11-22 10:00" in html and "2026-11-22 10:00" in reports.as_text(report)

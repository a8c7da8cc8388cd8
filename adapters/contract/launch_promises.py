"""What every care system's adapter with a launch keeps: what is not genuine opens nothing, and is refused alike, so
that nobody learns which check failed. Plain functions; a broken promise is an ``AssertionError``."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from gateway.domain.errors import LaunchRefused, PeerError, Replayed
from gateway.domain.identifiers import Cpr
from gateway.domain.launch import Launch

AT_ONCE = 64
REFUSED = "launch-refused"  # all that whoever brings a launch is told


class Flaw(StrEnum):
    """What is wrong with the next launch."""

    FORGED = "forged"  # signed by another key under the name (``kid``) of a known one
    UNKNOWN_KEY = "unknown-key"  # signed by a key that the care system does not publish
    EXPIRED = "expired"
    OTHER_MUNICIPALITY = "other-municipality"  # genuine, about an employee of another organisation
    OTHER_SYSTEM = "other-system"  # genuine, made out to another system than ours (``aud``)


class LaunchBench(Protocol):
    """One adapter with a launch, and the care system that an employee starts from."""

    record: str  # reference of the citizen's record that is open there
    cpr: str  # the official test number in it
    employee: str  # her name

    def press(self, flaw: Flaw | None = None) -> Callable[[], Launch]:
        """The employee presses *start* in the record. What is given brings that launch to our door, as often as it is
        called, and raises what the door raises."""


@dataclass(frozen=True, slots=True)
class LaunchPromise:
    """``words``: the promise as a Danish vendor reads it."""

    words: str
    keep: Callable[[LaunchBench], None]
    wire: bool = False

    @property
    def name(self) -> str:
        return self.keep.__name__

    def other(self, bench: Any) -> None:
        """Nothing is tried in its place."""

    def exempt(self, bench: Any) -> str:
        return "" if launches(bench.system) else "nothing is launched from this adapter"

    def try_on(self, bench: Any) -> None:
        self.keep(bench.launches)


def launches(adapter: Any) -> bool:
    """Whether an adapter, or its class, is a launch channel (``ports.SignedLaunch``, ``ports.InteractiveLaunch``)."""
    return hasattr(adapter, "verify") or (hasattr(adapter, "begin") and hasattr(adapter, "finish"))


def a_genuine_launch_opens_the_record(bench: LaunchBench) -> None:
    found = bench.press()()
    assert found.record_ref == bench.record, "another record was opened than the one that was open"
    assert found.citizen is not None and found.citizen.identifier == Cpr(bench.cpr), "the citizen is another one"
    assert found.employee.name == bench.employee and found.employee.has_right, "the employee is another one"


def a_forged_launch_is_refused(bench: LaunchBench) -> None:
    _refused(bench, Flaw.FORGED)


def a_launch_by_an_unknown_key_is_refused(bench: LaunchBench) -> None:
    _refused(bench, Flaw.UNKNOWN_KEY)


def an_expired_launch_is_refused(bench: LaunchBench) -> None:
    _refused(bench, Flaw.EXPIRED)


def a_launch_for_another_municipality_is_refused(bench: LaunchBench) -> None:
    _refused(bench, Flaw.OTHER_MUNICIPALITY)


def a_launch_for_another_system_is_refused(bench: LaunchBench) -> None:
    _refused(bench, Flaw.OTHER_SYSTEM)


def a_replayed_launch_is_refused(bench: LaunchBench) -> None:
    """The same launch opens once, and does so again for nobody; a new press of the button does."""
    bring = bench.press()
    bring()
    for _ in range(2):
        assert _fault_of(bring) is not None, "the same launch opened twice"
    a_genuine_launch_opens_the_record(bench)


def of_many_at_the_same_moment_one_opens_at_most(bench: LaunchBench) -> None:
    """The same launch, brought ``AT_ONCE`` times by sixteen hands. None at all, where the care system takes back what
    it gave for a code that comes again (RFC 6749 §4.1.2)."""
    bring = bench.press()

    def opens(_: int) -> bool:
        try:
            return _fault_of(bring) is None
        except PeerError:
            return False

    with ThreadPoolExecutor(16) as hands:
        opened = sum(hands.map(opens, range(AT_ONCE)))
    assert opened <= 1, f"of {AT_ONCE} at the same moment {opened} opened"
    a_genuine_launch_opens_the_record(bench)


def refusals_tell_nobody_why(bench: LaunchBench) -> None:
    """One answer for every flaw, and neither the citizen nor the employee in any of them."""
    faults = {flaw: _fault_of(bench.press(flaw)) for flaw in Flaw}
    opened = [str(flaw) for flaw, fault in faults.items() if fault is None]
    assert not opened, f"opened all the same: {', '.join(opened)}"
    told = {fault.public for fault in faults.values() if isinstance(fault, LaunchRefused)}
    assert told == {REFUSED}, f"told apart to whoever asks: {', '.join(sorted(told))}"
    everything = " ".join(f"{fault!r}" for fault in faults.values())
    for secret in (bench.cpr, bench.employee, bench.record):
        assert secret not in everything, "a refusal names who was launched, or by whom"


def _refused(bench: LaunchBench, flaw: Flaw) -> None:
    """And the next genuine one is not, so that it was the flaw."""
    assert _fault_of(bench.press(flaw)) is not None, f"{flaw}: opened all the same"
    a_genuine_launch_opens_the_record(bench)


def _fault_of(bring: Callable[[], Launch]) -> LaunchRefused | Replayed | None:
    """None where it opened. Any other fault than a refusal is the promise's own end."""
    try:
        bring()
    except (LaunchRefused, Replayed) as fault:
        return fault
    return None


PROMISES: tuple[LaunchPromise, ...] = (
    LaunchPromise("En ægte start åbner den rigtige journal", a_genuine_launch_opens_the_record),
    LaunchPromise("En forfalsket start afvises", a_forged_launch_is_refused),
    LaunchPromise("En start med en ukendt nøgle afvises", a_launch_by_an_unknown_key_is_refused),
    LaunchPromise("En udløbet start afvises", an_expired_launch_is_refused),
    LaunchPromise("En start for en anden kommune afvises", a_launch_for_another_municipality_is_refused),
    LaunchPromise("En start til et andet system afvises", a_launch_for_another_system_is_refused),
    LaunchPromise("Samme start to gange åbner én gang", a_replayed_launch_is_refused),
    LaunchPromise("Af 64 på samme tid åbner højst én", of_many_at_the_same_moment_one_opens_at_most),
    LaunchPromise("Afslag er ens og røber ingen", refusals_tell_nobody_why),
)

"""Faults on purpose, and the count of what really happened: how a test proves "exactly once" in the peer's own store.

An interaction is handed over as an effect (a function that changes the store and says the answer). A fault decides
whether the effect happens, when, and whether the caller hears of it.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from simulators.fhir.outcome import Answer, Json, refused

Mode = Literal[
    "down-503",
    "effect-then-500",
    "drop-reply",
    "late-apply",
    "black-hole",
    "reject-422",
    "locked-423",
    "forbidden-403",
    "too-large-413",
    "unsupported-415",
    "ack-then-lose",
]
Effect = Callable[[], Answer]
DEFAULT_HOLD = 30.0
_REFUSALS = {
    "forbidden-403": (403, "forbidden"),
    "too-large-413": (413, "too-costly"),
    "unsupported-415": (415, "not-supported"),
}


class Strike(BaseModel):
    """What every planned fault says: its `route` (or `*` for all), how many `times` it strikes, `delay` in seconds."""

    model_config = ConfigDict(extra="forbid")
    route: str
    times: int = Field(default=1, ge=1)
    delay: float = Field(default=0.0, ge=0.0, le=600.0)


class Fault(Strike):
    """`route`: an interaction such as `Task.create`, `Task.write` (its creation or update), or `*` for all of FHIR."""

    mode: Mode


F = TypeVar("F", bound=Strike)


class Planned(Generic[F]):
    """Faults planned at `/_sim/faults`, struck first come first served."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._planned: list[F] = []

    def plan(self, fault: F) -> None:
        with self._lock:
            self._planned.append(fault.model_copy())

    def planned(self) -> list[F]:
        with self._lock:
            return [fault.model_copy() for fault in self._planned]

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def strikes(self, route: str, by_star: bool = True) -> F | None:
        """Take one strike of the first planned fault that fits."""
        with self._lock:
            for fault in self._planned:
                if fault.route in (route, _writing(route)) or (by_star and fault.route == "*"):
                    fault.times -= 1
                    self._planned = [each for each in self._planned if each.times > 0]
                    return fault
        return None


def _writing(route: str) -> str:
    kind, _, interaction = route.partition(".")
    return f"{kind}.write" if interaction in ("create", "update") else route


class HangUp(Exception):
    """The connection is to be cut without an answer."""


class Faults(Planned[Fault]):
    """The planned faults, and the log of interactions."""

    def __init__(self) -> None:
        super().__init__()
        self._requests: Counter[str] = Counter()
        self._struck: Counter[str] = Counter()
        self._effects: dict[str, Counter[str]] = {}
        self._lag = 0.0

    def lag(self, seconds: float) -> None:
        """From now on a search does not find what is younger than that."""
        self._lag = seconds

    def clear(self) -> None:
        with self._lock:
            super().clear()
            self._lag = 0.0
            self._requests.clear()
            self._struck.clear()
            self._effects.clear()

    def note_effect(self, interaction: str, keys: list[str]) -> None:
        """Count one change of the store under each business identifier of the resource."""
        with self._lock:
            for key in keys:
                self._effects.setdefault(key, Counter())[interaction] += 1

    def log(self) -> dict[str, object]:
        with self._lock:
            return {
                "requests": dict(self._requests),
                "faults": dict(self._struck),
                "effects": {key: dict(counts) for key, counts in self._effects.items()},
            }

    def strikes(self, route: str, by_star: bool = True) -> Fault | None:
        """`*` means what comes in at the FHIR endpoint."""
        with self._lock:
            self._requests[route] += 1
            fault = super().strikes(route, by_star)
            if fault is not None:
                self._struck[f"{route} {fault.mode}"] += 1
            return fault

    def indexed(self, resources: list[Json]) -> list[Json]:
        """What a search finds of them; a server whose index lags behind leaves out the newest."""
        since = (datetime.now(UTC) - timedelta(seconds=self._lag)).isoformat(timespec="microseconds")
        return [each for each in resources if str(each["meta"]["lastUpdated"]) <= since] if self._lag else resources

    def perform(self, interaction: str, effect: Effect) -> Answer:
        fault = self.strikes(interaction)
        return effect() if fault is None else _suffer(fault, effect)

    def instead(self, interaction: str) -> Answer | None:
        """What a planned fault answers in place of an interaction without an effect worth keeping (a login)."""
        fault = self.strikes(interaction, by_star=False)
        return None if fault is None else _suffer(fault, lambda: refused(500, "exception", "no answer"))


def _suffer(fault: Fault, effect: Effect) -> Answer:
    if fault.mode in ("down-503", "reject-422", "locked-423", *_REFUSALS):
        return _say_no(fault)
    if fault.mode == "black-hole":
        time.sleep(fault.delay or DEFAULT_HOLD)
        raise HangUp
    if fault.mode == "late-apply":
        # The caller gives up now; the change comes later (a peer slower than its caller's patience).
        threading.Timer(fault.delay or 1.0, effect).start()
        raise HangUp
    time.sleep(fault.delay)
    return _after_the_effect(fault, effect)


def _say_no(fault: Fault) -> Answer:
    time.sleep(fault.delay)
    if fault.mode == "down-503":
        return refused(503, "transient", "down for a while", headers={"Retry-After": "1"})
    if fault.mode == "locked-423":
        return refused(423, "lock-error", "the record is locked by another user")
    status, code = _REFUSALS.get(fault.mode, (422, "business-rule"))
    return refused(status, code, "refused by order of the test")


def _after_the_effect(fault: Fault, effect: Effect) -> Answer:
    answer = effect()
    if fault.mode == "effect-then-500":
        return refused(500, "exception", "something broke after the change")
    if fault.mode == "drop-reply":
        raise HangUp
    if answer.undo is not None:  # ack-then-lose: say yes, then forget it
        answer.undo()
    return answer

"""*Afprøv forbindelsen*: a connection tried step by step, up to what the peer says of itself and a test person there;
nothing is written (requirements.md AD05).

The network's steps are the same for every adapter; what lies behind them each adapter offers itself (``TriedOut``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from adapters.wire.overhearing import Said, overhearing
from adapters.wire.transport import within
from adapters.wire.trial.reach import Encrypted, Line, reach, system_line
from adapters.wire.trial.shown import answered
from gateway.connecting.guarding import Allowed, guard_addresses
from gateway.connecting.naming import Heard, apart, clock_told, missing_scope, told_of
from gateway.domain.errors import ConfigFault, LaegebroError, PeerError
from gateway.domain.peers.trial import Cause, Probe, Told, TrialFailed, TrialStep
from gateway.peers.building import build, settings_of
from gateway.ports.peers import TriedOut
from gateway.settings import secret

BUDGET = 20.0  # seconds for all of it
_SCHEMES = ("http://", "https://")
_NAMES_ONLY = ("_claim", "_issuer", "questionnaire")  # URIs that name something, and lead nowhere


@dataclass(frozen=True, slots=True)
class Step:
    """``told``: why it failed, None where it did not. ``said``: what the peer says of itself. ``answer``: its last
    answer to a step that failed, as a page may show it."""

    step: TrialStep
    told: Told | None
    place: str
    milliseconds: int
    said: Any = field(default=None, repr=False, compare=False)
    answer: str = field(default="", repr=False)

    @property
    def code(self) -> str:
        return str(self.told.cause) if self.told else ""

    @property
    def warns(self) -> bool:
        """The peer answered all that was asked, and its clock differs: told, and no reason to hold anything back."""
        return self.step is TrialStep.CLOCK and self.told is not None


def try_out(
    kind: str, adapter: str, name: str, config: Mapping[str, Any], allowed: Allowed | None = None
) -> list[Step]:
    """The steps taken, ending with the first that fails. ``allowed``: where the owner may call; None: anywhere."""
    with within(BUDGET):
        return list(_steps(kind, adapter, name, config, allowed))


def passed(steps: list[Step]) -> bool:
    return not any(step.told and not step.warns for step in steps)


def _steps(kind: str, adapter: str, name: str, config: Mapping[str, Any], allowed: Allowed | None) -> Iterator[Step]:
    began = time.monotonic()
    try:
        settings = settings_of(kind, adapter, name, config)
        built, line = build(kind, adapter, name, config), _line_of(settings)
    except ConfigFault:
        yield Step(TrialStep.SETTINGS, Told(Cause.NOT_HERE), "", _since(began))
        return
    yield Step(TrialStep.SETTINGS, None, "", _since(began))
    if allowed is not None and (refused := guard_addresses(config, allowed, look_up=True)):
        yield Step(TrialStep.ADDRESS, Told(Cause.INTERNAL_ADDRESS, {"host": refused[0].words}), "", _since(began))
        return
    for address in _addresses(settings.model_dump(mode="json")):
        for each in reach(address, line):
            yield Step(each.step, each.told, f"{each.host}:{each.port}", each.milliseconds)
            if each.told:
                return
    if isinstance(built, TriedOut):
        yield from _probed(built)


def _line_of(settings: BaseModel) -> Callable[[], Line]:
    own = settings.line(secret) if isinstance(settings, Encrypted) else None
    return (lambda: own) if own else system_line


def _probed(built: TriedOut) -> Iterator[Step]:
    heard = Heard()
    for probe in built.trial():
        step = taken(probe, heard)
        yield step
        if step.told:
            return
    began = time.monotonic()
    if any(answer.headers.get("date") for _, answer in heard.exchanges):
        yield Step(TrialStep.CLOCK, clock_told(apart(heard.exchanges)), "", _since(began))


def taken(probe: Probe, heard: Heard) -> Step:
    """Whoever calls peers in this process meanwhile is not listened to."""
    began, mine, before = time.monotonic(), threading.get_ident(), len(heard.exchanges)

    def hear(asked: Said, answer: Said) -> None:
        if threading.get_ident() == mine:
            heard.exchanges.append((asked, answer))

    said, told = None, None
    with overhearing(hear):
        try:
            said = probe.run()
            told = missing_scope(heard.exchanges[before:]) if probe.step is TrialStep.LOGIN else None
        except PeerError as fault:
            told = told_of(fault, heard, probe)
        except TrialFailed as failed:
            told = failed.told
        except LaegebroError as fault:
            told = Told(Cause.OTHER, {"code": type(fault).__name__})
    told = _timed(told, _since(began))
    return Step(probe.step, told, "", _since(began), said, answered(heard.answer) if told else "")


def _timed(told: Told | None, milliseconds: int) -> Told | None:
    """Silence is told with how long it was listened to."""
    if told is None or told.cause not in (Cause.NO_ANSWER, Cause.NO_ACKNOWLEDGEMENT):
        return told
    return Told(told.cause, {**told.facts, "seconds": f"{milliseconds / 1000:.0f}"})


def _addresses(settings: Mapping[str, Any]) -> list[str]:
    """Each host and port that the settings name, once. A claim's name may be a URI and leads nowhere (OpenID Connect
    Core §5.1.2)."""
    told = {name: str(value) for name, value in settings.items() if not name.endswith(_NAMES_ONLY)}
    found = [value for value in told.values() if value.startswith(_SCHEMES)]
    if settings.get("host") and settings.get("port"):
        scheme = "mllps" if settings.get("tls") else "mllp"
        found.append(f"{scheme}://{settings['host']}:{settings['port']}")
    places = {"/".join(address.split("/", 3)[:3]): address for address in found}
    return list(places.values())


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)

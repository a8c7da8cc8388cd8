"""Planned maintenance: planned by an administrator, carried out by the relay (requirements.md AD12).

Ten minutes before, each connection is asked what its peer can. At the beginning it is paused in the administrator's
words: what is owed stays due, and launches say so. At the end it is tried every minute until it answers; what differs
is kept, and what was held goes out one row a second at first, then 5, then 20.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from gateway.connecting import trying
from gateway.domain.errors import InvalidField, NotFound, TransitionRefused
from gateway.domain.peers.maintenance import (
    DRAINS_WITHIN,
    LOOKS_BEFORE,
    TRIES_EVERY,
    Facts,
    Held,
    Plan,
    Window,
    WindowStage,
    compared,
    facts_of,
    next_hours,
    require_sound,
)
from gateway.domain.peers.trial import TrialStep
from gateway.domain.records import Signature
from gateway.store.ground.engine import together
from gateway.store.peers.connections import RevisionState
from gateway.wiring import Gateway

LEASE = timedelta(seconds=90)  # trials are made at once, each within its own budget
SOON = timedelta(seconds=5)
AT_ONCE = 8
BEHIND = (TrialStep.READ, TrialStep.FORM, TrialStep.CLOCK)

Asked = tuple[Facts | None, str]  # what the peer says of itself, or why it could not be asked
Ask = Callable[[str], Asked]


def plan(gateway: Gateway, wanted: Plan, owner: UUID | None, by: str) -> Window:
    """``InvalidField`` for what cannot be, and for connections that are not the owner's (None: the operator's)."""
    now = gateway.clock.now()
    require_sound(wanted, now)
    _require_own(gateway, wanted.connections, owner)
    held = tuple(Held(name) for name in sorted(set(wanted.connections)))
    hours = wanted.hours
    window = Window(
        gateway.ids.new(), owner, wanted.words, hours, wanted.repeat, WindowStage.PLANNED, hours.ends_at, by, now, held
    )
    _require_alone(gateway, window)
    gateway.maintenance.keep(window, _first_look(window))
    return window


def cancel(gateway: Gateway, window: Window, *, for_good: bool = True) -> None:
    """Before it has begun. ``for_good``: it does not come back either."""
    if window.stage is not WindowStage.PLANNED:
        raise TransitionRefused("cancel", str(window.stage), "begun")
    with together(gateway.engine):
        gateway.maintenance.change(replace(window, stage=WindowStage.CANCELLED), None, [WindowStage.PLANNED])
        if not for_good:
            _plan_next(gateway, window)


def end_now(gateway: Gateway, window: Window) -> None:
    """The work is done before its time: its connections are tried at once."""
    now = gateway.clock.now()
    if window.stage is not WindowStage.RUNNING or window.ends_at <= now:
        raise TransitionRefused("end", str(window.stage), "not-running")
    gateway.maintenance.change(replace(window, ends_at=now), now, [WindowStage.RUNNING])


def run_due(gateway: Gateway, ask: Ask | None = None) -> bool:
    """Take the next step of one window whose time has come; whether there was one."""
    now = gateway.clock.now()
    if not gateway.maintenance.is_any_due(now):
        return False
    window = gateway.maintenance.claim(now, LEASE)
    if window is None:
        return False
    _STEPS[window.stage](gateway, window, ask or partial(asked, gateway))
    return True


def asked(gateway: Gateway, name: str) -> Asked:
    """By the same steps as *Afprøv forbindelsen*, up to what the peer says of itself."""
    present = gateway.connections.present(name)
    if present is None:
        return None, "no-such-connection"
    kind = gateway.overview.kind_of(name)
    steps = trying.try_out(kind, present.adapter, name, present.config)
    fault = next((step.code for step in steps if step.code and step.step not in BEHIND), "")
    said: Mapping[str, Any] = next((step.said for step in steps if step.said), {})
    return (None, fault) if fault else (facts_of(said), "")


def _look_ahead(gateway: Gateway, window: Window, ask: Ask) -> None:
    """Before it begins the peers are asked; from its beginning on nobody is."""
    if gateway.clock.now() >= window.starts_at:
        return _begin(gateway, window)
    found = _ask_all(window.connections, ask)
    told = tuple(replace(each, before=found[each.connection][0]) for each in window.connections)
    gateway.maintenance.change(replace(window, connections=told), window.starts_at, [WindowStage.PLANNED])


def _begin(gateway: Gateway, window: Window) -> None:
    hand = _in_the_name_of(gateway, window, "maintenance begin")
    now = gateway.clock.now()
    with together(hand.engine):
        held = tuple(_paused(hand, each, window, now) for each in window.connections)
        running = replace(window, stage=WindowStage.RUNNING, connections=held)
        hand.maintenance.change(running, window.ends_at, [WindowStage.PLANNED], part=True)
        _plan_next(hand, window)


def _paused(gateway: Gateway, held: Held, window: Window, now: datetime) -> Held:
    """A connection that is paused already stays the affair of whoever paused it."""
    present = gateway.connections.present(held.connection)
    if present is None or present.state is not RevisionState.ACTIVE:
        return held
    gateway.connections.pause(held.connection, window.by, window.words, now)
    return replace(held, paused=True)


def _finish(gateway: Gateway, window: Window, ask: Ask) -> None:
    """Each connection that answers is resumed; one that does not is tried again."""
    found = _ask_all(window.waits_for, ask)
    hand, now = _in_the_name_of(gateway, window, "maintenance end"), gateway.clock.now()
    with together(hand.engine):
        held = tuple(_resumed(hand, each, found, window, now) for each in window.connections)
        after = replace(window, connections=held)
        stage = WindowStage.RUNNING if after.waits_for else WindowStage.DRAINING
        next_at = now + (TRIES_EVERY if after.waits_for else SOON)
        hand.maintenance.change(replace(after, stage=stage), next_at, [WindowStage.RUNNING], part=True)


def _resumed(gateway: Gateway, held: Held, found: Mapping[str, Asked], window: Window, now: datetime) -> Held:
    if held.connection not in found:
        return held
    facts, fault = found[held.connection]
    if facts is None:
        return replace(held, fault=fault)
    gateway.connections.resume_paused(held.connection, window.by, window.words, now)
    rows = gateway.maintenance.spread(held.connection, now)
    told = replace(held, resumed_at=now, held=rows, fault="")
    return told if held.before is None else replace(told, compared=True, changes=compared(held.before, facts))


def _drain(gateway: Gateway, window: Window, _ask: Ask) -> None:
    """Over when everything that was held has been settled; after half an hour alarms tell of the rest."""
    now = gateway.clock.now()
    names = [each.connection for each in window.connections if each.resumed_at is not None]
    last = max((each.resumed_at for each in window.connections if each.resumed_at), default=now)
    if now < last + DRAINS_WITHIN and gateway.maintenance.left(names, last):
        return gateway.maintenance.change(window, now + SOON, [WindowStage.DRAINING])
    gateway.maintenance.change(replace(window, stage=WindowStage.DONE), None, [WindowStage.DRAINING])


_STEPS: Mapping[WindowStage, Callable[[Gateway, Window, Ask], None]] = {
    WindowStage.PLANNED: _look_ahead,
    WindowStage.RUNNING: _finish,
    WindowStage.DRAINING: _drain,
}


def _ask_all(connections: Sequence[Held], ask: Ask) -> dict[str, Asked]:
    """At once: a silent peer takes no time from the others."""
    names = [each.connection for each in connections]
    with ThreadPoolExecutor(AT_ONCE, "maintenance") as pool:
        return dict(zip(names, pool.map(ask, names), strict=True))


def _in_the_name_of(gateway: Gateway, window: Window, act: str) -> Gateway:
    """What the relay does for a window is done for whoever planned it, whose name is kept sealed."""
    return gateway.signed(Signature("relay", act, window.words, "relay", "relay", window.by))


def _first_look(window: Window) -> datetime:
    return window.starts_at - LOOKS_BEFORE


def _plan_next(gateway: Gateway, window: Window) -> None:
    """The next time of one that comes back: once, whoever does it."""
    hours = next_hours(window)
    if hours is None:
        return
    held = tuple(Held(each.connection) for each in window.connections)
    id = uuid5(window.id, hours.day.isoformat())
    following = replace(window, id=id, hours=hours, stage=WindowStage.PLANNED, ends_at=hours.ends_at, connections=held)
    gateway.maintenance.keep(following, _first_look(following), again=True)


def _require_own(gateway: Gateway, names: Collection[str], owner: UUID | None) -> None:
    for name in names:
        try:
            is_own = gateway.overview.owner_of(name) == owner
        except NotFound:
            is_own = False
        if not is_own:
            raise InvalidField("connections", "unknown")


def _require_alone(gateway: Gateway, window: Window) -> None:
    """Two windows of one connection at the same time would resume what the other holds."""
    names = {each.connection for each in window.connections}
    for other in gateway.maintenance.listed():
        is_open = other.stage in (WindowStage.PLANNED, WindowStage.RUNNING)
        meets = other.starts_at < window.ends_at and window.starts_at < other.ends_at
        if is_open and meets and names & {each.connection for each in other.connections}:
            raise InvalidField("connections", "overlaps")

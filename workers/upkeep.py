"""What the relay does beside deliveries: the clocks of all states, peers asked what changed, empty calls ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from operator import attrgetter
from uuid import UUID

from gateway.call_rooms import elsewhere
from gateway.connecting import maintaining
from gateway.domain.errors import LaegebroError, PeerError
from gateway.domain.peers.messages import PeerChange
from gateway.domain.peers.verdict import WELL, judged
from gateway.evidence.keeping import TrailKeeping
from gateway.in_turn import ROW_FAULTS, each_in_turn, raise_first
from gateway.logs import log
from gateway.services import clocks, presence
from gateway.services.practice_side import asking, peer_changes
from gateway.store.ground.faults import DatabaseFault
from gateway.store.peers.answers import OwedAnswer
from gateway.store.watch.resealing import SqlResealing
from gateway.wiring import Gateway
from workers import contract_runs
from workers.call_rooms import RoomKeeping
from workers.notifications import Notifier

CLOCK_EVERY = 0.5
CALLS_EVERY = 5.0
LOST_EVERY = 5.0
ASK_EVERY = 0.25
NOTIFY_EVERY = 0.25
ROOMS_EVERY = 0.5
SUBSCRIBE_EVERY = 20.0
FORGET_EVERY = 60.0
WATCH_EVERY = 3600.0  # an alarm that is still true is said again each hour
EVENTS_KEPT = timedelta(days=14)  # how far back a practice's system can catch up
LETTERS_EVERY = 1.0
SEAL_EVERY = 10.0
PUBLISH_EVERY = 60.0
RESEAL_EVERY = 1.0
MAINTAIN_EVERY = 1.0
CERTIFY_EVERY = 2.0
RESEAL_PASSES = 10  # batches of 50 rows: at most 500 rows a second beside everything else
ANSWER_AGAIN = timedelta(seconds=30)
KEPT_AFTER_EXPIRY = timedelta(days=1)  # a used launch address is still told apart from an unknown one
ANSWERS_KEPT = timedelta(days=14)
ROOMS_KEPT = timedelta(days=2)
WINDOWS_KEPT = timedelta(days=400)
RUNS_KEPT = timedelta(days=90)
RUNS_OF_CONTRACTS_KEPT = timedelta(days=400)


class Upkeep:
    """Loops of its own, so that a silent peer holds up nothing but itself."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._asking: set[str] = set()
        self._pool = ThreadPoolExecutor(8, "poll")
        self._notifier = Notifier(gateway)
        self._rooms = RoomKeeping(gateway)
        self._trail = TrailKeeping(gateway)
        self._resealing = SqlResealing(gateway.engine, gateway.vault)

    def start(self, stop: threading.Event) -> None:
        """Start the loops as daemon threads; they end with ``stop``."""
        every = (
            (self.run_clocks, CLOCK_EVERY),
            (self.end_calls, CALLS_EVERY),
            (self.mark_lost, LOST_EVERY),
            (self.ask_peers, ASK_EVERY),
            (self.keep_subscribed, SUBSCRIBE_EVERY),
            (self.forget_expired, FORGET_EVERY),
            (self.watch_registers, WATCH_EVERY),
            (self._notifier.run_due, NOTIFY_EVERY),
            (self.keep_rooms, ROOMS_EVERY),
            (self.correspond, LETTERS_EVERY),
            (self.seal_trail, SEAL_EVERY),
            (self.publish_heads, PUBLISH_EVERY),
            (self.reseal, RESEAL_EVERY),
            (self.maintain, MAINTAIN_EVERY),
            (self.certify, CERTIFY_EVERY),
        )
        for step, pause in every:
            threading.Thread(target=_loop, args=(stop, step, pause), name=step.__name__, daemon=True).start()

    def run_clocks(self) -> None:
        g = self._gateway
        clocks.run_due(g.organisation, store=g.store, clock=g.clock)

    def end_calls(self) -> None:
        g = self._gateway
        clocks.end_abandoned_calls(g.organisation, store=g.store, rooms=g.rooms, clock=g.clock)

    def keep_rooms(self) -> None:
        """Rooms elsewhere: opened for calls that ring, removed after the call."""
        self._rooms.run_due()

    def seal_trail(self) -> None:
        """Audit rows into their organisations' chains."""
        self._trail.seal()

    def publish_heads(self) -> None:
        """The ends of the chains to where the application cannot write."""
        self._trail.publish()

    def reseal(self) -> None:
        """What ``laegebro keys rotate`` has begun goes on, a few batches at a time."""
        for _ in range(RESEAL_PASSES):
            if not self._resealing.run_pass():
                break

    def maintain(self) -> None:
        """Windows of planned maintenance begin and end on time."""
        while maintaining.run_due(self._gateway):
            """One step of one window after another."""

    def certify(self) -> None:
        """Contracts that an administrator wants tried, one after the other: each may take minutes."""
        while contract_runs.run_due(self._gateway):
            """One run."""

    def mark_lost(self) -> None:
        g = self._gateway
        presence.mark_lost(store=g.store, book=g.presence, clock=g.clock)

    def forget_expired(self) -> None:
        """Sessions, one-time addresses and rooms that are over; answers nobody asks for again; texts whose time is
        up. Each does a limited amount of work, and one that fails leaves the others their turn."""
        g = self._gateway
        now = g.clock.now()
        lately = now - KEPT_AFTER_EXPIRY
        passes: tuple[tuple[str, Callable[[], object]], ...] = (
            ("sessions", lambda: g.sessions.forget_expired(now)),
            ("return-codes", lambda: g.return_codes.forget_expired(now)),
            ("onetime", lambda: g.onetime.forget_expired(lately)),
            ("rooms", lambda: g.rooms.forget(lately)),
            ("places", lambda: g.places.forget(lately)),
            ("presence", lambda: g.presence.forget(lately)),
            ("rooms-elsewhere", lambda: elsewhere(g).book.forget(now - ROOMS_KEPT)),
            ("fhir-tokens", lambda: g.fhir_tokens.forget_expired(now)),
            ("subscriptions", lambda: g.subscriptions.forget(now - EVENTS_KEPT)),
            ("answers", lambda: g.peer_answers.forget(now - ANSWERS_KEPT)),
            ("texts", g.erasure.erase_texts),
            ("spent", g.erasure.forget_spent),
            ("alarms", g.alarms.forget),
            ("maintenance", lambda: g.maintenance.forget(now - WINDOWS_KEPT)),
            ("synthetic-runs", lambda: g.synthetic_runs.forget(now - RUNS_KEPT)),
            ("contract-runs", lambda: g.contract_runs.forget(now - RUNS_OF_CONTRACTS_KEPT)),
            ("audit", g.audit_keeping.expire),
            ("setups", lambda: g.setups.apply_due(now)),
            ("reviews", lambda: g.log_reviews.forget(now)),
            ("attempts", self._forget_attempts),
            ("wishes", lambda: g.wishes.forget(now)),
            ("approvals", lambda: g.approvals.forget(now)),
        )
        _each_pass(passes)

    def _forget_attempts(self) -> None:
        said = {each.id: each.kept("attempt_days") for each in self._gateway.organisations.tenants()}
        self._gateway.erasure.forget_attempts({id: span for id, span in said.items() if span is not None})

    def watch_registers(self) -> None:
        """A register older than its limit still answers; operations hear of it before it answers wrongly."""
        for age in self._gateway.register_ages():
            if age.too_old:
                log(__name__).warning("register-too-old", register=age.register, days=age.days, limit_days=age.limit)

    def ask_peers(self) -> None:
        """Ask each connected practice system whose turn it is, at most one question to each at a time."""
        for name in self._gateway.peers.pollable():
            if name not in self._asking:
                self._asking.add(name)
                self._pool.submit(self._ask, name).add_done_callback(partial(_note_crash, name))

    def _ask(self, name: str) -> None:
        try:
            self.ask(name)
        except DatabaseFault:
            log(__name__).error("database-away")
        finally:
            self._asking.discard(name)

    def ask(self, name: str) -> int:
        """Apply what one peer says has changed; the cursor moves only after every claim was applied. A claim that
        cannot be applied holds up no other of the same answer, and is heard again with the next."""
        peers = self._gateway.peers
        cursor = peers.take_turn(name)
        if cursor is None:
            return 0
        g, applied = self._gateway, list[bool]()
        try:
            standing = partial(g.outbox.standing, name)
            claims, reached = asking.ask(peers.gp_system(name), cursor, standing, partial(_not_spoken_of, name))
        except PeerError as fault:
            peers.noticed(name, judged(fault))
            return 0
        peers.noticed(name, WELL)

        def apply(claim: PeerChange) -> None:
            applied.append(peer_changes.apply(claim, name, store=g.store, clock=g.clock))

        raise_first(each_in_turn("claim", claims, apply, _comes_back, attrgetter("entry_id")))
        peers.polled(name, reached)
        return sum(applied)

    def correspond(self) -> None:
        """Letters: what an acknowledgement has come for goes on; acknowledgements we owe are sent."""
        g = self._gateway
        _each_pass((("wake-answered", g.letters.wake_answered), ("acknowledge", self._acknowledge)))

    def _acknowledge(self) -> None:
        answers = self._gateway.letter_answers

        def send(owed: OwedAnswer) -> None:
            peer = self._gateway.peers.corresponding(owed.connection)
            try:
                peer.acknowledge(owed.answer)
            except PeerError as fault:
                log(__name__).warning("not-acknowledged", connection=owed.connection, fault=judged(fault).code)
                answers.settle(owed, ANSWER_AGAIN)
            else:
                answers.settle(owed, None)

        def put_off(owed: OwedAnswer) -> None:
            answers.settle(owed, ANSWER_AGAIN)

        raise_first(each_in_turn("acknowledgement", answers.claim_due(), send, put_off, attrgetter("header")))

    def keep_subscribed(self) -> None:
        """Every notifying peer holds one subscription of ours; one that failed is asked for again."""
        peers = self._gateway.peers

        def keep(name: str) -> None:
            try:
                peers.gp_system(name).keep_subscribed(peers.door_address(name), peers.door_token(name))
            except PeerError as fault:
                log(__name__).warning("not-subscribed", connection=name, fault=judged(fault).code)

        raise_first(each_in_turn("subscription", peers.notifying(), keep, _comes_back))


def _not_spoken_of(name: str, entry: UUID, code: str) -> None:
    log(__name__).warning("entry-not-read", connection=name, entry=str(entry), fault=code)


def _note_crash(name: str, asked: Future[None]) -> None:
    """A fault of our own while one peer's claims were applied: its cursor has not moved, so it is asked again."""
    fault = None if asked.cancelled() else asked.exception()
    if fault is not None:
        log(__name__).error("asking-crashed", connection=name, fault=type(fault).__name__)


def _loop(stop: threading.Event, step: Callable[[], None], pause: float) -> None:
    """A database that is away passes, and so does one row's trouble; anything else ends the process, since half a
    relay is worse than one that is started again."""
    try:
        while not stop.is_set():
            _step(step, step.__name__)
            stop.wait(pause)
    finally:
        stop.set()


def _comes_back(_row: object) -> None:
    """Nothing is written about it: it is heard or asked for again by itself."""


def _each_pass(passes: Iterable[tuple[str, Callable[[], object]]]) -> None:
    """All of them, whatever one ends in; what is no error of ours or the database's is raised when all had a turn."""
    faults: list[Exception] = []
    for name, act in passes:
        try:
            _step(act, name)
        except ROW_FAULTS as fault:
            log(__name__).error("pass-crashed", step=name, fault=type(fault).__name__)
            faults.append(fault)
    raise_first(faults)


def _step(step: Callable[[], object], name: str) -> None:
    try:
        step()
    except DatabaseFault:
        log(__name__).error("database-away", step=name)
    except LaegebroError as fault:
        log(__name__).error("upkeep-refused", step=name, fault=type(fault).__name__)

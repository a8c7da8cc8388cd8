"""A state nobody leaves by himself has a clock, or an end: read off the enumerations, so that no new one is forgotten
(D20). What each clock does is tried in virtual time in tests/unit/domain."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum
from importlib import import_module

import pytest

from gateway.domain.call_room import Stage
from gateway.domain.consultation.aggregate import ALLOWED, Availability, Status
from gateway.domain.consultation.queue_entry import ENTRY_MOVES, EntryStatus
from gateway.domain.note.note import NoteStatus
from gateway.domain.oversight import Decision
from gateway.domain.peers.breaker import BreakerState
from gateway.domain.peers.contract_run import ContractState
from gateway.domain.peers.delivery import DeliveryStatus
from gateway.domain.peers.letter import Step
from gateway.domain.peers.maintenance import WindowStage
from gateway.domain.peers.subscription import SubscriptionStatus
from gateway.domain.session import SessionKind
from gateway.store.peers.connections import RevisionState
from tests.architecture.source import modules, name_of, nodes_of, tree_of

ENDS = ""  # nothing happens to it any more
A_PERSON = "a person"  # who is told, and on whose list it stands, until she has seen to it
# Each state, and the name in the product that says when it is over: ``module:name``.
CLOCKS: dict[type[Enum], dict[Enum, str]] = {
    Status: {
        Status.DRAFT: "gateway.domain.consultation.clocks:DRAFT",
        Status.PLANNED: "gateway.domain.consultation.queue_entry:EARLY",
        Status.WAITING: "gateway.domain.consultation.clocks:waiting_ends",
        Status.CALLING: "gateway.domain.consultation.ringing:RING",
        Status.IN_CALL: "gateway.domain.consultation.clocks:EMPTY_CALL",
        Status.REVIEW: "gateway.domain.note.rules:NoteRules.review",
        Status.DECIDING: "gateway.domain.consultation.clocks:next_midnight",
        Status.CLOSED: ENDS,
    },
    EntryStatus: {
        EntryStatus.REQUESTED: "gateway.domain.consultation.clocks:NOT_RECEIVED",
        EntryStatus.RECEIVED: "gateway.domain.consultation.clocks:NOT_SEEN",
        EntryStatus.ACCEPTED: "gateway.domain.consultation.ringing:RING",
        EntryStatus.IN_PROGRESS: "gateway.domain.consultation.clocks:LONGEST_CALL",
        EntryStatus.COMPLETED: ENDS,
        EntryStatus.REJECTED: ENDS,
        EntryStatus.WITHDRAWN: ENDS,
        EntryStatus.EXPIRED: ENDS,
        EntryStatus.TRANSFERRED: ENDS,
    },
    SessionKind: {
        SessionKind.EMPLOYEE: "gateway.access:SessionLimits.employee",
        SessionKind.CLINIC: "gateway.access:SessionLimits.clinic",
        SessionKind.CITIZEN: "gateway.domain.consultation.device_handover:AFTER_CALL",
        SessionKind.GUEST: "gateway.domain.session:GUEST_STAY",
        SessionKind.ADMIN: ENDS,  # no door opens one yet
    },
    BreakerState: {
        BreakerState.CLOSED: ENDS,
        BreakerState.OPEN: "gateway.domain.peers.breaker:LONGEST_REST",
        BreakerState.HALF_OPEN: "gateway.domain.peers.breaker:LONGEST_REST",
    },
    DeliveryStatus: {
        DeliveryStatus.DUE: "gateway.domain.peers.delivery:LONGEST_PAUSE",
        DeliveryStatus.STUCK: A_PERSON,
        DeliveryStatus.DONE: ENDS,
        DeliveryStatus.BY_HAND: ENDS,
        DeliveryStatus.GIVEN_UP: A_PERSON,
    },
    NoteStatus: {
        NoteStatus.DRAFT: "gateway.domain.note.rules:NoteRules.review",
        NoteStatus.APPROVED: "gateway.domain.note.review:LATER_TEXT",
        NoteStatus.UNREVIEWED: "gateway.domain.note.review:LATER_TEXT",
        NoteStatus.RETRACT: A_PERSON,
        NoteStatus.BY_HAND: ENDS,
        NoteStatus.VOID: ENDS,
    },
    Availability: {
        Availability.HERE: "gateway.services.presence:LOST_AFTER",
        Availability.AWAY: A_PERSON,  # "Jeg er klar nu"; the place has its own clock
        Availability.LOST: A_PERSON,
    },
    SubscriptionStatus: {
        SubscriptionStatus.REQUESTED: "gateway.domain.peers.subscription:HANDSHAKE_PAUSES",
        SubscriptionStatus.ACTIVE: "gateway.domain.peers.subscription:PAUSES",
        SubscriptionStatus.ERROR: A_PERSON,
        SubscriptionStatus.OFF: ENDS,
    },
    Stage: {
        Stage.WANTED: "gateway.services.call_rooms.elsewhere:PATIENCE",
        Stage.READY: "gateway.services.call_rooms.elsewhere:GIVE_UP",  # after the call, which has its own clocks
        Stage.OWN: "gateway.services.call_rooms.elsewhere:GIVE_UP",
        Stage.REMOVED: ENDS,
    },
    Decision: {
        Decision.ASKED: "gateway.domain.oversight:LASTS",
        Decision.GRANTED: ENDS,
        Decision.REFUSED: ENDS,
        Decision.ALONE: ENDS,
    },
    WindowStage: {
        WindowStage.PLANNED: "gateway.domain.peers.maintenance:LOOKS_BEFORE",
        WindowStage.RUNNING: "gateway.domain.peers.maintenance:TRIES_EVERY",
        WindowStage.DRAINING: "gateway.domain.peers.maintenance:DRAINS_WITHIN",
        WindowStage.DONE: ENDS,
        WindowStage.CANCELLED: ENDS,
    },
    ContractState: {
        ContractState.ASKED: "gateway.domain.peers.contract_run:WAITS",
        ContractState.RUNNING: "gateway.domain.peers.contract_run:SILENT",
        ContractState.DONE: ENDS,
        ContractState.FAILED: ENDS,
        ContractState.INTERRUPTED: ENDS,
    },
    RevisionState: dict.fromkeys(RevisionState, A_PERSON),
    Step: {
        Step.WAIT: "gateway.domain.peers.letter:RESENDS",
        Step.SEND: "gateway.domain.peers.letter:RESENDS",
        Step.GIVE_UP: A_PERSON,
        Step.DONE: ENDS,
    },
}
# Codes that describe and never change by time.
NO_STATES = {
    "AlarmKind", "Edge", "Owner", "RunStep", "TrialStep", "Cause", "Compared", "Obstacle", "HeldKind",
    "ActorKind", "AgreementPolicy", "Answer", "Attended", "Basis", "Capability", "Certainty", "ConsentAnswer",
    "SetupState", "EntryKind", "Rule", "Judgement",
    "Health", "Condition", "ConsoleRole", "Purpose", "RiskyAct", "Shape",
    "Custody", "DebtKind", "DoubtReason", "Ending", "Flaw", "Form", "InsuranceGroup", "Kind", "Layout",
    "LaunchChannel", "LetterKind", "Modality", "Notice", "Standing",
    "Outcome", "ParticipantRole", "PeerVerb", "Per", "PersonStatus", "Presence", "Tamper",
    "RejectReason", "Representative", "RoomStanding", "RoleCategory", "Said", "Source", "StillRefusal", "StopReason",
    "Verdict", "What",
    "WishKind", "WishStatus",
}  # fmt: skip
# How long each kind of one-time secret lives: where it is made, and the name that says so.
SECRETS = {
    "gateway/services/practice_side/guests.py": "LINK",
    "gateway/web/nurse/device_pairing.py": "LIVES",
    "gateway/web/arrival/launch.py": "PENDING ADDRESS",
    "gateway/web/arrival/login.py": "PENDING",
    "gateway/web/arrival/replaced_record.py": "WAITS",
    "gateway/web/arrival/second_launch.py": "WAITS",
    "gateway/web/arrival/typed_number.py": "CARD",
}
STATES = [(kind, member) for kind in CLOCKS for member in kind]


def enumerations() -> Iterator[str]:
    """Every enumeration of the gateway, by the name of its class."""
    for path in modules("gateway"):
        for node in nodes_of(path):
            if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases):
                yield node.name


def stands(place: str) -> bool:
    module, _, name = place.partition(":")
    owner, _, field = name.partition(".")
    found = getattr(import_module(module), owner, None)
    return found is not None and (not field or field in found.__dataclass_fields__)


def test_d20_every_enumeration_is_a_state_with_clocks_or_is_none() -> None:
    known = {kind.__name__ for kind in CLOCKS} | NO_STATES
    assert set(enumerations()) == known, "say when each of its members is over, or that it is no state"


@pytest.mark.parametrize(("kind", "member"), STATES, ids=[f"{k.__name__}.{m.name}" for k, m in STATES])
def test_d20_no_state_without_a_clock(kind: type[Enum], member: Enum) -> None:
    place = CLOCKS[kind].get(member)
    assert place is not None, "name when it is over, or say that it ends"
    assert place in (ENDS, A_PERSON) or stands(place), place


def test_d20_what_ends_has_nowhere_to_go_and_the_rest_has_somewhere() -> None:
    for kind, moves in ((Status, ALLOWED), (EntryStatus, ENTRY_MOVES)):
        assert {state for state, clock in CLOCKS[kind].items() if clock == ENDS} == {s for s in kind if not moves[s]}  # type: ignore[attr-defined]


def test_d20_a_one_time_secret_says_how_long_it_lives() -> None:
    """Wherever one is made, the moment it expires is reckoned from a named span of that module."""
    made: dict[str, str] = {}
    for path in modules("gateway"):
        makes = any(isinstance(n, ast.Call) and ast.unparse(n.func) == "OneTimeSecret" for n in nodes_of(path))
        if makes and name_of(path) != "gateway/store/people/onetime.py":
            spans = [
                ast.unparse(node.targets[0])
                for node in tree_of(path).body
                if isinstance(node, ast.Assign) and "timedelta(" in ast.unparse(node.value)
            ]
            used = {n.id for n in nodes_of(path) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            made[name_of(path)] = " ".join(span for span in spans if span in used)
    assert made == SECRETS

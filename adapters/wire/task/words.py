"""The vocabulary both sides of the Task mapping share: systems, codes, legal moves, and what we said last.

FHIR R4 has no Task for a video queue, so the codes are ours; the state machine is R4's own (Task §12.1.4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.consultation.queue_entry import EntryStatus

Json = dict[str, Any]

BASE = "https://laegebro.dk/fhir"
TASK_CODE = f"{BASE}/CodeSystem/task"
VIDEO_QUEUE = "video-consultation-queue"
INPUT = f"{BASE}/CodeSystem/task-input"
OUTPUT = f"{BASE}/CodeSystem/task-output"
BUSINESS = f"{BASE}/CodeSystem/business-status"
REJECT_REASON = f"{BASE}/CodeSystem/reject-reason"
END_REASON = f"{BASE}/CodeSystem/end-reason"
ENTRY = f"{BASE}/sid/queue-entry"
TASK_STATUS = "http://hl7.org/fhir/task-status"
URI = "urn:ietf:rfc:3986"
REJECTED = "Afvist videokonsultation"

STATUS = {
    EntryStatus.REQUESTED: "requested",
    EntryStatus.RECEIVED: "received",
    EntryStatus.ACCEPTED: "accepted",
    EntryStatus.IN_PROGRESS: "in-progress",
    EntryStatus.COMPLETED: "completed",
    EntryStatus.REJECTED: "rejected",
    EntryStatus.WITHDRAWN: "cancelled",
    EntryStatus.EXPIRED: "cancelled",
    EntryStatus.TRANSFERRED: "cancelled",
}
WAITING = frozenset(("requested", "received"))
TAKEN = frozenset(("accepted", "in-progress"))
REMOVED = frozenset(("cancelled", "failed", "entered-in-error"))
TERMINAL = REMOVED | {"completed", "rejected"}

MOVES: Mapping[str, tuple[str, ...]] = {
    "requested": ("received", "cancelled"),
    "received": ("accepted", "rejected", "cancelled"),
    "accepted": ("in-progress", "received", "cancelled"),
    "in-progress": ("completed", "cancelled"),
    # Not used by us; a practice system may park a Task there.
    "ready": ("in-progress", "cancelled"),
    "on-hold": ("in-progress", "cancelled"),
}


def next_step(current: str, target: str) -> str | None:
    """The first move of the shortest legal way; None where there is none."""
    ways: list[tuple[str, str]] = [(step, step) for step in MOVES.get(current, ())]
    known = {current}
    while ways:
        here, first = ways.pop(0)
        if here == target:
            return first
        known.add(here)
        ways += [(step, first) for step in MOVES.get(here, ()) if step not in known]
    return None


def digest(text: str) -> str:
    """A short stable name for a person's name: the same clinician gives the same one, however it is spaced."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Said:
    """What our row said when we last wrote the Task: kept in it as an input, which peers leave alone.

    What the Task says beyond this is the peer's own claim; what equals it is our echo.
    """

    revision: int
    state: str
    received: bool
    seen: bool
    who: str = "-"
    clinician: str = "-"

    def encoded(self) -> str:
        flags = f"{'r' if self.received else ''}{'s' if self.seen else ''}" or "-"
        return f"{self.revision}/{self.state}/{flags}/{self.who}/{self.clinician}"

    @classmethod
    def decoded(cls, text: str) -> Said | None:
        """None for anything we did not write."""
        parts = text.split("/")
        if len(parts) != 5 or not (parts[0].isascii() and parts[0].isdigit() and len(parts[0]) < 10):
            return None
        return cls(int(parts[0]), parts[1], "r" in parts[2], "s" in parts[2], parts[3], parts[4])


# --- reading loose JSON: a peer may send anything ------------------------------------------------------------------


def mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def code_of(concept: object, system: str) -> str:
    """The code of that system in a CodeableConcept; "" where there is none."""
    for coding in mappings(mapping(concept).get("coding")):
        if coding.get("system") == system:
            return text(coding.get("code"))
    return ""


def part(parts: object, system: str, code: str) -> Json:
    """The Task.input or Task.output of that type; {} where there is none."""
    for each in mappings(parts):
        if code_of(each.get("type"), system) == code:
            return each
    return {}


def others(parts: object, system: str, codes: Iterable[str]) -> list[Json]:
    """The inputs or outputs that are not of these types: kept as they are."""
    wanted = frozenset(codes)
    return [each for each in mappings(parts) if code_of(each.get("type"), system) not in wanted]


def said_in(task: Json) -> Said | None:
    return Said.decoded(text(part(task.get("input"), INPUT, "gateway-state").get("valueString")))


def key_and_name(output: Json) -> tuple[str, str]:
    """Who an output names: an identified practitioner, or a name that stands for itself."""
    reference = mapping(output.get("valueReference"))
    name = text(output.get("valueString")) or text(reference.get("display"))
    identifier = mapping(reference.get("identifier"))
    value = text(identifier.get("value"))
    return (f"{text(identifier.get('system'))}|{value}" if value else name), name


def identifier_of(task: Json, system: str) -> str:
    for each in mappings(task.get("identifier")):
        if each.get("system") == system:
            return text(each.get("value"))
    return ""

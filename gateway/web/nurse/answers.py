"""The employee's live document, as the JSON routes answer it (services/view.py)."""

from __future__ import annotations

from uuid import UUID

from gateway.web.answers import Moment, Shape


class PracticeFacts(Shape):
    ydernummer: str
    name: str
    phone: str


class Refused(Shape):
    reason: str
    text: str


class Rail(Shape):
    """One case's note on its way into the record."""

    case: UUID
    version: int
    status: str
    state: str
    sent_at: Moment
    received_at: Moment
    filed_at: Moment
    next_attempt_at: Moment
    fault: str


class _Practice(Shape):
    """The practice: connected × open × attended."""

    practice: PracticeFacts | None
    connected: bool = False
    reachable: bool = False
    open: bool | None
    attended: str | None
    reopens_at: Moment
    closes_at: Moment
    closing: bool
    paused_until: Moment


class _Entry(Shape):
    """The place in the queue, the ring and how it ended."""

    entry: UUID | None
    entry_status: str | None
    basis: str | None
    position: int | None
    counts: str
    sent_at: Moment
    received_at: Moment
    seen_at: Moment
    told_not_received: bool
    told_not_seen: bool
    accepted_at: Moment
    accepted_name: str
    clinician: str
    ring_until: Moment
    ring_extended: bool
    joined_at: Moment
    misses: int
    parked: bool
    past_agreed: bool
    proposed_at: Moment
    proposed_by: str
    remarks: int
    started_at: Moment
    ended_at: Moment
    ended_reason: str
    rejection: Refused | None
    expires_at: Moment


class ConsultationState(_Practice, _Entry):
    """The employee's live document (services/view.py): never who the citizen is."""

    id: UUID
    short_id: str
    version: int
    kind: str
    cases: int
    discussed: UUID | None
    status: str
    ending: str | None
    availability: str
    availability_at: Moment
    agreed_at: Moment
    reason_corrected_at: Moment
    modality: str
    review_until: Moment
    closed_at: Moment
    note: list[Rail]
    seats: dict[str, bool] | None
    settling: bool
    screen: str

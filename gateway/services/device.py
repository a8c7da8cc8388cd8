"""What the citizen's page may know while the device is with the citizen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway.domain.consultation import device_handover
from gateway.domain.consultation.aggregate import Consultation


def citizen_view(consultation: Consultation | None, now: datetime) -> dict[str, Any]:
    """The citizen's whole knowledge: which screen, whom one talks with, since when somebody is called for, and, where
    she may need it, the number of the employee.

    No name of the citizen, no reason, no note, no number of the queue, nothing of any other consultation.
    """
    if consultation is None or device_handover.citizen_screen(consultation, now) == "blank":
        return {"screen": "blank", "version": 0, "settling": False}
    entry, handover, station = consultation.entry, consultation.handover, consultation.workstation
    screen = device_handover.citizen_screen(consultation, now)
    called = handover.called_at if handover else None
    until = device_handover.blank_at(consultation)
    return {
        "screen": screen,
        "version": consultation.version,
        "doctor": entry.clinician if entry else "",
        "practice": entry.practice_name if entry else "",
        "ring_until": entry.ring_until.isoformat() if entry and entry.ring_until else None,
        "here": str(consultation.availability) == "here",
        "called_at": called.isoformat() if called else None,
        "phone": station.phone if station and (called or screen == "call") else "",
        "blank_at": until.isoformat() if until else None,
        "settling": False,
    }

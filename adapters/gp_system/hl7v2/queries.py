"""Asking the practice's system: SQM^S25, answered by SQR^S25 (HL7 v2.5.1 §10.5). Pure.

QRD-9 is STA for how one entry stands (its id in QRD-11), SAL for what the practice has done; DSC-1 is where the answer
to SAL ended and where the next question goes on. A SAL without a pointer asks only where "now" is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.gp_system.hl7v2.claims import Group, groups_of
from adapters.gp_system.hl7v2.settings import Settings
from adapters.wire.er7 import Er7Message, moment, segment, st
from adapters.wire.v2.people import msh

PAGE = 100
KIND = ("SQM", "S25", "SQM_S25")


@dataclass(frozen=True, slots=True)
class Found:
    """``groups`` of the answer, one per appointment or act; ``pointer`` to go on from."""

    groups: list[Group]
    pointer: str


def standing_query(entry_id: UUID, settings: Settings, control: str, at: datetime) -> list[str]:
    return [msh(settings, KIND, control, at), _qrd("STA", control, at, str(entry_id))]


def acts_query(pointer: str, settings: Settings, control: str, at: datetime) -> list[str]:
    asked = [msh(settings, KIND, control, at), _qrd("SAL", control, at, "")]
    return [*asked, segment("DSC", [st(pointer), "F"])] if pointer else asked


def _qrd(what: str, control: str, at: datetime, about: str) -> str:
    """QRD (§5.10.5.3): a record-oriented answer, at once."""
    fields = {1: moment(at), 2: "R", 3: "I", 4: control, 7: f"{PAGE}^RD", 8: "*", 9: f"{what}^^HL70048", 10: "VIDEO^^L"}
    return segment("QRD", {**fields, 11: about})


def found_in(answer: Er7Message) -> Found:
    """QAK-2 ``NF`` is an answer without groups."""
    groups = groups_of(answer) if answer.first("QAK").text(2) != "NF" else []
    return Found(groups, answer.first("DSC").text(1))

"""What a letter says, as ``Letter.content`` keeps it: text, author and citizen as JSON. Pure."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID, uuid5

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.peers.letter import Letter

_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")  # no characters of XML 1.0: profiles allow both


def content_of(letter: Letter) -> dict[str, Any]:
    """Empty where it is erased."""
    return dict(json.loads(letter.content)) if letter.content else {}


def patient_of(citizen: Citizen) -> dict[str, Any]:
    assert citizen.identifier is not None
    return {"system": citizen.identifier.system, "value": citizen.identifier.value, "name": plain(citizen.name)}


def plain(text: str) -> str:
    return _UNSAYABLE.sub("", text)


def thread_id(subject: UUID, connection: str) -> UUID:
    """Communication.identifier: the same in every message of the thread. ``subject``: ``Letter.entry``."""
    return uuid5(subject, f"thread:{connection}")

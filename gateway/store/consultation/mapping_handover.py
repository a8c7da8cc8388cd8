"""The device handed to the citizen ↔ the consultation's own columns, on the way to and from its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain.people import Handover

_FIELDS = ("at", "locked", "over_at", "returned_at", "called_at")


def handover_values(handover: Handover | None) -> dict[str, Any]:
    """All NULL where the device was never handed over."""
    return {f"handover_{name}": getattr(handover, name) if handover else None for name in _FIELDS}


def handover_from(row: Mapping[str, Any]) -> Handover | None:
    if row["handover_at"] is None:
        return None
    return Handover(**{name: row[f"handover_{name}"] for name in _FIELDS})

"""The table of docs/waiting.md: what each side reads when something fails."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

WAITING = Path(__file__).parents[3] / "docs" / "waiting.md"
ROW = re.compile(r"^\| `([a-z-]+)` \|[^|]*\|([^|]*)\|([^|]*)\|$", re.MULTILINE)


@dataclass(frozen=True)
class Told:
    """The words of one fault; none where nothing that a side shows has become untrue."""

    employee: tuple[str, ...]
    clinic: tuple[str, ...]


def table() -> dict[str, Told]:
    """Every fault of the documentation, by its name."""
    rows = ROW.findall(WAITING.read_text(encoding="utf-8"))
    return {name: Told(_words(employee), _words(clinic)) for name, employee, clinic in rows}


def told(fault: str) -> Told:
    return table()[fault]


def _words(cell: str) -> tuple[str, ...]:
    """Each is quoted: «…»."""
    return tuple(re.findall("«([^»]+)»", cell))

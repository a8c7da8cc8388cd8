"""One line per figure, and an exit code that says whether all hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Collects figures; ``at_most`` and ``at_least`` print a line and remember a miss."""

    missed: list[str] = field(default_factory=list)

    def at_most(self, name: str, value: float, unit: str, limit: float) -> None:
        self._line(name, value, unit, f"<={limit:g}", value <= limit)

    def at_least(self, name: str, value: float, unit: str, limit: float) -> None:
        self._line(name, value, unit, f">={limit:g}", value >= limit)

    def _line(self, name: str, value: float, unit: str, limit: str, holds: bool) -> None:
        print(f"FIGURE {name}={value:.4g} unit={unit} limit={limit}")
        if not holds:
            self.missed.append(name)

    def exit_code(self) -> int:
        if self.missed:
            print("missed: " + ", ".join(self.missed))
        return 1 if self.missed else 0


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest value that at least ``share`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]

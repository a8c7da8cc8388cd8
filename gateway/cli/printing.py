"""Printing for the terminal as it is now: its width is asked at each print, not when the module was imported."""

from __future__ import annotations

from rich.console import Console, RenderableType


def say(what: RenderableType, *, highlight: bool = True) -> None:
    """One line or one table; ``highlight`` colours what looks like a number."""
    Console().print(what, highlight=highlight)

"""One door as ``bench/mutated_inputs.py`` tries it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.support.spoiling.mutations import mutated


@dataclass(frozen=True)
class Door:
    """``send`` answers with a status as HTTP counts them, and how long it took."""

    send: Callable[[bytes], tuple[int, float]]
    messages: Sequence[bytes]
    bombs: Mapping[str, bytes]
    spoil: Callable[[bytes, random.Random], bytes] = mutated
    undone: Callable[[bytes], str] = lambda _content: (
        ""
    )  # after an answer below 300: what it promised and is not stored

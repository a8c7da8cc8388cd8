"""Messages spoilt in every way a peer can spoil one: bytes turned, elements lost, doubled, retyped, nested."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e308,
    "",
    "\x00",
    "\ud800",
    "9" * 5_000,
    [],
    {},
    [[[]]],
    {"a": {}},
    "urn:uuid:",
)


def mutated(good: Sequence[Any], count: int, chance: Random) -> Iterator[bytes]:
    """``count`` mutants: every other one still JSON."""
    for number in range(count):
        message = copy.deepcopy(chance.choice(good))
        if number % 2:
            yield _bytes_turned(json.dumps(message).encode(), chance)
            continue
        for _ in range(chance.randint(1, 3)):
            _spoil(message, chance)
        yield json.dumps(message).encode()


def _bytes_turned(raw: bytes, chance: Random) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randint(1, 60)]
            case 2:
                data[at:at] = bytes(chance.choices(b'{}[]",:\\u0\x00\xff', k=chance.randint(1, 8)))
            case _:
                data[at:at] = data[: chance.randint(1, 200)]
        if not data:
            break
    return bytes(data)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _spoil(message: Any, chance: Random) -> None:
    found = list(_places(message))
    if not found:
        return
    holder, key = chance.choice(found)
    match chance.randrange(4):
        case 0:
            del holder[key]
        case 1:
            holder[key] = copy.deepcopy(chance.choice(ODD))
        case 2:
            holder[key] = [holder[key], copy.deepcopy(holder[key])]
        case _:
            if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            else:
                holder[chance.choice(("resourceType", "id", "extension", "x"))] = copy.deepcopy(holder[key])

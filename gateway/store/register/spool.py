"""A register that has been read but not yet stored: its rows, checked to the end, in a temporary file.

A refusal half-way through a file has then touched nothing, and the database's only writer is not kept waiting by the
parser.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

BATCH = 500
_write = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode  # one encoder: made anew it costs a row each

Batch = list[list[Any]]


@contextmanager
def spooled(rows: Iterable[Sequence[str | int | None]]) -> Iterator[Iterator[Batch]]:
    """Reads ``rows`` to their end before the block begins; gives them back in batches."""
    left = iter(rows)
    with TemporaryFile("w+", encoding="utf-8") as file:
        while batch := list(islice(left, BATCH)):
            file.write(_write(batch) + "\n")
        file.seek(0)
        yield map(json.loads, file)

"""Six million insured citizens on their way into the index, in constant memory and without their numbers.

The file is read once, to its end, before the database is touched: every citizen becomes a packed record under a keyed
hash, laid into one of several temporary files by the first byte of the hash. Each file is then sorted by itself, so
that the rows reach the database in the order of its index.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.store.register.tables import KEY_BYTES

Read = tuple[bytes, bytes, int, bytes, int, bytes, int, bytes, int]
Row = tuple[bytes, str, int, str, int, str, int, str, int]
RECORD = struct.Struct(f">{KEY_BYTES}s6sI1sI6sI1sI")
_FLUSH = 256  # records of one file kept in memory before they are written


class TwiceListed(Exception):
    """The file names one citizen twice: which line holds is not ours to choose."""


@contextmanager
def spooled(rows: Iterable[Read], key_of: Callable[[bytes], bytes], buckets: int) -> Iterator[list[Path]]:
    """The files, each sorted and free of repetition; gone when the block ends. Raises ``TwiceListed``."""
    with TemporaryDirectory(prefix="laegebro-insured-") as folder:
        files = [Path(folder) / f"{number:02x}" for number in range(buckets)]
        _spread(rows, key_of, files)
        for file in files:
            _sort(file)
        yield files


def packed(row: Read, key: bytes) -> bytes:
    return RECORD.pack(key, *row[1:])


def unpacked(file: Path) -> list[Row]:
    """The rows as the table's columns, in the order of their keys."""
    text = _TEXTS
    return [
        (key, text[own], own_from, text[group], group_from, text[future], f_from, text[f_group], fg_from)
        for key, own, own_from, group, group_from, future, f_from, f_group, fg_from in RECORD.iter_unpack(
            file.read_bytes()
        )
    ]


class _Texts(dict[bytes, str]):
    """A few thousand numbers of practices and nine groups: each becomes text once."""

    def __missing__(self, raw: bytes) -> str:
        self[raw] = raw.rstrip(b"\x00").decode("ascii")
        return self[raw]


_TEXTS = _Texts()


def _spread(rows: Iterable[Read], key_of: Callable[[bytes], bytes], files: list[Path]) -> None:
    shift = 8 - (len(files) - 1).bit_length()
    waiting: list[list[bytes]] = [[] for _ in files]
    with ExitStack() as stack:
        outs = [stack.enter_context(file.open("wb", buffering=0)) for file in files]
        for row in rows:
            key = key_of(row[0])[:KEY_BYTES]
            number = key[0] >> shift
            mine = waiting[number]
            mine.append(packed(row, key))
            if len(mine) == _FLUSH:
                outs[number].write(b"".join(mine))
                mine.clear()
        for out, mine in zip(outs, waiting, strict=True):
            out.write(b"".join(mine))


def _sort(file: Path) -> None:
    raw = file.read_bytes()
    records = sorted(raw[at : at + RECORD.size] for at in range(0, len(raw), RECORD.size))
    if any(one[:KEY_BYTES] == two[:KEY_BYTES] for one, two in pairwise(records)):
        raise TwiceListed
    file.write_bytes(b"".join(records))

"""Debian's libfaketime, without its wrappers of waiting calls.

libfaketime also wraps the calls that wait (``epoll_wait``, ``clock_nanosleep``, ``pthread_cond_timedwait`` and so on).
With a true monotonic clock, which they measure by, they need no wrapping, and the wrappers of 0.9.10 do harm:
``time.sleep`` is refused with EINVAL, Chromium's threads never wake, and a signal handler that interrupts a wait reads
the true time, so PostgreSQL's own timeouts never end. A copy of the library in which those names are gone from the
table of symbols (ELF64, little-endian) moves the clocks and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.debian import ensure

WAITING = frozenset(
    {"alarm", "clock_nanosleep", "nanosleep", "sleep", "usleep"}
    | {"epoll_pwait", "epoll_wait", "poll", "ppoll", "pselect", "select"}
    | {"pthread_cond_destroy", "pthread_cond_init", "pthread_cond_timedwait"}
)
_SECTION = struct.Struct("<IIQQQQIIQQ")  # name type flags address offset size link info align entry-size
_DYNAMIC_SYMBOLS = 11  # SHT_DYNSYM
_SYMBOL_SIZE = 24


def clock_library() -> Path:
    """Path of the copy to preload; made where it is missing. Raises ``CannotInstall``."""
    original = ensure("libfaketime", _find).read_bytes()
    changed = without(original, WAITING)
    kept = Path(tempfile.gettempdir()) / f"laegebro-clock-{hashlib.sha256(changed).hexdigest()[:16]}.so"
    if not kept.exists():
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as fresh:
            fresh.write(changed)
        Path(fresh.name).chmod(0o755)
        Path(fresh.name).rename(kept)
    return kept


def redis_beside() -> Path:
    """A folder with a ``redis-server`` that starts this machine's own without the library, which hangs Debian's at its
    start (jemalloc reads the clock before the library is ready). What Redis measures by a clock are durations."""
    folder = Path(tempfile.gettempdir()) / "laegebro-clock-bin"
    folder.mkdir(exist_ok=True)
    own = next((str(path) for part in _path() if (path := Path(part) / "redis-server").exists()), "")
    if own:
        script = folder / "redis-server"
        script.write_text(f'#!/bin/sh\nunset LD_PRELOAD\nexec {own} "$@"\n')
        script.chmod(0o755)
    return folder


def _path() -> list[str]:
    return [part for part in os.environ["PATH"].split(os.pathsep) if not part.endswith("laegebro-clock-bin")]


def _find() -> Path | None:
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


def without(library: bytes, names: frozenset[str]) -> bytes:
    """The library with these exported symbols unnamed, so that the loader finds those of the C library."""
    changed = bytearray(library)
    for offset, name in _exported(library):
        if name in names:
            struct.pack_into("<I", changed, offset, 0)
    return bytes(changed)


def _exported(library: bytes) -> Iterator[tuple[int, str]]:
    """Offset and name of each symbol the library defines."""
    sections = _sections(library)
    table = next(section for section in sections if section[1] == _DYNAMIC_SYMBOLS)
    names = sections[table[6]][4]
    for offset in range(table[4], table[4] + table[5], _SYMBOL_SIZE):
        name, defined_in = struct.unpack_from("<I2xH", library, offset)
        if defined_in:
            start = names + name
            yield offset, library[start : library.index(b"\0", start)].decode()


def _sections(library: bytes) -> list[tuple[int, ...]]:
    (start,) = struct.unpack_from("<Q", library, 0x28)
    size, count = struct.unpack_from("<HH", library, 0x3A)
    return [_SECTION.unpack_from(library, start + number * size) for number in range(count)]

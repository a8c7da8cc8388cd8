"""A JPEG as a canvas writes it (ITU-T T.81, JFIF): walked from its first byte to its last without decoding it.

Every byte belongs to a segment or a scan that the picture needs. What else a file can carry (Exif with the place, a
thumbnail, comments, another file behind the end) is refused, never taken out here: the page has taken it out already.
"""

from __future__ import annotations

from gateway.domain.errors import InvalidField
from gateway.domain.note.still import LARGEST_STILL, LONGEST_EDGE, SHORTEST_EDGE

_FRAMES = frozenset((0xC0, 0xC1, 0xC2))  # baseline, extended, progressive
_JFIF, _TABLES, _CODES, _RESTART, _SCAN, _END = 0xE0, 0xDB, 0xC4, 0xDD, 0xDA, 0xD9
_METADATA = frozenset((*range(0xE0, 0xF0), 0xFE))


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height; ``InvalidField`` (too-long, not-jpeg, metadata, dimensions) for what may not be kept."""
    if len(jpeg) > LARGEST_STILL:
        raise InvalidField("still", "too-long")
    if not jpeg.startswith(b"\xff\xd8"):
        raise InvalidField("still", "not-jpeg")
    size, scanned, at = None, False, 2
    while (marker := _marker(jpeg, at)) != _END:
        body = _segment(jpeg, at)
        _require_known(marker, body, first=at == 2)
        at += 4 + len(body)
        if marker in _FRAMES:
            size = _framed(body, size)
        elif marker == _SCAN:
            at, scanned = _scan_ends(jpeg, at), True
    if size is None or not scanned or at + 2 != len(jpeg):
        raise InvalidField("still", "not-jpeg")
    return size


def _marker(jpeg: bytes, at: int) -> int:
    if len(jpeg) < at + 2 or jpeg[at] != 0xFF:
        raise InvalidField("still", "not-jpeg")
    return jpeg[at + 1]


def _segment(jpeg: bytes, at: int) -> bytes:
    length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
    body = jpeg[at + 4 : at + 2 + length]
    if length < 2 or len(body) != length - 2:
        raise InvalidField("still", "not-jpeg")
    return body


def _require_known(marker: int, body: bytes, *, first: bool) -> None:
    if marker == _JFIF and first and body.startswith(b"JFIF\0") and len(body) == 14:
        return  # fourteen bytes hold no thumbnail
    if marker in _METADATA:
        raise InvalidField("still", "metadata")
    fits = {
        _TABLES: _are_tables(body),
        _CODES: _are_codes(body),
        _RESTART: len(body) == 2,
        _SCAN: len(body) >= 4 and len(body) == 4 + 2 * body[0],
    }
    if marker not in _FRAMES and not fits.get(marker, False):
        raise InvalidField("still", "not-jpeg")


def _are_tables(body: bytes) -> bool:
    """Quantization tables: a byte and 64 numbers each."""
    at = 0
    while at < len(body):
        at += 129 if body[at] >> 4 else 65
    return at == len(body) > 0


def _are_codes(body: bytes) -> bool:
    """Huffman tables: a byte, sixteen counts, and as many values as they count."""
    at = 0
    while at + 17 <= len(body):
        at += 17 + sum(body[at + 1 : at + 17])
    return at == len(body) > 0


def _framed(body: bytes, known: tuple[int, int] | None) -> tuple[int, int]:
    if known is not None or len(body) < 6 or body[0] != 8 or body[5] not in (1, 3) or len(body) != 6 + 3 * body[5]:
        raise InvalidField("still", "not-jpeg")
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    if not (SHORTEST_EDGE <= width <= LONGEST_EDGE and SHORTEST_EDGE <= height <= LONGEST_EDGE):
        raise InvalidField("still", "dimensions")
    return width, height


def _scan_ends(jpeg: bytes, at: int) -> int:
    """Where the next marker begins that is neither a stuffed byte nor a restart."""
    while (at := jpeg.find(b"\xff", at)) >= 0:
        if jpeg[at + 1 : at + 2] != b"\0" and not 0xD0 <= int.from_bytes(jpeg[at + 1 : at + 2], "big") <= 0xD7:
            return at
        at += 2
    raise InvalidField("still", "not-jpeg")

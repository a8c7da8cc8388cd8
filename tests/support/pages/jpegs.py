"""A picture as a browser's canvas writes it, made of its segments: grey, and whole for every decoder."""

from __future__ import annotations

# Baseline, one component: every table is the shortest that a decoder takes.
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_TABLES = b"\xff\xdb\x00\x43\x00" + b"\x01" * 64
_DC = b"\xff\xc4\x00\x14\x00" + b"\x01" + b"\x00" * 15 + b"\x00"
_AC = b"\xff\xc4\x00\x14\x10" + b"\x01" + b"\x00" * 15 + b"\x00"
_SCAN = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
END = b"\xff\xd9"


def frame(width: int, height: int) -> bytes:
    return b"\xff\xc0\x00\x0b\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x01\x01\x11\x00"


def jpeg(width: int = 64, height: int = 48, beside: bytes = b"") -> bytes:
    """``beside``: further segments before the picture's own."""
    blocks = -(-width // 8) * -(-height // 8)
    scan = b"\x00" * -(-blocks * 2 // 8)  # two bits a block: no difference, end of block
    return b"\xff\xd8" + _JFIF + beside + _TABLES + frame(width, height) + _DC + _AC + _SCAN + scan + END


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body

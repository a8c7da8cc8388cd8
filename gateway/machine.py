"""What a process takes from its machine: ids that nobody can guess."""

from __future__ import annotations

import secrets
import time
from uuid import UUID


class RandomIds:
    """UUIDv7 (RFC 9562 §5.7): milliseconds since the epoch, then randomness; sorts by time in every index."""

    _LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: read aloud without doubt

    def new(self) -> UUID:
        milliseconds = time.time_ns() // 1_000_000
        value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
        return UUID(int=value)

    def short(self) -> str:
        pick = "".join(self._LETTERS[byte & 31] for byte in secrets.token_bytes(5))  # 32 letters: none is likelier
        return f"LB-{pick[:4]}-{pick[4]}"

    def secret(self) -> str:
        return secrets.token_urlsafe(32)

"""The chain of the audit trail: what a row comes to, what a link comes to, and what a check of them finds.

Each organisation has a chain of links. A link holds, for some rows in a fixed order, the row's number (``seq``) and its
digest; its head is a hash over the head before it and all it holds. Whoever takes out, changes or exchanges a row, or
writes the links anew, arrives at another head than the one that was sealed elsewhere (docs/adr/0010-audit-chain.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from struct import Struct
from uuid import UUID

NOBODYS = UUID(int=0)  # the chain of rows that belong to no organisation
BEGINNING = bytes(32)  # the head before the first link
ABSENT = bytes(32)  # the digest of a row that was gone when its turn to be sealed came
SEQ, ITEM = 8, 40  # bytes: of a row's number, and of number and digest together
_ITEM = Struct(">Q32s")
NULL = "-"  # how a column without a value is written; no UUID and no hexadecimal is


class Tamper(StrEnum):
    """What is wrong with a row or a link."""

    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"  # another row of the same link stands in this row's place
    ADDED = "added"  # in the trail, in no chain, and not waiting for one
    LINK_MISSING = "link-missing"
    LINK_CHANGED = "link-changed"
    CUT_OFF = "cut-off"  # the chain ends before a head that was sealed elsewhere
    OTHER_HEAD = "other-head"  # the link exists and comes to another head than the one sealed elsewhere
    NOT_SIGNED = "not-signed"  # a file of heads whose signature does not hold


@dataclass(frozen=True, slots=True)
class Finding:
    """``seq``: the row's number, or the link's where a link is meant (``link``)."""

    tamper: Tamper
    chain: UUID
    seq: int
    link: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one organisation's chain at some moment."""

    chain: UUID
    number: int
    at: datetime
    head: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """``expired``: rows taken out after their time (retention); ``waiting``: rows that no link holds yet."""

    rows: int
    links: int
    expired: int
    waiting: int
    findings: Sequence[Finding]

    @property
    def holds(self) -> bool:
        return not self.findings


def digest(texts: Sequence[str], case_hash: bytes | None, actor_name: bytes) -> bytes:
    """SHA-256 of a row: its texts with NUL between them, then whom it is about with a length, then the sealed name."""
    joined = "\0".join(texts)
    if joined.count("\0") != len(texts) - 1:  # a text that holds NUL itself: two rows must not read alike
        joined = repr(tuple(texts))
    return digest_of_joined(joined.encode(), case_hash, actor_name)


def digest_of_joined(texts: bytes, case_hash: bytes | None, actor_name: bytes) -> bytes:
    """``digest`` where the texts, none of which holds NUL, are joined already."""
    about = b"-" if case_hash is None else b"%d.%b" % (len(case_hash), case_hash)
    return hashlib.sha256(b"\0".join((texts, about, actor_name))).digest()


def item(seq: int, digest: bytes) -> bytes:
    return seq.to_bytes(SEQ, "big") + digest


def items_in(link: bytes) -> Iterator[tuple[int, bytes]]:
    """Row numbers and digests, in the order of the link. What is no whole item at the end is left out."""
    return _ITEM.iter_unpack(link[: len(link) // ITEM * ITEM])


def head_of(before: bytes, chain: UUID, number: int, at: datetime, items: bytes) -> bytes:
    """What a link comes to: over the head before it, whose and which link it is, when, and its rows."""
    when = at.astimezone(UTC).isoformat(timespec="microseconds").encode()
    return hashlib.sha256(before + chain.bytes + number.to_bytes(SEQ, "big") + when + items).digest()

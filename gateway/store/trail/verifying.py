"""The check of the whole trail: every link follows the one before it, every row is what its link says, no row is new.

It reads in pages, each its own short transaction, while acts go on. Memory: one bit for each number a row ever had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, bindparam, func, select

from gateway.domain import trail
from gateway.domain.scope import SystemScope
from gateway.domain.trail import Finding, Head, Report, Tamper
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.tables_audit import audit, audit_seal, audit_unsealed
from gateway.store.trail.keeping import kept_until
from gateway.store.trail.rows import digests
from gateway.store.trail.sealing import chains

Link = Row[int, datetime, bytes, bytes]
LINKS = 500  # of one page
A_RANGE = 1 << 16  # numbers that are counted together
_S = audit_seal.c
_LINKS = (
    select(_S.number, _S.at, _S.content, _S.head)
    .where(_S.tenant == bindparam("chain"), _S.number > bindparam("after"))
    .order_by(_S.number)
    .limit(LINKS)
)
_WITHIN = audit.c.seq.between(bindparam("start"), bindparam("end") - 1)
# SQLite: rows of many chains lie side by side, so that each page of the table is wanted again for the next chain. The
# file is read as memory of the operating system, up to a GiB of it.
_ROOM = "PRAGMA mmap_size = 1073741824"
_LAST = select(func.max(audit.c.seq))
_COUNT = select(func.count()).select_from(audit).where(_WITHIN)
_NUMBERS = select(audit.c.seq).where(_WITHIN)
_WAITING = select(audit_unsealed.c.seq)


@dataclass
class _Course:
    """What one check has seen so far. ``ends``: per chain the last link that was looked at and its head."""

    elsewhere: Mapping[UUID, Mapping[int, bytes]]
    expired_before: Mapping[UUID, datetime] = field(default_factory=dict)
    in_chains: bytearray = field(default_factory=bytearray)
    ends: dict[UUID, tuple[int, bytes]] = field(default_factory=dict)
    rows: int = 0
    links: int = 0
    expired: int = 0
    findings: list[Finding] = field(default_factory=list)

    def find(self, tamper: Tamper, chain: UUID, seq: int, *, link: bool = False) -> None:
        self.findings.append(Finding(tamper, chain, seq, link))

    def mark(self, seqs: Iterable[int]) -> None:
        """These rows are there, and in a chain."""
        marks = self.in_chains
        for seq in seqs:
            byte = seq >> 3
            if byte >= len(marks):
                marks.extend(bytes(max(byte + 1 - len(marks), A_RANGE)))
            marks[byte] |= 1 << (seq & 7)

    def holds(self, seq: int) -> bool:
        byte = seq >> 3
        return byte < len(self.in_chains) and bool(self.in_chains[byte] >> (seq & 7) & 1)

    def count(self, start: int) -> int:
        """How many rows of this range are there and in a chain."""
        return int.from_bytes(self.in_chains[start >> 3 : (start + A_RANGE) >> 3], "big").bit_count()


class SqlVerifying:
    """Reads only. ``elsewhere``: heads that were sealed outside the application's reach."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def verify(self, elsewhere: Sequence[Head] = ()) -> Report:
        """Every finding names its row or link. What is written meanwhile counts as waiting, not as added."""
        course = _Course(_by_chain(elsewhere))
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            course.expired_before = kept_until(connection, db_now(connection))
        self._walk_all(course)
        unknown = self._not_in_chains(course)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            waiting = set(connection.execute(_WAITING).scalars())
        self._walk_all(course)  # what was sealed since it was looked for
        for seq in unknown:
            if seq not in waiting and not course.holds(seq):
                course.find(Tamper.ADDED, trail.NOBODYS, seq)
        _require_reached(course)
        return Report(course.rows, course.links, course.expired, len(waiting), course.findings)

    def _walk_all(self, course: _Course) -> None:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            known = list(chains(connection))
        for chain in known:
            while self._walk_page(course, chain):
                pass

    def _walk_page(self, course: _Course, chain: UUID) -> bool:
        """The next links of the chain; whether there may be more."""
        after, _ = course.ends.get(chain, (0, trail.BEGINNING))
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(_ROOM)
            links = connection.execute(_LINKS, {"chain": chain, "after": after}).all()
            for link in links:
                _check_link(course, chain, link)
            for page in _pages(links):
                _check_rows(connection, course, chain, page)
        return len(links) == LINKS

    def _not_in_chains(self, course: _Course) -> Sequence[int]:
        """Rows of the trail that no link holds: they wait, or somebody slipped them in."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            last = connection.execute(_LAST).scalar() or 0
        unknown = list[int]()
        for start in range(0, last + 1, A_RANGE):
            bounds = {"start": start, "end": start + A_RANGE}
            with transaction(self._engine, SystemScope(), read_only=True) as connection:
                if connection.execute(_COUNT, bounds).scalar() != course.count(start):
                    found = connection.execute(_NUMBERS, bounds).scalars()
                    unknown += [seq for seq in found if not course.holds(seq)]
        return unknown


def _by_chain(heads: Sequence[Head]) -> Mapping[UUID, dict[int, bytes]]:
    found: dict[UUID, dict[int, bytes]] = {}
    for head in heads:
        found.setdefault(head.chain, {})[head.number] = head.head
    return found


def _check_link(course: _Course, chain: UUID, link: Link) -> None:
    """Whether it follows the one before, comes to its own head, and to the head sealed elsewhere. The check goes on
    from the head that is stored, so that one changed link is one finding."""
    number, before = course.ends.get(chain, (0, trail.BEGINNING))
    for missing in range(number + 1, link.number):
        course.find(Tamper.LINK_MISSING, chain, missing, link=True)
    stored = bytes(link.head)
    if link.number == number + 1 and trail.head_of(before, chain, link.number, link.at, bytes(link.content)) != stored:
        course.find(Tamper.LINK_CHANGED, chain, link.number, link=True)
    known = course.elsewhere.get(chain, {}).get(link.number)
    if known is not None and known != stored:
        course.find(Tamper.OTHER_HEAD, chain, link.number, link=True)
    course.ends[chain] = (link.number, stored)
    course.links += 1


def _pages(links: Sequence[Link]) -> Iterator[list[tuple[datetime, bytes]]]:
    """Links whose rows are asked for together: about two thousand of them."""
    page, size = list[tuple[datetime, bytes]](), 0
    for link in links:
        page.append((link.at, bytes(link.content)))
        size += len(link.content)
        if size >= 2_000 * trail.ITEM:
            yield page
            page, size = [], 0
    if page:
        yield page


def _check_rows(connection: Connection, course: _Course, chain: UUID, page: Sequence[tuple[datetime, bytes]]) -> None:
    links = [(at, list(trail.items_in(items))) for at, items in page]
    wanted = {seq: digest for _, items in links for seq, digest in items}
    found = digests(connection, list(wanted))
    course.mark(found)
    many = sum(len(items) for _, items in links)
    course.rows += many
    if found == wanted and many == len(wanted):  # nearly always, and compared at once; no number stands in two links
        return
    for at, items in links:
        for seq, digest in items:
            there = found.get(seq)
            if there != digest:
                _judge(course, chain, at, items, (seq, there))


def _judge(
    course: _Course, chain: UUID, at: datetime, items: Sequence[tuple[int, bytes]], row: tuple[int, bytes | None]
) -> None:
    """A row that is not what its link says. ``row``: its number, and the digest of what stands there now."""
    seq, now = row
    if now is None and at <= course.expired_before.get(chain, course.expired_before[trail.NOBODYS]):
        course.expired += 1
    elif now is None:
        course.find(Tamper.REMOVED, chain, seq)
    elif any(now == other for _, other in items):
        course.find(Tamper.REORDERED, chain, seq)
    else:
        course.find(Tamper.CHANGED, chain, seq)


def _require_reached(course: _Course) -> None:
    for chain, heads in course.elsewhere.items():
        reached, _ = course.ends.get(chain, (0, b""))
        last = max(heads)
        if last > reached:
            course.find(Tamper.CUT_OFF, chain, last, link=True)

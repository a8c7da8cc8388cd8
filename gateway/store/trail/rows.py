"""Audit rows as the text that is digested: the same on both databases, read in the driver's own words for speed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection

from gateway.domain import trail
from gateway.store.ground.ready import sent

# seq, twelve texts, and two byte strings: whose data it is about, and the sealed name of who acted.
_COLUMNS = {
    "sqlite": (
        "seq, coalesce(tenant, '-'), id, at, organisation, verb, what, coalesce(consultation, '-'), basis, channel,"
        " actor_kind, actor_id, actor_role, case_hash, actor_name"
    ),
    "postgresql": (
        "seq, coalesce(replace(tenant::text, '-', ''), '-'), replace(id::text, '-', ''),"
        " to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), organisation, verb, what,"
        " coalesce(replace(consultation::text, '-', ''), '-'), basis, channel, actor_kind, actor_id, actor_role,"
        " case_hash, actor_name"
    ),
}
_WHERE = {"sqlite": "seq IN (SELECT value FROM json_each(?))", "postgresql": "seq = ANY(%s)"}


def digests(connection: Connection, seqs: Sequence[int]) -> Mapping[int, bytes]:
    """The digest of each of these rows that is there."""
    return {row[0]: trail.digest(row[1:13], row[13], row[14]) for row in _read(connection, seqs)}


def owned_digests(connection: Connection, seqs: Sequence[int]) -> Mapping[int, tuple[str, bytes]]:
    """The same with whose row it is: hexadecimal, or ``-``."""
    return {row[0]: (row[1], trail.digest(row[1:13], row[13], row[14])) for row in _read(connection, seqs)}


def _read(connection: Connection, seqs: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    name = connection.dialect.name
    text = f"SELECT {_COLUMNS[name]} FROM audit WHERE {_WHERE[name]}"  # noqa: S608 - constants of ours
    asked: Any = list(seqs) if name == "postgresql" else f"[{','.join(map(str, seqs))}]"
    return cast("Iterable[tuple[Any, ...]]", sent(connection, text, (asked,)).fetchall())

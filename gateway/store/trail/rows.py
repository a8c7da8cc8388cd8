"""Audit rows as the text that is digested: the same on both databases, read in the driver's own words for speed.

The database joins a row's twelve texts, so that one value is read instead of twelve. It joins them with a character
that is in hardly any text: NUL on SQLite, U+0001 on PostgreSQL, whose texts hold no NUL. A row in which it stands more
often than between the texts is read again, text by text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection

from gateway.domain import trail
from gateway.store.ground.ready import sent

_PLAIN = ("organisation", "verb", "what", "basis", "channel", "actor_kind", "actor_id", "actor_role")
_TENANT = {"sqlite": "coalesce(tenant, '-')", "postgresql": "coalesce(replace(tenant::text, '-', ''), '-')"}
_TEXTS = {
    "sqlite": (_TENANT["sqlite"], "id", "at", *_PLAIN[:3], "coalesce(consultation, '-')", *_PLAIN[3:]),
    "postgresql": (
        _TENANT["postgresql"],
        "replace(id::text, '-', '')",
        "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        *_PLAIN[:3],
        "coalesce(replace(consultation::text, '-', ''), '-')",
        *_PLAIN[3:],
    ),
}
_BETWEEN = {"sqlite": b"\0", "postgresql": b"\x01"}
_JOINED = {
    "sqlite": f"CAST({' || char(0) || '.join(_TEXTS['sqlite'])} AS BLOB)",
    "postgresql": f"convert_to(concat_ws(chr(1), {', '.join(_TEXTS['postgresql'])}), 'UTF8')",
}
_WHERE = {"sqlite": "seq IN (SELECT value FROM json_each(?))", "postgresql": "seq = ANY(%s)"}
_ABSENT = "\0"  # no column of ours may be NULL here: whoever has made it so is found
_REST = "case_hash, actor_name"  # whose data it is about, and the sealed name of who acted


def digests(connection: Connection, seqs: Sequence[int]) -> Mapping[int, bytes]:
    """The digest of each of these rows that is there."""
    return dict(_digested(connection, seqs))


def owned_digests(connection: Connection, seqs: Sequence[int]) -> Mapping[int, tuple[str, bytes]]:
    """The same with whose row it is (hexadecimal, or ``-``), for a few rows."""
    return {seq: (texts[0], digest) for seq, texts, digest in _text_by_text(connection, seqs)}


def _digested(connection: Connection, seqs: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    name = connection.dialect.name
    between, marks, again = _BETWEEN[name], len(_TEXTS[name]) - 1, list[int]()
    for seq, joined, case_hash, actor_name in _read(connection, f"seq, {_JOINED[name]}, {_REST}", seqs):
        if joined is None or joined.count(between) != marks:
            again.append(seq)
            continue
        texts = joined if between == b"\0" else joined.replace(between, b"\0")
        yield seq, trail.digest_of_joined(texts, case_hash, actor_name)
    if again:
        yield from ((seq, digest) for seq, _, digest in _text_by_text(connection, again))


def _text_by_text(connection: Connection, seqs: Sequence[int]) -> Iterator[tuple[int, Sequence[str], bytes]]:
    columns = f"seq, {', '.join(_TEXTS[connection.dialect.name])}, {_REST}"
    for seq, *read, case_hash, actor_name in _read(connection, columns, seqs):
        texts = [_ABSENT if text is None else str(text) for text in read]
        yield seq, texts, trail.digest(texts, case_hash, actor_name)


def _read(connection: Connection, columns: str, seqs: Sequence[int]) -> Iterable[tuple[Any, ...]]:
    name = connection.dialect.name
    text = f"SELECT {columns} FROM audit WHERE {_WHERE[name]}"  # noqa: S608 - constants of ours
    asked: Any = list(seqs) if name == "postgresql" else f"[{','.join(map(str, seqs))}]"
    return cast("Iterable[tuple[Any, ...]]", sent(connection, text, (asked,)).fetchall())

"""Many consultations at once: each is the copy of one that was really lived through, with other ids, owners and times.

``Lived`` reads every row of one consultation and takes it apart once; ``copy`` puts it together again for another
owner and time, sealed for its own place, as the database's driver takes it.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine, LargeBinary, Table, select

from gateway.domain.scope import SystemScope
from gateway.store.consultation.own_keys import new_key, own_vault
from gateway.store.consultation.rows import place_of
from gateway.store.ground.bulk import insert_rows
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import at_leisure, transaction
from gateway.store.ground.schema import metadata
from gateway.wiring import Gateway

# Table → its sealed column that anybody opens many of, and the key of the row whose place it is sealed for.
SEALED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "consultation": ("document", ("id",)),
    "queue_entry": ("document", ("consultation", "id")),
    "audit": ("actor_name", ("id",)),
    "letter": ("content", ("id",)),
    "still": ("picture", ("consultation", "id")),
}
BY_OWN_KEY = ("consultation", "queue_entry", "letter", "still")  # sealed by their consultation's key
COUNTED = ("seq",)  # the database numbers these itself
SHARED = ("tenant", "workplace_id")  # ids of owners, not of the consultation
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # of a short id (gateway/machine.py)
REPEATED = 0.01  # share of one citizen
FAR = 9000  # the year from which on a moment means "for ever"
Row = dict[str, Any]


@dataclass(frozen=True)
class Owner:
    """Whose a copied consultation is."""

    tenant: UUID
    employee: str
    workplace: str
    ydernummer: str
    connection: str


@dataclass
class Copy:
    """What one copy is made with: new ids by their old ones as text, the owner's texts, how far it is moved in time."""

    names: dict[str, str]
    moved: timedelta
    dice: random.Random
    moments: dict[datetime, str] = field(default_factory=dict)  # each moment is put into words once


Maker = Callable[[Copy], Any]


def tables_of_consultations() -> list[Table]:
    """The consultation's own table and every table whose rows name one, parents first."""
    return [t for t in metadata.sorted_tables if t.name == "consultation" or "consultation" in t.c]


class Lived:
    """The rows of one consultation, taken apart into what every copy shares and what is its own."""

    def __init__(self, gateway: Gateway, id: UUID, owner: Owner) -> None:
        self._vault, self._owner, self._id_of_root = gateway.vault, owner, id
        self._sqlite = gateway.engine.dialect.name == "sqlite"
        rows = list(self._read(gateway, id))
        root = next(row for table, row in rows if table.name == "consultation")
        self._place = str(root["workplace_id"] or "")
        owners = {str(owner.tenant), self._place}
        self._ids = sorted({str(v) for _, row in rows for v in row.values() if isinstance(v, UUID)} - owners)
        self._begun: datetime = root["created_at"]
        self.erased = root["erased_at"] is not None
        self.written = Counter(table.name for table, _row in rows)  # by the gateway itself
        wrapped = next(row["wrapped"] for table, row in rows if table.name == "consultation_key")
        self._own_vault = own_vault(gateway.vault, owner.tenant, id, wrapped)
        sealed_for = place_of(self._own_vault, "consultation", owner.tenant, id)
        key = json.loads(sealed_for.open_bytes(root, "document").partition(b" ")[2])["launch_key"]
        made = {root["short_id"]: short_id, root["room"]: _secret, key: _secret}
        made |= {row["reference"]: _secret for table, row in rows if table.name == "delivery"}
        self._own_texts = {old: make for old, make in made.items() if old}
        self._rows = [(table, *self._apart(table, row)) for table, row in rows]

    def _read(self, gateway: Gateway, id: UUID) -> Iterator[tuple[Table, Row]]:
        with transaction(gateway.engine, SystemScope(), read_only=True) as connection:
            for table in tables_of_consultations():
                key = table.c.id if table.name == "consultation" else table.c.consultation
                for row in connection.execute(select(table).where(key == id)).mappings():
                    yield table, {name: value for name, value in row.items() if name not in COUNTED}

    def _apart(self, table: Table, row: Mapping[str, Any]) -> tuple[Row, dict[str, Maker]]:
        """What all copies share, and what makes each other value."""
        makers = {name: self._maker(table, name, row) for name in row}
        shared = {name: encoded(row[name], self._sqlite) for name, maker in makers.items() if maker is None}
        return dict.fromkeys(row) | shared, {name: maker for name, maker in makers.items() if maker is not None}

    def copy(self, owner: Owner, begun: datetime, dice: random.Random) -> Iterator[tuple[Table, Row]]:
        """The same course, begun at another time for another owner."""
        mine = self._owner
        stamp = int(begun.timestamp() * 1000) << 80
        names = {id: _new_id(stamp, dice) for id in self._ids}
        names |= {old: make(dice) for old, make in self._own_texts.items()}
        for what in ("tenant", "employee", "workplace", "ydernummer", "connection"):
            names[str(getattr(mine, what))] = str(getattr(owner, what))
        names[self._place] = self._place if owner == mine else str(uuid5(owner.tenant, owner.workplace))
        made = Copy(names, begun - self._begun, dice)
        key, own = self._new_key(owner.tenant, UUID(names[str(self._id_of_root)]))
        for table, shared, makers in self._rows:
            row = shared.copy()
            for name, maker in makers.items():
                row[name] = maker(made)
            if table.name == "consultation_key":
                row["wrapped"] = key
            vault = own if table.name in BY_OWN_KEY else self._vault
            yield table, _sealed(vault, table, row) if table.name in SEALED else row

    def _new_key(self, tenant: UUID, id: UUID) -> tuple[bytes, Vault]:
        key = new_key(self._vault, tenant, id)
        return key, own_vault(self._vault, tenant, id, key)

    def _maker(self, table: Table, name: str, row: Mapping[str, Any]) -> Maker | None:
        value, own = row[name], self._unique(table, name, row[name])
        if own is not None:
            return own
        if table.name in SEALED and name == SEALED[table.name][0]:
            vault = self._own_vault if table.name in BY_OWN_KEY else self._vault
            sealed_for = _place(vault, table.name, row["tenant"], [row[key] for key in SEALED[table.name][1]])
            return _text(sealed_for.open_bytes(row, name), self._known())
        if isinstance(value, UUID):
            return self._id(str(value))
        if isinstance(value, datetime) and value.year < FAR:
            return self._moment(value)
        if type(value) is date:
            return lambda copy: encoded(value + copy.moved, self._sqlite)
        if isinstance(value, (list, dict)):
            put_together = _text(json.dumps(value).encode(), self._known())
            return lambda copy: put_together(copy).decode()
        if isinstance(value, str) and value in self._known():
            return lambda copy: copy.names[value]
        return None

    def _unique(self, table: Table, name: str, value: Any) -> Maker | None:
        """What no two rows of the whole database share, but for the one citizen who comes again and again."""
        if isinstance(table.c[name].type, LargeBinary) and name.endswith(("_index", "_hash")) and value is not None:
            again = REPEATED if name == "identifier_index" else 0.0
            return lambda copy: value if copy.dice.random() < again else copy.dice.randbytes(32)
        return None

    def _known(self) -> frozenset[str]:
        mine = self._owner
        owners = (str(mine.tenant), self._place, mine.employee, mine.workplace, mine.ydernummer, mine.connection)
        return frozenset({*self._ids, *self._own_texts, *owners})

    def _id(self, old: str) -> Maker:
        if self._sqlite:
            return lambda copy: copy.names[old].replace("-", "")
        return lambda copy: copy.names[old]

    def _moment(self, old: datetime) -> Maker:
        sqlite = self._sqlite

        def moved(copy: Copy) -> str:
            if old not in copy.moments:
                copy.moments[old] = encoded(old + copy.moved, sqlite)
            return copy.moments[old]

        return moved


def _sealed(vault: Vault, table: Table, row: Row) -> Row:
    column, key = SEALED[table.name]
    place = _place(vault, table.name, UUID(row["tenant"]), [UUID(row[name]) for name in key])
    return row | {column: place.seal_bytes(column, row[column])}


def _place(vault: Vault, table: str, tenant: UUID, key: Sequence[object]) -> Any:
    return place_of(vault, table, tenant, *key)


def _new_id(stamp: int, dice: random.Random) -> str:
    """A UUIDv7 (RFC 9562 §5.7) of that moment: old rows lie where old rows lie."""
    digits = f"{stamp | 0x7 << 76 | dice.getrandbits(12) << 64 | 0b10 << 62 | dice.getrandbits(62):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def short_id(dice: random.Random) -> str:
    """As the gateway makes it: of a million, some three in a hundred have another's."""
    pick = "".join(dice.choices(LETTERS, k=5))
    return f"LB-{pick[:4]}-{pick[4]}"


def _secret(dice: random.Random) -> str:
    return f"{dice.getrandbits(120):030x}"


def _text(whole: bytes, known: frozenset[str]) -> Callable[[Copy], bytes]:
    """The text with each known name, where it stands as a JSON string, to be put in anew."""
    parts = re.split(b'"(' + b"|".join(re.escape(name.encode()) for name in sorted(known) if name) + b')"', whole)
    fixed, names = parts[0::2], [part.decode() for part in parts[1::2]]

    def put_together(copy: Copy) -> bytes:
        inner = [b'"%s"' % copy.names[name].encode() for name in names]
        return b"".join(piece for pair in zip(fixed, [*inner, b""], strict=True) for piece in pair)

    return put_together


def encoded(value: Any, sqlite: bool) -> Any:
    """As the column types of gateway/store/ground/columns.py write it, and as COPY reads it."""
    if isinstance(value, datetime):
        text = value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        return text if sqlite else text + "+00"
    if isinstance(value, UUID):
        return value.hex if sqlite else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    return value


def write(connection: Connection, rows: Iterable[tuple[Table, Row]]) -> None:
    """Rows that are encoded already, in one batch per table, parents first."""
    grouped: dict[str, list[Row]] = {}
    for table, row in rows:
        grouped.setdefault(table.name, []).append(row)
    for table in metadata.sorted_tables:
        if table.name in grouped:
            names = list(grouped[table.name][0])
            insert_rows(connection, table, names, [*map(itemgetter(*names), grouped[table.name])])


@contextmanager
def without_indexes(engine: Engine) -> Iterator[None]:
    """The tables' indexes are gone meanwhile and made anew in one go; keys and unique constraints stay."""
    indexes = [index for table in metadata.sorted_tables for index in table.indexes]
    with at_leisure(engine) as connection:
        for index in indexes:
            index.drop(connection)
    yield
    for index in indexes:
        with at_leisure(engine) as connection:
            index.create(connection)

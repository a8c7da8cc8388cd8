"""Sessions on the server: the browser holds a random token, the row everything else (D5)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, Select, bindparam, delete, exists, select, update

from gateway.domain.errors import AccessBarred, NotFound
from gateway.domain.scope import SystemScope
from gateway.domain.session import Grant, ProviderLogout, Session, SessionKind
from gateway.store.ground.bulk import delete_some
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.once import burn
from gateway.store.ground.upsert import upsert_unless
from gateway.store.people.barrings import IS_BARRED, end_sessions
from gateway.store.people.tables import barring
from gateway.store.people.tables import session as table

BARRED_SESSION = exists().where(barring.c.person == table.c.person)
TOUCH_EVERY = timedelta(minutes=1)  # an SSE page asks often; a row written for each of them would be a queue of writers
_S = table.c
_OPEN_PAGES: Select[Any] = select(
    _S.id, _S.token_hash, _S.kind, _S.expires_at, _S.seen_at, _S.idle_minutes, _S.citizen_consultation
).where(_S.token_hash.in_(bindparam("hashes", expanding=True)), ~_S.suspended, ~BARRED_SESSION)
_DUE = (
    select(_S.id)
    .where(_S.id.in_(bindparam("ids", expanding=True)), _S.seen_at <= bindparam("due"))
    .order_by(_S.id)
    .with_for_update(skip_locked=True)
)
_TOUCH = update(table).where(_S.id.in_(_DUE)).values(seen_at=bindparam("now"))


class SqlSessionStore:
    """Opens, reads, amends and ends sessions. A token is unknown to the store but for its hash."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def open(self, session: Session, token: str) -> None:
        """``AccessBarred`` where that person is barred."""
        values = self._values(session) | {
            "id": session.id,
            "token_hash": _hashed(token),
            "seen_at": session.created_at,
            "created_at": session.created_at,
        }
        with transaction(self._engine, SystemScope()) as connection:
            if not upsert_unless(connection, table, IS_BARRED, values, {"barred": session.person}, ()):
                raise AccessBarred(str(session.tenant or ""), session.person)

    def read(self, token: str, now: datetime) -> Session | None:
        """The live session of a token, and of nobody who is barred. While a citizen's context is open only the absolute
        limit applies: a long talk must not log the nurse out in the middle of it."""
        query = select(table).where(table.c.token_hash == _hashed(token), ~BARRED_SESSION)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            row = connection.execute(query).one_or_none()
        if row is None or not _is_live(row, now):
            return None
        if now - row.seen_at >= TOUCH_EVERY:
            self._touch(row.id, now)
        return self._session(row)

    def of_open_pages(self, tokens: Collection[str], now: datetime) -> tuple[dict[str, SessionKind], Sequence[UUID]]:
        """Which of many tokens open what ``read`` would give, in one statement, and of which kind each is; a session
        that sleeps opens no page. And whose rows are due for ``touch``."""
        named = {_hashed(token): token for token in tokens}
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            rows = connection.execute(_OPEN_PAGES, {"hashes": list(named)}).all()
        live = [row for row in rows if _is_live(row, now)]
        kinds = {named[row.token_hash]: SessionKind(row.kind) for row in live}
        return kinds, [row.id for row in live if now - row.seen_at >= TOUCH_EVERY]

    def touch(self, ids: Collection[UUID], now: datetime) -> None:
        """They were in use just now. A row that somebody else writes at this moment is touched the next time."""
        if not ids:
            return
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(_TOUCH, {"ids": list(ids), "due": now - TOUCH_EVERY, "now": now})

    def standing(self, ids: Iterable[UUID]) -> frozenset[UUID]:
        """Those of them that have not been ended."""
        query = select(table.c.id).where(table.c.id.in_(list(ids)))
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return frozenset(connection.execute(query).scalars())

    def amend(self, session: Session) -> None:
        """Write what may change in a session's life. ``NotFound`` where it has been ended meanwhile."""
        change = update(table).where(table.c.id == session.id).values(**self._values(session))
        with transaction(self._engine, SystemScope()) as connection:
            if not connection.execute(change).rowcount:
                raise NotFound("session")

    def renew(self, session_id: UUID, token: str, now: datetime) -> Session | None:
        """Wake a suspended session under a new token; None where it is over or was never suspended."""
        wakes = (
            update(table)
            .where(table.c.id == session_id, table.c.suspended, table.c.expires_at > now, ~BARRED_SESSION)
            .values(token_hash=_hashed(token), suspended=False, seen_at=now)
            .returning(table)
        )
        with transaction(self._engine, SystemScope()) as connection:
            row = connection.execute(wakes).one_or_none()
        return self._session(row) if row is not None else None

    def release(self, tenant: UUID, consultation: UUID, keep: UUID) -> int:
        """Every other session that shows this consultation shows it no longer; how many there were."""
        shown = table.c.citizen_consultation == consultation
        others = update(table).where(table.c.tenant == tenant, shown, table.c.id != keep)
        with transaction(self._engine, SystemScope()) as connection:
            return connection.execute(others.values(citizen_consultation=None)).rowcount

    def shown_elsewhere(self, tenant: UUID, consultation: UUID, session_id: UUID, now: datetime) -> bool:
        """Whether another live session shows this consultation."""
        shown = table.c.citizen_consultation == consultation
        others = (table.c.tenant == tenant, shown, table.c.id != session_id, table.c.expires_at > now)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return connection.execute(select(table.c.id).where(*others).limit(1)).first() is not None

    def end(self, session_id: UUID) -> None:
        """The token opens nothing from here on; ending twice is ending once."""
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(delete(table).where(table.c.id == session_id))

    def end_all_of(self, person: str, tenant: UUID | None, subject: str) -> int:
        """End every session of one person, on all her devices; how many there were."""
        with transaction(self._engine, SystemScope()) as connection:
            return end_sessions(connection, self._vault, person, tenant, subject)

    def end_logged_out(self, connection: str, said: ProviderLogout) -> int:
        """End what the provider says has ended: one login, or all of hers there; how many sessions those were.
        ``Replayed`` where it has said so before, and nothing ends."""
        wanted = self._login_indexes(connection, said.subject, said.sid)
        hers = [table.c[name] == value for name, value in wanted.items() if value is not None]
        with transaction(self._engine, SystemScope()) as db:
            burn(db, [said.used])
            return int(db.execute(delete(table).where(*hers)).rowcount) if hers else 0

    def forget_expired(self, now: datetime) -> int:
        """Remove rows past their absolute limit; how many there were."""
        with transaction(self._engine, SystemScope()) as connection:
            return delete_some(connection, table, table.c.expires_at <= now)

    def _touch(self, id: UUID, now: datetime) -> None:
        due = update(table).where(table.c.id == id, table.c.seen_at <= now - TOUCH_EVERY)
        with transaction(self._engine, SystemScope()) as connection:
            connection.execute(due.values(seen_at=now))

    def _values(self, session: Session) -> dict[str, Any]:
        credentials = json.dumps({"grant": asdict(session.grant), "csrf": session.csrf}, ensure_ascii=False)
        return {
            "kind": session.kind,
            "person": session.person,
            "subject_index": self._vault.index("session.subject", session.grant.subject),
            "credentials": self._sealed(session, "credentials", credentials),
            "id_token": self._sealed(session, "id_token", session.id_token),
            "tenant": session.tenant,
            "clinic": session.clinic,
            "expires_at": session.expires_at,
            "idle_minutes": session.idle_minutes,
            "citizen_consultation": session.citizen_consultation,
            "suspended": session.suspended,
            **self._login_indexes(session.grant.connection, *_said_in(session.id_token)),
        }

    def _login_indexes(self, connection: str, subject: str, sid: str) -> dict[str, bytes | None]:
        """What a provider calls a login, as a keyed hash; None for what it does not say."""
        said = {"login_index": subject, "sid_index": sid}
        return {n: self._vault.index(f"session.{n}", f"{connection}\n{v}") if v else None for n, v in said.items()}

    def _sealed(self, session: Session, column: str, text: str) -> bytes:
        return self._vault.seal(text, table="session", column=column, row=session.id, tenant=session.tenant)

    def _opened(self, row: Row[Any], column: str) -> str:
        sealed = row._mapping[column]
        return self._vault.unseal(sealed, table="session", column=column, row=row.id, tenant=row.tenant)

    def _session(self, row: Row[Any]) -> Session:
        credentials = json.loads(self._opened(row, "credentials"))
        return Session(
            id=row.id,
            kind=SessionKind(row.kind),
            person=row.person,
            grant=Grant(**credentials["grant"] | {"console": tuple(credentials["grant"]["console"])}),
            tenant=row.tenant,
            clinic=row.clinic,
            created_at=row.created_at,
            expires_at=row.expires_at,
            idle_minutes=row.idle_minutes,
            citizen_consultation=row.citizen_consultation,
            csrf=credentials["csrf"],
            id_token=self._opened(row, "id_token"),
            suspended=row.suspended,
        )


def _said_in(id_token: str) -> tuple[str, str]:
    """``sub`` and ``sid`` of an id token that was verified when she logged in; "" for what it does not say."""
    try:
        part = id_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return _text(claims.get("sub")), _text(claims.get("sid"))
    except (IndexError, ValueError, AttributeError):
        return "", ""


def _text(value: object) -> str:
    """ "" for what is no text; half a surrogate pair is none either, and a provider may write it."""
    return value if isinstance(value, str) and value.isprintable() else ""


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _is_live(row: Row[Any], now: datetime) -> bool:
    if now >= row.expires_at:
        return False
    if row.citizen_consultation is not None:
        return True
    return bool(now - row.seen_at < timedelta(minutes=row.idle_minutes))

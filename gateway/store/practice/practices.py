"""What is ours to know about practices: how they are reached, when they take video, and whether anyone looks (D8)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Select,
    delete,
    insert,
    or_,
    select,
)

from gateway.domain.consultation import rehearsal
from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import SYSTEM, Actor
from gateway.domain.practice import (
    AgreementPolicy,
    Attended,
    PracticeChange,
    PracticeState,
    VideoHours,
    danish_day,
)
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.engine import transaction
from gateway.store.ground.upsert import upsert, upsert_rows
from gateway.store.peers import tables as peer_tables
from gateway.store.practice import routing
from gateway.store.practice import tables as practice_tables
from gateway.store.practice.hours import hours_of, written
from gateway.store.practice.reached import practices_of
from gateway.store.practice.routing import Routed
from gateway.store.practice.state import attended, is_looked_at, practice_state
from gateway.store.practice.states import practice_states
from gateway.store.register import provider_tables

AGREEMENT, DIRECT_PHONE, RELAY_ONLY = "agreement", "direct-phone", "relay-only"  # of ``PracticeChange.what``

_profile = practice_tables.practice_profile.c
_change = practice_tables.practice_change.c
_health = peer_tables.connection_health.c


class SqlPracticeBook:
    """``ports.PracticeBook``, with routes, profiles and substitutes as they are administered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self, ydernummer: Ydernummer) -> Sequence[str]:
        return [name for name, _ in self.routed(ydernummer, danish_day(datetime.now(UTC))).connections]

    def routed(self, ydernummer: Ydernummer, on: date) -> Routed:
        """The same with the rule that says so."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return routing.routed(connection, ydernummer, on)

    def assigned(self, ydernummer: Ydernummer) -> Sequence[str]:
        """The connections given to the practice by name, whether they are active or not."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return routing.assigned(connection, ydernummer)

    def set_routes(self, ydernummer: Ydernummer, connections: Sequence[str]) -> None:
        """The connections the practice is reached by, in this order; an empty list disconnects it.

        ``NotFound`` for a connection that was never applied."""
        table = practice_tables.practice_connection
        rows = [
            {"ydernummer": ydernummer.digits, "connection": name, "position": position}
            for position, name in enumerate(dict.fromkeys(connections))
        ]
        with transaction(self._engine, SystemScope()) as connection:
            _require_known(connection, connections)
            signing.note(connection, ydernummer.digits)
            connection.execute(delete(table).where(table.c.ydernummer == ydernummer.digits))
            if rows:
                connection.execute(insert(table), rows)

    def ydernumre_of(self, connection_name: str) -> Sequence[Ydernummer]:
        """The practices reached by a connection, and those that must still learn something there."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return practices_of(connection, connection_name)

    def hours(self, ydernummer: Ydernummer) -> VideoHours:
        """Hours nobody has set yet are closed hours."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            row = _row(connection, ydernummer)
        return hours_of(row.hours) if row else VideoHours()

    def set_hours(self, ydernummer: Ydernummer, hours: VideoHours, actor: Actor, at: datetime) -> None:
        self._write(ydernummer, actor, at, hours=written(hours))

    def set_profile(
        self,
        ydernummer: Ydernummer,
        *,
        agreement: AgreementPolicy = AgreementPolicy.RECOMMENDED,
        direct_phone: str = "",
        synthetic: bool = False,
        actor: Actor = SYSTEM,
        at: datetime,
    ) -> None:
        """What the set-up says of the practice. The hours stay, and so does what the practice has said itself."""
        said = {change.what for change in self.changes(ydernummer)}
        values: dict[str, Any] = {"synthetic": synthetic}
        if AGREEMENT not in said:
            values["agreement"] = agreement
        if DIRECT_PHONE not in said:
            values["direct_phone"] = direct_phone
        self._write(ydernummer, actor, at, **values)

    def set_agreement(self, ydernummer: Ydernummer, agreement: AgreementPolicy, actor: Actor, at: datetime) -> None:
        """Whether the practice wants consultations agreed beforehand (D9)."""
        self._write(ydernummer, actor, at, said=(AGREEMENT, agreement), agreement=agreement)

    def set_direct_phone(self, ydernummer: Ydernummer, number: str, actor: Actor, at: datetime) -> bool:
        """The number employees ring (C15), eight digits or none; whether it is another than before."""
        if self.state(ydernummer, at).direct_phone == number:
            return False
        self._write(ydernummer, actor, at, said=(DIRECT_PHONE, number), direct_phone=number)
        return True

    def set_relay_only(self, ydernummer: Ydernummer, on: bool, actor: Actor, at: datetime) -> None:
        """Whether the practice's own video goes through the relay and no other way."""
        if self.relays_only(ydernummer) is not on:
            self._write(ydernummer, actor, at, said=(RELAY_ONLY, "on" if on else "off"))

    def relays_only(self, ydernummer: Ydernummer) -> bool:
        said = next((change.value for change in self.changes(ydernummer) if change.what == RELAY_ONLY), "off")
        return said == "on"

    def changes(self, ydernummer: Ydernummer) -> Sequence[PracticeChange]:
        """What the practice has said about itself, the newest first."""
        query = select(practice_tables.practice_change).where(_change.ydernummer == ydernummer.digits)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            rows = connection.execute(query.order_by(_change.seq.desc())).all()
        return [PracticeChange(row.at, row.what, row.value, row.changed_by) for row in rows]

    def is_synthetic(self, ydernummer: Ydernummer) -> bool:
        """Whether the practice is an invented one, which only synthetic consultations may reach (D18)."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            row = _row(connection, ydernummer)
        return bool(row and row.synthetic)

    def state(self, ydernummer: Ydernummer, now: datetime) -> PracticeState:
        """One reading of everything the nurse is told before the queue."""
        if ydernummer == rehearsal.NUMBER:
            return rehearsal.STATE
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return practice_state(connection, ydernummer, now)

    def states(self, ydernumre: Collection[Ydernummer], now: datetime) -> dict[Ydernummer, PracticeState]:
        """The state of many, in as many statements as that of one takes."""
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return practice_states(connection, ydernumre, now)

    def attend(self, clinic: UUID, ydernumre: Collection[Ydernummer], now: datetime) -> None:
        self.attend_each({(clinic, ydernummer) for ydernummer in ydernumre}, now)

    def attend_each(self, attended: Collection[tuple[UUID, Ydernummer]], now: datetime) -> None:
        """The same for the waiting rooms of many clinics, in one transaction."""
        rows = [
            {"clinic": clinic, "ydernummer": digits, "seen_at": now}
            for clinic, digits in sorted((clinic, ydernummer.digits) for clinic, ydernummer in attended)
        ]
        with transaction(self._engine, SystemScope()) as connection:
            upsert_rows(connection, practice_tables.practice_attendance, rows)

    def attended(self, ydernummer: Ydernummer, now: datetime) -> Attended:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            routes = routing.routed(connection, ydernummer, danish_day(now)).connections
            return attended(is_looked_at(connection, ydernummer, now), routes)

    def note_success(self, connection_name: str, now: datetime) -> None:
        """A peer answered: proven by traffic, not by a ping. Callers need not say it for every answer."""
        values = {"connection": connection_name, "last_success_at": now, "failing_since": None, "phase": ""}
        with transaction(self._engine, SystemScope()) as connection:
            upsert(connection, peer_tables.connection_health, values)

    def note_failure(self, connection_name: str, phase: str, now: datetime) -> None:
        """A peer did not answer; ``failing_since`` keeps the first failure after the last success."""
        phase = phase[: provider_tables.PHASE]
        values = {"connection": connection_name, "last_failure_at": now, "failing_since": now, "phase": phase}
        with transaction(self._engine, SystemScope()) as connection:
            query = select(_health.failing_since).where(_health.connection == connection_name).with_for_update()
            since = connection.execute(query).scalar_one_or_none()
            changed = ["last_failure_at", "phase"] + ([] if since else ["failing_since"])
            upsert(connection, peer_tables.connection_health, values, change=changed)

    def failing_since(self, connection_name: str) -> datetime | None:
        """Since when a connection has not answered; None where it answers or was never asked."""
        query = select(_health.failing_since).where(_health.connection == connection_name)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return connection.execute(query).scalar_one_or_none()

    def substitute(
        self, away: Ydernummer, substitute: Ydernummer, valid_from: date, valid_to: date | None, by: str, at: datetime
    ) -> None:
        """From ``valid_from`` to before ``valid_to`` the second practice takes the first one's patients."""
        values = {
            "ydernummer": away.digits,
            "substitute": substitute.digits,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "set_by": by,
            "set_at": at,
        }
        with transaction(self._engine, SystemScope()) as connection:
            upsert(connection, practice_tables.substitution, values)

    def substitutes(self, ydernummer: Ydernummer, on: date) -> Sequence[Ydernummer]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            found = connection.execute(_substitutes(ydernummer, on)).scalars()
            return [Ydernummer(digits) for digits in found]

    def _write(
        self, ydernummer: Ydernummer, actor: Actor, at: datetime, said: tuple[str, str] | None = None, **changed: Any
    ) -> None:
        values = {
            "ydernummer": ydernummer.digits,
            "hours": written(VideoHours()),
            "agreement": AgreementPolicy.RECOMMENDED,
            "changed_at": at,
            "changed_by": f"{actor.kind}:{actor.id}",
        }
        stamped = [*changed, "changed_at", "changed_by"]
        with transaction(self._engine, SystemScope()) as connection:
            upsert(connection, practice_tables.practice_profile, values | changed, change=stamped)
            signing.note(connection, ydernummer.digits)
            if said is not None:
                row = {"ydernummer": ydernummer.digits, "at": at, "changed_by": values["changed_by"]}
                connection.execute(insert(practice_tables.practice_change).values(**row, what=said[0], value=said[1]))


def _require_known(connection: Connection, names: Sequence[str]) -> None:
    known = select(peer_tables.connection.c.name).where(peer_tables.connection.c.name.in_(names))
    missing = set(names) - set(connection.execute(known).scalars())
    if missing:
        raise NotFound(f"connection {min(missing)}")


def _row(connection: Connection, ydernummer: Ydernummer) -> Row[Any] | None:
    query = select(practice_tables.practice_profile).where(_profile.ydernummer == ydernummer.digits)
    return connection.execute(query).one_or_none()


def _substitutes(ydernummer: Ydernummer, on: date) -> Select[Any]:
    table = practice_tables.substitution.c
    open_ended = or_(table.valid_to.is_(None), table.valid_to > on)
    return (
        select(table.substitute)
        .where(table.ydernummer == ydernummer.digits, table.valid_from <= on, open_ended)
        .order_by(table.substitute)
    )

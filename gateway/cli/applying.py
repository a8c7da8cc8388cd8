"""A checked connections file becomes rows: all of it in one transaction, each stanza with what it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid5

from gateway.cli.document import ClinicTable, ConnectionTable, Document, PracticeTable, TenantTable
from gateway.connecting.guarding import guard_environment, hosts_called, production_hosts
from gateway.domain.errors import ConfigFault
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import VideoHours
from gateway.peers.building import build
from gateway.store.ground.engine import together
from gateway.store.peers.connections import Stanza
from gateway.store.peers.soundness import is_secret
from gateway.store.people.organisations import Clinic, Tenant, Workplace
from gateway.store.people.setup.workplaces import KEY
from gateway.wiring import Gateway

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One stanza. ``read`` gives its values as they are stored now, none where it is new; ``write`` applies it."""

    title: str
    read: Callable[[], Values]
    write: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Applier:
    """``by`` and ``why`` stand in the history of connections and practices."""

    gateway: Gateway
    by: str
    why: str

    def apply(self, document: Document, *, keep: bool = True) -> list[str]:
        """One line per stanza: new, unchanged, or which keys changed. ``keep`` False changes nothing, and says below
        each stanza of its settings what stands and what would. ``ConfigFault`` names everything that is wrong before
        the first row is written."""
        if faults := [*self._faults(document)]:
            raise ConfigFault(*faults)
        with together(self.gateway.engine, keep=keep):
            return [line for step in self._steps(document) for line in _run(step, in_full=not keep)]

    # what only the whole can be asked

    def _faults(self, document: Document) -> Iterator[str]:
        for each in document.connection:
            try:
                build(each.kind, each.adapter, each.name, each.config)
            except ConfigFault as fault:
                yield from (f"connection.{each.name}.{line.removeprefix(f'{each.name}.')}" for line in fault.faults)
            yield from self._dangling(each, document)
        yield from self._unrouted(document)
        yield from self._leading_to_production(document)

    def _leading_to_production(self, document: Document) -> Iterator[str]:
        """A test connection to a host that is known as production's, as the console refuses it (AD22)."""
        told, settings = {each.name for each in document.connection}, self.gateway.settings
        others = [each for each in self.gateway.connections.active() if each.name not in told]
        real = production_hosts(settings, others)
        if settings.environment == "production":
            real |= hosts_called([each.config for each in document.connection if not each.synthetic])
        for each in document.connection:
            is_test = each.synthetic or settings.environment == "demo"
            for fault in guard_environment(each.config, is_test, real):
                yield f"connection.{each.name}.settings.{fault.path}: {fault.words} is a host of production's"

    def _dangling(self, table: ConnectionTable, document: Document) -> Iterator[str]:
        """An owner nobody has declared, or a write-back to a connection that does not exist."""
        organisations = self.gateway.organisations
        tenants, clinics = {each.cvr for each in document.tenant}, {each.name for each in document.clinic}
        if table.tenant and table.tenant not in tenants and organisations.tenant_by_cvr(table.tenant) is None:
            yield f"connection.{table.name}.tenant: no [[tenant]] has this cvr"
        known_clinics = clinics | {each.name for each in organisations.clinics()}
        if table.clinic and table.clinic not in known_clinics:
            yield f"connection.{table.name}.clinic: no [[clinic]] has this name"
        for cvr in table.employers:
            yield from self._unsuited(table, cvr, document)
        write_back = table.settings.get("write_back")
        if write_back and write_back not in self._connections(document):
            yield f"connection.{table.name}.settings.write_back: no [[connection]] has this name"

    def _unsuited(self, table: ConnectionTable, cvr: str, document: Document) -> Iterator[str]:
        """An employer that nobody has declared, or an invented one at a real record and the other way round (D18)."""
        told = {each.cvr: each.synthetic for each in document.tenant}
        known = self.gateway.organisations.tenant_by_cvr(cvr)
        if cvr not in told and known is None:
            yield f"connection.{table.name}.employers: no [[tenant]] has the cvr {cvr}"
        elif table.synthetic is not (told[cvr] if cvr in told else bool(known and known.synthetic)):
            yield f"connection.{table.name}.employers: {cvr} and the connection are not both synthetic or both real"

    def _unrouted(self, document: Document) -> Iterator[str]:
        known = self._connections(document)
        for practice in document.practice:
            for name in practice.routes:
                if name not in known:
                    yield f"practice.{practice.ydernummer}.routes: no [[connection]] is named {name}"

    def _connections(self, document: Document) -> set[str]:
        return {each.name for each in document.connection} | self.gateway.connections.names()

    # the stanzas, in the order in which they need each other

    def _steps(self, document: Document) -> Iterator[Step]:
        organisations = self.gateway.organisations
        for tenant in document.tenant:
            read = partial(self._tenant_now, tenant)
            yield Step(f"tenant {tenant.name}", read, partial(organisations.apply_tenant, *_tenant(tenant)))
        for clinic in document.clinic:
            read = partial(self._clinic_now, clinic)
            yield Step(f"clinic {clinic.name}", read, partial(organisations.apply_clinic, _clinic(clinic)))
        for table in document.connection:
            yield Step(table.name, partial(self._connection_now, table.name), partial(self._write_connection, table))
        for practice in document.practice:
            number = Ydernummer.parse(practice.ydernummer)
            title = f"practice {practice.ydernummer}"
            yield Step(title, partial(self._practice_now, number), partial(self._write_practice, practice, number))

    def _tenant_now(self, table: TenantTable) -> Values:
        found = self.gateway.organisations.tenant(table.id)
        if found is None:
            return {}
        places = {each.name: each for each in self.gateway.organisations.workplaces(table.id)}
        told = _flat(asdict(found))
        told.pop(f"settings.{KEY}", None)  # said line by line
        return told | {f"workplace {name}": each for name, each in places.items()}

    def _clinic_now(self, table: ClinicTable) -> Values:
        found = self.gateway.organisations.clinic(table.id)
        return asdict(found) if found else {}

    def _connection_now(self, name: str) -> Values:
        newest = self.gateway.connections.present(name)
        if newest is None:
            return {}
        return {"revision": newest.number, "adapter": newest.adapter} | _flat({"settings": newest.config})

    def _practice_now(self, number: Ydernummer) -> Values:
        book, now = self.gateway.practices, self._now
        state = book.state(number, now)
        if state.synthetic is None:  # nothing has been said of it yet
            return {}
        names = ("agreement", "direct_phone", "synthetic")
        return {"routes": tuple(book.assigned(number)), "hours": book.hours(number)} | {
            name: getattr(state, name) for name in names
        }

    @property
    def _now(self) -> datetime:
        return self.gateway.clock.now()

    def _write_connection(self, table: ConnectionTable) -> None:
        stanza = Stanza(table.name, table.kind, table.adapter, table.owner, table.config, synthetic=table.synthetic)
        self.gateway.connections.apply(stanza, self.by, self.why, self._now)

    def _write_practice(self, table: PracticeTable, number: Ydernummer) -> None:
        book, actor, now = self.gateway.practices, Actor(ActorKind.ADMIN, self.by), self._now
        book.set_routes(number, table.routes)
        if book.hours(number) == VideoHours():  # what the clinic has set itself stays
            book.set_hours(number, table.hours.hours, actor, now)
        book.set_profile(
            number,
            agreement=table.agreement,
            direct_phone=table.direct_phone,
            synthetic=table.synthetic,
            actor=actor,
            at=now,
        )


def _tenant(table: TenantTable) -> tuple[Tenant, list[Workplace]]:
    settings = table.settings.model_dump(mode="json", exclude_none=True)
    rows = [(each.name, each.sor, each.phone) for each in table.workplace] or settings.pop(KEY, [])
    places = [Workplace(uuid5(table.id, name), name, sor, phone) for name, sor, phone in rows]
    tenant = Tenant(table.id, table.cvr, table.name, table.type, table.kommunekode, table.synthetic, settings)
    return tenant, places


def _clinic(table: ClinicTable) -> Clinic:
    numbers = tuple(Ydernummer.parse(text) for text in table.ydernumre)
    return Clinic(table.id, table.name, table.synthetic, numbers)


def _run(step: Step, in_full: bool) -> list[str]:
    before = step.read()
    step.write()
    after = step.read()
    if not before:
        return [f"{step.title}: new" + (f", revision {after['revision']}" if "revision" in after else "")]
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if not changed:
        return [f"{step.title}: unchanged"]
    revision = f"revision {after['revision']}, " if "revision" in changed else ""
    line = f"{step.title}: {revision}changed {', '.join(name for name in changed if name != 'revision')}"
    settings = [name for name in changed if name.startswith("settings.")] if in_full else []
    return [line, *(_change(name, before.get(name), after.get(name)) for name in settings)]


def _change(name: str, before: Any, after: Any) -> str:
    """One line of a rehearsal; a secret only as changed."""
    if is_secret(name, before) or is_secret(name, after):
        return f"    {name}: changed"
    return f"    {name}: {before} -> {after}"


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """``settings`` by its members."""
    members = {f"settings.{name}": value for name, value in values["settings"].items()}
    return {name: value for name, value in values.items() if name != "settings"} | members

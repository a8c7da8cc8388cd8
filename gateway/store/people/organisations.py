"""Who employs the nurses and who runs the practices: tenants with workplaces, clinics with users (D13)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from gateway.domain.alarm_places import is_address
from gateway.domain.citizen.finding import DEFAULT_ORDER, Source
from gateway.domain.consultation.aggregate import Ending, Kind
from gateway.domain.errors import AccessBarred, ConfigFault
from gateway.domain.identifiers import Cvr, Ydernummer
from gateway.domain.note.rules import CHOOSABLE, LONGEST_REVIEW, NoteRules, Placement
from gateway.domain.organisation import Organisation
from gateway.domain.people import RoleCategory
from gateway.domain.practice import AgreementPolicy
from gateway.domain.scope import SystemScope
from gateway.store.ground import signing
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import db_now, transaction
from gateway.store.ground.upsert import upsert, upsert_unless
from gateway.store.people import tables_organisations as tables
from gateway.store.people.barrings import IS_BARRED, user_id
from gateway.store.people.setup.book import note_applied
from gateway.store.people.setup.workplaces import KEY

TYPES = ("municipality", "region", "provider")

_practice = tables.clinic_practice.c
_user = tables.clinic_user.c


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation that employs. ``settings``: the keys of ``[tenant.settings]`` (docs/configuration.md), checked by
    ``gateway.cli.document.TenantSettings``; one that is left out has the product's own value."""

    id: UUID
    cvr: str
    name: str
    type: str
    kommunekode: str = ""
    synthetic: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def roles(self) -> Sequence[tuple[str, RoleCategory]]:
        """The roles its employees choose from, with what the law asks of each."""
        return [(text, RoleCategory(category)) for text, category in self.settings.get("roles", ())]

    @property
    def alarm_mails(self) -> Sequence[str]:
        """Where the organisation itself wants its own alarms told."""
        return [str(to) for to in self.settings.get("alarm_mail", ())]

    def kept(self, what: str) -> timedelta | None:
        """``text_days``, ``draft_days`` or ``attempt_days``; None where it has not said so."""
        days = self.settings.get(what)
        return timedelta(days=int(days)) if days else None

    @property
    def note_rules(self) -> NoteRules:
        """What it has decided about notes; raises ``ValueError`` for a code that is none."""
        said = self.settings
        return NoteRules(
            timedelta(minutes=int(said.get("review_minutes", 15))),
            timedelta(minutes=int(said.get("review_limit_minutes", 240))),
            frozenset(Ending(code) for code in said.get("notes_for", (Ending.NOT_ANSWERED,))),
            tuple(
                Placement(RoleCategory(category), None if kind == "*" else Kind(kind), place)
                for category, kind, place in said.get("note_placement", ())
            ),
        )

    @property
    def organisation(self) -> Organisation:
        """What the services need of it."""
        said = self.settings
        sources = tuple(Source(name) for name in said.get("practice_sources", DEFAULT_ORDER))
        wording = str(said.get("consent_wording", "1"))
        agreement = AgreementPolicy(said.get("agreement") or AgreementPolicy.FREE)
        known = (self.id, self.name, self.cvr, self.synthetic)
        return Organisation(*known, wording, self.note_rules, sources, agreement, bool(said.get("stills")))


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where an employee works, and what owns the undone when she is gone (D7)."""

    id: UUID
    name: str
    sor: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Clinic:
    """Those who answer for one or several practices."""

    id: UUID
    name: str
    synthetic: bool = False
    ydernumre: tuple[Ydernummer, ...] = ()


class SqlOrganisationBook:
    """Applies and reads organisations; applying the same again changes nothing."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def apply_tenant(self, tenant: Tenant, workplaces: Sequence[Workplace] = ()) -> None:
        """Write the organisation and its list of workplaces. One no longer listed stays readable by its id.

        Raises ``ConfigFault`` for an unknown type or role category, and for a CVR that is another tenant's.
        """
        require_sound(tenant)
        names = ("id", "cvr", "name", "type", "kommunekode", "synthetic")
        listed = {KEY: [[each.name, each.sor, each.phone] for each in workplaces]} if workplaces else {}
        values = {name: getattr(tenant, name) for name in names} | {"settings": {**tenant.settings, **listed}}
        with transaction(self._engine, SystemScope()) as connection:
            _require_own_cvr(connection, tenant)
            note_applied(connection, tenant.id, values["settings"], db_now(connection))
            signing.note(connection, tenant.cvr, tenant.id)
            upsert(connection, tables.tenant, values)
            table = tables.workplace
            connection.execute(update(table).where(table.c.tenant == tenant.id).values(listed=False))
            for place in workplaces:
                row = {"id": place.id, "name": place.name, "sor": place.sor, "phone": place.phone, "listed": True}
                upsert(connection, table, {"tenant": tenant.id} | row)

    def tenant(self, id: UUID) -> Tenant | None:
        found = self._tenants(tables.tenant.c.id == id)
        return found[0] if found else None

    def tenant_by_cvr(self, cvr: str) -> Tenant | None:
        found = self._tenants(tables.tenant.c.cvr == cvr)
        return found[0] if found else None

    def tenants(self) -> Sequence[Tenant]:
        """All of them by name, municipalities first (D13)."""
        return sorted(self._tenants(), key=lambda t: (TYPES.index(t.type), t.name))

    def workplaces(self, tenant: UUID) -> Sequence[Workplace]:
        """Those to choose from, by name."""
        table = tables.workplace
        query = select(table).where(table.c.tenant == tenant, table.c.listed).order_by(table.c.name)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [Workplace(row.id, row.name, row.sor, row.phone) for row in connection.execute(query)]

    def workplace(self, tenant: UUID, id: UUID) -> Workplace | None:
        """Any workplace the tenant ever had."""
        table = tables.workplace
        query = select(table).where(table.c.tenant == tenant, table.c.id == id)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            row = connection.execute(query).one_or_none()
        return Workplace(row.id, row.name, row.sor, row.phone) if row else None

    def apply_clinic(self, clinic: Clinic) -> None:
        """Write the clinic and exactly its ydernumre. ``ConfigFault`` where one of them is another clinic's."""
        with transaction(self._engine, SystemScope()) as connection:
            signing.note(connection, str(clinic.id))
            upsert(
                connection,
                tables.clinic,
                {"id": clinic.id, "name": clinic.name, "synthetic": clinic.synthetic},
            )
            connection.execute(delete(tables.clinic_practice).where(_practice.clinic == clinic.id))
            for ydernummer in sorted(set(clinic.ydernumre)):
                values = {"ydernummer": ydernummer.digits, "clinic": clinic.id}
                if not upsert(connection, tables.clinic_practice, values, change=()):
                    raise ConfigFault(f"clinics.{clinic.name}: {ydernummer} belongs to another clinic")

    def clinic(self, id: UUID) -> Clinic | None:
        found = self._clinics([id])
        return found[0] if found else None

    def clinics(self) -> Sequence[Clinic]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            ids = list(connection.execute(select(tables.clinic.c.id)).scalars())
        return self._clinics(ids)

    def ydernumre(self, clinic: UUID) -> Sequence[Ydernummer]:
        query = select(_practice.ydernummer).where(_practice.clinic == clinic).order_by(_practice.ydernummer)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [Ydernummer(digits) for digits in connection.execute(query).scalars()]

    def clinic_of_practice(self, ydernummer: Ydernummer) -> Clinic | None:
        query = select(_practice.clinic).where(_practice.ydernummer == ydernummer.digits)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            id = connection.execute(query).scalar_one_or_none()
        return self.clinic(id) if id else None

    def clinics_of_user(self, connection_name: str, subject: str) -> Sequence[Clinic]:
        """The clinics in which this login has been recognised, by name."""
        member = tables.clinic_membership.c
        query = select(member.clinic).where(member.clinic_user == user_id(self._vault, connection_name, subject))
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            ids = list(connection.execute(query).scalars())
        return self._clinics(ids)

    def recognise_clinic_user(
        self, connection_name: str, subject: str, name: str, role: str, clinics: Collection[UUID]
    ) -> str:
        """The stable id of a clinic's user. ``clinics`` is what the login says today; it replaces what it said
        before, so that whoever has left a clinic is out of it."""
        id = user_id(self._vault, connection_name, subject)
        values = {
            "id": id,
            "connection": connection_name,
            "name": self._vault.seal(name, table="clinic_user", column="name", row=id, tenant=None),
            "role": role,
        }
        member = tables.clinic_membership
        with transaction(self._engine, SystemScope()) as connection:
            # Also the lock that lets two logins follow each other.
            if not upsert_unless(connection, tables.clinic_user, IS_BARRED, values, {"barred": str(id)}):
                raise AccessBarred("", str(id))
            connection.execute(delete(member).where(member.c.clinic_user == id))
            rows = [{"clinic_user": id, "clinic": clinic} for clinic in sorted(set(clinics))]
            if rows:
                connection.execute(insert(member), rows)
        return str(id)

    def people_of(self, clinic: UUID) -> Sequence[str]:
        """The names of those who have logged in at a clinic, in order."""
        member = tables.clinic_membership.c
        query = select(_user.id).join(tables.clinic_membership, member.clinic_user == _user.id)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            ids = connection.execute(query.where(member.clinic == clinic)).scalars().all()
        return sorted(self.clinic_user_name(str(id)) for id in ids)

    def clinic_user_name(self, id: str) -> str:
        """The name the last login told; empty where nobody has that id."""
        query = select(_user.name).where(_user.id == UUID(id))
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            sealed = connection.execute(query).scalar_one_or_none()
        return self._vault.unseal(sealed, table="clinic_user", column="name", row=id, tenant=None)

    def _tenants(self, *conditions: Any) -> list[Tenant]:
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            return [_tenant(row) for row in connection.execute(select(tables.tenant).where(*conditions))]

    def _clinics(self, ids: Sequence[UUID]) -> list[Clinic]:
        clinics = select(tables.clinic).where(tables.clinic.c.id.in_(ids)).order_by(tables.clinic.c.name)
        held = select(tables.clinic_practice).where(_practice.clinic.in_(ids)).order_by(_practice.ydernummer)
        with transaction(self._engine, SystemScope(), read_only=True) as connection:
            numbers: dict[UUID, list[Ydernummer]] = {}
            for row in connection.execute(held):
                numbers.setdefault(row.clinic, []).append(Ydernummer(row.ydernummer))
            rows = connection.execute(clinics).all()
        return [Clinic(row.id, row.name, row.synthetic, tuple(numbers.get(row.id, ()))) for row in rows]


def _tenant(row: Row[Any]) -> Tenant:
    return Tenant(row.id, row.cvr, row.name, row.type, row.kommunekode, row.synthetic, row.settings)


def require_sound(tenant: Tenant) -> None:
    """``ConfigFault`` with everything that may not be written."""
    categories = {str(category) for _, category in tenant.settings.get("roles", ())}
    faults = [f"tenants.{tenant.name}.type: must be one of {', '.join(TYPES)}"] if tenant.type not in TYPES else []
    unknown = sorted(categories - set(RoleCategory))
    faults += [f"tenants.{tenant.name}.roles: unknown category {category}" for category in unknown]
    strange = sorted(set(tenant.settings.get("practice_sources", ())) - set(Source))
    faults += [f"tenants.{tenant.name}.practice_sources: unknown source {name}" for name in strange]
    wrong = [to for to in tenant.alarm_mails if not is_address(to)]
    faults += [f"tenants.{tenant.name}.alarm_mail: {to} is no address" for to in wrong]
    faults += _note_faults(tenant)
    if faults:
        raise ConfigFault(*faults)
    Cvr.parse(tenant.cvr, "cvr")


def _note_faults(tenant: Tenant) -> list[str]:
    try:
        rules = tenant.note_rules
    except ValueError as fault:
        return [f"tenants.{tenant.name}.notes: {fault}"]
    where = f"tenants.{tenant.name}"
    faults = [
        f"{where}.notes_for: {ending} is not for the organisation to choose" for ending in rules.chosen - CHOOSABLE
    ]
    if not timedelta(0) <= rules.review <= rules.longest <= LONGEST_REVIEW:
        faults.append(f"{where}.review_minutes: 0–240, and not above review_limit_minutes")
    return faults


def _require_own_cvr(connection: Connection, tenant: Tenant) -> None:
    query = select(tables.tenant.c.id).where(tables.tenant.c.cvr == tenant.cvr)
    holder = connection.execute(query).scalar_one_or_none()
    if holder not in (None, tenant.id):
        raise ConfigFault(f"tenants.{tenant.name}.cvr: belongs to another tenant")

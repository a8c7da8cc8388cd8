"""The audit trail: who looked at or changed what about whom. Rows are only ever added (guards.py)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, bindparam, insert, select

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.identifiers import CitizenId
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.domain.scope import SystemScope, TenantScope
from gateway.store.consultation.tables import citizen_case, consultation
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.ready import write
from gateway.store.ground.sealing import Place, Row, Values, identifier_index, record_index
from gateway.store.ground.tables_audit import audit

_INSERT = insert(audit)
_CASES = select(citizen_case).where(citizen_case.c.consultation.in_(bindparam("ids", expanding=True)))
_OWNERS = select(consultation.c.id, consultation.c.tenant).where(
    consultation.c.id.in_(bindparam("ids", expanding=True))
)


def _audit_values(vault: Vault, row: AuditRow, tenant: UUID | None, case_hash: bytes | None) -> Values:
    id = uuid4()
    place = Place(vault, "audit", str(id), tenant)
    return {
        "id": id,
        "at": row.at,
        "tenant": tenant,
        "organisation": row.organisation,
        "verb": row.verb,
        "what": row.what,
        "consultation": row.consultation,
        "case_hash": case_hash,
        "basis": row.basis,
        "channel": row.channel,
        "actor_kind": str(row.actor.kind),
        "actor_id": row.actor.id,
        "actor_role": row.actor.role,
        **place.seal(actor_name=row.actor.name),
    }


def audit_change(connection: Connection, vault: Vault, rows: Sequence[AuditRow], changed: Consultation) -> None:
    """Rows that are committed with a change; without a tenant of their own they carry the consultation's."""
    cases = {case.id: case_hash_of(vault, case) for case in changed.cases} if rows else {}
    written = [_audit_values(vault, row, row.tenant or changed.tenant, _whose(row, cases)) for row in rows]
    if written:
        write(connection, _INSERT, written)


def audit_reads(connection: Connection, vault: Vault, rows: Sequence[AuditRow]) -> None:
    """Rows on their own; tenant and citizen are found from the consultations they name."""
    named = {row.consultation for row in rows if row.consultation is not None}
    owners = _owners(connection, named)
    cases = _cases(connection, vault, named)
    written = []
    for row in rows:
        if row.consultation is None:
            whose = identifier_index(vault, row.citizen) if row.citizen else None
        else:
            whose = _whose(row, cases.get(row.consultation, {}))
        tenant = row.tenant or (owners.get(row.consultation) if row.consultation else None)
        written.append(_audit_values(vault, row, tenant, whose))
    write(connection, _INSERT, written)


def _owners(connection: Connection, named: Collection[UUID]) -> dict[UUID, UUID]:
    if not named:
        return {}
    return {row.id: row.tenant for row in connection.execute(_OWNERS, {"ids": list(named)})}


def _cases(connection: Connection, vault: Vault, named: Collection[UUID]) -> dict[UUID, dict[UUID, bytes]]:
    """Of each consultation its cases, each with the hash of whose data it is."""
    found: dict[UUID, dict[UUID, bytes]] = {}
    for case in connection.execute(_CASES, {"ids": list(named)}).mappings() if named else ():
        hashed = case["identifier_index"] or case["record_index"] or _by_id(vault, case["id"])
        found.setdefault(case["consultation"], {})[case["id"]] = hashed
    return found


def case_hash_of(vault: Vault, case: CitizenCase) -> bytes:
    """Keyed hash of whose data it is: the citizen's number, else the record, else the case itself."""
    if case.citizen.identifier is not None:
        return identifier_index(vault, case.citizen.identifier)
    if case.record_ref:
        return record_index(vault, case.eoj_connection, case.record_ref)
    return _by_id(vault, case.id)


def _by_id(vault: Vault, case_id: UUID) -> bytes:
    return vault.index("case", str(case_id))


def _whose(row: AuditRow, cases: dict[UUID, bytes]) -> bytes | None:
    """The case that is named, or the only one there is."""
    if row.case is not None:
        return cases.get(row.case)
    return next(iter(cases.values())) if len(cases) == 1 else None


class SqlAuditTrail:
    """Reading the trail: one citizen's list of who looked (GDPR art. 15), found by the keyed hash alone."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def of_citizen(self, identifier: CitizenId, tenant: UUID | None = None) -> Sequence[AuditRow]:
        """Oldest first; everywhere, or at one tenant. Works after the citizen's texts are erased."""
        query = (
            select(audit).where(audit.c.case_hash == identifier_index(self._vault, identifier)).order_by(audit.c.seq)
        )
        scope = TenantScope(tenant) if tenant else SystemScope()
        if tenant is not None:
            query = query.where(audit.c.tenant == tenant)
        with transaction(self._engine, scope, read_only=True) as connection:
            return [row_from(self._vault, row) for row in connection.execute(query).mappings()]


def row_from(vault: Vault, row: Row) -> AuditRow:
    name = Place(vault, "audit", str(row["id"]), row["tenant"]).open(row, "actor_name")
    return AuditRow(
        at=row["at"],
        actor=Actor(ActorKind(row["actor_kind"]), row["actor_id"], name, row["actor_role"]),
        organisation=row["organisation"],
        verb=row["verb"],
        what=row["what"],
        consultation=row["consultation"],
        basis=row["basis"],
        channel=row["channel"],
        tenant=row["tenant"],
    )

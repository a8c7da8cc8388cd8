"""How every verb reaches the store: load, apply, commit; repeated when somebody else was faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import ConcurrentChange, NotFound
from gateway.domain.launch import UsedToken
from gateway.domain.records import AuditRow
from gateway.domain.scope import ClinicScope, Scope, SystemScope
from gateway.ports.rows import ConsultationStore, Write

ATTEMPTS = 12

Verb = Callable[[Consultation], Consultation]


def _nothing(_consultation: Consultation) -> Sequence[Write]:
    return ()


@dataclass(frozen=True, slots=True)
class Together:
    """What is committed with the consultation a launch leads to: tokens it burns, audit rows about it, and ``beside``,
    rows of other books that are made for it."""

    used: Sequence[UsedToken] = ()
    audit: Sequence[AuditRow] = ()
    beside: Callable[[Consultation], Sequence[Write]] = _nothing

    def commit(self, store: ConsultationStore, found: Consultation) -> Consultation:
        rows = [replace(row, consultation=found.id) for row in self.audit]
        return store.commit(found, used=self.used, audit=rows, beside=self.beside(found))


ALONE = Together()


@dataclass(frozen=True, slots=True)
class Along:
    """What is committed with a change: audit rows, and ``beside``, rows of other books that only hold with it."""

    audit: Sequence[AuditRow] = ()
    beside: Sequence[Write] = ()


_ALONE = Along()


def change(
    store: ConsultationStore,
    scope: Scope,
    id: UUID,
    verb: Verb,
    *,
    along: Along = _ALONE,
    known: Consultation | None = None,
) -> Consultation:
    """Apply ``verb`` to the newest state; a verb that changed nothing writes nothing but its audit rows.

    ``known``: the consultation as the caller has just read it, so that it is not read twice; the commit notices where
    it has moved on. A clinic's view of it is not the whole, so there it does not count.

    Raises ``NotFound`` outside the scope, whatever the verb raises, and ``ConcurrentChange`` only after losing
    ``ATTEMPTS`` times in a row.
    """
    whole = None if isinstance(scope, ClinicScope) else known
    for _ in range(ATTEMPTS):
        current, whole = whole or load_for_change(store, scope, id), None
        changed = verb(current)
        if changed == current and not changed.events and not changed.debts:
            store.record_audit(*along.audit)
            return current
        try:
            return store.commit(changed, audit=along.audit, beside=along.beside)
        except ConcurrentChange:
            continue
    raise ConcurrentChange


def load_for_change(store: ConsultationStore, scope: Scope, id: UUID) -> Consultation:
    """The whole aggregate. A clinic's own view leaves out other practices' entries, so it only says that there is one:
    the clinic may act where it holds the *current* entry."""
    if not isinstance(scope, ClinicScope):
        return store.load(scope, id)
    store.load(scope, id)
    whole = store.load(SystemScope(), id)
    if whole.entry is None or whole.entry.ydernummer not in scope.ydernumre:
        raise NotFound("consultation")
    return whole

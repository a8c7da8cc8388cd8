"""Whether texts are erased in time: what is past its day, and what of that waits for a note that is still owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine, bindparam, func, select

from gateway.domain.oversight import Oversight
from gateway.store.consultation import undone
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.engine import db_now, transaction

GRACE = timedelta(hours=1)  # the erasure's passes come every few seconds, fifty at a time
MOST = 1000  # looked at, so that a great pile costs no more than this
_PAST = root.c.erase_after <= bindparam("before")


@dataclass(frozen=True, slots=True)
class ErasureStanding:
    """Consultations past their day: ``held`` keep their text until the note has come through, ``overdue`` should be
    bare by now. ``more``: there are more than were looked at."""

    held: int
    overdue: int
    more: bool


def erasure_standing(engine: Engine, seen: Oversight) -> ErasureStanding:
    """The oldest ``MOST`` of one organisation, or of all for the operator."""
    own = () if seen.tenant is None else (root.c.tenant == seen.tenant,)
    unfiled = undone.has_unfiled_note().label("unfiled")
    past = select(unfiled).where(_PAST, *own).order_by(root.c.erase_after, root.c.id).limit(MOST).subquery()
    counted = select(past.c.unfiled, func.count()).group_by(past.c.unfiled)
    with transaction(engine, seen.scope, read_only=True) as connection:
        found = connection.execute(counted, {"before": db_now(connection) - GRACE})
        counts = {bool(held): count for held, count in found}
    held, overdue = counts.get(True, 0), counts.get(False, 0)
    return ErasureStanding(held, overdue, held + overdue == MOST)

"""Whether the keys that a process was given are those the data was written with."""

from __future__ import annotations

from sqlalchemy import Engine, select

from gateway.domain.errors import ConfigFault, NotFound
from gateway.domain.scope import SystemScope
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.tables import citizen_case
from gateway.store.ground.crypto import Unreadable, Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.sealing import identifier_index

_C = citizen_case.c
_ONE = (
    select(_C.consultation, _C.id, _C.identifier_index)
    .where(_C.identifier_index > b"")
    .order_by(_C.identifier_index)  # by its index: the first one is as good as any
    .limit(1)
)

_OTHER_KEY = "what is stored cannot be opened, data_key is another one: put the former key there"
_WHY = {
    "unknown-key": "what is stored cannot be opened, data_key_id is not known here: put the former key there",
    "no-key": "consultations' own keys are not there: laegebro keys put-back (docs/operating.md, Back-up)",
}


def require_keys_of_the_data(engine: Engine, vault: Vault) -> None:
    """``ConfigFault`` where one citizen's case that is stored cannot be opened, or not be found by its number. Where
    nothing is stored any keys will do."""
    with transaction(engine, SystemScope(), read_only=True) as connection:
        row = connection.execute(_ONE).first()
    if row is None:
        return
    try:
        found = SqlConsultationStore(engine, vault).load(SystemScope(), row.consultation)
    except Unreadable as fault:
        raise ConfigFault(_WHY.get(fault.why, _OTHER_KEY)) from None
    except NotFound:
        return
    numbers = [case.citizen.identifier for case in found.cases if case.id == row.id and case.citizen.identifier]
    if numbers and identifier_index(vault, numbers[0]) != row.identifier_index:
        raise ConfigFault("index_key is another one than the data was written with: put the former key there")

"""An administrator's acts on deliveries, signed as a command signs them."""

from __future__ import annotations

from sqlalchemy import Engine

from gateway.domain.records import Signature
from gateway.store.ground import signing
from gateway.store.watch.repairs import SqlRepairs

SIGNED = Signature("anna", "deliveries replay", "sag 4711", "drift")


def repairs(engine: Engine) -> SqlRepairs:
    return SqlRepairs(signing.signed(engine, SIGNED))

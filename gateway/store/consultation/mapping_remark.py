"""A remark ↔ its row."""

from __future__ import annotations

from gateway.domain.consultation.queue_entry import Remark
from gateway.domain.identifiers import Ydernummer
from gateway.store.ground.sealing import Place, Row, Values

_PLAIN = ("id", "entry", "at", "side")


def remark_values(place: Place, remark: Remark) -> Values:
    return {
        **{name: getattr(remark, name) for name in _PLAIN},
        "ydernummer": remark.ydernummer.digits,
        **place.seal(name=remark.name, text=remark.text),
    }


def remark_from(place: Place, row: Row) -> Remark:
    return Remark(
        **{name: row[name] for name in _PLAIN},
        ydernummer=Ydernummer(row["ydernummer"]),
        name=place.open(row, "name"),
        text=place.open(row, "text"),
    )

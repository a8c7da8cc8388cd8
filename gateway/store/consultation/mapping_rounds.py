"""The practice a round is meant for, and what a case says beside its citizen ↔ rows; only where there is anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.domain.consultation.case import CitizenCase
from gateway.domain.identifiers import Ydernummer
from gateway.store.ground.sealing import Place, Row, Values


def meant_values(_place: Place, ydernummer: Ydernummer) -> Values:
    return {"ydernummer": ydernummer.digits}


def meant_from(_place: Place, row: Row) -> Ydernummer:
    return Ydernummer(row["ydernummer"])


def detail_of(case: CitizenCase) -> dict[str, Any]:
    """Empty where the row would say nothing."""
    said = {"reason": case.reason, "unnumbered_because": case.unnumbered_because}
    return said if any(said.values()) else {}


def without_detail(case: CitizenCase) -> CitizenCase:
    """What the case's own row does not hold."""
    return replace(case, reason="", unnumbered_because="")


def detail_values(place: Place, detail: Mapping[str, Any]) -> Values:
    return {**detail, **place.seal(reason=detail["reason"])}


def detail_from(place: Place, row: Row) -> dict[str, Any]:
    return {"reason": place.open(row, "reason"), "unnumbered_because": row["unnumbered_because"]}

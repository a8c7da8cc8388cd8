"""What was found about a case's own doctor ↔ one sealed JSON document: it is read whole or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from gateway.domain.citizen.finding import Evidence, Finding, Notice, Outcome, Said, Source
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.store.ground.sealing import Place, Row, Values


def finding_values(place: Place, finding: Finding) -> Values:
    return place.seal(finding=json.dumps(_document(finding), ensure_ascii=False, default=str))


def finding_from(place: Place, row: Row) -> Finding:
    return _finding(json.loads(place.open(row, "finding")))


def _document(finding: Finding) -> dict[str, Any]:
    document = asdict(finding)
    document["ydernummer"] = finding.ydernummer.digits if finding.ydernummer else None
    document["renumbered_to"] = finding.renumbered_to.digits if finding.renumbered_to else None
    for written, one in zip(document["evidence"], finding.evidence, strict=True):
        written["ydernummer"] = one.ydernummer.digits if one.ydernummer else None
    return document


def _finding(document: dict[str, Any]) -> Finding:
    renumbered, source = document["renumbered_to"], document["source"]
    return Finding(
        outcome=Outcome(document["outcome"]),
        reason=document["reason"],
        ydernummer=_number(document),
        source=Source(source) if source else None,
        as_of=_day(document),
        evidence=tuple(_evidence(one) for one in document["evidence"]),
        notices=tuple(Notice(one) for one in document["notices"]),
        renumbered_to=Cpr(renumbered) if renumbered else None,
    )


def _evidence(document: dict[str, Any]) -> Evidence:
    said, source = Said(document["said"]), Source(document["source"])
    return Evidence(source, said, _day(document), _number(document), document["name"], document["flaw"])


def _number(document: dict[str, Any]) -> Ydernummer | None:
    return Ydernummer(document["ydernummer"]) if document["ydernummer"] else None


def _day(document: dict[str, Any]) -> date | None:
    return date.fromisoformat(document["as_of"]) if document["as_of"] else None

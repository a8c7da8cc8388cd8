"""Our row as the Task a practice fetches, and pages of them (requirements.md S2; FHIR R4 §3.1.1 search). Pure.

It is the very Task the gateway writes at practices with a FHIR server of their own; only who keeps it differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.wire.task.content import instant
from adapters.wire.task.words import STATUS, Json
from adapters.wire.task.writing import written
from gateway.domain.peers.messages import EntryMessage

OURSELVES = ""  # whose connection the rendering belongs to: nobody's, so that the row's own names are said


def standing_task(message: EntryMessage, version: int, changed_at: datetime) -> Json:
    """``version``: the consultation's; it moves with every change, also with such as the Task does not show."""
    status = STATUS[message.entry.status]
    said = written({}, message, status, status, OURSELVES)
    return {
        "resourceType": "Task",
        "id": str(message.entry.id),
        "meta": {"versionId": str(version), "lastUpdated": stamp(changed_at)},
        **said,
        "lastModified": instant(changed_at),
    }


def stamp(moment: datetime) -> str:
    """Every digit the row holds: a search for what is later must not find the same version again."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def etag(resource: Json) -> str:
    """R4 §3.1.0.5: weak, around the version."""
    return f'W/"{resource["meta"]["versionId"]}"'


def searchset(base: str, kind: str, resources: Sequence[Json], total: int, links: dict[str, str]) -> Json:
    bundle: Json = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [{"relation": relation, "url": url} for relation, url in links.items()],
    }
    if resources:  # FHIR knows no empty array
        bundle["entry"] = [
            {"fullUrl": f"{base}/{kind}/{each['id']}", "resource": each, "search": {"mode": "match"}}
            for each in resources
        ]
    return bundle

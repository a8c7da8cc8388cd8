"""Between our words and Nexus': a citizen's details, and the fields of a form; pure.

Shapes follow the public client notes of odense-rpa/nexus-client (docs/nexus.md, MIT).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from adapters.eoj.nexus.settings import FormSettings
from adapters.wire.note.text import note_text
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import CitizenId, Cpr
from gateway.domain.peers.messages import NoteMessage

Json = dict[str, Any]
_KEY = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/([1-9][0-9]{0,3})")
_CHOICES = ("radioGroup", "dropDown")
BEGINNING = datetime.min.replace(tzinfo=UTC)
DRAFT = ("kladde", "draft")


class Unfillable(ValueError):
    """The form cannot take the note; ``args[0]`` is a code."""


def search_for(identifier: CitizenId) -> Json:
    """A CPR number is written with its hyphen there; in the body, never in an address."""
    value = identifier.value
    return {"businessKey": f"{value[:6]}-{value[6:]}" if isinstance(identifier, Cpr) else value, "keyType": "CPR"}


def number_of(patient: Json) -> str:
    """Without its hyphen; "" where none is told. ``patientIdentifier`` is a text or an object."""
    told = patient.get("patientIdentifier")
    value = told.get("identifier") if isinstance(told, dict) else told
    return str(value or "").replace("-", "").replace(" ", "")


def is_draft(patient: Json) -> bool:
    state = patient.get("patientState")
    name = state.get("name") if isinstance(state, dict) else state
    return str(name or "").strip().casefold() in DRAFT


def id_of(document: Json) -> str:
    found = document.get("id")
    return str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""


def citizen_of(patient: Json, identifier: CitizenId) -> Citizen:
    """``identifier``: by which she was found; the answer has been held against it."""
    name = patient.get("fullName") or " ".join(str(patient.get(part) or "") for part in ("firstName", "lastName"))
    gender = str(patient.get("gender") or "").casefold()
    return Citizen(
        identifier,
        str(name).strip(),
        _day(patient.get("birthDate")),
        gender if gender in ("male", "female") else "",
        protected=patient.get("protectedAddress") is True,
    )


def _day(value: Any) -> date | None:
    try:
        return datetime.strptime(str(value)[:10], "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def moment(value: Any) -> datetime | None:
    """``2024-03-18T11:53:12.000+0000``."""
    try:
        at = datetime.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def dated(reference: Json) -> datetime | None:
    """When what a reference leads to was made, where it says so."""
    return moment(reference.get("date"))


def earliest(message: NoteMessage) -> datetime:
    """Before that no form of this case was made, with a day for clocks that differ. A correction tells by its talk how
    old the first version may be; without one it may be of any age."""
    if message.note.version == 1:
        return message.note.created_at - timedelta(days=1)
    facts = message.note.facts
    talked = facts.started_at if facts is not None else None
    return talked - timedelta(days=1) if talked is not None else BEGINNING


def key_value(message: NoteMessage) -> str:
    return f"{message.case_key}/{message.note.version}"


def field_of(form: Json, label: str) -> Json | None:
    items = form.get("items")
    found = [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
    return next((each for each in found if each.get("label") == label), None)


def version_in(form: Json, settings: FormSettings, message: NoteMessage) -> int:
    """Which version of this case's note the form holds; 0 for a form about anything else."""
    match = _held(form, settings)
    return int(match[2]) if match and match[1] == str(message.case_key) else 0


def case_in(form: Json, settings: FormSettings) -> str:
    """The case whose note the form holds; "" for a form about anything else."""
    match = _held(form, settings)
    return match[1] if match else ""


def _held(form: Json, settings: FormSettings) -> re.Match[str] | None:
    return _KEY.fullmatch(str((field_of(form, settings.key) or {}).get("value") or "").strip())


def form_of(reference: Json) -> str:
    """The id of the form that a reference in a view leads to; "" where it does not say."""
    found = reference.get("formDataId")
    return str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""


def text_in(form: Json, settings: FormSettings) -> str:
    return str((field_of(form, settings.text) or {}).get("value") or "")


def filled(form: Json, settings: FormSettings, message: NoteMessage) -> Json:
    """A copy of the prototype, or of the form that is corrected. Raises ``Unfillable``: nothing is ever cut."""
    values = {**settings.fixed, settings.text: note_text(message), settings.key: key_value(message)}
    lacking = [label for label in values if field_of(form, label) is None]
    if lacking:
        raise Unfillable("no-such-field")
    return {**form, "items": [_filled(item, values) for item in form["items"]]}


def _filled(item: Any, values: dict[str, str]) -> Any:
    if not isinstance(item, dict) or item.get("label") not in values:
        return item
    value = values[item["label"]]
    longest = item.get("maxLength")
    if isinstance(longest, int) and len(value) > longest:
        raise Unfillable("text-too-long")
    return {**item, "value": _choice(item, value) if item.get("type") in _CHOICES else value}


def _choice(item: Json, name: str) -> Json:
    offered = item.get("possibleValues")
    found = [each for each in offered if isinstance(each, dict)] if isinstance(offered, list) else []
    chosen = next((each for each in found if each.get("name") == name), None)
    if chosen is None:
        raise Unfillable("no-such-choice")
    return chosen

"""Form definitions, filled forms and their revisions, kept in memory; one lock."""

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from simulators.flaws import Flaw, kept_text

Json = dict[str, Any]
ITEMS: tuple[Json, ...] = (
    {"label": "Notat", "type": "text", "required": True, "maxLength": 20_000},
    {"label": "Lægebro-id", "type": "text", "required": True, "maxLength": 80},
    {
        "label": "Kontaktform",
        "type": "dropDown",
        "required": False,
        "possibleValues": [{"id": 1, "name": "Skærmbesøg"}, {"id": 2, "name": "Telefonisk"}],
    },
    {"label": "Dato", "type": "date", "required": False},
)
DEFINITIONS: dict[int, tuple[str, tuple[Json, ...]]] = {
    11: ("Videokonsultation med læge", ITEMS),
    12: ("Observation", ({"label": "Observation", "type": "text", "required": True},)),
}
LISTED = ("radioGroup", "dropDown")


class Unfit(Exception):
    """What is wrong with a form that was sent, in words that quote nothing."""


class Outdated(Exception):
    """Somebody has corrected the form since it was read."""


@dataclass
class Form:
    """``revisions``: every state of its items, oldest first."""

    id: int
    definition: int
    patient: int
    pathway: int | None
    state: str
    created: datetime
    changed: datetime
    revisions: list[list[Json]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return DEFINITIONS[self.definition][0]

    def value(self, label: str) -> str:
        return str(next((each.get("value") or "" for each in self.revisions[-1] if each["label"] == label), ""))


class FormShelf:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.forms: dict[int, Form] = {}
        self._ids = count(50_001)
        self.flaw: Flaw = ""

    def plant(self, flaw: Flaw) -> None:
        self.flaw = flaw

    def create(self, definition: int, patient: int, pathway: int | None, state: str, body: Json) -> Form:
        items = _checked(DEFINITIONS[definition][1], body)
        now = datetime.now(UTC)
        with self.lock:
            made = [
                Form(next(self._ids), definition, patient, pathway, state, now, now, [_kept(self.flaw, items)])
                for _ in range(2 if self.flaw == "doubles" else 1)
            ]
            if self.flaw != "loses":
                self.forms |= {each.id: each for each in made}
            return made[0]

    def update(self, id: int, state: str, body: Json) -> Form:
        with self.lock:
            form = self.forms[id]
            if body.get("version") != len(form.revisions):
                raise Outdated
            items = _kept(self.flaw, _checked(DEFINITIONS[form.definition][1], body))
            if self.flaw == "loses-corrections":
                return form
            if self.flaw == "keeps-former":
                return self.create(form.definition, form.patient, form.pathway, state, {"items": items})
            form.revisions.append(items)
            form.state, form.changed = state, datetime.now(UTC)
            return form

    def of(self, patient: int, shown: Callable[[Form], bool]) -> list[Form]:
        with self.lock:
            if self.flaw == "hides":
                return []
            return [each for each in self.forms.values() if each.patient == patient and shown(each)]

    def reset(self) -> None:
        with self.lock:
            self.forms.clear()
            self.flaw = ""


def empty(definition: int) -> list[Json]:
    return [{**copy.deepcopy(each), "value": None} for each in DEFINITIONS[definition][1]]


def _kept(flaw: Flaw, items: list[Json]) -> list[Json]:
    return [{**each, "value": kept_text(flaw, each["value"])} if each["label"] == "Notat" else each for each in items]


def _checked(definition: tuple[Json, ...], body: Json) -> list[Json]:
    items = body.get("items")
    if not isinstance(items, list) or [each.get("label") for each in items] != [each["label"] for each in definition]:
        raise Unfit("items: not those of the prototype")
    for place, (sent, rule) in enumerate(zip(items, definition, strict=True)):
        _require_fit(sent, rule, f"items[{place}]")
    return copy.deepcopy(items)


def _require_fit(sent: Json, rule: Json, place: str) -> None:
    value = sent.get("value")
    if value is None or value == "":
        if rule["required"]:
            raise Unfit(f"{place}: required")
        return
    if rule["type"] in LISTED and value not in rule["possibleValues"]:
        raise Unfit(f"{place}: none of the possible values")
    if rule["type"] == "text" and not isinstance(value, str):
        raise Unfit(f"{place}: not a text")
    if isinstance(value, str) and len(value) > rule.get("maxLength", len(value)):
        raise Unfit(f"{place}: too long")

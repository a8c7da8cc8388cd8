"""The documents of the API with their links. Each address holds a word of this process, so that none can be guessed."""

import secrets
from typing import Any
from urllib.parse import quote

from simulators.eoj.records import CareRecords, Record
from simulators.nexus.forms import DEFINITIONS, Form, empty

Json = dict[str, Any]
VIEWS = {1: "- Alt", 2: "- Aktive forløb"}
PATHWAYS = {31: ("Sundhedsfagligt grundforløb", None), 32: ("Sygepleje", 31), 33: ("Lukket forløb", None)}
CLOSED = frozenset({33})
ACTIONS = {21: "Aktivt", 22: "Kladde"}


def id_of(reference: str) -> int:
    """What the API calls a record of the file."""
    return int(reference.removeprefix("r-"))


class Documents:
    """``base`` is the home document's address."""

    def __init__(self, base: str, records: CareRecords) -> None:
        self.base = base
        self.word = secrets.token_hex(4)
        self._records = {id_of(each.reference): each for each in records.record}

    def _link(self, *steps: object) -> Json:
        return {"href": f"{self.base}{self.word}/" + "/".join(quote(str(step)) for step in steps)}

    def record(self, id: int) -> Record | None:
        return self._records.get(id)

    def by_number(self, number: str) -> tuple[int, Record] | None:
        return next(((id, each) for id, each in self._records.items() if number in (each.cpr, each.x_ecpr)), None)

    def home(self) -> Json:
        links = {name: self._link(name) for name in ("patientDetailsSearch", "searchPatients", "patients")}
        return {"_links": {"self": {"href": self.base}, **links}}

    def patient(self, id: int, record: Record) -> Json:
        number = record.cpr or record.x_ecpr or ""
        shown = f"{number[:6]}-{number[6:]}" if record.cpr else number
        rels = ("patientPreferences", "availableFormDefinitions", "activePrograms")
        return {
            "type": "patient",
            "id": id,
            "version": 1,
            "fullName": record.name,
            "firstName": record.given,
            "lastName": record.family,
            "birthDate": f"{record.birth_date}T00:00:00.000+0000" if record.birth_date else None,
            "gender": record.gender.upper(),
            "patientIdentifier": {"type": "cpr", "identifier": shown, "managedExternally": False},
            "patientState": {"name": "Aktiv", "active": True},
            "_links": {"self": self._link("patients", id), **{rel: self._link("patients", id, rel) for rel in rels}},
        }

    def preferences(self, id: int) -> Json:
        views = [
            {"id": view, "name": name, "_links": {"self": self._link("patients", id, "views", view)}}
            for view, name in VIEWS.items()
        ]
        return {"CITIZEN_PATHWAY": views, "CITIZEN_CALENDAR": []}

    def view(self, id: int, view: int) -> Json:
        rels = ("pathwayReferences", "patientActivities")
        links = {rel: self._link("patients", id, "views", view, rel) for rel in rels}
        return {"id": view, "name": VIEWS[view], "_links": links}

    def references(self, id: int, forms: list[Form]) -> list[Json]:
        """The tree: pathways with their forms, and forms of the citizen herself beside them."""
        outer = [pathway for pathway, (_, parent) in PATHWAYS.items() if parent is None]
        own = [self._form_reference(each) for each in forms if each.pathway is None]
        return [self._pathway_reference(id, each, forms) for each in outer] + own

    def _pathway_reference(self, id: int, pathway: int, forms: list[Form]) -> Json:
        name, parent = PATHWAYS[pathway]
        inner = [other for other, (_, above) in PATHWAYS.items() if above == pathway]
        held = [self._form_reference(each) for each in forms if each.pathway == pathway]
        return {
            "type": "patientPathwayReference",
            "id": None,
            "name": name,
            "pathwayStatus": "CLOSED" if pathway in CLOSED else "ACTIVE",
            "patientPathwayId": pathway,
            "parentPathwayId": parent,
            "children": [self._pathway_reference(id, each, forms) for each in inner] + held,
            "_links": {
                "referencedObject": self._link("patients", id, "pathways", pathway),
                "self": self._link("patients", id, "pathways", pathway, "reference"),
            },
        }

    def _form_reference(self, form: Form) -> Json:
        return {
            "type": "formDataV2Reference",
            "id": None,
            "formDataId": form.id,
            "name": form.name,
            "date": form.created.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "workflowState": {"name": form.state},
            "children": [],
            "_links": {"referencedObject": self._link("forms", form.id)},
        }

    def pathway(self, id: int, pathway: int) -> Json:
        links = {"availableFormDefinitions": self._link("patients", id, "pathways", pathway, "definitions")}
        return {"id": pathway, "name": PATHWAYS[pathway][0], "pathwayStatus": "ACTIVE", "_links": links}

    def definitions(self, id: int, pathway: int) -> list[Json]:
        """``pathway`` 0: the citizen herself."""
        return [
            {
                "id": each,
                "name": name,
                "_links": {"formDataPrototype": self._link("patients", id, "prototypes", pathway, each)},
            }
            for each, (name, _) in DEFINITIONS.items()
        ]

    def prototype(self, id: int, pathway: int, definition: int) -> Json:
        actions = self._link("patients", id, "prototypes", pathway, definition, "actions")
        return {"id": None, "version": 0, "items": empty(definition), "_links": {"availableActions": actions}}

    def creating(self, id: int, pathway: int, definition: int) -> list[Json]:
        return [
            {"id": action, "name": name, "_links": {"createFormData": self._link(
                "patients", id, "prototypes", pathway, definition, "create", action)}}
            for action, name in ACTIONS.items()
        ]  # fmt: skip

    def updating(self, form: int) -> list[Json]:
        return [
            {"id": action, "name": name, "_links": {"updateFormData": self._link("forms", form, "update", action)}}
            for action, name in ACTIONS.items()
        ]

    def form(self, form: Form) -> Json:
        return {
            "id": form.id,
            "version": len(form.revisions),
            "name": form.name,
            "workflowState": {"name": form.state},
            "lastUpdateDate": form.changed.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "items": form.revisions[-1],
            "_links": {
                "self": self._link("forms", form.id),
                "availableActions": self._link("forms", form.id, "actions"),
                "audit": self._link("forms", form.id, "audit"),
            },
        }

"""A citizen's record in Nexus: who she is, where forms are filed, and which of them are ours."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.eoj.nexus import mapping
from adapters.eoj.nexus.links import Json, Links, named, require_list, require_object
from adapters.eoj.nexus.settings import Settings
from gateway.domain.errors import PeerBusy, PeerRefused
from gateway.domain.identifiers import CitizenId
from gateway.domain.peers.messages import NoteMessage

MOST_FORMS = 300  # of our form's name that are opened in one search
DEEPEST = 20  # levels of a pathway tree
NO_ACCESS = "no-access"


class Records:
    def __init__(self, name: str, links: Links, settings: Settings) -> None:
        self._name, self._links, self._settings = name, links, settings

    def patient(self, identifier: CitizenId) -> Json | None:
        """None where nobody has the number. ``PeerRefused``: she is there and we may not look (which is no "unknown"),
        she is a draft, or the answer is about somebody else."""
        answer = self._links.ask(self._links.home, "patientDetailsSearch", mapping.search_for(identifier))
        if answer.is_absence:
            return None
        found = require_object(self._name, answer.json())
        if found.get("isPatientAccessible") is False:
            raise PeerRefused(self._name, NO_ACCESS)
        patient = require_object(self._name, found.get("patient"))
        if mapping.number_of(patient) != identifier.value:
            raise PeerRefused(self._name, "other-citizen")
        if mapping.is_draft(patient):
            raise PeerRefused(self._name, "draft-record")
        return patient

    def ours(self, patient: Json, message: NoteMessage) -> Json | None:
        """The form that holds this case's note, in whichever version; the newest of several."""
        found = [each for each in self._forms(patient, message) if self._version(each, message)]
        found.sort(key=lambda each: self._version(each, message))
        return found[-1] if found else None

    def exactly(self, patient: Json, message: NoteMessage) -> Json | None:
        """The form that holds this version; what was filed last is opened first."""
        forms = self._forms(patient, message)
        return next((each for each in forms if self._version(each, message) == message.note.version), None)

    def _version(self, form: Json, message: NoteMessage) -> int:
        return mapping.version_in(form, self._settings.form, message)

    def _forms(self, patient: Json, message: NoteMessage) -> Iterator[Json]:
        """Every form of our name that may be the note's, opened, the newest first: a view holds references only. One
        that says it is older than the note's consultation is not opened."""
        references = [each for each in self._references(patient) if each.get("type") == "formDataV2Reference"]
        of_ours = [each for each in references if named([each], self._settings.form.name)]
        since = mapping.earliest(message)
        dated = [(mapping.dated(each), each) for each in of_ours]
        may_be = [(at or since, each) for at, each in dated if at is None or at >= since]
        if len(may_be) > MOST_FORMS:
            raise PeerBusy(self._name, "too-many-forms")
        for _, each in sorted(may_be, key=lambda one: one[0], reverse=True):
            yield require_object(self._name, self._links.read(each, "referencedObject"))

    def _references(self, patient: Json) -> Iterator[Json]:
        yield from _flat(require_list(self._name, self._links.read(self._view(patient), "pathwayReferences")))

    def _view(self, patient: Json) -> Json:
        preferences = require_object(self._name, self._links.read(patient, "patientPreferences"))
        view = named(require_list(self._name, preferences.get("CITIZEN_PATHWAY")), self._settings.view)
        if view is None:
            raise PeerRefused(self._name, "no-such-view")
        return require_object(self._name, self._links.read(view, "self"))

    def prototype(self, patient: Json, placement: str) -> Json:
        """An empty form of ours at that place in the record."""
        definitions = require_list(
            self._name, self._links.read(self._place(patient, placement), "availableFormDefinitions")
        )
        definition = named(definitions, self._settings.form.name)
        if definition is None:
            raise PeerRefused(self._name, "no-such-form")
        return require_object(self._name, self._links.read(definition, self._prototype_link(definition)))

    def _prototype_link(self, definition: Json) -> str:
        """Spelt in two ways from one installation to the next."""
        return "formDataPrototype" if self._links.has(definition, "formDataPrototype") else "formdataPrototype"

    def _place(self, patient: Json, placement: str) -> Json:
        steps = [step.strip() for step in placement.split("/") if step.strip()]
        if not steps:
            return patient
        place: Json | None = None
        level = require_list(self._name, self._links.read(self._view(patient), "pathwayReferences"))
        for step in steps:
            open_here = [each for each in level if each.get("pathwayStatus") == "ACTIVE"]
            place = named([each for each in open_here if each.get("type") == "patientPathwayReference"], step)
            if place is None:
                raise PeerRefused(self._name, "no-such-placement")
            level = require_list(self._name, place.get("children") or [])
        assert place is not None
        return require_object(self._name, self._links.read(place, "referencedObject"))

    def action(self, form: Json, name: str) -> Json:
        action = named(require_list(self._name, self._links.read(form, "availableActions")), name)
        if action is None:
            raise PeerRefused(self._name, "no-such-action")
        return action


def _flat(references: list[Json], depth: int = 0) -> Iterator[Json]:
    if depth > DEEPEST:
        return
    for each in references:
        yield each
        children = each.get("children")
        if isinstance(children, list):
            yield from _flat([child for child in children if isinstance(child, dict)], depth + 1)

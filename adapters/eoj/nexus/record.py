"""A citizen's record in Nexus: who she is, where forms are filed, and which of them are ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from enum import IntEnum

from adapters.eoj.nexus import mapping
from adapters.eoj.nexus.links import Json, Links, named, require_list, require_object
from adapters.eoj.nexus.settings import Settings
from gateway.domain.errors import PeerBusy, PeerRefused
from gateway.domain.identifiers import CitizenId
from gateway.domain.peers.messages import NoteMessage

MOST_FORMS = 300  # of our form's name that are opened in one search
MOST_REMEMBERED = 20_000  # forms, the last ones that were opened
DEEPEST = 20  # levels of a pathway tree
NO_ACCESS = "no-access"


class Rank(IntEnum):
    """How soon a form is opened."""

    ANOTHER = 0
    UNKNOWN = 1
    OURS = 2


class OpenedForms:
    """Which case's note each form held when this process last opened or wrote it: ids of ours and theirs, nothing else.
    A form keeps its case for life, so one of another case need not be opened again. Thread-safe."""

    def __init__(self) -> None:
        self._cases: dict[str, str] = {}
        self._lock = threading.Lock()

    def note(self, form: str, case: str) -> None:
        if not form or not case:  # without a case: filled in by hand, and may be corrected there
            return
        with self._lock:
            self._cases.pop(form, None)
            self._cases[form] = case
            if len(self._cases) > MOST_REMEMBERED:
                del self._cases[next(iter(self._cases))]

    def rank(self, form: str, message: NoteMessage) -> Rank:
        case = self._cases.get(form)
        if case is None:
            return Rank.UNKNOWN
        return Rank.OURS if case == str(message.case_key) else Rank.ANOTHER


class Records:
    def __init__(self, name: str, links: Links, settings: Settings) -> None:
        self._name, self._links, self._settings = name, links, settings
        self._shelf = OpenedForms()

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
        """The form that holds this case's note, in whichever version; the newest of several. Looking ends at one that
        holds this version or a later one."""
        best, newest = None, 0
        for each in self._forms(patient, message):
            version = self._version(each, message)
            if version > newest:
                best, newest = each, version
            if newest >= message.note.version:
                break
        return best

    def exactly(self, patient: Json, message: NoteMessage) -> Json | None:
        """The form that holds this version."""
        forms = self._forms(patient, message)
        return next((each for each in forms if self._version(each, message) == message.note.version), None)

    def _version(self, form: Json, message: NoteMessage) -> int:
        return mapping.version_in(form, self._settings.form, message)

    def written(self, form: Json) -> None:
        """Of a form that we have just filed: it is found at once afterwards."""
        self._shelf.note(mapping.id_of(form), mapping.case_in(form, self._settings.form))

    def _forms(self, patient: Json, message: NoteMessage) -> Iterator[Json]:
        """Every form of our name that may be the note's, opened: a view holds references only. First the one that was
        the note's when it was last opened, then the newest. One that says it is older than the note's consultation is
        not opened, nor is one that was another note's."""
        references = [each for each in self._references(patient) if each.get("type") == "formDataV2Reference"]
        of_ours = [each for each in references if named([each], self._settings.form.name)]
        since = mapping.earliest(message)
        dated = [(mapping.dated(each), each) for each in of_ours]
        may_be = [(at or since, each) for at, each in dated if at is None or at >= since]
        ranked = [(self._shelf.rank(mapping.form_of(each), message), at, each) for at, each in may_be]
        unopened = [one for one in ranked if one[0] is not Rank.ANOTHER]
        if len(unopened) > MOST_FORMS:
            raise PeerBusy(self._name, "too-many-forms")
        for _, _, each in sorted(unopened, key=lambda one: one[:2], reverse=True):
            form = require_object(self._name, self._links.read(each, "referencedObject"))
            self.written(form)
            yield form

    def _references(self, patient: Json) -> Iterator[Json]:
        yield from _flat(require_list(self._name, self._links.read(self._view(patient), "pathwayReferences")))

    def _view(self, patient: Json) -> Json:
        preferences = require_object(self._name, self._links.read_again(patient, "patientPreferences"))
        view = named(require_list(self._name, preferences.get("CITIZEN_PATHWAY")), self._settings.view)
        if view is None:
            raise PeerRefused(self._name, "no-such-view")
        return require_object(self._name, self._links.read_again(view, "self"))

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

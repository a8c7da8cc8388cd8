"""One connected Nexus instance under the municipality's client credentials.

A citizen's note is one form; a correction is its next revision, so that what was said before stays in the form's own
history. The form is found by a field that holds our id and version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from adapters.eoj.nexus import mapping
from adapters.eoj.nexus.links import Json, Links, Recent, origin_of
from adapters.eoj.nexus.record import Records
from adapters.eoj.nexus.settings import Settings
from adapters.wire.effect import one_effect
from adapters.wire.http import PeerHttp
from adapters.wire.note.text import note_text
from adapters.wire.oauth.login import BackendServices, TokenAt
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerBusy, PeerCannot, PeerRefused, PeerUnclear
from gateway.domain.identifiers import CitizenId
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import FoundCitizen, NoteMessage
from gateway.domain.peers.trial import TEST_PERSON, Cause, Probe, TrialFailed, TrialStep, looked_up, sayable

CAPABILITIES = frozenset(
    {
        Capability.IDEMPOTENT_CREATE,
        Capability.PROBE,
        Capability.READ_BACK,
        Capability.REPLACE_NOTE,
        Capability.CITIZEN_SEARCH,
    }
)
SPEAKS = "Nexus (HAL+JSON)"
MISSING = {f"no-such-{each}": each for each in ("view", "form", "action", "placement")}


class Adapter:
    """Implements ``ports.EojSystem``. Calls nobody until it is used."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name, self.settings, self._clock = name, settings, clock
        self._login = PeerHttp(name, origin_of(settings.token_url), total_timeout=settings.total_timeout)
        client = settings.client(secrets)
        self._auth = BackendServices(self._login, TokenAt(settings.token_url), client, settings.scope, clock=clock)
        limit = settings.total_timeout
        self._http = PeerHttp(name, origin_of(settings.base_url), total_timeout=limit, auth=self._auth)
        self._links = Links(self._http, settings.base_url)
        self._records = Records(name, self._links, settings)
        self._patients = Recent()

    def close(self) -> None:
        self._http.close()
        self._login.close()

    def trial(self) -> Sequence[Probe]:
        """The home document holds the links from which everything else is found."""
        return (
            Probe(TrialStep.LOGIN, self._auth.log_in, SPEAKS),
            Probe(TrialStep.METADATA, self._links.read_home, SPEAKS),
            Probe(TrialStep.READ, looked_up(lambda: self.find_citizen(TEST_PERSON)), SPEAKS),
            Probe(TrialStep.FORM, self._find_form, SPEAKS),
        )

    def rendered(self, message: NoteMessage, at: datetime) -> str:
        """The fields we fill in; whether the form has them the trial tells."""
        if message.citizen is None or message.citizen.identifier is None:
            raise PeerCannot(self.name, "citizen-without-number")
        labels = [*self.settings.form.fixed, self.settings.form.text, self.settings.form.key]
        empty: Json = {"name": self.settings.form.name, "items": [{"label": each} for each in labels]}
        return json.dumps(mapping.filled(empty, self.settings.form, message), ensure_ascii=False, indent=2)

    def _find_form(self) -> None:
        """In the test person's record, where there is one; nothing is filled in."""
        patient, form = self._records.patient(TEST_PERSON), self.settings.form
        if patient is None:
            return
        try:
            self._records.action(self._records.prototype(patient, form.placement), form.create)
        except PeerRefused as fault:
            if fault.code not in MISSING:
                return
            code = fault.code
        else:
            return
        names = {"view": self.settings.view, "form": form.name, "action": form.create, "placement": form.placement}
        where = self.settings.base_url.rstrip("/").split("/")[-2]
        raise TrialFailed(Cause.NO_FORM, {"name": sayable(names[MISSING[code]]), "where": sayable(where)})

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        """Nexus does not tell the own doctor in what is publicly known of its API: the registers do."""
        patient = self._records.patient(identifier)
        if patient is None:
            return None
        return FoundCitizen(mapping.citizen_of(patient, identifier), f"Patient/{mapping.id_of(patient)}", None)

    @one_effect
    def file_note(self, message: NoteMessage) -> Receipt:
        """Looks for our id first, unless nothing of this case was ever sent. A version that the form holds, or that it
        is past, changes nothing. A correction whose form the view does not show yet waits: a second form beside it
        would count as well."""
        patient = self._patient(message)
        looks = message.may_be_there or message.supersedes is not None
        form = self._records.ours(patient, message) if looks else None
        if form is not None and self._version(form, message) >= message.note.version:
            return self._receipt(form, replayed=True)
        if form is not None:
            return self._receipt(self._written(form, message, "PUT"))
        if message.supersedes is not None:
            raise PeerBusy(self.name, "former-not-found-yet")
        placement = message.placement or self.settings.form.placement
        return self._receipt(self._written(self._records.prototype(patient, placement), message, "POST"))

    def probe(self, message: NoteMessage) -> Receipt | None:
        form = self._records.ours(self._patient(message), message)
        if form is None or self._version(form, message) < message.note.version:
            return None
        return self._receipt(form, replayed=True)

    def read_back(self, message: NoteMessage) -> Receipt | None:
        form = self._records.exactly(self._patient(message), message)
        if form is None:
            return None
        if mapping.text_in(form, self.settings.form) != note_text(message):
            return None
        return Receipt(mapping.id_of(form), received_at=_changed_at(form), filed_at=self._clock())

    def _written(self, form: Json, message: NoteMessage, method: str) -> Json:
        """POST the filled prototype, or PUT the next revision, to the link of the action that is set up for it."""
        words, creating = self.settings.form, method == "POST"
        action = self._records.action(form, words.create if creating else words.correct)
        try:
            body = mapping.filled(form, words, message)
        except mapping.Unfillable as fault:
            raise PeerRefused(self.name, str(fault)) from None
        written = self._links.write(method, action, "createFormData" if creating else "updateFormData", body)
        if not mapping.id_of(written):
            raise PeerUnclear(self.name, "invalid-answer")
        self._records.written(written)
        return written

    def _patient(self, message: NoteMessage) -> Json:
        """By the number, and then held against the record that the note is owed to. Asked once for filing a note and
        reading it back."""
        identifier = message.citizen.identifier if message.citizen else None
        if identifier is None:
            raise PeerCannot(self.name, "citizen-without-number")
        patient = self._patients.of(f"{message.key} {message.record_ref}", lambda: self._records.patient(identifier))
        if patient is None:
            raise PeerRefused(self.name, "unknown-citizen")
        if message.record_ref.rpartition("/")[2] != mapping.id_of(patient):
            raise PeerRefused(self.name, "other-citizen")
        found: Json = patient
        return found

    def _version(self, form: Json, message: NoteMessage) -> int:
        return mapping.version_in(form, self.settings.form, message)

    def _receipt(self, form: Json, *, replayed: bool = False) -> Receipt:
        return Receipt(mapping.id_of(form), received_at=_changed_at(form) or self._clock(), replayed=replayed)


def _changed_at(form: Json) -> datetime | None:
    return mapping.moment(form.get("lastUpdateDate") or form.get("date"))

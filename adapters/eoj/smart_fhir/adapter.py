"""One connected care system by SMART and FHIR R4: a launch channel to start from and a record to write to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from adapters.eoj.smart_fhir.eoj import CAPABILITIES, Eoj
from adapters.eoj.smart_fhir.launch import SmartLaunch
from adapters.eoj.smart_fhir.pictures import KIND as PICTURES
from adapters.eoj.smart_fhir.settings import SYSTEM_SCOPES, Settings
from adapters.eoj.smart_fhir.shape import KINDS, NO_NOTES, Kind, kind_of
from adapters.wire.discovery import SmartDiscovery
from adapters.wire.fhir import FhirServer, Json
from adapters.wire.http import PeerHttp
from adapters.wire.oauth.login import BackendServices, Client
from adapters.wire.remembered import Remembered
from adapters.wire.trial.fhir import SPEAKS, r4_statement, require_found_by_id
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerForbids, PeerIll
from gateway.domain.identifiers import CitizenId
from gateway.domain.launch import Launch
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import FoundCitizen, NoteMessage, PendingLaunch
from gateway.domain.peers.trial import TEST_PERSON, Probe, TrialStep, looked_up
from gateway.ports.registers import UnitDirectory


class Adapter:
    """Implements ``ports.InteractiveLaunch`` and ``ports.EojSystem``.

    ``secrets`` resolves the references in the stanza. Calls nobody until it is used.
    """

    capabilities: frozenset[Capability] = CAPABILITIES

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self.settings = settings
        self.capabilities = CAPABILITIES | ({Capability.STILLS} if settings.takes_pictures else set())
        as_system = settings.client(secrets)
        plain = PeerHttp(name, settings.issuer, total_timeout=5.0)
        discovery = SmartDiscovery(plain, settings.token_issuer)
        as_app = Client(settings.client_id) if settings.launch_as_public_client else as_system
        self._public = FhirServer(plain)
        self._chosen = Remembered(self._choose)
        self._login = login = BackendServices(plain, discovery, as_system, self._scope, clock=clock)
        self._http = (plain, PeerHttp(name, settings.issuer, auth=login, total_timeout=settings.total_timeout))
        server = FhirServer(self._http[1])
        self._launch = SmartLaunch(name, settings, discovery, plain, as_app)
        self._launch.as_system = self._server = server
        self._eoj = Eoj(name, server, settings, self._kind, clock)

    def close(self) -> None:
        for each in self._http:
            each.close()

    def _kind(self) -> Kind:
        """What a note becomes there: as the stanza says, or what the CapabilityStatement offers."""
        return self._chosen.current() if self.settings.note_as == "auto" else self.settings.note_as

    def _choose(self) -> Kind:
        """The statement is public (R4 §3.1.0.9) and read before the login, whose scopes follow from it; a server that
        keeps it to itself is taken for one of documents."""
        try:
            return kind_of(self._public, self.settings.system_scopes)
        except (PeerIll, PeerForbids) as fault:
            if fault.code == NO_NOTES:
                raise
            return KINDS[0]

    def _scope(self) -> str:
        """Citizens are looked up where no note can be filed, too."""
        if self.settings.system_scopes:
            return " ".join(self.settings.system_scopes)
        try:
            kinds = dict.fromkeys((self._kind(), *((PICTURES,) if self.settings.takes_pictures else ())))
            return " ".join((*SYSTEM_SCOPES, *(f"system/{kind}.crus" for kind in kinds)))
        except PeerIll:
            return " ".join(SYSTEM_SCOPES)

    def look_units_up_in(self, units: UnitDirectory) -> None:
        self._launch.units = self._eoj.units = units

    def begin(
        self, issuer: str, launch: str, redirect_uri: str, *, secret: Callable[[], str]
    ) -> tuple[str, PendingLaunch]:
        return self._launch.begin(issuer, launch, redirect_uri, secret=secret)

    def finish(self, pending: PendingLaunch, code: str, redirect_uri: str, now: datetime) -> Launch:
        return self._launch.finish(pending, code, redirect_uri, now)

    def trial(self) -> Sequence[Probe]:
        return (
            Probe(TrialStep.LOGIN, self._login.log_in, SPEAKS),
            Probe(TrialStep.METADATA, self._try_out, SPEAKS),
            Probe(TrialStep.READ, looked_up(lambda: self.find_citizen(TEST_PERSON)), SPEAKS),
        )

    def rendered(self, message: NoteMessage, at: datetime) -> str:
        """As a document where the server would be asked what it takes."""
        return self._eoj.rendered(message, KINDS[0] if self.settings.note_as == "auto" else self.settings.note_as)

    def _try_out(self) -> Json:
        statement = r4_statement(self._http[1])
        for kind in (self._kind(), *((PICTURES,) if self.settings.takes_pictures else ())):
            require_found_by_id(statement, kind)
        return statement

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        return self._eoj.find_citizen(identifier)

    def file_note(self, message: NoteMessage) -> Receipt:
        return self._eoj.file_note(message)

    def probe(self, message: NoteMessage) -> Receipt | None:
        return self._eoj.probe(message)

    def read_back(self, message: NoteMessage) -> Receipt | None:
        return self._eoj.read_back(message)

"""One connected care system by SMART and FHIR R4: a launch channel to start from and a record to write to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from adapters.eoj.smart_fhir.eoj import CAPABILITIES, Eoj
from adapters.eoj.smart_fhir.launch import SmartLaunch
from adapters.eoj.smart_fhir.settings import Settings
from adapters.wire.discovery import SmartDiscovery
from adapters.wire.fhir import FhirServer
from adapters.wire.http import PeerHttp
from adapters.wire.oauth.login import BackendServices, Client
from gateway.domain.identifiers import CitizenId
from gateway.domain.launch import Launch
from gateway.domain.peers.delivery import Receipt
from gateway.domain.peers.messages import FoundCitizen, NoteMessage, PendingLaunch
from gateway.ports.registers import UnitDirectory


class Adapter:
    """Implements ``ports.InteractiveLaunch`` and ``ports.EojSystem``.

    ``secrets`` resolves the references in the stanza. Calls nobody until it is used.
    """

    capabilities = CAPABILITIES

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
        as_system = settings.client(secrets)
        plain = PeerHttp(name, settings.issuer, total_timeout=5.0)
        discovery = SmartDiscovery(plain, settings.token_issuer)
        as_app = Client(settings.client_id) if settings.launch_as_public_client else as_system
        login = BackendServices(plain, discovery, as_system, " ".join(settings.system_scopes), clock=clock)
        self._http = (plain, PeerHttp(name, settings.issuer, auth=login, total_timeout=settings.total_timeout))
        server = FhirServer(self._http[1])
        self._launch = SmartLaunch(name, settings, discovery, plain, as_app)
        self._launch.as_system = self._server = server
        self._eoj = Eoj(name, server, settings.organisation_cvr, clock)

    def close(self) -> None:
        for each in self._http:
            each.close()

    def look_units_up_in(self, units: UnitDirectory) -> None:
        self._launch.units = self._eoj.units = units

    def begin(
        self, issuer: str, launch: str, redirect_uri: str, *, secret: Callable[[], str]
    ) -> tuple[str, PendingLaunch]:
        return self._launch.begin(issuer, launch, redirect_uri, secret=secret)

    def finish(self, pending: PendingLaunch, code: str, redirect_uri: str, now: datetime) -> Launch:
        return self._launch.finish(pending, code, redirect_uri, now)

    def try_out(self) -> None:
        self._server.try_out()

    def find_citizen(self, identifier: CitizenId) -> FoundCitizen | None:
        return self._eoj.find_citizen(identifier)

    def file_note(self, message: NoteMessage) -> Receipt:
        return self._eoj.file_note(message)

    def probe(self, message: NoteMessage) -> Receipt | None:
        return self._eoj.probe(message)

    def read_back(self, message: NoteMessage) -> Receipt | None:
        return self._eoj.read_back(message)

"""The SMART App Launch 2.x EHR launch: to the care system's login and back, then the first reads.

Everything here happens before anything is stored, within five seconds in total (house rule: requests call no peer,
except launch and login).
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from adapters.eoj.smart_fhir import mapping
from adapters.eoj.smart_fhir.practice import practice_of
from adapters.eoj.smart_fhir.settings import Settings
from adapters.wire.claims import employer_of, name_of, places_of, require_right, text
from adapters.wire.discovery import FetchedKeys, SmartDiscovery
from adapters.wire.fhir import FhirServer
from adapters.wire.http import PeerHttp
from adapters.wire.jose import Demands, Json, TokenRejected, read_token
from adapters.wire.oauth.login import Client, ask_token, authorization_address, code_form, tell_missing
from adapters.wire.oauth.scopes import missing_scopes
from adapters.wire.record import MERGED, is_merged
from adapters.wire.transport import within
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.errors import LaunchRefused, PeerError, PeerForbids, PeerIll, PeerRefused, PeerUnclear
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.launch import Launch, LaunchChannel, PracticeClaim, launch_key
from gateway.domain.peers.messages import PendingLaunch
from gateway.domain.people import EmployeeIdentity
from gateway.domain.practice import danish_day
from gateway.ports.registers import UnitDirectory

LAUNCH_SECONDS = 5.0
LEEWAY = 30
LONGEST_LAUNCH = 2000
_log = logging.getLogger("laegebro.smart_fhir")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LaunchToken:
    """The access token of one launch as ``Authorization``; it is forgotten when the first reads are done."""

    value: str = field(repr=False)

    def header(self) -> str:
        return f"Bearer {self.value}"

    def renew(self, refused: str) -> None:
        """A launch cannot log in again by itself: the repetition meets the same refusal."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a launch is about: the record's reference ("" for a round or advice), and what it says."""

    record: str = ""
    citizen: Citizen | None = field(default=None, repr=False)
    practice: PracticeClaim | None = None
    replacing: bool = False


class SmartLaunch:
    """Implements ``ports.InteractiveLaunch`` for one configured care system."""

    def __init__(
        self, name: str, settings: Settings, discovery: SmartDiscovery, http: PeerHttp, client: Client
    ) -> None:
        self.name = name
        self._settings = settings
        self._discovery = discovery
        self._http = http
        self._client = client
        self.units: UnitDirectory | None = None
        self.as_system: FhirServer | None = None
        self._keys = FetchedKeys(http, lambda: discovery.signing().jwks)

    def begin(
        self, issuer: str, launch: str, redirect_uri: str, *, secret: Callable[[], str]
    ) -> tuple[str, PendingLaunch]:
        """``issuer`` is compared before anything is called: nobody but a configured system is ever asked."""
        if issuer != self._settings.issuer:
            raise LaunchRefused("issuer")
        if not 1 <= len(launch) <= LONGEST_LAUNCH or not launch.isprintable():
            raise LaunchRefused("launch")
        with within(LAUNCH_SECONDS):
            endpoint = self._discovery.endpoints().authorization
        pending = PendingLaunch(self.name, secret(), secret(), secret(), launch)
        words = {
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._settings.launch_scopes),
            "launch": launch,
            "aud": self._settings.issuer,
            "state": pending.state,
            "nonce": pending.nonce,
        }
        return authorization_address(endpoint, words, pending.verifier), pending

    def finish(self, pending: PendingLaunch, code: str, redirect_uri: str, now: datetime) -> Launch:
        """Raises ``LaunchRefused`` (not genuine), ``AccessRefused`` (no right), ``InvalidField`` (a number in the
        record that is none), ``PeerError`` (the care system is silent)."""
        if pending.connection != self.name:
            raise LaunchRefused("connection")
        with within(LAUNCH_SECONDS):
            answer = self._exchange(code, redirect_uri, pending.verifier)
            claims = self._genuine(answer, pending.nonce, now)
            require_right(claims, self._settings.right_claim, self._settings.right, self._employer(claims))
            return self._launch(answer, claims, now)

    def _exchange(self, code: str, redirect_uri: str, verifier: str) -> Json:
        endpoint = self._discovery.endpoints().token
        proof = self._client.proof(endpoint, datetime.now(UTC))
        try:
            answer = ask_token(self._http, endpoint, code_form(code, redirect_uri, verifier), proof)
        except PeerRefused as fault:
            raise LaunchRefused(f"code: {fault.code}") from None
        tell_missing(self.name, self._missing(answer))
        return answer

    def _missing(self, answer: Json) -> tuple[str, ...]:
        return missing_scopes(" ".join(self._settings.launch_scopes), answer)

    def _genuine(self, answer: Json, nonce: str, now: datetime) -> Json:
        id_token = answer.get("id_token")
        if not isinstance(id_token, str):
            raise LaunchRefused("no-id-token")
        issuer = self._settings.token_issuer or self._discovery.signing().issuer
        demands = Demands(issuer, self._settings.client_id, self._settings.algorithms, leeway=LEEWAY, needs_kid=False)
        try:
            claims = read_token(id_token, self._keys, demands, now)
        except TokenRejected as fault:
            raise LaunchRefused(fault.reason) from None
        given = claims.get("nonce")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
            raise LaunchRefused("nonce")
        self._employer(claims)
        return claims

    def _employer(self, claims: Json) -> UUID:
        """Raises ``LaunchRefused`` for an organisation that has no place in this record."""
        known = self._settings
        return employer_of(claims.get("organisation_cvr"), known.tenant, known.organisation_cvr, known.employers)

    def _launch(self, answer: Json, claims: Json, now: datetime) -> Launch:
        server = FhirServer(self._with_token(str(answer["access_token"])))
        try:
            subject = self._subject(server, answer, now)
            employee = self._employee(server, claims)
        finally:
            server.http.close()
        key = subject.record or (f"yder:{subject.practice.ydernummer}" if subject.practice else "")
        return Launch(
            tenant=self._employer(claims),
            channel=LaunchChannel.SMART,
            connection=self.name,
            key=launch_key(self.name, key, employee.subject, now),
            employee=employee,
            citizen=subject.citizen,
            record_ref=subject.record,
            practice=subject.practice,
            replacing=subject.replacing,
        )

    def _with_token(self, token: str) -> PeerHttp:
        return PeerHttp(self.name, self._settings.issuer, total_timeout=LAUNCH_SECONDS, auth=LaunchToken(token))

    def _subject(self, server: FhirServer, answer: Json, now: datetime) -> Subject:
        identity = answer.get("patient")
        if not isinstance(identity, str) or not identity:
            today = danish_day(now)
            number = mapping.context_ydernummer(answer, today)
            return Subject(practice=PracticeClaim(number, "eoj", today) if number else None)
        patient = self._patient(server, identity.removeprefix("Patient/"), answer)
        if patient is None:
            raise LaunchRefused("patient")
        if is_merged(patient):
            return replace(self._read(server, self._replacement(server, patient), now), replacing=True)
        return self._read(server, patient, now)

    def _read(self, server: FhirServer, patient: Json, now: datetime) -> Subject:
        citizen = mapping.citizen_of(patient, danish_day(now))
        practice = self._or_none(lambda: practice_of(server, patient, now, self.units))
        return Subject(f"Patient/{patient['id']}", citizen, practice)

    def _replacement(self, server: FhirServer, patient: Json) -> Json:
        """The living record of this server that took the place of a merged one; ``LaunchRefused`` (merged) where it
        is not named alone, cannot be read, or is merged itself."""
        other = mapping.replacing_id(patient, server.http.base_url)
        found = self._or_none(lambda: self._other(server, other)) if other else None
        if found is None or is_merged(found):
            raise LaunchRefused(MERGED, MERGED)
        return found

    def _other(self, server: FhirServer, identity: str) -> Json | None:
        """A launch's token is mostly good for its own citizen only; what a typed number is looked up with reads it."""
        try:
            return _patient(server, identity)
        except (PeerIll, PeerForbids, PeerRefused):
            if self.as_system is None:
                raise
            return _patient(self.as_system, identity)

    def _patient(self, server: FhirServer, identity: str, answer: Json) -> Json | None:
        try:
            return _patient(server, identity)
        except (PeerIll, PeerForbids, PeerUnclear):
            if self._missing(answer):
                raise LaunchRefused("scopes not granted", "missing-scope") from None
            raise

    def _employee(self, server: FhirServer, claims: Json) -> EmployeeIdentity:
        settings = self._settings
        role, told = text(claims, settings.role_claim), bool(settings.workplace_claim)
        roles = None if role and told else self._or_none(lambda: _roles(server, claims))
        read = None if roles is None else tuple(settings.workplaces.get(p, p) for p in mapping.places_in(roles))
        told_places = places_of(claims, settings.workplace_claim, settings.workplaces)
        return EmployeeIdentity(
            subject=text(claims, settings.employee_claim, required=True),
            name=name_of(claims, settings.name_claim, required=True),
            has_right=True,
            authorisation=text(claims, settings.authorisation_claim),
            role_hint=role or mapping.title_in(roles or []),
            workplaces=told_places if told else read,
        )

    def _or_none(self, read: Callable[[], T]) -> T | None:
        """What only prefills a field: the employee fills it in where the care system does not answer."""
        try:
            return read()
        except PeerError as fault:
            _log.warning("%s: a first read failed (%s)", self.name, type(fault).__name__)
            return None


def _patient(server: FhirServer, identity: str) -> Json | None:
    """A record whose id is itself a personal number is asked for in a body, never in an address."""
    if not contains_citizen_number(identity):
        return server.read("Patient", identity)
    return next((each for each in server.search("Patient", {"_id": identity}) if each.get("id") == identity), None)


def _roles(server: FhirServer, claims: Json) -> list[Json]:
    """What the care system's own record says of her roles; none where the token names nobody in it."""
    user = text(claims, "fhirUser")
    practitioner, role = mapping.id_in(user, "Practitioner"), mapping.id_in(user, "PractitionerRole")
    if role:
        found = server.read("PractitionerRole", role)
        return [found] if found else []
    if practitioner:
        return list(server.search("PractitionerRole", {"practitioner": f"Practitioner/{practitioner}"}))
    return []

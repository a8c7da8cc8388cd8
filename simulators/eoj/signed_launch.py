"""The signed launch: the back end signs who, whose record and which practice, and posts it to the gateway.

The answer is a one-time address for the browser. The care system's public keys stand at `/.well-known/jwks.json`.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from simulators import wire
from simulators.directory import Organisation, User
from simulators.eoj.records import Record
from simulators.signing import SigningKey, issued_now

LIFETIME = 60
Json = dict[str, Any]


@dataclass(frozen=True)
class Agreement:
    """With whom in the practice the talk was agreed, and for when (asked for where there is no personal number)."""

    agreed_with: str
    agreed_at: str


@dataclass(frozen=True)
class LaunchAnswer:
    """Where to send the browser; or why not, in the gateway's own words."""

    address: str | None
    status: int
    problem: str = ""


class SignedLaunches:
    """Makes and posts launch tokens. ``patient_id``: what the record is called at the API, by its reference."""

    def __init__(
        self,
        base: str,
        gateway_url: str,
        organisation: Organisation,
        key: SigningKey,
        patient_id: Callable[[str], str] = str,
    ) -> None:
        self._base = base
        self._patient_id = patient_id
        self._gateway = gateway_url.rstrip("/")
        self._organisation = organisation
        self._key = key

    def claims(self, user: User, record: Record, launch_key: str, agreement: Agreement | None) -> Json:
        claims: Json = {
            "iss": self._base,
            "aud": self._gateway,
            **issued_now(LIFETIME),
            "jti": str(uuid.uuid4()),
            "sub": user.employee_id,
            "name": user.name,
            "roles": list(user.roles),
            "organisation_cvr": self._organisation.cvr,
            "title": user.title,
            "workplace": user.workplace,
            "patient": _patient(record, self._patient_id(record.reference)),
            "launch_key": launch_key,
        }
        if user.authorization_id:
            claims["authorization_id"] = user.authorization_id
        if record.ydernummer:
            claims["general_practitioner"] = {
                "ydernummer": record.ydernummer,
                "source": "eoj",
                "as_of": datetime.now(UTC).date().isoformat(),
            }
        if agreement is not None:
            claims["agreement"] = {"with": agreement.agreed_with, "at": agreement.agreed_at}
        return claims

    def start(self, claims: Json) -> LaunchAnswer:
        token = self._key.sign(claims)
        try:
            with wire.client(timeout=10.0) as http:
                answer = http.post(
                    f"{self._gateway}/api/v1/launches",
                    content=token,
                    headers={"Content-Type": "application/jwt", "Accept": "application/json"},
                )
        except httpx.HTTPError:
            return LaunchAnswer(None, 0)
        return _read(answer)


def _read(answer: httpx.Response) -> LaunchAnswer:
    try:
        body = answer.json()
    except ValueError:
        return LaunchAnswer(None, answer.status_code)
    if answer.is_success and isinstance(body.get("address"), str):
        return LaunchAnswer(body["address"], answer.status_code)
    return LaunchAnswer(None, answer.status_code, str(body.get("detail") or body.get("title") or ""))


def _patient(record: Record, id: str) -> Json:
    """A record without a personal number carries its reference only: no name, no number."""
    identifiers = [{"system": each["system"], "value": each["value"]} for each in record.identifiers()]
    patient: Json = {"reference": f"Patient/{id}"}
    if identifiers:
        patient.update(identifiers=identifiers, name=record.name, birthDate=record.birth_date, gender=record.gender)
    if record.protected:
        patient["protected"] = True
    return patient

"""From the claims of a verified launch token to a ``Launch``; pure.

The claims are this product's own contract with EOJ suppliers (docs/adding-a-system.md); names of registered claims
follow RFC 7519 §4.1 and OpenID Connect Core §5.1, identifier systems follow hl7dk/dk-core.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.eoj.signed_launch.settings import Settings
from adapters.wire.claims import day, instant, name_of, text
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import (
    CPR_SYSTEM,
    D_ECPR_SYSTEM,
    X_ECPR_SYSTEM,
    CitizenId,
    Cpr,
    ECpr,
    Ydernummer,
)
from gateway.domain.launch import Agreement, Door, Launch, PracticeClaim, launch_key
from gateway.domain.people import EmployeeIdentity
from gateway.domain.practice import COPENHAGEN

Claims = Mapping[str, Any]
# FHIR R4 §2.24.0.1: a resource id. The record's own key travels as a relative reference.
_REFERENCE = re.compile(r"(?:Patient/)?([A-Za-z0-9.-]{1,64})")
_GENDERS = frozenset({"", "male", "female", "other", "unknown"})


def launch_of(claims: Claims, settings: Settings, now: datetime) -> Launch:
    """Raises ``InvalidField`` naming the claim's path."""
    employee = employee_of(claims, settings)
    patient = _object(claims, "patient")
    record = _reference(patient)
    practice = _practice(claims, now)
    return Launch(
        tenant=settings.tenant,
        door=Door.SIGNED,
        connection=settings.write_back,
        key=launch_key(settings.write_back, record or _round(practice), employee.subject, now),
        employee=employee,
        citizen=_citizen(patient) if patient else None,
        record_ref=record,
        practice=practice,
        agreement=_agreement(claims),
        advice=not patient and practice is None,
    )


def employee_of(claims: Claims, settings: Settings) -> EmployeeIdentity:
    return EmployeeIdentity(
        subject=text(claims, settings.employee_claim, required=True),
        name=name_of(claims, settings.name_claim, required=True),
        has_right=True,
        authorisation=text(claims, settings.authorisation_claim),
        role_hint=text(claims, settings.role_claim),
        workplace_hint=text(claims, settings.workplace_claim),
    )


def _object(claims: Claims, name: str) -> Claims:
    value = claims.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidField(name, "not-an-object")
    return value


def _reference(patient: Claims) -> str:
    value = text(patient, "reference", shown_as="patient.reference", required=bool(patient))
    if not value:
        return ""
    match = _REFERENCE.fullmatch(value)
    if match is None:
        raise InvalidField("patient.reference", "not-a-reference")
    return f"Patient/{match.group(1)}"


def _round(practice: PracticeClaim | None) -> str:
    """Without a record the same employee's same practice is the same thing (a nursing-home round)."""
    return f"yder:{practice.ydernummer}" if practice else ""


def _citizen(patient: Claims) -> Citizen:
    gender = text(patient, "gender", shown_as="patient.gender")
    if gender not in _GENDERS:
        raise InvalidField("patient.gender", "unknown-code")
    return Citizen(
        identifier=_identifier(patient),
        name=text(patient, "name", shown_as="patient.name"),
        birth_date=day(patient, "birthDate", shown_as="patient.birthDate"),
        gender=gender,
        protected=patient.get("protected") is True,
    )


def _identifier(patient: Claims) -> CitizenId | None:
    """The CPR if there is one, otherwise a replacement number; local numbers of other systems are left alone."""
    listed = patient.get("identifiers")
    if listed is None:
        return None
    if not isinstance(listed, list) or len(listed) > 10:
        raise InvalidField("patient.identifiers", "not-a-list")
    found = [_known(each, f"patient.identifiers.{place}") for place, each in enumerate(listed)]
    known = [each for each in found if each is not None]
    return next((each for each in known if isinstance(each, Cpr)), known[0] if known else None)


def _known(entry: Any, path: str) -> CitizenId | None:
    if not isinstance(entry, Mapping):
        raise InvalidField(path, "not-an-object")
    system = text(entry, "system", shown_as=f"{path}.system")
    value = text(entry, "value", required=True, shown_as=f"{path}.value")
    if system == CPR_SYSTEM:
        return Cpr.parse(value, f"{path}.value")
    if system == X_ECPR_SYSTEM or system.startswith(D_ECPR_SYSTEM):
        return ECpr.parse(value, system, f"{path}.value")
    return None


def _practice(claims: Claims, now: datetime) -> PracticeClaim | None:
    given = _object(claims, "general_practitioner")
    if not given:
        return None
    path = "general_practitioner"
    number = text(given, "ydernummer", required=True, shown_as=f"{path}.ydernummer")
    return PracticeClaim(
        Ydernummer.parse(number, f"{path}.ydernummer"),
        text(given, "source", shown_as=f"{path}.source") or "eoj",
        day(given, "as_of", shown_as=f"{path}.as_of") or now.astimezone(COPENHAGEN).date(),
    )


def _agreement(claims: Claims) -> Agreement | None:
    given = _object(claims, "agreement")
    if not given:
        return None
    with_whom = text(given, "with", required=True, shown_as="agreement.with")
    return Agreement(with_whom, instant(given, "at", shown_as="agreement.at"))

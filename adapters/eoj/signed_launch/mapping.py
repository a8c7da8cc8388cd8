"""From the claims of a verified launch token to a ``Launch``; pure.

The claims are this product's own contract with EOJ suppliers (docs/adding-a-system.md); names of registered claims
follow RFC 7519 §4.1 and OpenID Connect Core §5.1, identifier systems follow hl7dk/dk-core.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from adapters.eoj.signed_launch.settings import Settings
from adapters.wire.claims import claim, day, employer_of, instant, name_of, places_of, text
from adapters.wire.record import number_in_force, require_living_record
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import CitizenId, SorId, Ydernummer
from gateway.domain.launch import Agreement, Launch, LaunchChannel, PracticeClaim, launch_key
from gateway.domain.people import EmployeeIdentity
from gateway.domain.practice import COPENHAGEN, danish_day
from gateway.ports.registers import UnitDirectory

Claims = Mapping[str, Any]
# FHIR R4 §2.24.0.1: a resource id. The record's own key travels as a relative reference.
_REFERENCE = re.compile(r"(?:Patient/)?([A-Za-z0-9.-]{1,64})")
_GENDERS = frozenset({"", "male", "female", "other", "unknown"})


def launch_of(claims: Claims, settings: Settings, now: datetime, units: UnitDirectory | None = None) -> Launch:
    """Raises ``InvalidField`` naming the claim's path, and ``LaunchRefused`` where the record says that nobody can be
    started for."""
    employee = employee_of(claims, settings)
    patient = _object(claims, "patient")
    record = _reference(patient)
    practice = _practice(claims, now, units)
    if not patient and practice is None and claims.get("general_practitioner"):
        raise InvalidField("general_practitioner", "unknown")  # without a citizen the practice is all there is
    return Launch(
        tenant=employing(claims, settings),
        channel=LaunchChannel.SIGNED,
        connection=settings.write_back,
        key=launch_key(settings.write_back, record or _round(practice), employee.subject, now),
        employee=employee,
        citizen=_citizen(patient, danish_day(now)) if patient else None,
        record_ref=record,
        practice=practice,
        agreement=_agreement(claims),
        advice=not patient and practice is None,
    )


def employing(claims: Claims, settings: Settings) -> UUID:
    """Raises ``LaunchRefused`` for an organisation that has no place in this record."""
    said = claims.get("organisation_cvr")
    return employer_of(said, settings.tenant, settings.organisation_cvr, settings.employers)


def employee_of(claims: Claims, settings: Settings) -> EmployeeIdentity:
    return EmployeeIdentity(
        subject=text(claims, settings.employee_claim, required=True),
        name=name_of(claims, settings.name_claim, required=True),
        has_right=True,
        authorisation=text(claims, settings.authorisation_claim),
        role_hint=text(claims, settings.role_claim),
        workplaces=_workplaces(claims, settings),
    )


def _workplaces(claims: Claims, settings: Settings) -> tuple[str, ...] | None:
    """None where this token does not speak of them."""
    if not settings.workplace_claim or claim(claims, settings.workplace_claim) is None:
        return None
    return places_of(claims, settings.workplace_claim, settings.workplaces)


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


def _citizen(patient: Claims, today: date) -> Citizen:
    _require_living(patient)
    gender = text(patient, "gender", shown_as="patient.gender")
    if gender not in _GENDERS:
        raise InvalidField("patient.gender", "unknown-code")
    return Citizen(
        identifier=_identifier(patient, today),
        name=text(patient, "name", shown_as="patient.name"),
        birth_date=day(patient, "birthDate", shown_as="patient.birthDate"),
        gender=gender,
        protected=patient.get("protected") is True,
    )


def _identifier(patient: Claims, day: date) -> CitizenId | None:
    """As in a care record: ``use`` and ``period`` tell a replaced number; local numbers are left alone."""
    listed = patient.get("identifiers")
    if listed is None:
        return None
    if not isinstance(listed, list) or len(listed) > 10:
        raise InvalidField("patient.identifiers", "not-a-list")
    for place, each in enumerate(listed):
        _require_identifier(each, f"patient.identifiers.{place}")
    return number_in_force(listed, day, "patient.identifiers")


def _require_identifier(entry: Any, path: str) -> None:
    if not isinstance(entry, Mapping):
        raise InvalidField(path, "not-an-object")
    text(entry, "system", shown_as=f"{path}.system")
    text(entry, "value", required=True, shown_as=f"{path}.value")


def _require_living(patient: Claims) -> None:
    """``deceased`` (true, or when), ``active`` and ``replaced_by`` (the record that took this one's place)."""
    deceased = patient.get("deceased")
    found: dict[str, Any] = {"active": patient.get("active"), "deceasedBoolean": deceased}
    if isinstance(deceased, str):
        found["deceasedDateTime"] = deceased
    if text(patient, "replaced_by", shown_as="patient.replaced_by"):
        found["link"] = [{"type": "replaced-by"}]
    require_living_record(found)


def _practice(claims: Claims, now: datetime, units: UnitDirectory | None) -> PracticeClaim | None:
    """By ydernummer, or by SOR id where master data knows the ydernummer of that; two that differ are no answer."""
    given = _object(claims, "general_practitioner")
    if not given:
        return None
    path, today = "general_practitioner", now.astimezone(COPENHAGEN).date()
    number = _ydernummer(given, path)
    known = _by_unit(given, path, units, today)
    if number is not None and known is not None and known != number:
        return None
    found = number or known
    if found is None:
        return None
    source = text(given, "source", shown_as=f"{path}.source") or "eoj"
    return PracticeClaim(found, source, day(given, "as_of", shown_as=f"{path}.as_of") or today)


def _ydernummer(given: Claims, path: str) -> Ydernummer | None:
    number = text(given, "ydernummer", required=given.get("sor") is None, shown_as=f"{path}.ydernummer")
    return Ydernummer.parse(number, f"{path}.ydernummer") if number else None


def _by_unit(given: Claims, path: str, units: UnitDirectory | None, today: date) -> Ydernummer | None:
    said = text(given, "sor", shown_as=f"{path}.sor")
    return units.ydernummer_of(SorId.parse(said, f"{path}.sor"), today) if said and units is not None else None


def _agreement(claims: Claims) -> Agreement | None:
    given = _object(claims, "agreement")
    if not given:
        return None
    with_whom = text(given, "with", required=True, shown_as="agreement.with")
    return Agreement(with_whom, instant(given, "at", shown_as="agreement.at"))

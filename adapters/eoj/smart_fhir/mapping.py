"""From the care system's FHIR R4 resources to our words; pure.

Systems and labels follow hl7dk/dk-core: CPR and replacement numbers by system, ``meta.security`` R for a citizen whose
name and address are protected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from adapters.eoj.smart_fhir.practice import ydernummer_in
from adapters.wire.record import number_in_force, numbers_in_force, replacement_of, require_living_record
from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import CitizenId, Ydernummer

Json = Mapping[str, Any]
_PROTECTED = frozenset({"R", "V"})  # v3-Confidentiality: restricted, very restricted
_OF_PATIENT = re.compile(r"Patient/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
_GENDERS = frozenset({"male", "female", "other", "unknown"})


def citizen_of(patient: Json, day: date) -> Citizen:
    """Raises ``InvalidField`` for a number that is none, and ``LaunchRefused`` for two numbers in force and for a
    record that is merged, inactive or a dead citizen's; a record without a number is a citizen without one."""
    require_living_record(patient)
    security = (patient.get("meta") or {}).get("security") or []
    gender = patient.get("gender", "")
    return Citizen(
        identifier=number_in_force(patient.get("identifier") or [], day, "Patient.identifier"),
        name=name_of(patient),
        birth_date=_day(patient.get("birthDate")),
        gender=gender if gender in _GENDERS else "",
        protected=any(label.get("code") in _PROTECTED for label in security),
    )


def carries(patient: Json, identifier: CitizenId, day: date) -> bool:
    """A server that does not know a search parameter may ignore it: the answer must carry what was asked for."""
    return identifier in numbers_in_force(patient.get("identifier") or [], day, "Patient.identifier")


def name_of(person: Json) -> str:
    """The official name, written out as it stands or put together from its parts."""
    names = [each for each in person.get("name", []) if each.get("use") not in ("old", "nickname", "anonymous")]
    if not names:
        return ""
    best = next((each for each in names if each.get("use") == "official"), names[0])
    parts = [*best.get("given", []), best.get("family", "")]
    return str(best.get("text") or " ".join(part for part in parts if part))


def _day(value: Any) -> date | None:
    """A whole date; FHIR's year or year and month alone are no birth date to check an age against."""
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def replacing_id(patient: Json, base_url: str) -> str:
    """Of the record on this server that took this one's place; "" where none, or more than one, is named."""
    named = _OF_PATIENT.fullmatch(replacement_of(patient).removeprefix(f"{base_url}/"))
    return named[1] if named and named[1] != patient.get("id") else ""


def id_in(reference: str, kind: str) -> str:
    """The id in ``Kind/id``, relative or absolute, with or without a version; "" for anything else."""
    steps = reference.split("/_history/")[0].split("/")
    return steps[-1] if len(steps) >= 2 and steps[-2] == kind else ""


def context_ydernummer(token_answer: Json, day: date) -> Ydernummer | None:
    """A launch without a citizen names the practice in ``fhirContext`` (SMART App Launch 2.x)."""
    context = token_answer.get("fhirContext")
    for each in context if isinstance(context, list) else []:
        if isinstance(each, Mapping) and isinstance(each.get("identifier"), Mapping):
            number = ydernummer_in([dict(each["identifier"])], day)
            if number is not None:
                return number
    return None


def title_in(roles: Iterable[Json]) -> str:
    """The role to prefill; somebody with several is asked, not guessed about (D16)."""
    titles = {_title(each) for each in _active(roles)} - {""}
    return titles.pop() if len(titles) == 1 else ""


def places_in(roles: Iterable[Json]) -> tuple[str, ...]:
    """Where her active roles are exercised, each place once."""
    return tuple(sorted({place for each in _active(roles) for place in _places(each)}))


def _active(roles: Iterable[Json]) -> list[Json]:
    return [each for each in roles if each.get("active", True)]


def _title(role: Json) -> str:
    for code in role.get("code", []):
        if code.get("text"):
            return str(code["text"])
        for coding in code.get("coding", []):
            if coding.get("display"):
                return str(coding["display"])
    return ""


def _places(role: Json) -> list[str]:
    named = (*role.get("location", []), *role.get("healthcareService", [])) or (role.get("organization", {}),)
    return [str(each["display"]) for each in named if each.get("display")]

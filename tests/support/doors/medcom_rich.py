"""Official examples with everything in them that the profiles have a rule for, so that every rule can be broken."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adapters.wire.medcom.table import generations

Json = dict[str, Any]
EXAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "medcom"
CODES = "http://hl7.dk/fhir/core/CodeSystem/dk-core"
KOMBIT = "urn:uuid:0f6b7c5e-1d2a-4b3c-8d4e-5f6a7b8c9d0e"
PRODUCER = "http://medcomfhir.dk/ig/terminology/CodeSystem/MedComProducentID"
CORE = "http://hl7.dk/fhir/core/StructureDefinition/dk-core"


def examples(event: str) -> dict[str, Json]:
    """By file name, as published."""
    found = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in sorted(EXAMPLES.glob("*.json"))}
    return {name: each for name, each in found.items() if event_of(each) == event}


def event_of(bundle: Json) -> str:
    return str(bundle["entry"][0]["resource"]["eventCoding"]["code"])


def rich(bundle: Json) -> Json:
    """Still valid (the judge says so)."""
    made = copy.deepcopy(bundle)
    for entry in made["entry"]:
        ENRICHING.get(entry["resource"]["resourceType"], lambda *_: None)(entry["resource"], made)
    return made


def messages(event: str) -> list[Json]:
    return [rich(each) for each in examples(event).values()]


def known_events() -> list[str]:
    return list(generations())


def _reference(bundle: Json, kind: str) -> Json:
    entries = [each for each in bundle["entry"] if each["resource"]["resourceType"] == kind]
    return {"reference": entries[0]["fullUrl"]}


def _organisation(resource: Json, bundle: Json) -> None:
    named = [
        {"use": "official", "system": "http://cvr.dk", "value": "66137112"},
        {
            "use": "official",
            "system": "https://kombit.dk/sts/organisation",
            "value": f"urn:uuid:{'0' * 8}-0000-4000-8000-{'0' * 12}",
        },
        {"use": "official", "system": "urn:oid:1.2.208.176.1.4", "value": "034835"},
        {"use": "official", "system": f"{CODES}-municipality-codes", "value": "0101"},
        {"use": "official", "system": f"{CODES}-regional-subdivision-codes", "value": "DK-84"},
        {"use": "official", "system": PRODUCER, "value": "x"},
    ]
    resource["identifier"] = [{"use": "official", **each} for each in resource["identifier"]]
    resource["identifier"] += [each for each in named if each["system"] not in _systems(resource)]


def _systems(resource: Json) -> set[str]:
    return {each.get("system", "") for each in resource["identifier"]}


def _patient(resource: Json, bundle: Json) -> None:
    use = "official" if any("1.2.208.176.1.2" in system for system in _systems(resource)) else "temp"
    resource["identifier"] = [{"use": use, **each} for each in resource["identifier"]]
    resource["identifier"].append({"use": "temp", "system": "urn:oid:1.2.208.176.1.6.1.3", "value": "2509470AA9"})
    municipality = {"coding": [{"system": f"{CODES}-municipality-codes", "code": "0101"}]}
    region = {"coding": [{"system": f"{CODES}-regional-subdivision-codes", "code": "DK-84"}]}
    resource["address"] = [
        {
            "use": "home",
            "type": "physical",
            "city": "København",
            "extension": [
                {"url": f"{CORE}-municipalityCodes", "valueCodeableConcept": municipality},
                {"url": f"{CORE}-RegionalSubDivisionCodes", "valueCodeableConcept": region},
                {"url": "http://hl7.org/fhir/StructureDefinition/address-official", "valueBoolean": True},
            ],
        }
    ]
    doctor = {"use": "official", "system": "urn:oid:1.2.208.176.1.1", "value": "325371000016006"}
    resource["generalPractitioner"] = [{"identifier": doctor}, _reference(bundle, "Practitioner")]
    resource["link"] = [{"other": _reference(bundle, "Patient"), "type": "seealso"}]
    resource["managingOrganization"] = _reference(bundle, "Organization")


def _practitioner(resource: Json, bundle: Json) -> None:
    authorised = {"system": "https://autregweb.sst.dk", "value": "0C6B1"}
    resource["qualification"] = [{"identifier": [authorised], "code": {"text": "Læge"}}]


def _communication(resource: Json, bundle: Json) -> None:
    resource["identifier"] = [{"use": "official", **each} for each in resource["identifier"]]
    for payload in resource["payload"]:
        if "data" in payload.get("contentAttachment", {}):
            payload["contentAttachment"]["data"] = (
                "JVBERi0x"  # the first signs of a PDF: a judge reads hundreds of these
            )
        for contact in (each["valueContactPoint"] for each in payload["extension"] if "valueContactPoint" in each):
            contact["use"] = "work"


def _encounter(resource: Json, bundle: Json) -> None:
    resource["serviceProvider"] = _reference(bundle, "Organization")
    lpr3 = {
        "use": "official",
        "system": "https://www.esundhed.dk/Registre/Landspatientregisteret",
        "value": "urn:uuid:cb8f6d5a-4d5e-5a45-9c3e-6d1f2a3b4c5d",
    }
    resource["episodeOfCare"] = [{"identifier": lpr3}]


ENRICHING: dict[str, Callable[[Json, Json], None]] = {
    "Organization": _organisation,
    "Patient": _patient,
    "Practitioner": _practitioner,
    "Communication": _communication,
    "Encounter": _encounter,
}

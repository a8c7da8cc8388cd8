"""MedCom messages as this side reads and writes them: a CareCommunication taken apart, an Acknowledgement, a reply."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fhir.resources.R4B import get_fhir_model_class

Json = dict[str, Any]
MEDCOM = "http://medcomfhir.dk/ig"
CARE = f"{MEDCOM}/carecommunication/StructureDefinition/medcom-careCommunication"
MESSAGING = f"{MEDCOM}/messaging/StructureDefinition/medcom-messaging"
ACKNOWLEDGEMENT = f"{MEDCOM}/acknowledgement/StructureDefinition/medcom"
CODES = f"{MEDCOM}/terminology/CodeSystem/medcom"
ONCE = ("MessageHeader", "Communication", "Patient")
BUNDLE = get_fhir_model_class("Bundle")


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def resources(bundle: Json, kind: str) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def the(bundle: Json, kind: str) -> Json:
    return resources(bundle, kind)[0]


def resolved(bundle: Json, reference: Json) -> Json:
    return next(entry["resource"] for entry in bundle["entry"] if entry["fullUrl"] == reference["reference"])


def number_in(bundle: Json) -> str:
    """The Patient's number; "" where it has none."""
    found = [each for patient in resources(bundle, "Patient") for each in patient.get("identifier", [])]
    return str(found[0].get("value", "")) if found else ""


def kind_of(bundle: Json) -> str:
    return str(bundle["entry"][0]["resource"]["eventCoding"]["code"])


def faults_in(bundle: Json) -> Iterator[str]:
    """What breaks the profile as far as this mailbox looks; each names an element, never a value."""
    try:
        BUNDLE.model_validate(copy.deepcopy(bundle))
    except ValueError:
        yield "Bundle"
        return
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    yield from (f"{kind} 1..1" for kind in ONCE if kinds.count(kind) != 1)
    if kinds[:1] != ["MessageHeader"]:
        yield "bdl-12"
    if "Provenance" not in kinds:
        yield "medcom-messaging-2"
    yield from _dangling(bundle)


def _dangling(bundle: Json) -> Iterator[str]:
    """Every subject, author and organisation lies in the message."""
    here = {entry["fullUrl"] for entry in bundle["entry"]}
    header = bundle["entry"][0]["resource"]
    named = [header.get("sender", {}), *(each.get("receiver", {}) for each in header.get("destination", []))]
    named += [each.get("subject", {}) for each in resources(bundle, "Communication")]
    yield from ("reference" for each in named if each.get("reference") not in here)


def acknowledgement(bundle: Json, code: str, error: str) -> Json:
    """By the official example: header, both organisations, two Provenances, and an OperationOutcome unless ok."""
    header = the(bundle, "MessageHeader")
    us, them = resolved(bundle, header["destination"][0]["receiver"]), resolved(bundle, header["sender"])
    id, outcome = str(uuid4()), str(uuid4())
    response = {"identifier": header["id"], "code": code}
    made = [
        _header(id, header, us, them, {"response": response}),
        us,
        them,
        *(
            _own(each)
            for each in resources(bundle, "Provenance")
            if each["target"][0]["reference"].endswith(header["id"])
        ),
        _provenance(
            id, us, "acknowledgement", [{"role": "revision", "what": {"reference": f"urn:uuid:{header['id']}"}}]
        ),
    ]
    if code != "ok":
        response["details"] = {"reference": f"urn:uuid:{outcome}"}
        made.append(_outcome(outcome, error))
    return _bundle(f"{ACKNOWLEDGEMENT}-messaging-acknowledgement", made)


def _own(provenance: Json) -> Json:
    bare = {name: value for name, value in provenance.items() if name != "entity"}
    return {**bare, "meta": {"profile": [f"{MESSAGING}-provenance"]}}


def _header(id: str, to: Json, us: Json, them: Json, more: Json) -> Json:
    use = to["destination"][0]["extension"]
    return {
        "resourceType": "MessageHeader",
        "id": id,
        "meta": {"profile": [f"{ACKNOWLEDGEMENT}-messaging-acknowledgementHeader"]},
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Kvittering</div>'},
        "eventCoding": {"system": f"{CODES}-messaging-eventCodes", "code": "acknowledgement-message"},
        "destination": [
            {
                "extension": use,
                "endpoint": to["source"]["endpoint"],
                "receiver": {"reference": f"urn:uuid:{them['id']}"},
            }
        ],
        "sender": {"reference": f"urn:uuid:{us['id']}"},
        "source": {"endpoint": to["destination"][0]["endpoint"]},
        **more,
    }


def _provenance(
    id: str, who: Json, activity: str, entities: list[Json], profile: str = f"{MESSAGING}-provenance"
) -> Json:
    return {
        "resourceType": "Provenance",
        "id": str(uuid4()),
        "meta": {"profile": [profile]},
        "target": [{"reference": f"urn:uuid:{id}"}],
        "occurredDateTime": now(),
        "recorded": now(),
        "activity": {"coding": [{"system": f"{CODES}-messaging-activityCodes", "code": activity}]},
        "agent": [{"who": {"reference": f"urn:uuid:{who['id']}"}}],
        "entity": entities,
    }


def _outcome(id: str, code: str) -> Json:
    of_hl7 = "http://hl7.org/fhir/ValueSet/operation-outcome"  # MedCom's own codes are not in capitals alone
    coding = {"system": of_hl7 if code.isupper() else f"{CODES}-acknowledgement-error-codes", "code": code}
    issue = {"severity": "error", "code": "structure", "details": {"coding": [coding]}}
    return {
        "resourceType": "OperationOutcome",
        "id": id,
        "meta": {"profile": [f"{ACKNOWLEDGEMENT}-acknowledgement-operationoutcome"]},
        "issue": [issue],
    }


def _bundle(profile: str, made: list[Json]) -> Json:
    return {
        "resourceType": "Bundle",
        "id": str(uuid4()),
        "meta": {"profile": [profile]},
        "type": "message",
        "timestamp": now(),
        "entry": [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in made],
    }


def reply(bundle: Json, text: str, name: str = "Lise Hansen", title: str = "Læge") -> Json:
    """The same thread, turned round: one more segment by one of us, one more Provenance."""
    made = copy.deepcopy([entry["resource"] for entry in bundle["entry"]])
    header, communication = made[0], next(each for each in made if each["resourceType"] == "Communication")
    answered, us, segment, role, person = (
        header["id"],
        header["destination"][0]["receiver"],
        *(str(uuid4()) for _ in range(3)),
    )
    header["id"] = str(uuid4())
    header["destination"][0]["receiver"], header["sender"] = header["sender"], us
    ends = header["destination"][0]["endpoint"], header["source"]["endpoint"]
    header["source"]["endpoint"], header["destination"][0]["endpoint"] = ends
    communication["payload"].append(_segment(communication["payload"][-1], text, segment, role, us))
    made += _author(role, person, (name, title), us)
    entities = [
        {"role": "source", "what": {"identifier": {"value": f"urn:uuid:{segment}"}}},
        {"role": "revision", "what": {"reference": f"urn:uuid:{answered}"}},
    ]
    who = {"id": us["reference"].removeprefix("urn:uuid:")}
    made.append(_provenance(header["id"], who, "reply-message", entities, f"{CARE}-provenance"))
    return _bundle(f"{CARE}-message", made)


def _segment(like: Json, text: str, segment: str, role: str, us: Json) -> Json:
    made = copy.deepcopy(like)
    for extension in made["extension"]:
        if "valueDateTime" in extension:
            extension["valueDateTime"] = now()
        if "valueIdentifier" in extension:
            extension["valueIdentifier"] = {"value": f"urn:uuid:{segment}", "assigner": us}
        if "valueReference" in extension:
            extension["valueReference"] = {"reference": f"urn:uuid:{role}"}
    return {**made, "contentString": text}


def _author(role: str, person: str, who: tuple[str, str], us: Json) -> list[Json]:
    name, title = who
    given, _, family = name.rpartition(" ")
    core = f"{MEDCOM}/core/StructureDefinition/medcom-core"
    return [
        {
            "resourceType": "PractitionerRole",
            "id": role,
            "meta": {"profile": [f"{core}-practitionerrole"]},
            "practitioner": {"reference": f"urn:uuid:{person}"},
            "organization": us,
            "code": [{"text": title}],
        },
        {
            "resourceType": "Practitioner",
            "id": person,
            "meta": {"profile": [f"{core}-practitioner"]},
            "name": [{"family": family, "given": [given]}],
        },
    ]

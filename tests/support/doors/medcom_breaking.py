"""How each invariant of MedCom's and HL7 Denmark's profiles is broken, by its key: change the Bundle in place, given
the path of the value the invariant is asked of. ``LookupError``: this message has nothing to break it with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Path = tuple[Any, ...]
Breaking = Callable[[Json, Path], None]


def _at(bundle: Json, path: Path) -> Any:
    found: Any = bundle
    for step in path:
        found = found[step]
    return found


def _to(value: Any) -> Breaking:
    """The value itself is what is asked about."""

    def change(bundle: Json, path: Path) -> None:
        held = _at(bundle, path)
        if isinstance(held, dict):
            held["value"] = value
        else:
            _at(bundle, path[:-1])[path[-1]] = value

    return change


def _resources(bundle: Json, kind: str) -> list[Json]:
    return [each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind]


def _without(bundle: Json, kind: str) -> None:
    bundle["entry"] = [each for each in bundle["entry"] if each["resource"]["resourceType"] != kind]


def _each(kind: str, name: str) -> Breaking:
    """Every resource of that kind loses an element."""

    def change(bundle: Json, path: Path) -> None:
        for resource in _resources(bundle, kind) or [{}]:
            del resource[name]

    return change


def _unclaimed(kind: str) -> Breaking:
    def change(bundle: Json, path: Path) -> None:
        _resources(bundle, kind)[0]["meta"]["profile"] = ["http://medcomfhir.dk/ig/other"]

    return change


def _patient_twice(bundle: Json, path: Path) -> None:
    entry = next(each for each in bundle["entry"] if each["resource"]["resourceType"] == "Patient")
    id = "0192f000-0000-4000-8000-000000000002"
    address = entry["fullUrl"].replace(entry["resource"]["id"], id)
    bundle["entry"].append({"fullUrl": address, "resource": {**entry["resource"], "id": id}})


def _other_organisation(end: str) -> Breaking:
    """The named person works for the wrong side."""

    def change(bundle: Json, path: Path) -> None:
        header, communication = bundle["entry"][0]["resource"], _resources(bundle, "Communication")[0]
        if end == "sender":
            wrong, named = header["destination"][0]["receiver"], communication["extension"][0]["valueReference"]
        else:
            wrong = header["sender"]
            role = _resources(bundle, "PractitionerRole")[0]
            entry = next(each for each in bundle["entry"] if each["resource"] is role)
            named = communication.setdefault("recipient", [{"reference": entry["fullUrl"]}])[0]
        ends = named["reference"]
        who = next(each["resource"] for each in bundle["entry"] if each["fullUrl"].endswith(ends))
        who["managingOrganization" if who["resourceType"] == "CareTeam" else "organization"] = wrong

    return change


def _communication(**fields: Any) -> Breaking:
    def change(bundle: Json, path: Path) -> None:
        _at(bundle, path).update(fields)

    return change


def _category_other(bundle: Json, path: Path) -> None:
    communication = _at(bundle, path)
    communication["category"][0]["coding"][0]["code"] = "other"
    communication.pop("topic", None)
    communication.pop("priority", None)


def _unreferred_priority(bundle: Json, path: Path) -> None:
    communication = _at(bundle, path)
    communication["category"][0]["coding"][0]["code"] = "healthcare"
    communication["priority"] = "asap"


def _author(change_role: Callable[[Json], Any]) -> Breaking:
    def change(bundle: Json, path: Path) -> None:
        for role in _resources(bundle, "PractitionerRole"):
            change_role(role)

    return change


def _role_of_no_kind(role: Json) -> None:
    role["code"] = [{"coding": [{"system": "urn:oid:1.2.208.176.1.4", "code": "x"}], "text": "x"}]


def _stray_encounter(bundle: Json, path: Path) -> None:
    del _resources(bundle, "Communication")[0]["encounter"]


def _not_ok(bundle: Json, path: Path) -> None:
    bundle["entry"][0]["resource"]["response"] = {
        "identifier": bundle["entry"][0]["resource"]["response"]["identifier"],
        "code": "fatal-error",
    }
    _without(bundle, "OperationOutcome")


def _no_header_of_theirs(bundle: Json, path: Path) -> None:
    bundle["entry"][0]["resource"]["destination"][0].pop("extension")


def _contact_without_words(bundle: Json, path: Path) -> None:
    _at(bundle, path).pop("name", None)


def _known_by_its_gln_only(bundle: Json, path: Path) -> None:
    organisation = _at(bundle, path)
    organisation["identifier"] = [each for each in organisation["identifier"] if "gs1.org" in each["system"]]


BREAKING: dict[str, Breaking] = {
    "CVR-length": _to("1234567"),
    "CVR-modulus-11": _to("12345678"),
    "authorization-id-format": _to("AEIOU"),
    "cpr": _to("3213999999"),
    "x-ecpr": _to("2509479AA9"),
    "d-ecpr": _to("2509471AA9"),
    "gln-length": _to("57900001386821"),
    "gln-modulus-10": _to("5790000138683"),
    "min-digits-sor": _to("123"),
    "uuid": _to("urn:uuid:x"),
    "uuidv5": _to("urn:uuid:9d6f7d2e-0b5a-4d8a-9c3e-6d1f2a3b4c5d"),
    "medcom-uuidv4": _to("urn:uuid:x"),
    "medcom-core-contact": _to("ring"),
    "medcom-carecommunication-definition-url": _to("http://example.org/definition"),
    "medcom-careCommunication-1": _unclaimed("MessageHeader"),
    "medcom-careCommunication-2": _patient_twice,
    "medcom-careCommunication-3": _unclaimed("Provenance"),
    "medcom-careCommunication-4": _each("Practitioner", "name"),
    "medcom-careCommunication-5": _unreferred_priority,
    "medcom-careCommunication-6": _category_other,
    "medcom-careCommunication-7": _author(_role_of_no_kind),
    "medcom-careCommunication-8": _author(lambda role: role.pop("practitioner", None)),
    "medcom-careCommunication-9": _each("Encounter", "episodeOfCare"),
    "medcom-careCommunication-11": _other_organisation("sender"),
    "medcom-careCommunication-12": _other_organisation("recipient"),
    "medcom-careCommunication-13": _each("PractitionerRole", "practitioner"),
    "medcom-careCommunication-15": _stray_encounter,
    "medcom-messaging-2": lambda bundle, path: _without(bundle, "Provenance"),
    "medcom-acknowledgement-1": _not_ok,
    "medcom-acknowledgement-2": _no_header_of_theirs,
    "dk-core-organization-mandatory-identifier": _known_by_its_gln_only,
    "medcom-homecareObservation-4": _contact_without_words,
}

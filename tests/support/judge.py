"""``python -m tests.support.judge SHARED``: what we and the simulators say, before an independent FHIR profile judge.

Runs only where the judge's data lies beside the clone. A patient with a number and an encounter are judged as MedCom
core profiles too; Task, DocumentReference and the rest against FHIR R4 itself with all its invariants.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.contract import note_samples
from adapters.eoj.smart_fhir.note_mapping import document_of, encounter_of
from simulators import directory
from simulators.eoj import records
from tests.support.doors import medcom_examples

Json = dict[str, Any]
MEDCOM = "http://medcomfhir.dk/ig/core/StructureDefinition/medcom-core"
GP_SYSTEM = Path(__file__).resolve().parents[2] / "adapters" / "gp_system"


def claimed(resource: Json, profile: str) -> Json:
    """The same resource, claiming a MedCom core profile."""
    meta = resource.get("meta", {})
    return {**resource, "meta": {**meta, "profile": [*meta.get("profile", []), f"{MEDCOM}-{profile}"]}}


def spoken() -> Iterator[tuple[str, Json]]:
    """Name and resource of everything to be judged."""
    for record in records.load().record:
        patient = record.as_patient()
        yield record.reference, claimed(patient, "patient") if patient.get("identifier") else patient
    for organisation in (o for o in directory.load().organisations if o.kind != "clinic"):
        yield organisation.realm, records.employer_resource(organisation)
        for user in organisation.users:
            for number, resource in enumerate(records.employee_resources(organisation, user)):
                yield f"{user.username}-{number}", resource
    message = note_samples.message("Patient/r-1001")
    encounter = encounter_of(message)
    assert encounter is not None
    yield "encounter", encounter
    yield "document", document_of(message, f"Encounter/{encounter['id']}", "99110007", "")
    yield from medcom_examples.examples().items()
    yield from said_to_practices()


def said_to_practices() -> Iterator[tuple[str, Json]]:
    """Tasks as they are sent and as they are fetched, and what our own FHIR door says beside them."""
    others = ("capability-statement.json", "notification.json", "subscription.json")
    fetched = GP_SYSTEM / "fhir_pull" / "examples"
    tasks = [*(GP_SYSTEM / "fhir_r4" / "examples").glob("*.task.json"), *fetched.glob("*.task.json")]
    for file in [*sorted(tasks), *(fetched / name for name in others)]:
        yield f"{file.parent.parent.name}-{file.stem}", json.loads(file.read_text(encoding="utf-8"))


def main() -> int:
    shared = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        judge = Path(folder) / "judge"
        shutil.copytree(shared / "judge", judge)
        subprocess.run(
            ["npm", "install", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"], cwd=judge, check=True
        )
        files = []
        for name, resource in spoken():
            file = Path(folder) / f"{name}.json"
            file.write_text(json.dumps(resource, ensure_ascii=False), encoding="utf-8")
            files.append(str(file))
        environment = {**os.environ, "JUDGE_PACKAGES": str(shared / "data" / "medcom" / "packages")}
        # Acknowledgements are of another generation of MedCom's packages.
        answers = [file for file in files if Path(file).name.startswith("acknowledged-")]
        others = [file for file in files if file not in answers]
        said = ""
        for context, judged in (("cc504", others), ("ack", answers)):
            command = ["node", str(judge / "judge.mjs"), "--ctx", context, *judged]
            said += subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
    print(said)
    valid = sum(line.startswith("VALID") for line in said.splitlines())
    print(f"judge: {valid} passed, {len(files) - valid} failed")
    return 0 if valid == len(files) else 1


if __name__ == "__main__":
    raise SystemExit(main())

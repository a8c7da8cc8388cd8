"""``python -m tests.support.judge SHARED``: what we and the simulators say, before an independent FHIR profile judge.

Runs only where the judge's data lies beside the clone. A patient with a number and an encounter are judged as MedCom
core profiles too; Task, DocumentReference and the rest against FHIR R4 itself with all its invariants. The gate for
MedCom messages must say what the judge says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.contract import note_samples
from adapters.eoj.smart_fhir.communication import CommunicationShape
from adapters.eoj.smart_fhir.note_mapping import document_of, encounter_of
from adapters.eoj.smart_fhir.questionnaire import QuestionnaireShape
from adapters.eoj.smart_fhir.revised import RevisedShape
from simulators import directory
from simulators.eoj import records
from tests.support import oioxml_judge, vdx_judge
from tests.support.doors import medcom_examples, medcom_note_examples
from tests.support.doors.judge_gate import disagreements

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
    for organisation in (o for o in directory.load().organisations if o.kind not in ("clinic", "operator")):
        yield organisation.realm, records.employer_resource(organisation)
        for user in organisation.users:
            for number, resource in enumerate(records.employee_resources(organisation, user)):
                yield f"{user.username}-{number}", resource
    message = note_samples.message(note_samples.Subject("Patient/r-1001", note_samples.KARLA.citizen))
    encounter = encounter_of(message)
    assert encounter is not None
    yield "encounter", encounter
    contact = f"Encounter/{encounter['id']}"
    yield "document", document_of(message, contact, "99110007", "")
    shapes: tuple[RevisedShape, ...] = (CommunicationShape("99110007"), QuestionnaireShape("", "note"))
    later = note_samples.later(message, "Recept er sendt til apoteket.")
    for shape in shapes:
        first = shape.resource_of(message, contact)
        yield f"note-{shape.kind}", first
        yield f"note-{shape.kind}-revised", shape.revised(first, later)
    yield from medcom_examples.examples().items()
    yield from medcom_note_examples.examples().items()
    yield from said_to_practices()


def said_to_practices() -> Iterator[tuple[str, Json]]:
    """Tasks as they are sent and as they are fetched, and what our own FHIR door says beside them."""
    others = ("capability-statement.json", "notification.json", "subscription.json")
    fetched = GP_SYSTEM / "fhir_pull" / "examples"
    tasks = [*(GP_SYSTEM / "fhir_r4" / "examples").glob("*.task.json"), *fetched.glob("*.task.json")]
    for file in [*sorted(tasks), *(fetched / name for name in others)]:
        yield f"{file.parent.parent.name}-{file.stem}", json.loads(file.read_text(encoding="utf-8"))


class Judge:
    """Installed into a folder; ``verdicts`` by name."""

    def __init__(self, folder: Path, shared: Path) -> None:
        self._folder = folder
        self._program = folder / "judge"
        self.packages = shared / "data" / "medcom" / "packages"
        shutil.copytree(shared / "judge", self._program)
        install = ["npm", "install", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=self._program, check=True)

    def verdicts(self, context: str, resources: Mapping[str, Json]) -> dict[str, bool]:
        files = [self._folder / f"{number}.json" for number in range(len(resources))]
        for file, resource in zip(files, resources.values(), strict=True):
            file.write_text(json.dumps(resource, ensure_ascii=False), encoding="utf-8")
        command = ["node", str(self._program / "judge.mjs"), "--ctx", context, "--json", *map(str, files)]
        environment = {**os.environ, "JUDGE_PACKAGES": str(self.packages)}
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
        found = [json.loads(line) for line in said.splitlines()]
        return {name: not each["errors"] for name, each in zip(resources, found, strict=True)}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder), Path(sys.argv[1]).resolve())
        everything = dict(spoken())
        # Acknowledgements are of another generation of MedCom's packages.
        answers = {name: each for name, each in everything.items() if name.startswith("acknowledged-")}
        others = {name: each for name, each in everything.items() if name not in answers}
        said = {**judge.verdicts("cc504", others), **judge.verdicts("ack", answers)}
        before = judge.verdicts("cc", medcom_note_examples.examples())  # CareCommunication 5.0.2
        said |= {f"{name}-5.0.2": is_valid for name, is_valid in before.items()}
        wrong = [name for name, is_valid in said.items() if not is_valid]
        print(f"judge: {len(said) - len(wrong)} passed, {len(wrong)} failed {wrong}")
        disagreed = disagreements(judge.packages, judge.verdicts)
        print(f"gate and judge disagree: {disagreed}")
    letters = oioxml_judge.faults(Path(sys.argv[1]).resolve() / "data" / "medcom" / "oioxml")
    print(f"letters and receipts that MedCom's schemas refuse: {letters}")
    meetings = vdx_judge.faults(Path(sys.argv[1]).resolve() / "data" / "dk" / "vdx" / "video-api-v2.yaml")
    print(f"what the Video-API's own document does not allow: {meetings}")
    return 1 if wrong or disagreed or letters or meetings else 0


if __name__ == "__main__":
    raise SystemExit(main())

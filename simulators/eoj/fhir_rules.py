"""What the care system's FHIR endpoint takes and gives, and the seed it starts from."""

from collections.abc import Sequence

from simulators.directory import Organisation
from simulators.eoj.records import CareRecords, employee_resources, employer_resource
from simulators.fhir.engine import Check, TypeRules
from simulators.fhir.outcome import Json, Refused, refused
from simulators.fhir.search import by_identifier, by_reference
from simulators.fhir.store import ResourceStore, validated

NOTE_KINDS = ("DocumentReference", "Communication", "QuestionnaireResponse")
FILED_KINDS = {*NOTE_KINDS, "Encounter"}


def seed(store: ResourceStore, records: CareRecords, organisation: Organisation) -> None:
    """Write the resources the care system owns itself."""
    resources = [practice.as_organization() for practice in records.practice]
    resources += [employer_resource(organisation)]
    resources += [record.as_patient() for record in records.record]
    for user in organisation.users:
        resources += employee_resources(organisation, user)
    for resource in resources:
        store.write(validated(resource["resourceType"], resource))


def rules(store: ResourceStore, note_kinds: Sequence[str] = NOTE_KINDS[:1]) -> dict[str, TypeRules]:
    """``note_kinds``: what a note may be filed as."""
    filed = {"identifier": by_identifier, "patient": by_reference("subject", "Patient")}
    known_subject = _subject_must_be_known(store)
    return {
        "Patient": TypeRules(search_by_get=False),
        "Practitioner": TypeRules(),
        "PractitionerRole": TypeRules(matchers={"practitioner": by_reference("practitioner", "Practitioner")}),
        "Organization": TypeRules(),
        "Encounter": TypeRules("crus", filed, known_subject, search_by_get=False),
        **{kind: TypeRules("crus", filed, known_subject, search_by_get=False) for kind in note_kinds},
    }


def _subject_must_be_known(store: ResourceStore) -> Check:
    """A note about nobody, or about somebody else's citizen, has no record to be filed in."""

    def check(before: Json | None, after: Json) -> Json:
        kind = after["resourceType"]
        identity = str(after.get("subject", {}).get("reference", "")).rpartition("Patient/")[2]
        if store.current("Patient", identity) is None:
            raise Refused(refused(422, "business-rule", "the subject is no citizen here", [f"{kind}.subject"]))
        if before is not None and before.get("subject") != after.get("subject"):
            raise Refused(refused(422, "business-rule", "the subject cannot change", [f"{kind}.subject"]))
        return after

    return check

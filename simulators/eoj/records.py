"""The citizens of the care system and the practices it knows, turned into FHIR R4 resources."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from simulators.directory import Organisation, User

DEFAULT_RECORDS = Path(__file__).parent / "records.toml"
CPR_SYSTEM = "urn:oid:1.2.208.176.1.2"
X_ECPR_SYSTEM = "urn:oid:1.2.208.176.1.6.1.1"
YDERNUMMER_SYSTEM = "urn:oid:1.2.208.176.1.4"
CVR_SYSTEM = "http://cvr.dk"
AUTHORISATION_SYSTEM = "https://autregweb.sst.dk"
Json = dict[str, Any]


class Practice(BaseModel):
    """A general practice as the care system knows it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ydernummer: str
    name: str
    phone: str

    @property
    def id(self) -> str:
        return f"yder-{self.ydernummer}"

    def as_organization(self) -> Json:
        return {
            "resourceType": "Organization",
            "id": self.id,
            "identifier": [{"system": YDERNUMMER_SYSTEM, "value": self.ydernummer}],
            "active": True,
            "name": self.name,
            "telecom": [{"system": "phone", "value": self.phone, "use": "work"}],
        }


class Record(BaseModel):
    """One citizen's record; `reference` is the record's own id and the FHIR id of the Patient."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    reference: str
    given: str
    family: str
    birth_date: str
    gender: str
    cpr: str | None = None
    x_ecpr: str | None = None
    ydernummer: str | None = None
    protected: bool = False
    replaced_by: tuple[str, ...] = ()
    remark: str = ""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    def identifiers(self) -> list[Json]:
        both = ((CPR_SYSTEM, self.cpr), (X_ECPR_SYSTEM, self.x_ecpr))
        # MedCom core patient: a CPR is the official number, a replacement number a temporary one.
        return [
            {"use": "official" if system == CPR_SYSTEM else "temp", "system": system, "value": value}
            for system, value in both
            if value
        ]

    def as_patient(self) -> Json:
        patient: Json = {
            "resourceType": "Patient",
            "id": self.reference,
            "active": True,
            "name": [{"use": "official", "family": self.family, "given": [self.given]}],
            "gender": self.gender,
        }
        if self.identifiers():
            patient["identifier"] = self.identifiers()
        if self.birth_date:
            patient["birthDate"] = self.birth_date
        if self.replaced_by:
            others = [{"reference": f"Patient/{other}"} for other in self.replaced_by]
            patient["link"] = [{"other": other, "type": "replaced-by"} for other in others]
        if self.ydernummer:
            patient["generalPractitioner"] = [{"reference": f"Organization/yder-{self.ydernummer}"}]
        if self.protected:
            # dk-core marks name and address protection as a security label.
            label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
            patient["meta"] = {"security": [label]}
        return patient


class CareRecords(BaseModel):
    """Everything in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    practice: tuple[Practice, ...]
    record: tuple[Record, ...]

    def find(self, reference: str) -> Record | None:
        return next((each for each in self.record if each.reference == reference), None)

    def practice_of(self, record: Record) -> Practice | None:
        return next((each for each in self.practice if each.ydernummer == record.ydernummer), None)


def load(path: str | Path | None = None) -> CareRecords:
    with Path(path or DEFAULT_RECORDS).open("rb") as file:
        return CareRecords.model_validate(tomllib.load(file))


def employer_resource(organisation: Organisation) -> Json:
    return {
        "resourceType": "Organization",
        "id": organisation.realm,
        "identifier": [{"system": CVR_SYSTEM, "value": organisation.cvr}],
        "active": True,
        "name": organisation.name,
    }


def employee_resources(organisation: Organisation, user: User) -> list[Json]:
    """Practitioner and PractitionerRole (title, workplace, call-back phone) of one employee."""
    identifiers = [{"system": f"urn:cvr:{organisation.cvr}:employee", "value": user.employee_id}]
    if user.authorization_id:
        identifiers.append({"system": AUTHORISATION_SYSTEM, "value": user.authorization_id})
    given, _, family = user.name.rpartition(" ")
    practitioner: Json = {
        "resourceType": "Practitioner",
        "id": user.username,
        "identifier": identifiers,
        "active": True,
        "name": [{"use": "official", "text": user.name, "family": family, "given": [given]}],
    }
    role: Json = {
        "resourceType": "PractitionerRole",
        "id": f"role-{user.username}",
        "active": True,
        "practitioner": {"reference": f"Practitioner/{user.username}", "display": user.name},
        "organization": {"reference": f"Organization/{organisation.realm}", "display": organisation.name},
        "code": [{"text": user.title}],
        "location": [{"display": user.workplace}],
        "telecom": [{"system": "phone", "value": user.phone, "use": "work"}],
    }
    return [practitioner, role]

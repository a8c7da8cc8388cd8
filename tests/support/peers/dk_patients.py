"""Patients as Danish care records send them (hl7dk/dk-core), each with what must come of it. Test persons only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
CPR, X_ECPR, D_ECPR = "urn:oid:1.2.208.176.1.2", "urn:oid:1.2.208.176.1.6.1.1", "urn:oid:1.2.208.176.1.6.1.3"
YDER, SOR = "urn:oid:1.2.208.176.1.4", "urn:oid:1.2.208.176.1.1"
NANCY, BRUNO = "2512489996", "2509479989"
HERE, THERE = "034835", "019062"
UNIT, UNIT_THERE, UNIT_WITHOUT = "325371000016006", "265161000016000", "382871000016004"
UNITS = {UNIT: HERE, UNIT_THERE: THERE}
PAST, LONG_PAST, FUTURE = "2020-01-01", "2010-06", "2099-01-01"


@dataclass(frozen=True)
class Row:
    """``number``: what must be used; "" for a record without one. ``stop``: the code with which a start must stop.
    ``practice``: the own one, "" where the employee must be asked. ``server``: what else can be read."""

    name: str
    patient: Json
    number: str = NANCY
    practice: str = ""
    stop: str = ""
    server: Json = field(default_factory=dict)


def cpr(value: str = NANCY, **more: Any) -> Json:
    return {"system": CPR, "value": value, **more}


def until(end: str) -> Json:
    return {"period": {"end": end}}


def since(start: str) -> Json:
    return {"period": {"start": start}}


def patient(*identifiers: Json, **more: Any) -> Json:
    basis: Json = {"resourceType": "Patient", "id": "p-1", "name": [{"use": "official", "family": "Berggren"}]}
    return {**basis, "identifier": list(identifiers), **more}


def of_doctor(*doctors: Json, contained: list[Json] | None = None) -> Json:
    made = patient(cpr(), generalPractitioner=list(doctors))
    return {**made, "contained": contained} if contained else made


def organisation(*identifiers: Json, id: str = "o-1") -> Json:
    return {"resourceType": "Organization", "id": id, "identifier": list(identifiers), "name": "Lægehuset Havnen"}


def role(employer: Json, id: str = "r-1") -> Json:
    return {"resourceType": "PractitionerRole", "id": id, "organization": employer}


def number(value: str) -> Json:
    return {"system": YDER, "value": value}


def unit(value: str) -> Json:
    return {"system": SOR, "value": value}


def read(resource: Json) -> Json:
    return {f"{resource['resourceType']}/{resource['id']}": resource}


X_NUMBER, D_NUMBER = "2512481AA9", "2512480AA9"
THERE_TOO = {"system": YDER, "value": THERE}

NUMBERS = [
    Row("one CPR number", patient(cpr())),
    Row("with a hyphen", patient(cpr("251248-9996"))),
    Row("replaced, said by use", patient(cpr(BRUNO, use="old"), cpr())),
    Row("replaced, the new one first", patient(cpr(), cpr(BRUNO, use="old"))),
    Row("replaced, said by a period", patient(cpr(BRUNO, **until(PAST)), cpr())),
    Row("replaced, a month said", patient(cpr(BRUNO, **until(LONG_PAST)), cpr())),
    Row("replaced, a year said", patient(cpr(BRUNO, **until("2019")), cpr())),
    Row("replaced, a time said", patient(cpr(BRUNO, **until("2020-01-01T00:00:00+01:00")), cpr())),
    Row("an end that has not come", patient(cpr(**until(FUTURE)))),
    Row("a number that begins later", patient(cpr(), cpr(BRUNO, **since(FUTURE)))),
    Row("begun long ago", patient(cpr(**since(PAST)))),
    Row("the same number twice", patient(cpr(), cpr(use="official"))),
    Row("two open numbers", patient(cpr(), cpr(BRUNO)), stop="several-numbers"),
    Row("two open numbers, one official", patient(cpr(use="official"), cpr(BRUNO)), stop="several-numbers"),
    Row("two open numbers and a closed one", patient(cpr(), cpr(BRUNO), cpr(use="old")), stop="several-numbers"),
    Row("only a closed number", patient(cpr(**until(PAST))), number=""),
    Row("no number", patient(), number=""),
    Row("a number of the system's own", patient({"system": "http://eoj.example/id", "value": "7"}), number=""),
    Row("an X-eCPR", patient({"system": X_ECPR, "value": X_NUMBER}), number=X_NUMBER),
    Row("a D-eCPR of a region", patient({"system": f"{D_ECPR}.177", "value": D_NUMBER}), number=D_NUMBER),
    Row("CPR beside a replacement number", patient({"system": X_ECPR, "value": X_NUMBER}, cpr())),
    Row(
        "a region's beside the national one",
        patient({"system": D_ECPR, "value": D_NUMBER}, {"system": X_ECPR, "value": X_NUMBER}),
        number=X_NUMBER,
    ),
    Row(
        "two replacement numbers",
        patient({"system": X_ECPR, "value": X_NUMBER}, {"system": X_ECPR, "value": "2512481AB9"}),
        stop="several-numbers",
    ),
    Row("a CPR number without a value", patient({"system": CPR}, cpr())),
]
LIVES = [
    Row("dead since", patient(cpr(), deceasedDateTime="2024-03-01"), stop="deceased"),
    Row("dead", patient(cpr(), deceasedBoolean=True), stop="deceased"),
    Row("said to live", patient(cpr(), deceasedBoolean=False)),
    Row("merged", patient(cpr(), link=[{"other": {"reference": "Patient/p-2"}, "type": "replaced-by"}]), stop="merged"),
    Row("replaces another", patient(cpr(), link=[{"other": {"reference": "Patient/p-0"}, "type": "replaces"}])),
    Row("inactive", patient(cpr(), active=False), stop="inactive"),
    Row("active", patient(cpr(), active=True)),
]
DOCTORS = [
    Row("ydernummer said outright", of_doctor({"identifier": number(HERE)}), practice=HERE),
    Row("without its zeros", of_doctor({"identifier": number("34835")}), practice=HERE),
    Row("SOR id said outright", of_doctor({"identifier": unit(UNIT)}), practice=HERE),
    Row("a SOR id nobody knows", of_doctor({"identifier": unit(UNIT_WITHOUT)})),
    Row("a dummy number", of_doctor({"identifier": number("0")})),
    Row(
        "an organisation with a ydernummer",
        of_doctor({"reference": "Organization/o-1"}),
        practice=HERE,
        server=read(organisation(number(HERE))),
    ),
    Row(
        "an organisation with a SOR id only",
        of_doctor({"reference": "Organization/o-1"}),
        practice=HERE,
        server=read(organisation(unit(UNIT))),
    ),
    Row(
        "a closed ydernummer beside the one in force",
        of_doctor({"reference": "Organization/o-1"}),
        practice=HERE,
        server=read(organisation({**number(THERE), **until(PAST)}, number(HERE))),
    ),
    Row("an organisation that is not there", of_doctor({"reference": "Organization/gone"})),
    Row(
        "a role at an organisation",
        of_doctor({"reference": "PractitionerRole/r-1"}),
        practice=HERE,
        server=read(role({"reference": "Organization/o-1"})) | read(organisation(number(HERE))),
    ),
    Row(
        "a role that names its practice by SOR id",
        of_doctor({"reference": "PractitionerRole/r-1"}),
        practice=HERE,
        server=read(role({"identifier": unit(UNIT)})),
    ),
    Row("contained", of_doctor({"reference": "#gp"}, contained=[organisation(unit(UNIT), id="gp")]), practice=HERE),
    Row(
        "a contained role at a contained organisation",
        of_doctor(
            {"reference": "#rolle"},
            contained=[role({"reference": "#gp"}, id="rolle"), organisation(number(HERE), id="gp")],
        ),
        practice=HERE,
    ),
    Row("a role that leads in a circle", of_doctor({"reference": "#r"}, contained=[role({"reference": "#r"}, id="r")])),
    Row("a person only", of_doctor({"reference": "Practitioner/7"})),
    Row(
        "a person beside a practice",
        of_doctor({"reference": "Practitioner/7"}, {"identifier": number(HERE)}),
        practice=HERE,
    ),
    Row(
        "the same practice in two forms",
        of_doctor({"identifier": unit(UNIT)}, {"identifier": number(HERE)}),
        practice=HERE,
    ),
    Row("two practices", of_doctor({"identifier": number(HERE)}, {"identifier": number(THERE)})),
    Row("two practices in two forms", of_doctor({"identifier": number(HERE)}, {"identifier": unit(UNIT_THERE)})),
    Row(
        "one practice and one that nobody can tell",
        of_doctor({"identifier": number(HERE)}, {"reference": "Organization/o-2"}),
        server=read(organisation({"system": "http://eoj.example/id", "value": "9"}, id="o-2")),
    ),
]
SHAPES = [
    Row("an empty list of names", patient(cpr(), name=[])),
    Row("an unknown element", patient(cpr(), kommune={"kode": "0101"})),
    Row("an unknown element deeper down", patient(cpr(farve="blå"))),
    Row("an extension without an address", patient(cpr(), extension=[{"valueString": "x"}])),
    Row("empty things everywhere", patient(cpr(), telecom=[], address=[{}], contact=[{"name": {}}], gender="")),
    Row("nulls", patient(cpr(), birthDate=None, photo=None)),
]
ROWS = [*NUMBERS, *LIVES, *DOCTORS, *SHAPES]

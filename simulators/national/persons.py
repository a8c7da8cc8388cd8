"""The people of the civil registration: read once from TOML, official test numbers and nobody else."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

DEFAULT_PERSONS = Path(__file__).parent / "persons.toml"
# MedCom's list of 13-02-2023 and hl7dk/dk-core's TestPatienter; no other number is ever in here.
_OFFICIAL = """
    0201609995 0201609996 0504909995 0504909989 0201919990 0201919995 0201919996 0108589995 0108629996 0104909995
    0104909989 1502779995 1502799995 1502829995 0107729995 0505159995 0212159995 0505209996 0505239996 3101229995
    1310169995 1310169996 1306249995 1306249996 2512489996 2509479989 3001749995
"""
OFFICIAL = frozenset(_OFFICIAL.split())


class Practice(BaseModel):
    """`ydernummer` with its leading zeros; the service will lose them, being typed an integer."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ydernummer: str
    name: str
    phone: str = ""


class Person(BaseModel):
    """`own` and `prior` are ydernumre; `filling` stands for what the service writes where it knows no practice;
    `current` is the number in force of somebody who got a new one; `custody` is (holder, relation)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    cpr: str
    given: str
    family: str
    birth_date: date
    gender: Literal["male", "female"] = "male"
    status: str = "01"
    group: Literal["0", "1", "2", "4", "5", "6", "7", "8", "9"] = "1"
    own: str = ""
    prior: str = ""
    filling: Literal["", "UKENDT", "ADRESSEBESKYTTET"] = ""
    current: str = ""
    protected: bool = False
    custody: tuple[tuple[str, str], ...] = ()

    @field_validator("cpr", "current")
    @classmethod
    def only_official_test_numbers(cls, value: str) -> str:
        if value and value not in OFFICIAL:
            raise ValueError("not an official test number")
        return value

    @field_validator("custody")
    @classmethod
    def holders_too(cls, value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        if any(holder not in OFFICIAL for holder, _ in value):
            raise ValueError("not an official test number")
        return value


class Registration(BaseModel):
    """Everybody, and the practices they belong to."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    practice: tuple[Practice, ...]
    person: tuple[Person, ...]

    @model_validator(mode="after")
    def practices_exist(self) -> "Registration":
        known = {each.ydernummer for each in self.practice}
        if any(number and number not in known for each in self.person for number in (each.own, each.prior)):
            raise ValueError("a person belongs to a practice that is not in the file")
        return self

    def find(self, cpr: str) -> Person | None:
        return next((each for each in self.person if each.cpr == cpr), None)

    def practice_of(self, ydernummer: str) -> Practice | None:
        return next((each for each in self.practice if each.ydernummer == ydernummer), None)


def load_persons(path: str | Path | None = None) -> Registration:
    """A fault in the file stops the start with pydantic's list of what is wrong, values left out by the caller."""
    with Path(path or DEFAULT_PERSONS).open("rb") as file:
        return Registration.model_validate(tomllib.load(file))

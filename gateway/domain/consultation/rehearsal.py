"""Øvekald: the invented practice and citizen of a rehearsal. Nothing of it reaches a register or another system."""

from __future__ import annotations

from datetime import date

from gateway.domain.citizen.citizen import Certainty, Citizen, OwnPractice
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import GENERAL_PRACTICE, AgreementPolicy, Attended, Practice, PracticeState

# ``Ydernummer.parse`` refuses it: no register, set-up, form or peer can name this practice, and it names no real one.
NUMBER = Ydernummer("000000")
PRACTICE = Practice(NUMBER, "Øvelægerne", "", "", "", "", GENERAL_PRACTICE, "", date(1900, 1, 1))
STATE = PracticeState(connected=True, open=True, attended=Attended.YES, agreement=AgreementPolicy.FREE, synthetic=True)
DOCTOR = Actor(ActorKind.CLINIC, "rehearsal", "Øvelæge", "Læge")


def citizen() -> Citizen:
    """One of the official test persons, whom no register holds."""
    identifier = Cpr("2512489996")
    return Citizen(identifier, "Nancy Ann Berggren", identifier.birth_date, "female")


def own_practice(day: date) -> OwnPractice:
    return OwnPractice(NUMBER, "rehearsal", day, Certainty.CERTAIN)

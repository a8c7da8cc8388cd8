"""Between the look-up service's answer and ours. Pure.

``said`` is the answer's one element as plain values, by the names of the schema (``wsdl/oio_medcom_cprservice_1_0_4``);
a missing branch is None. Nothing about the citizen but what decides the way to the practice leaves this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from gateway.domain.citizen.lookup import (
    Custody,
    InsuranceGroup,
    NationalAnswer,
    PersonStatus,
    is_filling,
    practice_said,
)
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Cpr, Ydernummer

# The reference implementation of 1.0.2 says this by a plain Client fault (trifork/sdm; requirements.md P2.3b).
NOBODY: Final = "ingen data fundet"
# Its filling for the birth date of a protected person, and for the date of a group it does not know.
FILLED_DATE: Final = date(1970, 1, 1)
PROTECTED_FILLING: Final = "adressebeskyttet"
_CUSTODY: Final = frozenset(str(one) for one in Custody)
Said = Mapping[str, Any]


class AnotherPerson(ValueError):
    """The answer is about somebody else than was asked for."""


def says_nobody(fault_text: str) -> bool:
    return NOBODY in fault_text.casefold()


def answer_of(said: Said, asked: Cpr, as_of: datetime) -> NationalAnswer:
    """What the service said about ``asked``. Raises ``AnotherPerson``, ``InvalidField`` where the answer names no
    person at all."""
    about = _branch(said, "PersonWithHealthCareInformationStructure")
    person = _branch(about, "PersonInformationStructure")
    care = _branch(about, "PersonHealthCareInformationStructure")
    regular = _branch(person, "RegularCPRPerson")
    renumbered_to = _renumbered_to(person, regular, asked)
    own, name, named = _own_practice(care)
    dummies = (named and own is None) or _is_filled(regular, asked)
    group = _branch(care, "PersonPublicHealthInsurance").get("PublicHealthInsuranceGroupIdentifier")
    return NationalAnswer(
        known=True,
        as_of=as_of,
        own=None if dummies else own,
        own_name="" if dummies else name,
        # A filled-in answer always says group 1: it would turn "nobody knows" into "has an own doctor".
        group=InsuranceGroup.NOT_SAID if dummies else InsuranceGroup.from_code(_text(group)),
        status=PersonStatus.RENUMBERED if renumbered_to else _status(regular),
        renumbered_to=renumbered_to,
        protected=_is_protected(regular),
        custody=_custody(person),
        dummies=dummies,
    )


def _renumbered_to(person: Said, regular: Said, asked: Cpr) -> Cpr | None:
    """The number in force, where it is not the one asked for. The service answers either under the old number and
    names the current one, or under the new number and names the prior one."""
    answered = Cpr.parse(
        _text(_branch(regular, "SimpleCPRPerson").get("PersonCivilRegistrationIdentifier")), "answered"
    )
    current = _cpr(person.get("CurrentPersonCivilRegistrationIdentifier"))
    prior = _cpr(person.get("PriorPersonCivilRegistrationIdentifier"))
    if answered != asked and prior != asked:
        raise AnotherPerson("answered")
    newest = current or answered
    return None if newest == asked else newest


def _cpr(value: object) -> Cpr | None:
    """None too for what is no number: the schema lets 0000000000 through."""
    try:
        return Cpr.parse(_text(value)) if value else None
    except InvalidField:
        return None


def _own_practice(care: Said) -> tuple[Ydernummer | None, str, bool]:
    """The *current* practitioner, her practice's name, and whether one was named at all. The prior one is not read:
    a citizen is never sent to where she came from."""
    current = _branch(care, "CurrentGeneralPractitionerStructure")
    practice = _branch(current, "AssociatedGeneralPractitionerStructure")
    if not practice:
        return None, "", False
    name = _text(practice.get("AssociatedGeneralPractitionerOrganisationName"))
    around = (name, *(_text(practice.get(each)) for each in _AROUND))
    # Typed xs:integer in the schema, though its own words say "6 cifre": leading zeros come back in practice_said.
    number = _text(practice.get("AssociatedGeneralPractitionerIdentifier"))
    return practice_said(number, *around), name, True


# Filling in any one of them is filling in all of them: 0000, 00000000, UKENDT, UKENDT@example.com.
_AROUND: Final = (
    "StandardAddressIdentifier",
    "PostCodeIdentifier",
    "DistrictName",
    "TelephoneSubscriberIdentifier",
    "EmailAddressIdentifier",
)


def _is_filled(regular: Said, asked: Cpr) -> bool:
    """Filling in place of the person (1.0.2 did so for protected ones): names in capitals, a birth date that is the
    computer's own beginning. The date alone proves nothing: people were born that day, and their number says so."""
    names = (_text(regular.get("PersonNameForAddressingName")), *_name_parts(regular))
    born = _branch(regular, "PersonBirthDateStructure").get("BirthDate")
    protected = regular.get("PersonInformationProtectionIndicator") is True
    return is_filling(*names) or (protected and born == FILLED_DATE != asked.birth_date)


def _is_protected(regular: Said) -> bool:
    """By the indicator, or by the filling that 1.0.2 writes in place of a protected name ("ADRESSEBESKYTTET")."""
    names = (_text(regular.get("PersonNameForAddressingName")), *_name_parts(regular))
    filled = any(PROTECTED_FILLING in name.casefold() for name in names)
    return filled or regular.get("PersonInformationProtectionIndicator") is True


def _name_parts(regular: Said) -> Iterator[str]:
    name = _branch(_branch(regular, "SimpleCPRPerson"), "PersonNameStructure")
    for part in ("PersonGivenName", "PersonMiddleName", "PersonSurnameName"):
        yield _text(name.get(part))


def _status(regular: Said) -> PersonStatus:
    structure = _branch(regular, "PersonCivilRegistrationStatusStructure")
    return PersonStatus.from_code(_text(structure.get("PersonCivilRegistrationStatusCode")))


def _custody(person: Said) -> tuple[Custody, ...]:
    """Who has custody *of* the citizen. The wards are the other way round, other people's matter, and not read."""
    holders = person.get("PersonCustodyStructure") or ()
    relations = (_text(holder.get("PersonCustodyRelation")) for holder in holders if isinstance(holder, Mapping))
    return tuple(Custody(relation) for relation in relations if relation in _CUSTODY)


def _branch(parent: Said, name: str) -> Said:
    below = parent.get(name)
    return below if isinstance(below, Mapping) else {}


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()

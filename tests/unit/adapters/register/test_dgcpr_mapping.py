"""The nine documented answers, and what stands between them: each becomes the one thing it says."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.register import dgcpr
from adapters.register.dgcpr.adapter import OPERATION, WSDL, load_wsdl
from adapters.register.dgcpr.mapping import AnotherPerson, answer_of, says_nobody
from adapters.wire.xml import parse_xml
from gateway.domain.citizen.lookup import Custody, InsuranceGroup, NationalAnswer, PersonStatus
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Cpr, Ydernummer

EXAMPLES = Path(dgcpr.__file__).parent / "examples"
EXPECTED: dict[str, dict[str, Any]] = json.loads((EXAMPLES / "expected.json").read_text())
AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
ASKED = Cpr("0201609995")


def said(name: str = "01_normal_group1.xml") -> dict[str, Any]:
    return load_wsdl().read(OPERATION, parse_xml((EXAMPLES / name).read_bytes()))


def expected(words: dict[str, Any]) -> NationalAnswer:
    return NationalAnswer(
        known=True,
        as_of=AS_OF,
        own=Ydernummer(words["own"]) if "own" in words else None,
        own_name=words.get("own_name", ""),
        group=InsuranceGroup(words.get("group", "")),
        status=PersonStatus(words.get("status", "")),
        renumbered_to=Cpr(words["renumbered_to"]) if "renumbered_to" in words else None,
        protected=words.get("protected", False),
        custody=tuple(Custody(each) for each in words.get("custody", ())),
        dummies=words.get("dummies", False),
    )


def test_every_example_has_its_expected_answer() -> None:
    assert sorted(EXPECTED) == sorted(file.name for file in EXAMPLES.glob("*.xml")) and len(EXPECTED) == 9


@pytest.mark.parametrize("name", EXPECTED)
def test_a_documented_answer_says_what_it_says(name: str) -> None:
    assert answer_of(said(name), Cpr(EXPECTED[name]["asked"]), AS_OF) == expected(EXPECTED[name])


@pytest.mark.parametrize("name", EXPECTED)
def test_the_examples_are_valid_by_the_published_schema(name: str) -> None:
    schema = etree.XMLSchema(etree.parse(str(WSDL.parent / "oio_medcom_cprservice_1_0_4.xsd")))
    schema.assertValid(parse_xml((EXAMPLES / name).read_bytes()))


def person(of: dict[str, Any]) -> dict[str, Any]:
    return of["PersonWithHealthCareInformationStructure"]["PersonInformationStructure"]  # type: ignore[no-any-return]


def care(of: dict[str, Any]) -> dict[str, Any]:
    return of["PersonWithHealthCareInformationStructure"]["PersonHealthCareInformationStructure"]  # type: ignore[no-any-return]


def practice(of: dict[str, Any]) -> dict[str, Any]:
    return care(of)["CurrentGeneralPractitionerStructure"]["AssociatedGeneralPractitionerStructure"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("number", "own"), [(19062, "019062"), (1, "000001"), (123456, "123456"), ("019062", "019062"), (7410, "007410")]
)
def test_leading_zeros_come_back(number: object, own: str) -> None:
    answer = said()
    practice(answer)["AssociatedGeneralPractitionerIdentifier"] = number
    assert answer_of(answer, ASKED, AS_OF).own == Ydernummer(own)


@pytest.mark.parametrize("number", [0, -19062, 1234567, None, "", "abc"])
def test_a_number_that_is_none_is_no_answer(number: object) -> None:
    answer = said()
    practice(answer)["AssociatedGeneralPractitionerIdentifier"] = number
    read = answer_of(answer, ASKED, AS_OF)
    assert read.own is None and read.dummies and read.group is InsuranceGroup.NOT_SAID


@pytest.mark.parametrize(
    ("field", "filling"),
    [
        ("AssociatedGeneralPractitionerOrganisationName", "UKENDT"),
        ("AssociatedGeneralPractitionerOrganisationName", "Adressebeskyttet"),
        ("StandardAddressIdentifier", "UKENDT"),
        ("PostCodeIdentifier", "0000"),
        ("DistrictName", "ADRESSEBESKYTTET"),
        ("TelephoneSubscriberIdentifier", "00000000"),
        ("EmailAddressIdentifier", "UKENDT@example.com"),
    ],
)
def test_filling_in_any_place_makes_the_practice_no_answer(field: str, filling: str) -> None:
    answer = said()
    practice(answer)[field] = filling
    read = answer_of(answer, ASKED, AS_OF)
    assert (read.own, read.own_name, read.dummies) == (None, "", True)


def test_a_name_filled_in_for_protection_is_a_protected_one() -> None:
    answer = said()
    person(answer)["RegularCPRPerson"]["PersonInformationProtectionIndicator"] = False
    person(answer)["RegularCPRPerson"]["PersonNameForAddressingName"] = "ADRESSEBESKYTTET"
    assert answer_of(answer, ASKED, AS_OF).protected


def test_the_computers_first_day_is_a_filling_only_where_the_number_says_another_birthday() -> None:
    answer = said("04_protected_no_name_no_address.xml")
    person(answer)["RegularCPRPerson"]["PersonBirthDateStructure"]["BirthDate"] = date(1970, 1, 1)
    assert answer_of(answer, Cpr("1502779995"), AS_OF).dummies
    person(answer)["RegularCPRPerson"]["PersonInformationProtectionIndicator"] = False
    assert not answer_of(answer, Cpr("1502779995"), AS_OF).dummies


def test_an_answer_about_somebody_else_is_never_used() -> None:
    with pytest.raises(AnotherPerson):
        answer_of(said(), Cpr("0201609996"), AS_OF)


def test_the_new_number_is_found_whichever_way_the_service_tells_it() -> None:
    told_under_the_new = said()
    simple = person(told_under_the_new)["RegularCPRPerson"]["SimpleCPRPerson"]
    simple["PersonCivilRegistrationIdentifier"] = "0201919990"
    person(told_under_the_new)["PriorPersonCivilRegistrationIdentifier"] = ASKED.digits
    read = answer_of(told_under_the_new, ASKED, AS_OF)
    assert read.renumbered_to == Cpr("0201919990") and read.status is PersonStatus.RENUMBERED


def test_asked_by_the_new_number_nobody_is_renumbered() -> None:
    answer = said()
    person(answer)["PriorPersonCivilRegistrationIdentifier"] = "0201919990"
    person(answer)["CurrentPersonCivilRegistrationIdentifier"] = ASKED.digits
    read = answer_of(answer, ASKED, AS_OF)
    assert read.renumbered_to is None and read.status is PersonStatus.RESIDENT


@pytest.mark.parametrize("nothing", ["0000000000", "", None])
def test_a_current_number_that_is_none_is_not_offered(nothing: str | None) -> None:
    answer = said()
    person(answer)["CurrentPersonCivilRegistrationIdentifier"] = nothing
    assert answer_of(answer, ASKED, AS_OF).renumbered_to is None


def test_the_prior_practice_is_never_read() -> None:
    answer = said()
    care(answer)["PriorGeneralPractitionerStructure"] = care(answer)["CurrentGeneralPractitionerStructure"]
    care(answer)["CurrentGeneralPractitionerStructure"] = None
    read = answer_of(answer, ASKED, AS_OF)
    assert read.own is None and not read.dummies and "019062" not in repr(read)


def test_the_citizens_own_wards_are_not_custody_of_the_citizen() -> None:
    answer = said()
    person(answer)["PersonWardStructure"] = [{"PersonWardIdentifier": "0505159995", "PersonWardRelation": "barn"}]
    assert answer_of(answer, ASKED, AS_OF).custody == ()


def test_an_unheard_of_relation_or_status_or_group_is_not_said() -> None:
    answer = said()
    person(answer)["PersonCustodyStructure"] = [{"PersonCustodyRelation": "tante"}, {"PersonCustodyRelation": "vaerge"}]
    regular = person(answer)["RegularCPRPerson"]
    regular["PersonCivilRegistrationStatusStructure"]["PersonCivilRegistrationStatusCode"] = "42"
    care(answer)["PersonPublicHealthInsurance"]["PublicHealthInsuranceGroupIdentifier"] = "sygesikringsgruppe_3"
    read = answer_of(answer, ASKED, AS_OF)
    assert (read.custody, read.status, read.group) == (
        (Custody.GUARDIAN,),
        PersonStatus.NOT_SAID,
        InsuranceGroup.NOT_SAID,
    )


@pytest.mark.parametrize("branch", ["PersonHealthCareInformationStructure", "PersonInformationStructure"])
def test_a_missing_branch_is_said_or_refused_but_never_guessed(branch: str) -> None:
    answer = deepcopy(said())
    answer["PersonWithHealthCareInformationStructure"][branch] = None
    if branch == "PersonInformationStructure":
        with pytest.raises(InvalidField):
            answer_of(answer, ASKED, AS_OF)
    else:
        read = answer_of(answer, ASKED, AS_OF)
        assert read.own is None and read.group is InsuranceGroup.NOT_SAID


def test_nothing_of_the_citizen_prints() -> None:
    printed = "".join(repr(answer_of(said(name), Cpr(EXPECTED[name]["asked"]), AS_OF)) for name in EXPECTED)
    for word in ("0201609995", "0201919990", "Einer", "Testmand", "Testvej", "Barn"):
        assert word not in printed


def test_nobody_is_told_by_one_sentence_only() -> None:
    assert says_nobody("Ingen data fundet") and says_nobody("INGEN DATA FUNDET.")
    assert not says_nobody("Der er ingen forbindelse") and not says_nobody("")

"""A person as Det Gode CPR-opslag 1.0.4 tells her: the answer's element, valid by the service's published schema."""

from collections.abc import Iterator

from lxml import etree

from simulators.national.persons import Person, Practice, Registration

SERVICE = "urn:oio:medcom:cprservice:1.0.4"
REP = "http://rep.oio.dk"
NAMES = {
    "m": SERVICE,
    "mc": f"{REP}/medcom.sundcom.dk/xml/schemas/2007/02/01/",
    "c05": f"{REP}/cpr.dk/xml/schemas/core/2005/03/18/",
    "c11": f"{REP}/cpr.dk/xml/schemas/core/2005/11/24/",
    "c06": f"{REP}/cpr.dk/xml/schemas/core/2006/01/17/",
    "p06": f"{REP}/cpr.dk/xml/schemas/core/2006/09/01/",
    "dk03": f"{REP}/ebxml/xml/schemas/dkcc/2003/02/13/",
    "dk05": f"{REP}/ebxml/xml/schemas/dkcc/2005/03/15/",
    "dk09": f"{REP}/ebxml/xml/schemas/dkcc/2005/09/01/",
    "it05": f"{REP}/itst.dk/xml/schemas/2005/02/22/",
    "it06": f"{REP}/itst.dk/xml/schemas/2006/01/17/",
    "it24": f"{REP}/itst.dk/xml/schemas/2005/06/24/",
    "xk": f"{REP}/xkom.dk/xml/schemas/2005/03/15/",
}
SINCE = "2010-01-01"
Node = etree._Element


def answer(person: Person, registration: Registration, with_care: bool) -> Node:
    """`with_care`: getPersonWithHealthCareInformation; otherwise getPersonInformation, which names no practice."""
    if not with_care:
        out = etree.Element(_named("m:getPersonInformationOut"), nsmap=NAMES)
        _tell_person(_below(out, "m:PersonInformationStructure"), person)
        return out
    out = etree.Element(_named("m:getPersonWithHealthCareInformationOut"), nsmap=NAMES)
    both = _below(out, "m:PersonWithHealthCareInformationStructure")
    _tell_person(_below(both, "m:PersonInformationStructure"), person)
    _tell_care(_below(both, "m:PersonHealthCareInformationStructure"), person, registration)
    return out


def _tell_person(at: Node, person: Person) -> None:
    if person.current:
        _below(at, "m:CurrentPersonCivilRegistrationIdentifier", person.current)
    regular = _below(at, "m:RegularCPRPerson")
    simple = _below(regular, "m:SimpleCPRPerson")
    shown = _shown_name(person)
    if shown:
        name = _below(simple, "it06:PersonNameStructure")
        _below(name, "dk03:PersonGivenName", shown[0])
        _below(name, "dk03:PersonSurnameName", shown[1])
    _below(simple, "c05:PersonCivilRegistrationIdentifier", person.cpr)
    if shown:
        _below(regular, "it05:PersonNameForAddressingName", " ".join(dict.fromkeys(shown)))
    _below(regular, "dk03:PersonGenderCode", person.gender)
    _below(regular, "c11:PersonInformationProtectionIndicator", str(person.protected).lower())
    born = _below(regular, "c11:PersonBirthDateStructure")
    _below(born, "dk05:BirthDate", person.birth_date.isoformat())
    _below(born, "c11:BirthDateUncertaintyIndicator", "false")
    status = _below(regular, "m:PersonCivilRegistrationStatusStructure")
    _below(status, "m:PersonCivilRegistrationStatusCode", person.status)
    _below(status, "c06:PersonCivilRegistrationStatusStartDate", person.birth_date.isoformat())
    _tell_address(_below(at, "m:PersonAddressStructure"), person)
    for holder, relation in person.custody:
        custody = _below(at, "m:PersonCustodyStructure")
        _below(custody, "m:PersonCustodyIdentifier", holder)
        _below(custody, "m:PersonCustodyRelation", relation)


def _shown_name(person: Person) -> tuple[str, str] | None:
    """1.0.4 leaves out a protected name; the older behaviour wrote a word in its place."""
    if person.filling and person.protected:
        return person.filling, person.filling
    return None if person.protected else (person.given, person.family)


def _tell_address(at: Node, person: Person) -> None:
    if person.protected:
        _below(at, "p06:PersonInformationProtectionStartDate", "2020-05-01")
    else:
        complete = _below(at, "m:AddressComplete")
        access = _below(complete, "m:AddressAccess")
        _below(access, "c05:MunicipalityCode", "0461")
        _below(access, "c05:StreetCode", "9999")
        _below(access, "dk03:StreetBuildingIdentifier", "1")
        postal = _below(complete, "m:AddressPostal")
        _below(postal, "dk05:StreetName", "Testvej")
        _below(postal, "dk03:StreetBuildingIdentifier", "1")
        _below(postal, "dk05:PostCodeIdentifier", "5000")
        _below(postal, "dk05:DistrictName", "Odense C")
    _below(at, "m:CountyCode", "1083")


def _tell_care(at: Node, person: Person, registration: Registration) -> None:
    own = registration.practice_of(person.own)
    if person.filling:
        _tell_practice(_below(at, "m:CurrentGeneralPractitionerStructure"), _filled(person.filling))
    elif own is not None:
        _tell_practice(_below(at, "m:CurrentGeneralPractitionerStructure"), _told(own))
    prior = registration.practice_of(person.prior)
    if prior is not None:
        _tell_practice(_below(at, "m:PriorGeneralPractitionerStructure"), _told(prior))
    insurance = _below(at, "m:PersonPublicHealthInsurance")
    _below(insurance, "m:PublicHealthInsuranceGroupIdentifier", f"sygesikringsgruppe_{person.group}")
    _below(insurance, "mc:PublicHealthInsuranceGroupStartDate", SINCE)


def _told(practice: Practice) -> Iterator[tuple[str, str]]:
    # An integer by the schema: the leading zeros are gone, as they are in the real service.
    yield "mc:AssociatedGeneralPractitionerIdentifier", str(int(practice.ydernummer))
    yield "mc:AssociatedGeneralPractitionerOrganisationName", practice.name
    yield "it24:StandardAddressIdentifier", "Testvej 1"
    yield "dk05:PostCodeIdentifier", "5000"
    yield "dk05:DistrictName", "Odense C"
    if practice.phone:
        yield "dk09:TelephoneSubscriberIdentifier", practice.phone
    yield "xk:EmailAddressIdentifier", "klinik@example.invalid"


def _filled(word: str) -> Iterator[tuple[str, str]]:
    yield "mc:AssociatedGeneralPractitionerIdentifier", "0"
    yield "mc:AssociatedGeneralPractitionerOrganisationName", word
    yield "it24:StandardAddressIdentifier", word
    yield "dk05:PostCodeIdentifier", "0000"
    yield "dk05:DistrictName", word
    yield "dk09:TelephoneSubscriberIdentifier", "00000000"
    yield "xk:EmailAddressIdentifier", f"{word}@example.com"


def _tell_practice(at: Node, told: Iterator[tuple[str, str]]) -> None:
    practice = _below(at, "mc:AssociatedGeneralPractitionerStructure")
    for name, text in told:
        _below(practice, name, text)


def _named(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMES[prefix]}}}{local}"


def _below(parent: Node, name: str, text: str | None = None) -> Node:
    child = etree.SubElement(parent, _named(name))
    child.text = text
    return child

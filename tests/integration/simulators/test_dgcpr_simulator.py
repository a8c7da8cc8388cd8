"""The national simulator proves what it plays: published schema, signatures checked, repeats replayed."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree

from adapters.register.dgcpr.adapter import OPERATION, WSDL, load_wsdl
from adapters.wire.dgws.header import Flow, header
from adapters.wire.dgws.idcard import SystemIdentity, own_card
from adapters.wire.dgws.signature import Signer
from adapters.wire.dgws.sts import ISSUE, security
from adapters.wire.soap import body_of, envelope, fault_in
from adapters.wire.xml import parse_xml
from gateway.domain.identifiers import OFFICIAL_TEST_CPRS
from simulators.national.persons import OFFICIAL, Registration, load_persons
from tests.support.doors.dgws_samples import SAML, signer, vector
from tests.support.peers.national import CPR_PATH, CVR, STS_PATH, National, national

WHO = SystemIdentity("Laegebro", CVR, "Fjordby Kommune")
PEOPLE = load_persons()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[National]:
    with national(tmp_path_factory.mktemp("nsp")) as one:
        yield one


@pytest.fixture
def nsp(running: National) -> National:
    running.reset()
    return running


def now() -> datetime:
    return datetime.now(UTC)


def ours(nsp: National) -> Signer:
    key = load_pem_private_key((nsp.keys / "caller.key").read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    return Signer(key, x509.load_pem_x509_certificate((nsp.keys / "caller.pem").read_bytes()))


def asked_of_the_sts(nsp: National, card: bytes) -> etree._Element:
    request = (
        b'<wst:RequestSecurityToken Context="www.sosi.dk"><wst:RequestType>' + ISSUE.encode() + b"</wst:RequestType>"
        b"<wst:Claims>" + card + b"</wst:Claims></wst:RequestSecurityToken>"
    )
    answer = nsp.post(STS_PATH, envelope(security(b"", now()), request))
    assert answer.status_code == 200  # whatever it says
    return parse_xml(answer.content)


def national_card(nsp: National) -> bytes:
    root = asked_of_the_sts(nsp, own_card(WHO, ours(nsp), now(), lambda length: b"\x01" * length))
    card = root.find(f".//{{{SAML}}}Assertion")
    assert card is not None, fault_in(root)
    return etree.tostring(card, with_tail=False)


def question(card: bytes, cpr: str = "0201609995", message: UUID | None = None) -> bytes:
    body = load_wsdl().body(OPERATION, PersonCivilRegistrationIdentifier=cpr)
    return envelope(security(card, now()) + header(Flow(uuid4(), message or uuid4())), body)


def code_of(nsp: National, content: bytes) -> str:
    answer = nsp.post(CPR_PATH, content)
    fault = fault_in(parse_xml(answer.content))
    assert answer.status_code == 500 and fault is not None
    return fault.detail


def test_every_person_is_told_by_the_published_schema(nsp: National) -> None:
    schema = etree.XMLSchema(etree.parse(str(WSDL.parent / "oio_medcom_cprservice_1_0_4.xsd")))
    card = national_card(nsp)
    for person in PEOPLE.person:
        said = body_of(parse_xml(nsp.post(CPR_PATH, question(card, person.cpr)).content))
        assert said is not None
        schema.assertValid(parse_xml(etree.tostring(said)))


def test_the_other_operation_names_no_practice(nsp: National) -> None:
    content = question(national_card(nsp)).replace(OPERATION.encode(), b"getPersonInformation")
    said = nsp.post(CPR_PATH, content).content
    assert b"getPersonInformationOut" in said and b"Practitioner" not in said


def test_only_official_test_numbers_are_known() -> None:
    assert OFFICIAL == OFFICIAL_TEST_CPRS
    with pytest.raises(ValueError, match="official"):
        Registration.model_validate(
            {"practice": [], "person": [{"cpr": "1" * 10, "given": "", "family": "", "birth_date": "2000-01-01"}]}
        )


def test_an_unknown_number_is_a_bare_fault(nsp: National) -> None:
    answer = nsp.post(CPR_PATH, question(national_card(nsp), "0212159995"))
    fault = fault_in(parse_xml(answer.content))
    assert answer.status_code == 500 and fault is not None
    assert (fault.code, fault.detail, fault.text) == ("Client", "", "Ingen data fundet")


def test_the_same_message_gets_the_same_answer_and_no_new_work(nsp: National) -> None:
    content = question(national_card(nsp), message=uuid4())
    first, second = nsp.post(CPR_PATH, content), nsp.post(CPR_PATH, content)
    assert first.content == second.content
    log = nsp.log()
    assert (log["look-ups done"], log["answers replayed"]) == (1, 1)


def bent(card: bytes, old: bytes, new: bytes) -> bytes:
    assert old in card
    return card.replace(old, new, 1)


def test_a_card_that_was_touched_opens_nothing(nsp: National) -> None:
    card = national_card(nsp)
    assert code_of(nsp, question(bent(card, CVR.encode(), b"99220007"))) == "invalid_idcard"
    assert code_of(nsp, question(bent(card, b"<saml:Issuer>", b"<saml:Issuer> "))) == "invalid_idcard"
    # A second card by the same id beside the genuine one: refused, whichever the reader would have taken.
    forged = bent(card, CVR.encode(), b"99220007")
    assert code_of(nsp, question(forged + card)) == "invalid_idcard"


def test_a_card_of_our_own_making_opens_nothing(nsp: National) -> None:
    own = own_card(SystemIdentity("SIM-STS", CVR, "Fjordby Kommune"), ours(nsp), now(), lambda n: b"\x01" * n)
    assert code_of(nsp, question(own)) == "invalid_certificate"


@pytest.mark.parametrize("name", ["system-level3-rsa-sha256-valid.xml", "user-duplicate-id-wrapping-INVALID.xml"])
def test_a_published_vector_opens_nothing_here(nsp: National, name: str) -> None:
    content = vector(name)
    assert code_of(nsp, content) == "invalid_idcard"


def test_what_a_call_must_carry(nsp: National) -> None:
    card = national_card(nsp)
    whole = question(card)
    start, end = whole.index(b"<medcom:MessageID>"), whole.index(b"</medcom:MessageID>")
    assert code_of(nsp, whole[:start] + b"<medcom:MessageID>" + whole[end:]) == "missing_required_header"
    assert code_of(nsp, question(b"")) == "missing_required_header"
    renamed = whole.replace(b"medcom:", b"ns7:").replace(b"xmlns:medcom=", b"xmlns:ns7=")
    assert code_of(nsp, renamed) == "missing_required_header"
    assert code_of(nsp, b"<!DOCTYPE a>" + whole) == "syntax_error"
    assert code_of(nsp, b"<medcom:Header") == "syntax_error"


def stale(who: Signer) -> bytes:
    return own_card(WHO, who, now() - timedelta(days=2), lambda n: b"\x01" * n)


def foreign(_: Signer) -> bytes:
    return own_card(WHO, signer("Nobody", now() - timedelta(hours=1)), now(), lambda n: b"\x01" * n)


def for_another(who: Signer) -> bytes:
    return own_card(SystemIdentity("Laegebro", "99220007", "Skovby"), who, now(), lambda n: b"\x01" * n)


def touched(who: Signer) -> bytes:
    return bent(own_card(WHO, who, now(), lambda n: b"\x01" * n), b"Fjordby", b"Skovby ")


@pytest.mark.parametrize("card", [stale, foreign, for_another, touched])
def test_the_sts_believes_only_what_is_signed_in_time_by_whom_it_knows(
    nsp: National, card: Callable[[Signer], bytes]
) -> None:
    fault = fault_in(asked_of_the_sts(nsp, card(ours(nsp))))
    assert fault is not None and fault.code == "FailedAuthentication"


def test_the_card_says_what_a_national_card_says(nsp: National) -> None:
    card = parse_xml(national_card(nsp))
    assert card.findtext(f"{{{SAML}}}Issuer") == "SIM-STS"
    named = card.find(f"{{{SAML}}}Subject/{{{SAML}}}NameID")
    assert named is not None and named.get("Format") == "medcom:other" and f"NTRDK-{CVR}" in (named.text or "")
    told = [value.text for value in card.iter(f"{{{SAML}}}AttributeValue")]
    assert told[0] != base64.b64encode(b"\x01" * 16).decode() and "Fjordby Kommune" in told


def test_a_planned_fault_is_checked(nsp: National) -> None:
    with pytest.raises(AssertionError, match="mode"):
        nsp.plan("cpr", "explode")

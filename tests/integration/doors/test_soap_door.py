"""Our door for practices that fetch: whose card opens it, what is shown, what an act becomes, and nothing twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from lxml import etree

from adapters.gp_system.soap.peer import CONTRACT
from adapters.gp_system.soap.words import digest
from adapters.wire.soap import ENVELOPE
from adapters.wire.xmlschema import Schema
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import Basis, EntryStatus, Placement
from gateway.domain.consultation.rerouting import change_connections
from gateway.domain.consultation.ringing import accept
from gateway.domain.consultation.transferring import transfer
from gateway.domain.consultation.undoing import wrong_citizen
from gateway.domain.identifiers import Cpr
from gateway.domain.people import Actor, ActorKind
from gateway.domain.scope import SystemScope
from gateway.services.changing import change
from gateway.store.consultation.audit import SqlAuditTrail
from tests.support.consultations import ELSEWHERE, PRACTICE, REASON
from tests.support.doors.soap_world import BY, CVR, NAME, NEIGHBOUR, OTHER_CVR, Practice, Said, SoapWorld, card, request

SCHEMA = Schema(CONTRACT.with_suffix(".xsd"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoapWorld]:
    made = SoapWorld(tmp_path_factory.mktemp("soap"))
    yield made
    made.gateway.engine.dispose()


@pytest.fixture
def practice(world: SoapWorld) -> Practice:
    return Practice(world)


def judged(said: Said) -> Said:
    """Everything we answer is what the contract says."""
    assert said.status == 200, said.fault
    assert SCHEMA.accepts(said.body), said.content
    return said


# --- fetching ---------------------------------------------------------------------------------------------------------


def test_what_is_fetched_is_shown_received_and_audited(world: SoapWorld, practice: Practice) -> None:
    entry = world.entry()
    assert world.row(entry).received_at is None
    said = judged(practice.fetches())
    assert str(entry) in said.all("Consultation/EntryId") and said.text("Complete") == "true"
    assert REASON in said.all("Consultation/Reason") and "2512489996" in said.all("Consultation/Citizen/Identifier")
    assert world.row(entry).status is EntryStatus.RECEIVED
    trail = SqlAuditTrail(world.gateway.engine, world.gateway.vault).of_citizen(Cpr("2512489996"))
    shown = [row for row in trail if row.what == "soap-queue"]
    assert shown and {(row.actor.id, row.organisation, row.channel) for row in shown} == {(NAME, CVR, "soap")}


def test_nobody_is_shown_another_practices_queue(world: SoapWorld, practice: Practice) -> None:
    mine, theirs = world.entry(), world.entry(ELSEWHERE, (NEIGHBOUR,))
    neighbour = card(OTHER_CVR)
    assert str(theirs) not in judged(practice.fetches()).all("Consultation/EntryId")
    assert str(mine) not in judged(practice.fetches(own=neighbour)).all("Consultation/EntryId")
    assert practice.acts("GetConsultation", mine, "", own=neighbour).fault == "unknown-entry"
    assert practice.acts("AcceptConsultation", mine, own=neighbour).fault == "unknown-entry"
    assert world.row(mine).status.waits


def test_from_a_cursor_on_only_what_changed_is_told(world: SoapWorld, practice: Practice) -> None:
    world.entry()
    cursor = judged(practice.fetches()).text("NextCursor")
    entry = world.entry()
    second = judged(practice.fetches(cursor))
    assert second.all("Consultation/EntryId") == [str(entry)] and second.text("Complete") == "false"
    third = judged(practice.fetches(second.text("NextCursor")))
    assert third.all("Consultation/EntryId") == [], "that it was received is no news"
    judged(practice.acts("RejectConsultation", entry, f"{BY}<lb:Reason>by-phone</lb:Reason>"))
    last = judged(practice.fetches(third.text("NextCursor")))
    assert last.all("Ended/EntryId") == [str(entry)] and last.all("Ended/Reason") == ["rejected"]


def test_a_practice_that_was_left_is_told_that_it_is_over_there(world: SoapWorld, practice: Practice) -> None:
    entry, other = world.entry(), world.entry()
    cursor = judged(practice.fetches()).text("NextCursor")
    for each in (entry, other):
        found = world.gateway.store.load_by_entry(SystemScope(), each)
        change(world.gateway.store, SystemScope(), found.id, on_to_the_neighbour)
    told = judged(practice.fetches(cursor))
    assert set(told.all("Ended/EntryId")) == {str(entry), str(other)} and told.all("Ended/Erase") == ["false"] * 2
    later, found = told.text("NextCursor"), world.gateway.store.load_by_entry(SystemScope(), entry)
    nurse = Actor(ActorKind.EMPLOYEE, "employee-1", "Sanne Sygeplejerske")
    change(world.gateway.store, SystemScope(), found.id, lambda c: wrong_citizen(c, datetime.now(UTC), nurse))
    erased = judged(practice.fetches(later))
    assert (erased.all("Ended/EntryId"), erased.all("Ended/Erase")) == ([str(entry)], ["true"])


def on_to_the_neighbour(consultation: Consultation) -> Consultation:
    now = datetime.now(UTC)
    until = now + timedelta(hours=4)
    placement = Placement(uuid4(), ELSEWHERE, "Lægerne Havnen", Basis.TRANSFERRED, (NEIGHBOUR,), until)
    return transfer(consultation, placement, now, Actor(ActorKind.EMPLOYEE, "employee-1", "Sanne Sygeplejerske"))


def test_what_follows_its_practice_to_another_system_is_over_at_the_former(
    world: SoapWorld, practice: Practice
) -> None:
    entry = world.entry()
    cursor = judged(practice.fetches()).text("NextCursor")
    found = world.gateway.store.load_by_entry(SystemScope(), entry)
    actor = Actor(ActorKind.ADMIN, "anna")
    moved = partial(change_connections, entry_id=uuid4(), connections=("browser",), at=datetime.now(UTC), actor=actor)
    world.gateway.practices.set_routes(PRACTICE, [])
    change(world.gateway.store, SystemScope(), found.id, moved)
    told = judged(practice.fetches(cursor))
    world.gateway.practices.set_routes(PRACTICE, [NAME])
    assert told.all("Ended/EntryId") == [str(entry)] and not told.all("Consultation/EntryId")


@pytest.mark.parametrize("cursor", ["q999999999", "full-moon", "q-1"])
def test_a_cursor_that_was_never_ours_gets_the_whole_queue(practice: Practice, cursor: str) -> None:
    assert judged(practice.fetches(cursor)).text("Complete") == "true"


# --- acting -----------------------------------------------------------------------------------------------------------


def test_an_accept_lands_like_every_other(world: SoapWorld, practice: Practice) -> None:
    entry = world.entry()
    said = judged(practice.acts("AcceptConsultation", entry, f"{BY}<lb:Clinician>Omar Saleh</lb:Clinician>"))
    assert said.text("Standing") == "yours"
    row = world.row(entry)
    assert (row.accepted_by, row.accepted_name, row.clinician) == (
        f"{NAME}:{digest('lha')}",
        "Lise Hansen",
        "Omar Saleh",
    )
    assert judged(practice.acts("PutBackConsultation", entry)).text("Standing") == "waiting"
    assert world.row(entry).status.waits


def test_who_was_second_is_told_so_and_can_ask_who_was_first(world: SoapWorld, practice: Practice) -> None:
    entry = world.entry()
    omar = Actor(ActorKind.CLINIC, "clinic-user-7", "Omar Saleh")
    taken = world.gateway.store.load_by_entry(SystemScope(), entry)

    def first(consultation: Consultation) -> Consultation:
        return accept(consultation, datetime.now(UTC), omar)

    change(world.gateway.store, SystemScope(), taken.id, first)
    assert judged(practice.acts("AcceptConsultation", entry)).text("Standing") == "taken"
    assert judged(practice.acts("GetConsultation", entry, "")).text("Consultation/TakenBy/Name") == "Omar Saleh"
    assert judged(practice.acts("PutBackConsultation", entry)).text("Standing") == "taken", "not theirs to lay back"
    assert world.row(entry).accepted_name == "Omar Saleh"


def test_another_reason_needs_words(world: SoapWorld, practice: Practice) -> None:
    entry, other = world.entry(), f"{BY}<lb:Reason>other</lb:Reason>"
    assert practice.acts("RejectConsultation", entry, other).fault == "text-required"
    assert practice.acts("RejectConsultation", entry, f"{other}<lb:Text> </lb:Text>").fault == "text-required"
    assert world.row(entry).status.waits
    judged(practice.acts("RejectConsultation", entry, f"{other}<lb:Text>Ring til os</lb:Text>"))
    assert world.row(entry).ended_text == "Ring til os"


def test_seen_is_noted(world: SoapWorld, practice: Practice) -> None:
    entry = world.entry()
    assert judged(practice.acts("MarkSeen", entry, "")).text("Standing") == "waiting"
    assert world.row(entry).seen_at is not None


HOURS = (
    "<lb:SetOpeningHoursRequest><lb:Ydernummer>{number}</lb:Ydernummer><lb:Weekly><lb:Weekday>1</lb:Weekday>"
    "<lb:Opens>{opens}</lb:Opens><lb:Closes>16:00</lb:Closes></lb:Weekly><lb:Weekly><lb:Weekday>1</lb:Weekday>"
    "<lb:Opens>07:30</lb:Opens><lb:Closes>07:45</lb:Closes></lb:Weekly><lb:Exception><lb:Date>{day}</lb:Date>"
    "</lb:Exception></lb:SetOpeningHoursRequest>"
)


def test_the_practice_says_when_it_takes_video(world: SoapWorld, practice: Practice) -> None:
    judged(practice.says(HOURS.format(number=PRACTICE, opens="08:00", day="2026-12-24")))
    hours = world.gateway.practices.hours(PRACTICE)
    assert [str(span.opens) for span in hours.weekly[0]] == ["07:30:00", "08:00:00"]
    assert hours.exceptions[datetime(2026, 12, 24, tzinfo=UTC).date()] == ()


@pytest.mark.parametrize(("words", "fault"), [
    ({"number": str(ELSEWHERE), "opens": "08:00", "day": "2026-12-24"}, "unknown-practice"),
    ({"number": str(PRACTICE), "opens": "17:00", "day": "2026-12-24"}, "refused"),
    ({"number": str(PRACTICE), "opens": "08:00", "day": "2026-02-31"}, "refused"),
    ({"number": str(PRACTICE), "opens": "25:00", "day": "2026-12-24"}, "syntax_error"),
])  # fmt: skip
def test_hours_that_cannot_be_are_refused(practice: Practice, words: dict[str, str], fault: str) -> None:
    assert practice.says(HOURS.format(**words)).fault == fault


# --- nothing twice ----------------------------------------------------------------------------------------------------


def test_the_same_message_gets_the_same_bytes(world: SoapWorld, practice: Practice) -> None:
    entry, message = world.entry(), uuid4()
    first = judged(practice.acts("AcceptConsultation", entry, message=message))
    judged(practice.acts("PutBackConsultation", entry))
    assert practice.acts("AcceptConsultation", entry, message=message).content == first.content
    assert world.row(entry).status.waits and world.history(entry).count("accepted") == 1


def test_another_message_under_the_same_name_is_told_apart(world: SoapWorld, practice: Practice) -> None:
    entry, message = world.entry(), uuid4()
    judged(practice.acts("MarkSeen", entry, message=message))
    assert practice.acts("AcceptConsultation", entry, message=message).fault == "message-id-reused"
    assert world.row(entry).status.waits


# --- whose card -------------------------------------------------------------------------------------------------------


ASKED = "<lb:GetQueueRequest></lb:GetQueueRequest>"


def tampered(own: bytes) -> bytes:
    return own.replace("Lægerne Torvet".encode("ascii", "xmlcharrefreplace"), b"L&#230;gerne Havnen")


LONG_AGO = datetime.now(UTC) - timedelta(days=3)
CARDS = {
    "tampered": (lambda: tampered(card()), "invalid_signature"),
    "expired": (lambda: card(at=LONG_AGO), "expired_idcard"),
    "signed by a stranger": (lambda: card(by="Stranger"), "invalid_certificate"),
    "an issuer nobody named": (lambda: card(issuer="NOBODY"), "not_authorized"),
    "an organisation nobody named": (lambda: card("99110007"), "not_authorized"),
    "unsigned": (lambda: card().partition(b"<ds:Signature")[0] + b"</saml:Assertion>", "invalid_signature"),
    "a user's card": (lambda: card().replace(b">system<", b">user<"), "invalid_signature"),
    "no card": (lambda: b"", "missing_required_header"),
    "two cards": (lambda: card() + card(), "missing_required_header"),
}


@pytest.mark.parametrize("name", CARDS)
def test_a_card_that_is_not_believed_opens_nothing(practice: Practice, name: str) -> None:
    own, fault = CARDS[name]
    said = practice.fetches(own=own())
    assert (said.status, said.side, said.fault) == (500, "Client", fault)
    assert REASON.encode() not in said.content


def test_an_id_twice_in_the_document_is_refused(practice: Practice) -> None:
    spoilt = request("<lb:GetQueueRequest></lb:GetQueueRequest>").replace(
        b"<lb:GetQueueRequest", b'<lb:GetQueueRequest id="IDCard"'
    )
    answer = practice.post(spoilt)
    assert Said(answer.status_code, answer.data).fault == "invalid_signature"


UNKNOWN = '<v:Routing xmlns:v="urn:vendor" {}>x</v:Routing>'
NEXT, OTHER = "http://schemas.xmlsoap.org/soap/actor/next", "http://proxy.example/"


@pytest.mark.parametrize(
    ("block", "side"),
    [
        (UNKNOWN.format('soapenv:mustUnderstand="1"'), "MustUnderstand"),
        (UNKNOWN.format(f'soapenv:mustUnderstand="1" soapenv:actor="{NEXT}"'), "MustUnderstand"),
        (UNKNOWN.format(f'soapenv:mustUnderstand="1" soapenv:actor="{OTHER}"'), ""),
        (UNKNOWN.format('soapenv:mustUnderstand="0"'), ""),
        (UNKNOWN.format(""), ""),
    ],
)
def test_a_header_that_must_be_understood_and_is_not_stops_the_call(practice: Practice, block: str, side: str) -> None:
    """SOAP 1.1 §4.2.3; §4.4: such a fault has no detail."""
    message = request(ASKED).replace(b"<soapenv:Header>", b"<soapenv:Header>" + block.encode())
    answer = practice.post(message)
    said = Said(answer.status_code, answer.data)
    assert (said.status, said.side) == ((500, side) if side else (200, ""))
    assert not side or said.root.find(".//detail") is None


def test_our_own_headers_may_say_that_they_must_be_understood(practice: Practice) -> None:
    message = request(ASKED).replace(b"<wsse:Security", b'<wsse:Security soapenv:mustUnderstand="1"', 1)
    assert practice.post(message).status_code == 200


def test_another_version_of_soap_is_told_so(practice: Practice) -> None:
    answer = practice.post(request(ASKED).replace(ENVELOPE.encode(), b"http://www.w3.org/2003/05/soap-envelope"))
    assert (answer.status_code, Said(answer.status_code, answer.data).side) == (500, "VersionMismatch")


def test_a_low_security_level_is_refused(practice: Practice) -> None:
    low = request(ASKED).replace(b"SecurityLevel>3<", b"SecurityLevel>1<")
    answer = practice.post(low)
    assert Said(answer.status_code, answer.data).fault == "security_level_failed"


@pytest.mark.parametrize("created", [-7_200, -3_700, 400, 86_400])
def test_what_was_caught_on_the_way_opens_nothing_later(practice: Practice, created: int) -> None:
    """Seconds from now; the card itself is good for a day."""
    now, at = datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=created)
    caught = re.sub(rb"Created>[^<]+<", f"Created>{at:%Y-%m-%dT%H:%M:%SZ}<".encode(), request(ASKED))
    answer = practice.post(caught)
    assert Said(answer.status_code, answer.data).fault == "syntax_error"
    a_while = re.sub(rb"Created>[^<]+<", f"Created>{now - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}<".encode(), caught)
    assert practice.post(a_while).status_code == 200, "a message that is repeated may be repeated whole"


@pytest.mark.parametrize("created", ["yesterday", "2026-11-22T12:00:00", ""])
def test_a_time_that_is_none_is_refused(practice: Practice, created: str) -> None:
    spoilt = re.sub(rb"Created>[^<]+<", f"Created>{created}<".encode(), request(ASKED))
    answer = practice.post(spoilt)
    assert Said(answer.status_code, answer.data).fault in ("syntax_error", "missing_required_header")


def test_two_connections_that_say_the_same_of_their_caller_are_nobodys(tmp_path: Path) -> None:
    world = SoapWorld(tmp_path)
    world.connect("torvet-again", CVR, ELSEWHERE)
    assert Practice(world).fetches().fault == "not_authorized"
    world.gateway.engine.dispose()


def test_the_wsdl_and_every_schema_it_names_are_published(world: SoapWorld) -> None:
    client, seen, wanted = world.app.test_client(), set[str](), ["wsdl"]
    while wanted:
        name = wanted.pop()
        answer = client.get(f"/soap/consultations?{name}")
        assert answer.status_code == 200, name
        seen.add(name)
        named = etree.fromstring(answer.data).iterfind(".//{*}import[@schemaLocation]")
        wanted += [q for each in named if (q := str(each.get("schemaLocation")).partition("?")[2]) not in seen]
    assert len(seen) == 7
    for absent in ("", "?xsd=../settings.py", "?xsd=SOURCES.md"):
        assert client.get(f"/soap/consultations{absent}").status_code == 404

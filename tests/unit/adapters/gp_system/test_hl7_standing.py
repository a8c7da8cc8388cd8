"""What is left to say, without treading on what the practice has done since; and what a stranger's words claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.contract import samples
from adapters.gp_system.hl7v2.claims import claims_in, claims_of, groups_of, stand_of
from adapters.gp_system.hl7v2.standing import Stand, next_saying
from adapters.gp_system.hl7v2.words import Said
from adapters.wire.er7 import Er7Fault, parsed
from adapters.wire.v2.answers import accepted, said_at, standing_of
from adapters.wire.v2.inbound import ack_codes, acknowledged, incoming, refusal_of
from adapters.wire.v2.judge import is_strictly_valid
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import PeerBusy, PeerError, PeerIll, PeerRefused, PeerUnclear
from gateway.domain.peers.messages import EntryMessage, PeerVerb

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PEER = "torvet-hl7"
WAITING = samples.message("034835", entry=samples.entry("034835", NOW))


def row(status: EntryStatus, revision: int = 2, **fields: Any) -> EntryMessage:
    return replace(WAITING, entry=replace(WAITING.entry, status=status, revision=revision, **fields))


def stand(status: str, said: str = "1/requested", reason: str = WAITING.reason) -> Stand:
    return Stand(status, Said.decoded(said), reason)


def said(at: Stand | None, message: EntryMessage) -> tuple[str, str] | None:
    saying = next_saying(at, message, PEER)
    return None if saying is None else (saying.trigger, saying.status)


THEIRS: dict[str, Any] = {"accepted_by": f"{PEER}:1", "accepted_name": "Lise Hansen"}
OTHERS: dict[str, Any] = {"accepted_by": "clinic-user-7", "accepted_name": "Omar Saleh"}


@pytest.mark.parametrize(
    ("at", "message", "expected"),
    [
        (stand("Pending"), row(EntryStatus.RECEIVED), ("S14", "")),
        (stand("Booked"), row(EntryStatus.RECEIVED), ("S14", "")),  # an accept we have not heard of
        (stand("Booked", "2/accepted"), row(EntryStatus.RECEIVED, 3), ("S14", "Waitlist")),
        (stand("Booked"), row(EntryStatus.RECEIVED, 3), ("S14", "Waitlist")),  # taken and put back, both unsaid
        (stand("Booked", reason="before"), row(EntryStatus.RECEIVED, 3), ("S14", "")),  # one may be the correction
        (stand("Booked"), row(EntryStatus.ACCEPTED, **THEIRS), ("S14", "")),
        (stand("Waitlist"), row(EntryStatus.ACCEPTED, **THEIRS), ("S14", "")),  # put back there, and not heard yet
        (stand("Booked"), row(EntryStatus.ACCEPTED, **OTHERS), ("S14", "Booked")),
        (stand("Pending"), row(EntryStatus.IN_PROGRESS, **OTHERS), ("A04", "Started")),
        (stand("Started", "2/in-progress"), row(EntryStatus.COMPLETED, 3), ("A03", "Complete")),
        (stand("Pending"), row(EntryStatus.WITHDRAWN), ("S15", "Cancelled")),
        (stand("Pending"), row(EntryStatus.EXPIRED), ("S15", "Cancelled")),
        (stand("Pending"), row(EntryStatus.REJECTED, ended_reason="not-today"), ("S15", "Cancelled")),
        (stand("Pending"), row(EntryStatus.WITHDRAWN, ended_reason="citizen-absent"), ("S26", "Noshow")),
        (stand("Cancelled", "2/withdrawn"), row(EntryStatus.WITHDRAWN), None),
        (stand("Cancelled"), row(EntryStatus.REJECTED), None),  # the practice's own word, come home
        (stand("Cancelled"), row(EntryStatus.WITHDRAWN, ended_reason="wrong-citizen"), ("S15", "Cancelled")),
        (stand("Cancelled", "2/withdrawn"), row(EntryStatus.WITHDRAWN, ended_reason="wrong-citizen"), None),
        (stand("Pending", "5/received"), row(EntryStatus.RECEIVED, 4), None),  # a newer row is there
        (stand("Pending", "2/requested"), row(EntryStatus.RECEIVED), None),
        (stand("Pending", "2/requested"), row(EntryStatus.ACCEPTED, **OTHERS), ("S14", "Booked")),
        (None, row(EntryStatus.RECEIVED), ("S14", "")),
        (None, row(EntryStatus.RECEIVED, misses=1), ("S14", "Waitlist")),
    ],
)
def test_what_is_left_to_say(at: Stand | None, message: EntryMessage, expected: tuple[str, str] | None) -> None:
    assert said(at, message) == expected


def test_what_we_did_not_write_is_revision_nought() -> None:
    for nonsense in ("", "x/received", "-1/received", "١/x", "9999999999999/x"):
        assert Said.decoded(nonsense).revision == 0


# --- what comes in ----------------------------------------------------------------------------------------------------

HEAD = "MSH|^~\\&|GPSYS|TORVET|LAEGEBRO|FJORDBY|20261123093000+0000||{kind}|{control}|{p}|{version}"
ID = "0192f000-0000-7000-8000-0000000000e1"


def hl7(*lines: str, kind: str = "SIU^S14^SIU_S12", control: str = "7", p: str = "P", version: str = "2.5.1") -> bytes:
    return "\r".join([HEAD.format(kind=kind, control=control, p=p, version=version), *lines]).encode()


def sch(reason: str = "ACCEPT^^99LB", status: str = "Booked", entry: str = ID, who: str = "lha^Hansen^Lise") -> str:
    return f"SCH|{entry}|||||{reason}||||||||||{who}||||{who}|||||{status}"


@pytest.mark.parametrize(
    ("reason", "status", "verb"),
    [
        ("ACCEPT^^99LB", "Booked", PeerVerb.ACCEPT),
        ("PUTBACK^^99LB", "Waitlist", PeerVerb.PUT_BACK),
        ("SEEN^^99LB", "Pending", PeerVerb.SEEN),
        ("RECEIVED^^99LB", "Pending", PeerVerb.RECEIVED),
        ("ROUTINE^^HL70276", "Booked", PeerVerb.ACCEPT),
        ("ROUTINE^^HL70276", "Noshow", PeerVerb.REJECT),
        ("ROUTINE^^HL70276", "BOOKED", PeerVerb.ACCEPT),
        ("ROUTINE^^HL70276", "booked", PeerVerb.ACCEPT),
        ("", "Started", PeerVerb.ACCEPT),
        ("", "Wait list", PeerVerb.PUT_BACK),
        ("", "WAITLIST", PeerVerb.PUT_BACK),
        ("", "NO_SHOW", PeerVerb.REJECT),
        ("", "No-show", PeerVerb.REJECT),
        ("", "Canceled", PeerVerb.REJECT),
        ("", "DELETED", PeerVerb.REJECT),
        ("", "Complete", None),
        ("VIDEO^Videokonsultation^99LB", "Booked", PeerVerb.ACCEPT),
        ("CHANGE^Rettet^99LB", "", None),
    ],
)
def test_claims_by_reason_else_by_status(reason: str, status: str, verb: PeerVerb | None) -> None:
    claims = claims_in(parsed(hl7(sch(reason, status))), PEER, NOW)
    assert [claim.verb for claim in claims] == ([verb] if verb else [])


def test_one_clinician_is_one_id_however_she_is_spelt() -> None:
    ids = {
        claims_in(parsed(hl7(sch(who=who))), PEER, NOW)[0].who_id for who in ("lha^Hansen^Lise", "lha^HANSEN^Lise M.")
    }
    assert len(ids) == 1
    assert claims_in(parsed(hl7(sch(who=""))), PEER, NOW)[0].who_id == f"{PEER}:practice"


@pytest.mark.parametrize(
    ("data", "code", "ack"),
    [
        (hl7(sch(entry="K-17")), "204", "AE"),
        (hl7(kind="SIU^S14"), "100", "AE"),
        (hl7(kind="SIU^S25"), "201", "AR"),
        (hl7(kind="ORU^R01"), "200", "AR"),
        (hl7("PV1|1|V", kind="ADT^A04"), "204", "AE"),
    ],
)
def test_what_cannot_be_taken_says_why(data: bytes, code: str, ack: str) -> None:
    with pytest.raises(Er7Fault) as fault:
        claims_in(parsed(data), PEER, NOW)
    assert (fault.value.code, fault.value.ack) == (code, ack)


@pytest.mark.parametrize(
    ("reason", "status", "code", "words"),
    [
        ("COLOUR^^99LB", "Booked", "103", "SCH-6: COLOUR is not known"),
        ("ROUTINE", "Purple", "103", "SCH-25: Purple is not known"),
        ("ROUTINE", "Blocked", "103", "SCH-25: Blocked is not known"),
        ("ROUTINE", "2512489996", "103", "SCH-25"),
        ("ROUTINE", "", "101", "SCH-25"),
    ],
)
def test_an_act_that_says_nothing_to_us_is_told_so_by_its_value(
    reason: str, status: str, code: str, words: str
) -> None:
    with pytest.raises(Er7Fault) as fault:
        claims_in(parsed(hl7(sch(reason, status))), PEER, NOW)
    assert (fault.value.code, fault.value.ack) == (code, "AE")
    assert fault.value.words == words or (not status and fault.value.words.startswith(words))


@pytest.mark.parametrize("trigger", ["S15", "S17", "S26"])
def test_a_trigger_that_removes_needs_no_status(trigger: str) -> None:
    [claim] = claims_in(parsed(hl7(sch("", ""), kind=f"SIU^{trigger}")), PEER, NOW)
    assert claim.verb is PeerVerb.REJECT


@pytest.mark.parametrize(
    ("said", "status"), [("3/accepted", "Booked"), ("4/received", "Waitlist"), ("5/withdrawn", "Cancelled")]
)
def test_our_own_words_given_back_claim_nothing(said: str, status: str) -> None:
    echo = hl7(sch("CHANGE^Rettet^99LB", status), f"NTE|1|P|{said}|STATE^^99LB")
    assert claims_in(parsed(echo), PEER, NOW) == []
    moved = hl7(sch("CHANGE^Rettet^99LB", "Cancelled"), "NTE|1|P|3/accepted|STATE^^99LB")
    assert [each.verb for each in claims_in(parsed(moved), PEER, NOW)] == [PeerVerb.REJECT]


def test_what_is_too_long_is_refused_where_it_was_brought_and_shortened_where_it_was_fetched() -> None:
    """Nothing is acknowledged and then cut."""
    reject, accept = sch("REJECT^^99LB^by-phone", "Cancelled"), sch(who="lha^" + "H" * 130 + "^Lise")
    for lines, location in (((reject, "NTE|1|L|" + "Æ" * 301), "NTE^1^3"), ((accept,), "SCH^1^20")):
        message = parsed(hl7(*lines))
        with pytest.raises(Er7Fault) as fault:
            claims_in(message, PEER, NOW)
        assert (fault.value.code, fault.value.location, fault.value.ack) == ("102", location, "AE")
        [fetched] = claims_of(groups_of(message)[0], PEER, NOW)
        assert (fetched.text or fetched.who).endswith("…") and len(fetched.text or fetched.who) in (300, 120)
    [whole] = claims_in(parsed(hl7(reject, "NTE|1|L|" + "Æ" * 300)), PEER, NOW)
    assert whole.text == "Æ" * 300


def test_header_faults() -> None:
    for data, code in ((hl7(control=""), "101"), (hl7(control="x" * 300), "101"), (hl7(kind=""), "101")):
        with pytest.raises(Er7Fault) as fault:
            incoming(data)
        assert fault.value.code == code
    for data, code in ((hl7(version="3.0"), "203"), (hl7(p="T"), "202")):
        with pytest.raises(Er7Fault) as fault:
            incoming(data).check("P")
        assert (fault.value.code, fault.value.ack) == (code, "AR")


def test_an_acknowledgement_is_known_as_one() -> None:
    assert incoming(hl7("MSA|AA|1", kind="ACK^S14^ACK")).is_acknowledgement
    assert not incoming(hl7(sch())).is_acknowledgement


def test_every_answer_is_valid_and_names_the_message() -> None:
    taken = incoming(hl7(sch(), control="A&B"))
    for fault in (None, Er7Fault("204", "SCH^1^1"), Er7Fault("206", "", "AR")):
        answer = acknowledged(taken, "C1", NOW, fault)
        assert is_strictly_valid(answer.decode())
        back = parsed(answer)
        assert back.first("MSA").whole(2) == "A&B"
        assert back.first("MSA").text(1) == (fault.ack if fault else "AA")
        assert back.first("ERR").text(3) == (fault.code if fault else "")
        assert (back.msh.text(5), back.msh.text(6)) == ("GPSYS", "TORVET")


def test_what_cannot_be_read_is_answered_by_what_its_header_shows() -> None:
    fault = Er7Fault("102", "MSH^1^18")
    for frame, named in (
        (hl7(control="K-9") + b"\xff", "K-9"),
        (b"\x00\xff", "UNKNOWN"),
        (hl7(control="a^b"), "UNKNOWN"),
    ):
        answer = refusal_of(frame, fault, "C2", NOW)
        assert is_strictly_valid(answer.decode())
        assert parsed(answer).first("MSA").text(2) == named


@pytest.mark.parametrize(
    ("msa", "err", "fault"),
    [
        ("AA", "", None),
        ("CA", "", None),
        ("AR", "ERR|||206", PeerBusy),
        ("AE", "ERR|||207", PeerUnclear),
        ("AR", "ERR|||207", PeerUnclear),
        ("AR", "ERR|||203", PeerIll),
        ("AE", "ERR|||101", PeerRefused),
        ("AE", "ERR|||204", PeerRefused),
        ("AE", "", PeerUnclear),
        ("2512489996", "ERR|||2512489996 Berggren", PeerUnclear),
        ("", "", PeerUnclear),
    ],
)
def test_what_an_acknowledgement_asks_for(msa: str, err: str, fault: type[PeerError] | None) -> None:
    answer = hl7(f"MSA|{msa}|1|Nancy Ann", err, kind="ACK")
    if fault is None:
        return accepted(answer, PEER, is_read=False)
    with pytest.raises(fault) as met:
        accepted(answer, PEER, is_read=False)
    assert "25124" not in str(met.value) and "Nancy" not in str(met.value)
    return None


@pytest.mark.parametrize("charset", ["UNICODE", "KLINGON", "", "UNICODE UTF-8"])
def test_an_acknowledgement_is_known_by_its_bytes_whatever_its_character_set(charset: str) -> None:
    head = HEAD.format(kind="ACK", control="7", p="P", version="2.5.1").split("|")[:18]
    answer = "|".join([*head, charset]).encode() + b"\rMSA|AA|K1|S\xf8ren \xe6\r"
    assert (standing_of(answer, "K1"), standing_of(answer, "K2"), standing_of(b"MSA|AA|K1", "K1")) == (
        "final",
        "no",
        "no",
    )
    accepted(answer, PEER, is_read=False)
    assert said_at(answer) == head[6]
    assert standing_of(answer.replace(b"|AA|", b"|CA|"), "K1") == "interim"


@pytest.mark.parametrize(
    ("accept", "application", "said"),
    [
        ("", "", ("AA", "AE", "AR")),
        ("NE", "AL", ("AA", "AE", "AR")),
        ("AL", "NE", ("CA", "CE", "CR")),
        ("AL", "", ("CA", "CE", "CR")),
        ("AL", "AL", ("CA AA", "CA AE", "CR")),
        ("ER", "AL", ("AA", "AE", "CR")),
        ("SU", "AL", ("CA AA", "CA AE", "AR")),
        ("AL", "ER", ("CA", "CA AE", "CR")),
        ("ER", "NE", ("", "CE", "CR")),
        ("NE", "ER", ("", "AE", "AR")),
        ("NE", "NE", ("", "", "")),
        ("XX", "", ("AA", "AE", "AR")),
        ("XX", "al", ("AA", "AE", "AR")),
    ],
)
def test_enhanced_acknowledgement_mode(accept: str, application: str, said: tuple[str, str, str]) -> None:
    for outcome, expected in zip(("AA", "AE", "AR"), said, strict=True):
        assert ack_codes(accept, application, outcome) == expected.split()


def test_a_stand_is_read_from_our_own_notes_given_back() -> None:
    lines = [sch(status="Booked"), "NTE|1|P|Sår \\T\\ rødme|REASON^^99LB", "NTE|2|P|3/received|STATE^^99LB"]
    message = parsed(hl7(*lines))
    assert stand_of(message.segments[1:]) == Stand("Booked", Said(3, "received"), "Sår & rødme")


def test_a_control_id_that_cannot_be_given_back_is_refused() -> None:
    with pytest.raises(Er7Fault) as fault:
        incoming(hl7(sch(), control="7\x007"))
    assert (fault.value.code, fault.value.location) == ("102", "MSH^1^10")

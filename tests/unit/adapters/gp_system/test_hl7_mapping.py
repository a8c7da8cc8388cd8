"""What a practice is told by HL7 v2, and what its messages claim: golden pairs, two judges, and hostile text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hl7
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from adapters.contract import samples
from adapters.gp_system import hl7v2
from adapters.gp_system.hl7v2 import Settings
from adapters.gp_system.hl7v2.claims import claims_in
from adapters.gp_system.hl7v2.mapping import Saying, segments
from adapters.gp_system.hl7v2.queries import acts_query, standing_query
from adapters.gp_system.hl7v2.standing import first_saying, next_saying
from adapters.gp_system.hl7v2.words import control_id
from adapters.wire.er7 import Unsayable, parsed
from adapters.wire.v2.judge import is_strictly_valid, judged
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.identifiers import D_ECPR_SYSTEM, ECpr
from gateway.domain.peers.messages import EntryMessage, PeerChange

EXAMPLES = Path(hl7v2.__file__).parent / "examples"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NAMES = {
    "our_application": "LAEGEBRO",
    "our_facility": "FJORDBY",
    "peer_application": "GPSYS",
    "peer_facility": "TORVET",
}
SETTINGS = Settings(host="localhost", port=2575, tls=False, **NAMES)
SAYABLE = st.text(
    st.characters(codec="utf-8", exclude_characters=[chr(n) for n in range(32) if n not in (9, 10, 13)]), max_size=400
)


def fresh(**fields: Any) -> EntryMessage:
    return samples.message("034835", entry=samples.entry("034835", NOW), **fields)


def saying_of(name: str, message: EntryMessage) -> Saying:
    saying = first_saying(message) if name.startswith("enqueue") else next_saying(None, message, "torvet-hl7")
    assert saying is not None
    return saying


@pytest.mark.parametrize("said", sorted(EXAMPLES.glob("*.message.json")), ids=lambda path: path.name)
def test_a_message_becomes_exactly_this_hl7(said: Path) -> None:
    message = TypeAdapter(EntryMessage).validate_json(said.read_bytes())
    lines = segments(message, saying_of(said.name, message), SETTINGS, "EXAMPLE0000000000001", NOW)
    assert lines == Path(str(said).replace(".message.json", ".hl7")).read_text().splitlines()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.claims.json")), ids=lambda path: path.name)
def test_hl7_claims_exactly_this(path: Path) -> None:
    text = Path(str(path).replace(".claims.json", ".hl7")).read_text().replace("\n", "\r")
    claims = claims_in(parsed(text.encode()), "torvet-hl7", NOW)
    assert claims == TypeAdapter(list[PeerChange]).validate_json(path.read_bytes())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.hl7")), ids=lambda path: path.name)
def test_both_judges_accept_every_example(path: Path) -> None:
    text = path.read_text().replace("\n", "\r")
    assert is_strictly_valid(text)
    theirs = hl7.parse(text)
    assert str(theirs.segment("MSH")[12]) == "2.5.1"
    assert [str(each[0]) for each in theirs] == [line[:3] for line in path.read_text().splitlines()]


def test_questions_are_valid_too() -> None:
    for query in (standing_query(fresh().entry.id, SETTINGS, "Q1", NOW), acts_query("41", SETTINGS, "Q2", NOW)):
        assert is_strictly_valid("\r".join(query))


@given(text=SAYABLE)
@example("\x85")
@example(" \n")
@settings(max_examples=40, deadline=None)  # hl7apy needs 40 ms for each
def test_any_text_about_the_citizen_arrives_as_text(text: str) -> None:
    message = fresh(reason=text, consent=text, employee=text or "x", citizen=samples.citizen(name=text))
    back = parsed(judged(segments(message, first_saying(message), SETTINGS, "1", NOW), "UNICODE UTF-8"))
    notes = [note.whole(3) for note in back.all("NTE") if note.text(4) == "REASON"]
    assert "".join(notes) == (text if text.strip() else "")
    words = f"{back.first('PID').text(5, 2)} {back.first('PID').text(5)}".split()
    assert "".join(words) == "".join(text.split())


def test_what_hl7_cannot_say_is_refused_before_it_is_sent() -> None:
    message = fresh(reason="a\x07b")
    with pytest.raises(Unsayable):
        segments(message, first_saying(message), SETTINGS, "1", NOW)


def test_the_judge_refuses_and_quotes_nothing() -> None:
    message = fresh()
    lines = segments(message, first_saying(message), SETTINGS, "1", NOW)
    unknown_version = [lines[0].replace("2.5.1", "9.9"), *lines[1:]]
    without_schedule = [lines[0], *lines[2:]]
    without_resources = [line for line in lines if not line.startswith("RGS")]
    too_many_fields = [*lines[:-1], lines[-1] + "|" * 20 + "x"]
    for bad in (unknown_version, without_schedule, without_resources, too_many_fields):
        with pytest.raises(Unsayable) as fault:
            judged(bad, "UNICODE UTF-8")
        assert samples.TEST_CPR not in repr(fault.value)


def test_without_a_number_there_is_no_patient() -> None:
    for message in (fresh(citizen=None), fresh(citizen=samples.citizen(identifier=None))):
        lines = segments(message, first_saying(message), SETTINGS, "1", NOW)
        assert not [line for line in lines if line.startswith(("PID", "PV1"))]


def test_a_replacement_number_belongs_to_its_issuer() -> None:
    number = ECpr.parse("0107720XY1", f"{D_ECPR_SYSTEM}.84")
    message = fresh(citizen=samples.citizen(identifier=number))
    lines = segments(message, first_saying(message), SETTINGS, "1", NOW)
    assert "0107720XY1^^^ECPR&1.2.208.176.1.6.1.3.84&ISO^PI" in "\r".join(lines)
    assert is_strictly_valid("\r".join(lines))


def test_the_wrong_citizen_leaves_no_trace() -> None:
    wrong = samples.moved(fresh(), EntryStatus.WITHDRAWN, ended_reason="wrong-citizen")
    saying = next_saying(None, wrong, "torvet-hl7")
    assert saying is not None and saying.trigger == "S15"
    text = "\r".join(segments(wrong, saying, SETTINGS, "1", NOW))
    for trace in (samples.TEST_CPR, "Berggren", wrong.reason, "samtykke"):
        assert trace not in text


def test_a_control_id_is_the_same_for_the_same_and_fits() -> None:
    message, other = fresh(), fresh()
    ids = {control_id(m.key, *of) for m in (message, other) for of in (("enqueue",), ("S14", "2/received", ""))}
    assert len(ids) == 4
    assert all(len(each) == 20 for each in ids)
    assert control_id(message.key, "enqueue") == control_id(message.key, "enqueue")


@pytest.mark.parametrize(
    "fault",
    [
        {"host": "gp.example", "tls": False},
        {"claims": "asked", "answers_queries": False},
        {"caller_certificate": "abc"},
        {"our_facility": "a|b"},
        {"charset": "KLINGON"},
        {"unknown": 1},
    ],
)
def test_settings_refuse_what_cannot_work(fault: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"host": "gp.example", "port": 2575, **NAMES, **fault})


def test_a_line_inside_a_tunnel_may_be_bare() -> None:
    assert Settings(host="10.0.0.1", port=1, tls=False, tunnelled=True, **NAMES).max_apply_delay.total_seconds() == 120


def test_the_talk_of_nobody_known_is_said_by_the_schedule() -> None:
    talking = samples.moved(fresh(citizen=None), EntryStatus.IN_PROGRESS, started_at=NOW)
    saying = next_saying(None, talking, "torvet-hl7")
    assert saying is not None and (saying.trigger, saying.status) == ("S14", "Started")
    known = next_saying(None, replace(talking, citizen=samples.citizen()), "torvet-hl7")
    assert known is not None and known.trigger == "A04"

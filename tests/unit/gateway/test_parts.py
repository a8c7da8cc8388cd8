"""Ids, tickets, heartbeats, scopes and logs: the small parts every process shares."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import logging
import re
import secrets
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from gateway import access, logs
from gateway.domain import errors
from gateway.domain.errors import LaunchRefused
from gateway.domain.room import Heartbeat, JoinTicket, RoomState, SeatState, TicketRefused
from gateway.machine import RandomIds

TICKET = JoinTicket("room", "seat", 2, "employee", 1_800_000_000)


def test_ids_are_version_seven_and_sort_by_time() -> None:
    ids = [RandomIds().new() for _ in range(500)]
    assert len(set(ids)) == 500
    assert {(id.version, id.variant) for id in ids} == {(7, "specified in RFC 4122")}
    stamps = [id.int >> 80 for id in ids]
    assert stamps == sorted(stamps)
    assert abs(datetime.fromtimestamp(stamps[0] / 1000, UTC) - datetime.now(UTC)).total_seconds() < 60


def test_a_short_id_can_be_read_aloud() -> None:
    for _ in range(200):
        assert re.fullmatch(r"LB-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]", RandomIds().short())


def test_a_ticket_is_signed_and_comes_back_as_it_went() -> None:
    key = secrets.token_urlsafe(32)
    token = access.sign_ticket(TICKET, key)
    claims = jwt.decode(token, OctKey.import_key(key), algorithms=["HS256"]).claims
    assert JoinTicket.from_claims(claims) == TICKET
    with pytest.raises(Exception, match="signature"):
        jwt.decode(token, OctKey.import_key(secrets.token_urlsafe(32)), algorithms=["HS256"])


@pytest.mark.parametrize(
    ("claim", "value"), [("aud", "elsewhere"), ("role", "admin"), ("gen", "2"), ("room", None), ("exp", "soon")]
)
def test_a_ticket_of_another_shape_is_refused_by_the_claims_name(claim: str, value: object) -> None:
    with pytest.raises(TicketRefused) as refusal:
        JoinTicket.from_claims({**TICKET.claims(), claim: value})
    assert refusal.value.args == (claim,)


def test_a_heartbeat_is_read_as_it_was_written_and_only_with_its_signature() -> None:
    beat = Heartbeat("media-1", 7, (RoomState("room", (SeatState("seat", 1, True, False, True),)),))
    body, key = json.dumps(beat.document()).encode(), secrets.token_urlsafe(32)
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    assert Heartbeat.from_document(json.loads(access.open_heartbeat(body, signature, key))) == beat
    for forged in ("", "0" * 64, signature[:-1] + "x"):
        with pytest.raises(LaunchRefused):
            access.open_heartbeat(body, forged, key)


@pytest.mark.parametrize("text", ["2512489996", "251248-9996", "251248 9996", "251248-1AB4", "nr.2512489996,"])
def test_a_number_never_reaches_a_log(text: str) -> None:
    assert "9996" not in logs.redact(text)
    assert "1AB4" not in logs.redact(text)
    assert "[redacted]" in logs.redact(text)


def test_other_digits_stay_in_the_log() -> None:
    line = "LB-4F7K-2 took 1234567 ms at 2026-11-23T08:30:00Z, 0192f000-0000-7000-8000-00000000000a"
    assert logs.redact(line) == line


def test_a_librarys_own_lines_and_tracebacks_are_redacted_too() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter("web"))
    record = logging.LogRecord("library", logging.ERROR, __file__, 1, "POST %s", ("/Patient/2512489996",), None)
    try:
        raise ValueError("251248-9996")
    except ValueError as fault:
        record.exc_info = (type(fault), fault, fault.__traceback__)
    handler.emit(record)
    assert "9996" not in stream.getvalue()
    line = json.loads(stream.getvalue())
    assert line["process"] == "web" and line["logger"] == "library" and line["level"] == "error"
    assert "ValueError" in line["exception"] and "Traceback" in line["exception"]


ERRORS = [
    errors.InvalidField("reason", "too-short"),
    errors.LaunchRefused("signature", "launch-refused"),
    errors.AccessRefused("clinic"),
    errors.NotFound("entry"),
    errors.PracticeNotFound("closed", "034835", "Lægerne Testvej", "70112244"),
    errors.TransitionRefused("accept", "closed", "ended", ""),
    errors.Replayed("jti"),
    errors.ConfigFault("a: wrong", "b: wrong"),
    errors.PeerUnavailable("gp", "sending"),
    errors.PeerBusy("gp", "http-503", 5),
    errors.PeerRefused("gp", "http-422"),
    errors.PeerCannot("gp", "task"),
]


@pytest.mark.parametrize("fault", ERRORS, ids=lambda f: type(f).__name__)
def test_an_error_can_be_built_again_from_its_arguments(fault: Exception) -> None:
    again = type(fault)(*fault.args)
    assert (again.args, vars(again), str(again)) == (fault.args, vars(fault), str(fault))

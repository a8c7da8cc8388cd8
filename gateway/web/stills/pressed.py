"""What is pressed about pictures for the note, as rows of the employee's and the clinic's tables (web/acts.py)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound
from gateway.domain.note import picturing
from gateway.domain.note.jpeg import size_of
from gateway.domain.note.still import LARGEST_STILL, Still
from gateway.ports.rows import Write
from gateway.services.act import Acting
from gateway.web import guards
from gateway.web.acts import Row
from gateway.web.forms import Form, Nothing, refused
from gateway.web.guards import current_gateway
from gateway.web.stills.shown import is_offered
from gateway.web.words.talk.stills import stills_question

LONGEST = -(-LARGEST_STILL // 3) * 4  # characters of base64


def _octets(value: Any) -> bytes:
    if not isinstance(value, str):
        raise refused("malformed")
    if len(value) > LONGEST:
        raise refused("too-long")
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise refused("malformed") from None


_AS_TEXT = {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/jpeg", "maxLength": LONGEST}
Jpeg = Annotated[bytes, BeforeValidator(_octets), WithJsonSchema(_AS_TEXT)]


class TakenStill(Form):
    """The picture as the page's canvas wrote it, without metadata."""

    still: Jpeg = Field(repr=False)


class OneStill(Form):
    still: UUID


def _mine_with_pictures(id: UUID) -> Consultation:
    return _with_pictures(guards.my_consultation(id))


def _with_pictures(consultation: Consultation) -> Consultation:
    if not is_offered(consultation):
        raise NotFound("stills")
    return consultation


def asked_for(consultation: Consultation, by: Acting[Nothing]) -> Consultation:
    return picturing.ask(_with_pictures(consultation), *by.stamp)


def _taken(consultation: Consultation, by: Acting[TakenStill]) -> Consultation:
    still = Still(by.new, by.at, by.actor.name, *size_of(by.form.still))
    return picturing.take(consultation, still, *by.stamp)


def _put(consultation: Consultation, by: Acting[TakenStill]) -> Sequence[Write]:
    return [current_gateway().stills.putting(consultation.id, by.new, by.at, by.form.still)]


def _reopening(consultation: Consultation, _by: Acting[Any]) -> Sequence[Write]:
    """The note goes on its way again with what the act has left of its pictures."""
    case, outbox = consultation.sole_case, current_gateway().outbox
    return [outbox.reopening(consultation.id, case.id, case.notes[-1].version)] if case and case.notes else []


EMPLOYEE_ROWS: tuple[Row[Any], ...] = (
    Row(
        "allow-stills",
        Nothing,
        lambda c, by: picturing.allow(c, stills_question(), *by.stamp),
        "stills/allow",
        subject=_mine_with_pictures,
    ),
    Row("take-still", TakenStill, _taken, "stills", subject=_mine_with_pictures, beside=_put),
    Row(
        "remove-still",
        OneStill,
        lambda c, by: picturing.remove(c, by.form.still, *by.stamp),
        "stills/remove",
        "slet-billede",
    ),
    Row(
        "withdraw-stills",
        Nothing,
        lambda c, by: picturing.withdraw(c, *by.stamp),
        "stills/withdraw",
        "fortryd-billeder",
        beside=_reopening,
    ),
    Row(
        "send-stills-again",
        Nothing,
        lambda c, by: picturing.send_again(c, *by.stamp),
        page="send-billeder-igen",
        beside=_reopening,
    ),
    Row(
        "leave-stills-out",
        Nothing,
        lambda c, by: picturing.leave_out(c, *by.stamp),
        page="udelad-billeder",
        beside=_reopening,
    ),
)
CLINIC_ROWS: tuple[Row[Any], ...] = (Row("ask-still", Nothing, asked_for, "ask-still"),)

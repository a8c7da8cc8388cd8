"""The golden messages of ``adapters/gp_system/medcom/examples``, from fixed letters at fixed times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.contract import samples
from adapters.gp_system.medcom import Settings
from adapters.gp_system.medcom.mapping import next_saying
from adapters.gp_system.medcom.words import TOPIC
from adapters.wire.medcom.exchange.acknowledgement import Asked, acknowledgement
from adapters.wire.medcom.exchange.care import Between, care_message
from adapters.wire.medcom.judging import Fault
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.peers.letter import Answer, Letter
from gateway.domain.peers.messages import EntryMessage
from tests.support.doors.medcom_samples import NAME, new_key, stanza

Json = dict[str, Any]
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ENTRY = UUID("0192f000-0000-7000-8000-0000000000e1")
CONSULTATION = UUID("0192f000-0000-7000-8000-0000000000c9")

BROKEN = (
    Fault(
        "invariant",
        "medcom-careCommunication-6: There shall be a topic when Communication.category is 'other'",
        "Bundle.entry[2].resource",
    ),
    Fault("codes", "not in medcom-careCommunication-categories", "Bundle.entry[2].resource.category[0]"),
)


def message() -> EntryMessage:
    entry = replace(samples.entry("034835", NOW), id=ENTRY)
    return samples.message("034835", consultation=CONSULTATION, entry=entry)


def settings() -> Settings:
    return Settings.model_validate(stanza("https://access-point.example", new_key()))


def thread() -> list[Letter]:
    """Announced, corrected, and cancelled for the wrong citizen: each acknowledged before the next."""
    first = message()
    second = samples.moved(replace(first, reason=samples.DANISH), EntryStatus.RECEIVED)
    third = samples.moved(second, EntryStatus.WITHDRAWN, ended_reason="wrong-citizen")
    letters: list[Letter] = []
    for number, said in enumerate((first, second, replace(third, citizen=None, reason=""))):
        saying = next_saying(letters, said, NAME)
        assert saying is not None
        at = NOW + timedelta(minutes=number)
        letters.append(replace(saying.written(said, NAME, number, at), sent_at=at))
    return letters


def examples() -> dict[str, Json]:
    """By file name."""
    known, letters = settings(), thread()
    between = Between(known.senders["99110007"], known.practices["034835"], "034835", NAME, TOPIC)
    made = {}
    for number, name in enumerate(("announced", "corrected", "cancelled")):
        envelope = UUID(f"0192f000-0000-4000-8000-00000000000{number}")
        letter = letters[number]
        made[name] = care_message(letters[:number], letter, between, envelope, NOW + timedelta(minutes=number))
    asked = Asked(str(letters[0].id), NOW, between.receiver, between.sender)
    for answer, code in ((Answer.OK, ""), (Answer.FATAL, "MSG_BAD_SYNTAX"), (Answer.TRANSIENT, "MSG_DUPLICATE_ID")):
        bundle = acknowledgement(asked, answer, code, NOW, BROKEN if answer is Answer.FATAL else ())
        made[f"acknowledged-{answer}"] = {**bundle, "id": "0192f000-0000-4000-8000-0000000000ac"}
    return made

"""Every document message is valid at the strictest judge, says what the note says, and is the same at every attempt."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import hl7
import pytest

from adapters.contract import note_samples as notes
from adapters.eoj.hl7v2 import Settings, mapping
from adapters.wire.er7 import Unsayable, parsed
from adapters.wire.note.text import note_text
from adapters.wire.v2.judge import judged
from gateway.certify.eoj.hl7v2 import NAMES
from gateway.domain.note.note import Modality, NoteStatus
from gateway.domain.peers.messages import NoteMessage

EXAMPLES = Path(__file__).parents[4] / "adapters" / "eoj" / "hl7v2" / "examples"
AT = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
TEXT = "Sår på hælen, Ærø | 38,5 °C ^ & ~ \\ «på åben gade»\nÆØÅ é ü <b>"
CODECS = {"UNICODE UTF-8": "utf-8", "8859/1": "iso-8859-1"}


def settings(**more: Any) -> Settings:
    return Settings.model_validate({"host": "localhost", "port": 2575, "tls": False, **NAMES, **more})


def variants() -> dict[str, NoteMessage]:
    first = notes.message(note=replace(notes.APPROVED, employee_text=TEXT))
    bare = replace(notes.FACTS, clinician="", participants=(), started_at=None, modality=Modality.NONE)
    unreviewed = replace(notes.APPROVED, status=NoteStatus.UNREVIEWED, approved_by="", facts=bare)
    protected = replace(notes.KARLA.citizen, protected=True)
    return {
        "approved": first,
        "later": notes.later(first, "Recept er sendt."),
        "unreviewed": notes.message(note=unreviewed),
        "protected": notes.message(notes.Subject("Patient/r-1002", protected)),
        "long": notes.message(note=replace(notes.APPROVED, employee_text="Sår på hælen.\n" * 1500)),
    }


@pytest.mark.parametrize("charset", CODECS)
@pytest.mark.parametrize("content", ["text", "document"])
@pytest.mark.parametrize("name", variants())
def test_every_variant_is_valid_and_reads_as_the_note(name: str, content: str, charset: str) -> None:
    message, to = variants()[name], settings(content=content, charset=charset)
    trigger = mapping.REPLACEMENT if message.supersedes else mapping.ORIGINAL
    data = judged(mapping.segments(message, trigger, to, AT), charset)
    read = parsed(data)
    assert read.kind == ("MDM", trigger) and read.first("TXA").text(12) == str(message.key)
    assert read.first("TXA").text(13) == (str(message.supersedes) if message.supersedes else "")
    said = "".join(_text(each, content) for each in read.all("OBX"))
    assert said.replace("–", "-") == note_text(message).replace("–", "-")
    other = hl7.parse(data.decode(CODECS[charset]))  # a second reader
    assert str(other.segment("TXA")[12]).startswith(str(message.key))
    assert len(other.segments("OBX")) == len(list(read.all("OBX")))


def _text(obx: Any, content: str) -> str:
    return base64.b64decode(obx.text(5, 5)).decode() if content == "document" else str(obx.whole(5))


def test_what_is_approved_says_so_and_what_is_not_does_not() -> None:
    for name, completed in (("approved", "AU"), ("unreviewed", "DO")):
        made = mapping.segments(variants()[name], mapping.ORIGINAL, settings(), AT)
        txa = next(each for each in made if each.startswith("TXA")).split("|")
        assert txa[17] == completed
        assert bool(txa[22:23] and txa[22]) is (completed == "AU")


def test_a_repetition_is_the_same_message_and_a_correction_another() -> None:
    message = variants()["approved"]
    ids = {mapping.control_id(message.key, trigger) for trigger in ("T02", "T10") for _ in range(2)}
    assert len(ids) == 2 and all(len(each) <= 20 for each in ids)


def test_the_citizen_is_named_by_both_her_numbers() -> None:
    made = mapping.segments(variants()["approved"], mapping.ORIGINAL, settings(), AT)
    pid = next(each for each in made if each.startswith("PID")).split("|")
    assert pid[3] == "0201609996^^^CPR&1.2.208.176.1.2&ISO^NNDNK~r-1002^^^FJORDBY-EOJ^PI"
    withheld = mapping.segments(variants()["protected"], mapping.ORIGINAL, settings(), AT)
    assert not any("Karla" in each for each in withheld if each.startswith("PID"))


def test_a_text_beyond_the_type_s_own_length_is_refused_not_cut() -> None:
    obx = f"OBX|1|FT|11488-4^Consult note^LN|1|{'x' * 65_537}||||||F"
    made = mapping.segments(variants()["approved"], mapping.ORIGINAL, settings(), AT)
    with pytest.raises(Unsayable, match="text-too-long"):
        judged([each for each in made if not each.startswith("OBX")] + [obx], "UNICODE UTF-8")


@pytest.mark.parametrize(
    ("name", "trigger", "content"),
    [("note", "T02", "text"), ("correction", "T10", "text"), ("note-document", "T02", "document")],
)
def test_the_examples_are_what_goes_out(name: str, trigger: str, content: str) -> None:
    first = notes.message(consultation=UUID(int=1), case=UUID(int=2))
    message = notes.later(first, "Recept er sendt til apoteket.") if trigger == "T10" else first
    made = mapping.segments(message, trigger, settings(content=content), AT)
    assert (EXAMPLES / f"{name}.hl7").read_text(encoding="utf-8").splitlines() == made

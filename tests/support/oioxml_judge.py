"""Letters and receipts before MedCom's own schemas: those of ours, the simulator's, and the official examples."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from lxml import etree

from adapters.contract import note_samples as notes
from adapters.eoj.oioxml.mapping import letter_of
from adapters.eoj.oioxml.settings import Settings
from adapters.wire.oioxml.letter import written
from adapters.wire.oioxml.receipt import NoReceipt, receipts_in
from gateway.domain.identifiers import ECpr
from gateway.domain.peers.messages import NoteMessage
from simulators.oioxml.record import LetterRecord

EAN = "5790000181872"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SETTINGS = Settings.model_validate(
    {
        "tenant": UUID(int=1),
        "address": "https://vans.example/letters",
        "receipts": "receipts",
        "sender": {"ean": "5790000120420", "identifier": "5790000120420", "organisation": "Lægebro"},
        "receiver": {"ean": EAN, "identifier": "850", "code": "kommunenummer", "organisation": "Fjordby Kommune"},
    }
)


def content_of(message: NoteMessage, settings: Settings = SETTINGS, envelope: int = 1) -> bytes:
    return written(letter_of(message, settings, UUID(int=envelope << 100), NOW), settings.line_length)


def letters() -> Iterator[tuple[str, bytes]]:
    first = notes.message()
    assert first.citizen is not None
    yield "letter", content_of(first)
    yield "letter-corrected", content_of(notes.later(first, "Recept er sendt til apoteket."))
    protected = replace(first, citizen=replace(first.citizen, protected=True))
    yield "letter-protected", content_of(protected)
    foreign = ECpr.parse("0703921VJ4")
    yield "letter-replacement-number", content_of(replace(first, citizen=replace(first.citizen, identifier=foreign)))


def receipts() -> Iterator[tuple[str, bytes]]:
    """As the simulator writes them: a yes, the receiver's no, the net's no."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        record = LetterRecord(EAN, frozenset({"0201609996"}), folder)
        record.take(content_of(notes.message()))
        record.refusing.append("problem_med_version")
        record.take(content_of(notes.message()))
        record.ean = "5790000000000"
        record.take(content_of(notes.message()))
        for path in sorted(folder.glob("*.xml")):
            yield path.stem[:6], path.read_bytes()


def faults(official: Path) -> list[str]:
    """``official``: the folder with MedCom's ``xsd`` and ``samples``."""
    letter = etree.XMLSchema(etree.parse(str(official / "xsd/2006/07/01/EMessage.xsd")))
    receipt = etree.XMLSchema(etree.parse(str(official / "xsd/2005/08/07/EMessage.xsd")))
    said = [(name, letter, content) for name, content in letters()]
    said += [(name, receipt, content) for name, content in receipts()]
    wrong = [name for name, schema, content in said if not schema.validate(etree.fromstring(content))]
    return wrong + [name for name, kind in _examples(official) if kind != f"X{name[:5]}"]


def _examples(official: Path) -> Iterator[tuple[str, str]]:
    """Name and what we read: ``CTL01_1`` is XCTL01."""
    for path in sorted((official / "samples/xml").glob("CTL0*.xml")):
        try:
            yield path.stem, receipts_in(path.read_bytes())[0].kind
        except NoReceipt as fault:
            yield path.stem, str(fault)

"""The golden messages of ``adapters/eoj/medcom/examples``: a note, its correction and a correction that is forwarded.

``python -m tests.support.doors.medcom_note_examples`` writes them anew.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.contract import note_samples
from adapters.eoj.medcom import Settings, mapping
from adapters.wire.medcom.exchange.care import Between, care_message
from adapters.wire.medcom.exchange.parties import Party
from adapters.wire.oauth.client_key import public_jwks
from gateway.certify.eoj import medcom as bench
from gateway.domain.peers.letter import Answer, Letter, LetterKind
from gateway.domain.peers.messages import NoteMessage
from tests.support.doors.medcom_samples import new_key

Json = dict[str, Any]
FOLDER = Path(__file__).parents[3] / "adapters" / "eoj" / "medcom" / "examples"
NOW = datetime(2026, 11, 24, 8, 32, tzinfo=UTC)
CONSULTATION = UUID("0192f000-0000-7000-8000-0000000000d1")
CASE = UUID("0192f000-0000-7000-8000-0000000000d2")
MOVED = {"name": "Fjordby Kommune, sygeplejen Syd", "sor": "325271000016001", "gln": "5790000121540"}


def settings(**fields: Any) -> Settings:
    made = bench.stanza("https://access-point.example", public_jwks(new_key()), **fields)
    return Settings.model_validate(made)


def first() -> NoteMessage:
    return note_samples.message(consultation=CONSULTATION, case=CASE)


def correction() -> NoteMessage:
    return note_samples.later(first(), "Recept er sendt til apoteket.")


def letter(message: NoteMessage, thread: list[Letter], unit: Party, at: datetime) -> Letter:
    """As the adapter writes it."""
    id, _ = mapping.letter_of(message, thread, bench.NAME)
    former = thread[-1] if thread else None
    return mapping.note_letter(message, id, unit, former, at)


def written(text: str, unit: Party, at: datetime) -> Letter:
    """What the municipality wrote back, as it is kept."""
    id = UUID("0192f000-0000-4000-8000-0000000000f1")
    said = {"text": text, "author": "Hanne Dahl", "phone": "99000103", "unit": unit.model_dump()}
    return Letter(id, CASE, LetterKind.WRITTEN, at, id, json.dumps(said, ensure_ascii=False), sent_at=at)


def examples() -> dict[str, Json]:
    """By file name."""
    known, moved = settings(), settings(municipality=MOVED)
    note = letter(first(), [], known.municipality, NOW)
    sent = replace(note, sends=1, sent_at=NOW, answer=Answer.OK, answered_at=NOW)
    later = NOW + timedelta(minutes=5)
    asked = written("Hvem tilser såret på torsdag?", known.municipality, NOW + timedelta(minutes=2))
    threads = {
        "note": (note, [], known),
        "correction": (letter(correction(), [sent], known.municipality, later), [sent, asked], known),
        "correction-forwarded": (letter(correction(), [sent], moved.municipality, later), [sent, asked], moved),
    }
    return {
        name: care_message(before, one, between(one, which), _envelope(number), one.at)
        for number, (name, (one, before, which)) in enumerate(threads.items())
    }


def between(one: Letter, which: Settings) -> Between:
    said = json.loads(one.content)
    return Between(which.sender, Party.model_validate(said["unit"]), "", bench.NAME, said["topic"])


def _envelope(number: int) -> UUID:
    return UUID(f"0192f000-0000-4000-8000-00000000010{number}")


if __name__ == "__main__":
    for name, bundle in examples().items():
        text = json.dumps(bundle, ensure_ascii=False, indent=2) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")

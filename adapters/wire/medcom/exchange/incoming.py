"""What the other side sends us: acknowledgements, and texts of its own. Pure.

The gate (``adapters.wire.medcom``) reads and judges; here it is decided who of ours is written to by whom, and what of
a text is kept. Nothing is ever quoted.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from adapters.wire.medcom import message as medcom
from adapters.wire.medcom.exchange import words
from adapters.wire.medcom.exchange.acknowledgement import Asked, acknowledgement
from adapters.wire.medcom.exchange.content import plain
from adapters.wire.medcom.exchange.parties import AccessPointSettings, Party
from adapters.wire.medcom.gate import Gated, gated
from adapters.wire.medcom.judging import Fault
from adapters.wire.medcom.people import Identifiers
from adapters.wire.medcom.segments import Attachment, Segment
from gateway.domain.errors import InvalidField
from gateway.domain.peers.letter import Answer, Enclosure, IncomingLetter

Json = dict[str, Any]
LONGEST_TEXT: Final = 100_000  # characters; a longer one is refused, never cut


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that can be answered. ``letter`` is what the services weigh; ``faults`` what an answer names."""

    letter: IncomingLetter
    asked: Asked
    faults: tuple[Fault, ...] = ()
    is_acknowledgement: bool = field(default=False)

    def acknowledged(self, answer: Answer, code: str, now: datetime) -> bytes:
        """The Acknowledgement to keep and send."""
        broken = self.faults if code == self.letter.fault else ()
        return json.dumps(acknowledgement(self.asked, answer, code, now, broken), ensure_ascii=False).encode()


def incoming(body: bytes, media_type: str, settings: AccessPointSettings, now: datetime) -> Incoming:
    """``InvalidField`` where there is nothing to answer by, or nobody known to answer."""
    found = gated(body, media_type, now)
    asker, practice, us = _ends(found.message, settings)
    asked = Asked(found.message.header, found.message.at, asker, us)
    base = _Base(medcom.key_of(found.message.envelope), medcom.key_of(asked.header), found.message.at, practice, asker)
    if found.message.event == medcom.ACKNOWLEDGEMENT:
        return Incoming(_acknowledging(base, found), asked, found.faults, is_acknowledgement=True)
    faults = found.faults or tuple(_unkeepable(found.message.new))
    return Incoming(_writing(base, found.message, faults, settings.opens_threads), asked, faults)


@dataclass(frozen=True, slots=True)
class _Base:
    envelope: UUID
    header: UUID
    at: datetime
    practice: str
    asker: Party

    def letter(self, **fields: Any) -> IncomingLetter:
        return IncomingLetter(self.envelope, self.header, self.at, self.practice, **fields)


def _ends(message: medcom.Message, settings: AccessPointSettings) -> tuple[Party, str, Party]:
    """Who writes (with the ydernummer of a practice) and who of ours is written to, whichever of the destinations that
    is."""
    for ydernummer, party in settings.theirs:
        if _is(party, message.sender):
            for ours in settings.ours:
                if any(_is(ours, receiver) for receiver in message.receivers):
                    return party, ydernummer, ours
    raise InvalidField("body", "unknown-parties")


def _is(party: Party, identifiers: Identifiers) -> bool:
    """By SOR or GLN as they are set up here, and by nothing that says otherwise: a message that names one of them only
    breaks the profile, and must be told so."""
    said = {(system, value) for system, value in identifiers if system in (words.SOR, words.GLN)}
    return bool(said) and said <= {(words.SOR, party.sor), (words.GLN, party.gln)}


def _acknowledging(base: _Base, found: Gated) -> IncomingLetter:
    """What breaks the profile of an acknowledgement is left aside: it cannot be acknowledged itself (KR2.R)."""
    response = found.message.response
    if found.faults or response is None or response.code not in set(Answer):
        return base.letter(fault=words.WRONG_TYPE)
    answers = medcom.key_of(response.identifier)
    return base.letter(answers=answers, answer=Answer(response.code), code=response.error)


def _writing(base: _Base, message: medcom.Message, faults: Sequence[Fault], may_open: bool) -> IncomingLetter:
    thread = tuple(medcom.key_of(id) for id in message.followed)
    if faults:
        return base.letter(fault=words.code_of(faults[0].kind), thread=thread, about=message.about)
    enclosed = [(_enclosure_id(base.header, number), each) for number, each in enumerate(_attached(message.new))]
    return base.letter(
        thread=thread,
        about=message.about,
        segment=base.header,
        content=_text(message.new, enclosed, base.asker),
        enclosures=tuple(Enclosure(id, _enclosure(each)) for id, each in enclosed),
        may_open=may_open,
    )


def _unkeepable(new: Sequence[Segment]) -> Iterator[Fault]:
    """What the profile allows and we cannot show: refused aloud."""
    if not any(plain(each.text).strip() or each.attachment for each in new):
        yield Fault("cardinality", "a text or an attachment that is written now", "Bundle")
    if sum(len(each.text) for each in new) > LONGEST_TEXT:
        yield Fault("length", f"a text of more than {LONGEST_TEXT} characters", "Bundle")
    if any(not each.is_showable for each in _attached(new)):
        yield Fault("attachment", "an attachment that is not in the message, or of a kind that is not shown", "Bundle")


def _attached(new: Sequence[Segment]) -> list[Attachment]:
    return [each.attachment for each in new if each.attachment is not None]


def _text(new: Sequence[Segment], enclosed: Sequence[tuple[UUID, Attachment]], asker: Party) -> str:
    """Oldest first; who wrote the last of it stands for all."""
    texts = [each for each in new if each.text] or [new[-1]]
    content = {
        "text": "\n\n".join(plain(each.text) for each in texts),
        "author": plain(texts[-1].author)[:120],
        "phone": plain(texts[-1].phone)[:40],
        "unit": asker.model_dump(),
        "enclosed": [{"id": str(id), "title": plain(each.title)[:200]} for id, each in enclosed],
    }
    return json.dumps(content, ensure_ascii=False)


def _enclosure(attachment: Attachment) -> str:
    data = base64.b64encode(attachment.data or b"").decode()
    return json.dumps({"title": plain(attachment.title)[:200], "type": attachment.media_type, "data": data})


def _enclosure_id(header: UUID, number: int) -> UUID:
    return uuid5(header, f"enclosed:{number}")

"""What a peer brings to our listener, and the answer it gets: always an AA, AE or AR that names the message. Pure.

An adapter's door decides in between: whose line it is, and what becomes of what is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapters.wire.er7 import (
    Er7Fault,
    Er7Message,
    Unsayable,
    components,
    encoded,
    header,
    header_fields,
    moment,
    named_code,
    parsed,
    segment,
    st,
)
from adapters.wire.mllp import in_a_row
from adapters.wire.v2.hl7_tables import codec_of
from adapters.wire.v2.settings import VERSION

ERRORS = {  # table 0357
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}
CONDITIONS = ("AL", "NE", "ER", "SU")  # table 0155: always, never, on error, on success
CONTROL_LIMIT = 199  # later versions of the standard allow longer ids than v2.5.1
HEAD_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message whose header can be used. ``sender`` is MSH-3 and MSH-4, by which its connection is known."""

    message: Er7Message = field(repr=False)

    @property
    def sender(self) -> tuple[str, str]:
        return self.message.msh.text(3), self.message.msh.text(4)

    @property
    def control_id(self) -> str:
        return self.message.control_id

    @property
    def is_acknowledgement(self) -> bool:
        """An acknowledgement is never acknowledged (§2.9.2)."""
        return self.message.kind[0] in ("ACK", "MCF") or bool(self.message.first("MSA").fields)

    def check(self, processing: str) -> None:
        """What must be right before anything is done; ``Er7Fault`` says what is not (§2.9.2.2, a)."""
        msh = self.message.msh
        if not msh.text(12).startswith("2."):
            raise Er7Fault("203", "MSH^1^12", "AR")
        if msh.text(11) != processing:
            raise Er7Fault("202", "MSH^1^11", "AR")
        for number in (15, 16):
            if msh.text(number) and msh.text(number).upper() not in CONDITIONS:
                raise Er7Fault("103", f"MSH^1^{number}", words=named_code(f"MSH-{number}", msh.text(number)))


def named_by(frame: bytes, names: Sequence[str], charset: str) -> bool:
    """Whether MSH-3 and MSH-4 are these, in that character set: asked before the message's own is known."""
    fields = header_fields(frame)
    first = [field.split(frame[4:5] or b"^")[0] for field in fields[3:5]]
    codec = codec_of(charset) or "utf-8"
    return frame.startswith(b"MSH") and first == [name.encode(codec, "replace") for name in names]


def incoming(frame: bytes, unnamed: str = "") -> Incoming:
    """``Er7Fault`` for what is no HL7, or has no id to answer by. ``unnamed``: the character set where MSH-18 is
    empty."""
    message = parsed(frame, unnamed)
    if not 0 < len(message.control_id) <= CONTROL_LIMIT:
        raise Er7Fault("101", "MSH^1^10")
    if not _plain(message.msh.raw(10), CONTROL_LIMIT):
        raise Er7Fault("102", "MSH^1^10")
    if not message.kind[0]:
        raise Er7Fault("101", "MSH^1^9")
    return Incoming(message)


@dataclass(frozen=True, slots=True)
class _Header:
    """What of the message's header is given back: names turned round, event, charset, processing id."""

    names: tuple[str, str, str, str] = ("LAEGEBRO", "", "", "")
    event: str = ""
    charset: str = "UNICODE UTF-8"
    processing: str = "P"
    named: str = "UNKNOWN"


def acknowledged(taken: Incoming, control: str, now: datetime, fault: Er7Fault | None = None) -> bytes:
    """ACK (§2.13.1): the sender's names turned round, in its own charset. In enhanced mode what MSH-15 and MSH-16 ask
    for (§2.9.3): one message, two in a row, or b"" where it wants to hear nothing."""
    msh = taken.message.msh
    processing = msh.text(11) if msh.text(11) in ("P", "T", "D") else "P"
    names = (msh.text(5), msh.text(6), msh.text(3), msh.text(4))
    event = taken.message.kind[1] if re.fullmatch(r"[A-Z][0-9]{2}", taken.message.kind[1]) else ""
    head = _Header(names, event, taken.message.charset, processing, taken.control_id)
    codes = ack_codes(msh.text(15), msh.text(16), fault.ack if fault else "AA")
    # Each message has an id of its own.
    return in_a_row(_ack(head, control[: 20 - n] + "C" * n, now, fault, code) for n, code in enumerate(codes))


def ack_codes(accept: str, application: str, outcome: str) -> list[str]:
    """MSA-1 of each acknowledgement, by MSH-15 and MSH-16 (table 0155). ``outcome``: AA, AE or AR.

    What was never taken (AR) is refused by one acknowledgement; what was taken and could not be done (AE) is said by
    the one the sender listens to. Silence is only for whoever asked for it in both fields (§2.14.9.15 and .16): where
    one is empty or holds no code of the table, and the other would be silent, the answer is that of the original
    mode."""
    accept, application = accept.upper(), application.upper()
    wanted = {"AL", "SU" if outcome == "AA" else "ER"}
    hears_accept, hears_application = accept in wanted, application in wanted
    commit = "C" + outcome[1]
    if not hears_application and not hears_accept:
        return [] if {accept, application} <= set(CONDITIONS) else [outcome]
    if not hears_application:
        return [commit]
    if outcome == "AR":
        return [commit if hears_accept else outcome]
    return [*(["CA"] if accept in ("AL", "SU") else []), outcome]


def refusal_of(frame: bytes, fault: Er7Fault, control: str, now: datetime) -> bytes:
    """For what cannot be read: answered by whatever its header still shows, "UNKNOWN" where it shows no id."""
    shown = re.match(rb"MSH\|[^|\r\n]*(?:\|[^|\r\n]*){7}\|([A-Za-z0-9._-]{1,199})[|\r\n]", frame[:HEAD_LIMIT])
    return _ack(_Header(named=shown.group(1).decode("ascii")) if shown else _Header(), control, now, fault)


def _ack(to: _Header, control: str, now: datetime, fault: Er7Fault | None, code: str = "") -> bytes:
    names = {number: _plain(name) for number, name in enumerate(to.names, 3)}
    fixed = {7: moment(now), 10: control, 11: to.processing, 12: VERSION, 17: "DNK", 18: to.charset}
    head = header({**names, **fixed, 9: components("ACK", to.event, "ACK")})
    said = code or (fault.ack if fault else "AA")
    lines = [head, segment("MSA", [said, _plain(to.named, CONTROL_LIMIT)])]
    if fault is not None and not said.endswith("A"):
        error = f"{fault.code}^{ERRORS.get(fault.code, 'Error')}^HL70357"
        lines.append(segment("ERR", {2: fault.location, 3: error, 4: "E", 8: _plain(fault.words, 250)}))
    return encoded(lines, to.charset)


def _plain(name: str, limit: int = 50) -> str:
    """What a stranger calls itself, given back; never with control characters of its making."""
    try:
        return st(name[:limit])
    except Unsayable:
        return ""

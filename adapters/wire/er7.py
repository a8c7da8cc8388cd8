"""HL7 v2 as text (ER7): segments written with exact escapes, and read by the separators and charset a message declares.

Written by hand because hl7apy rewrites ``\\.br\\`` and ``\\X0D\\`` on output; hl7apy judges what is written here.
Reading is tolerant: what is not there is "", what is not known is left alone (HL7 v2.5.1 chapter 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.wire.v2.hl7_tables import begins_segment, codec_of

SEGMENT_LIMIT = 10_000
# Punctuation of word processors that Latin-1 lacks and that means the same in its plainer form.
_PLAINER = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "…": "...", "•": "*"})
_ESCAPED = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\", "\r": "\\X0D\\", "\t": "\\X09\\"}
_BREAKS = "\n\x0b\x0c"  # a word processor writes a line break as VT, a page break as FF
_ST = str.maketrans(_ESCAPED | dict.fromkeys(_BREAKS, "\\X0A\\"))
_FT = str.maketrans(_ESCAPED | dict.fromkeys(_BREAKS, "\\.br\\"))  # §2.7.6: formatting commands are for FT alone
_READ = str.maketrans({"\x0b": "\n", "\x0c": "\n"})
_REFUSED = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Unsayable(ValueError):
    """The text cannot be said in this language. ``what`` is a code; the text is never repeated."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Er7Fault(ValueError):
    """A message that cannot be taken: MSA-1, a code of table 0357, the place as ERR-2 says it, and words for whoever
    reads ERR-8 (nothing of the message but a code of a table may stand in them)."""

    def __init__(self, code: str, location: str = "", ack: str = "AE", words: str = "") -> None:
        super().__init__(code, location, ack, words)
        self.code = code
        self.location = location
        self.ack = ack
        self.words = words


def named_code(field: str, value: str) -> str:
    """Words for a code that is in no table: named where it can be nothing but a code."""
    return f"{field}: {value} is not known" if value.isascii() and value.isalpha() and len(value) <= 20 else field


# --- writing --------------------------------------------------------------------------------------------------------


def st(value: str) -> str:
    """A string (ST, and the parts of most types): line breaks as hex, since no formatting is allowed in it."""
    return _escaped(value, _ST)


def ft(value: str) -> str:
    """Formatted text (FT): a line break is ``\\.br\\``."""
    return _escaped(value, _FT)


def _escaped(value: str, table: dict[int, str]) -> str:
    if _REFUSED.search(value):
        raise Unsayable("control-characters")
    if value == '""':
        return "\\X22\\\\X22\\"  # bare, it would ask the peer to delete what it has (§2.5.3)
    return value.translate(table)


def components(*parts: str) -> str:
    """``a^b^c`` of parts that are escaped already, without empty ones at the end."""
    return "^".join(parts).rstrip("^")


def segment(name: str, fields: dict[int, str] | Sequence[str]) -> str:
    """Fields by number, or in order from 1; empty ones at the end are left out."""
    numbered = fields if isinstance(fields, dict) else dict(enumerate(fields, 1))
    last = max((number for number, value in numbered.items() if value), default=0)
    return "|".join([name, *(numbered.get(number, "") for number in range(1, last + 1))])


def header(fields: dict[int, str]) -> str:
    """MSH, where field 1 is the separator itself."""
    return "MSH|" + segment("", {1: "^~\\&", **{number - 1: value for number, value in fields.items()}})[1:]


def moment(at: datetime) -> str:
    """DTM to the second in UTC."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")


def encoded(segments: Iterable[str], charset: str) -> bytes:
    """The bytes by MSH-18; Latin-1 gets plainer punctuation where it must, and nothing else is replaced."""
    text = "\r".join(segments) + "\r"
    codec = codec_of(charset) or "utf-8"
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        pass
    try:
        return text.translate(_PLAINER).encode(codec)
    except UnicodeEncodeError:
        raise Unsayable(f"charset {charset}") from None


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Separators:
    """As MSH-1 and MSH-2 of the very message declare them."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"
    codec: str = "utf-8"

    def unescaped(self, text: str) -> str:
        """Unknown sequences stay as they are written; highlighting is dropped, and so are control characters other
        than line breaks."""
        if self.escape in text:
            mark = re.escape(self.escape)
            text = re.sub(f"{mark}([^{mark}]*){mark}", self._meant, text)
        return _REFUSED.sub("", text.translate(_READ))

    def _meant(self, match: re.Match[str]) -> str:
        code = match.group(1)
        fixed = {"F": self.field, "S": self.component, "R": self.repetition, "T": self.sub, "E": self.escape}
        if code in fixed:
            return fixed[code]
        if code in ("H", "N"):
            return ""
        if code[:3].lower() in (".br", ".sp"):
            return "\n"
        if code[:1] == "X":
            return self._from_hex(code[1:], match.group(0))
        return match.group(0)

    def _from_hex(self, digits: str, written: str) -> str:
        try:
            return bytes.fromhex(digits).decode(self.codec)
        except ValueError:
            return written


@dataclass(frozen=True, slots=True)
class Segment:
    """One line. ``fields[n]`` is field n as written."""

    name: str
    fields: Sequence[str] = field(repr=False)
    separators: Separators = field(default=Separators(), repr=False)

    def raw(self, number: int) -> str:
        return self.fields[number] if number < len(self.fields) else ""

    def text(self, number: int, component: int = 1, sub: int = 1) -> str:
        """The part's meaning, of the first repetition; "" where there is none, or where it says "delete"."""
        first = self.raw(number).split(self.separators.repetition, 1)[0]
        part = _nth(_nth(first, self.separators.component, component), self.separators.sub, sub)
        return "" if part == '""' else self.separators.unescaped(part)

    def whole(self, number: int) -> str:
        """Free text: nothing in it is taken for a separator, as tolerant receivers do with a bare ``&``."""
        return self.separators.unescaped(self.raw(number))


def _nth(text: str, separator: str, number: int) -> str:
    parts = text.split(separator, number)
    return parts[number - 1] if number <= len(parts) else ""


@dataclass(frozen=True, slots=True)
class Er7Message:
    """A message as it came in; printing it says nothing of its content."""

    segments: Sequence[Segment] = field(repr=False)
    charset: str

    def first(self, name: str) -> Segment:
        """An empty segment where there is none."""
        return next(self.all(name), Segment(name, ()))

    def all(self, name: str) -> Iterator[Segment]:
        return (each for each in self.segments if each.name == name)

    @property
    def msh(self) -> Segment:
        return self.segments[0]

    @property
    def kind(self) -> tuple[str, str]:
        """Message code and trigger event, such as ``("SIU", "S12")``."""
        return self.msh.text(9), self.msh.text(9, 2)

    @property
    def control_id(self) -> str:
        return self.msh.whole(10)


def parsed(data: bytes, unnamed: str = "") -> Er7Message:
    """Raises ``Er7Fault``; lines may end with CR, LF or both. ``unnamed``: the character set of a message whose MSH-18
    is empty, as its connection knows it."""
    if not data.startswith(b"MSH") or len(data) < 8:
        raise Er7Fault("100", "MSH^1", "AR")
    if data.count(b"\r") + data.count(b"\n") > SEGMENT_LIMIT:
        raise Er7Fault("207", "", "AR")
    charset = _declared_charset(data) or unnamed
    codec = codec_of(charset)
    if codec is None:
        raise Er7Fault("103", "MSH^1^18")
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise Er7Fault("102", "MSH^1^18") from None
    separators = _separators(text, codec)
    return Er7Message([_segment(line, separators) for line in _lines(text, separators.field)], charset)


def header_fields(data: bytes) -> list[bytes]:
    """MSH as bytes, before its character set is known: item n is field n. Every set we read writes its separators and
    ASCII in the same bytes."""
    fields = re.split(rb"[\r\n]", data, maxsplit=1)[0].split(data[3:4] or b"|")
    return [fields[0], data[3:4], *fields[1:]]


def _declared_charset(data: bytes) -> str:
    fields = header_fields(data)
    return fields[18].split(b"~")[0].decode("ascii", "replace").strip().upper() if len(fields) > 18 else ""


def _lines(text: str, separator: str) -> list[str]:
    """The segments. A line that begins none is the rest of a text whose line end was not escaped: it stays with it."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\r").replace("\n", "\r").split("\r"):
        if not lines or begins_segment(line, separator):
            lines.append(line)
        else:
            lines[-1] += f"\n{line}"
    if "\n" in lines[0].rstrip("\n"):
        raise Er7Fault("102", "MSH^1", "AR")
    return [line.rstrip("\n") for line in lines]


def _separators(text: str, codec: str) -> Separators:
    marks = text[3] + text[4:].split(text[3], 1)[0]
    marks += "&"[len(marks) - 4 :] if len(marks) == 4 else ""
    usable = len(marks) >= 5 and len(set(marks[:5])) == 5 and all(33 <= ord(m) < 127 for m in marks[:5])
    if not usable or any(mark.isalnum() for mark in marks[:5]):
        raise Er7Fault("102", "MSH^1^2", "AR")
    return Separators(marks[0], marks[1], marks[2], marks[3], marks[4], codec)


def _segment(line: str, separators: Separators) -> Segment:
    fields = line.split(separators.field)
    if fields[0] == "MSH":
        fields.insert(1, separators.field)
    return Segment(fields[0], fields, separators)


def moment_of(text: str, otherwise: datetime) -> datetime:
    """A DTM; one without a zone is taken as UTC, one that cannot be read is ``otherwise``."""
    match = re.fullmatch(r"(\d{8})(\d{2})(\d{2})(\d{2})?(?:\.\d{1,4})?([+-]\d{4})?", text.strip())
    if match is None:
        return otherwise
    day, hour, minute, second, zone = match.groups()
    try:
        return datetime.strptime(f"{day}{hour}{minute}{second or '00'}{zone or '+0000'}", "%Y%m%d%H%M%S%z")
    except (ValueError, OverflowError):
        return otherwise

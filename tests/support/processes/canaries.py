"""Citizens and words made for one run, and the search that finds any of them in whatever spelling a sink may keep.

The citizens are born in the 1880s, so that no number made here is a living person's, and none is an official test
number. All names share two stems and all texts one word each, so few needles cover everything.
"""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import ahocorasick

from gateway.domain.identifiers import Cpr
from simulators.demo.once import Words
from simulators.eoj.records import DEFAULT_RECORDS

_VOWELS, _CONSONANTS = "aeiouyæøå", "bdfgklmnprstvz"
_TOKEN = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
PRACTICE = "034835"


@dataclass(frozen=True)
class Citizen:
    """One record of the care system."""

    reference: str
    given: str
    family: str
    cpr: str
    born: date


@dataclass(frozen=True)
class Hit:
    """Where what was found; never the value itself."""

    sink: str
    what: str
    spelling: str


@dataclass
class Canaries:
    """Everything of a run that may stand in no sink."""

    citizens: list[Citizen]
    words: Words
    needles: dict[str, list[str]] = field(default_factory=dict)

    def search(self, sink: str, haystack: bytes, used: Iterable[Citizen]) -> list[Hit]:
        """Hits in raw bytes; numbers of the ``used`` citizens only, names and texts of all."""
        numbers = {"number": [c.cpr for c in used], "birth date": [c.born.isoformat() for c in used]}
        wanted = {**self.needles, **numbers}
        exact, folded = _machines(tuple((what, text) for what, texts in wanted.items() for text in texts))
        found = [*_found(exact, haystack), *_found(folded, haystack.lower())]
        return [Hit(sink, what, name) for what, name in dict.fromkeys(found)]

    def search_decoded(self, sink: str, haystack: bytes, used: Iterable[Citizen]) -> list[Hit]:
        """As it is, and again inside every piece that can be read as base64 (job bodies, token payloads)."""
        used = list(used)
        return self.search(sink, haystack, used) + self.search(f"{sink} (decoded)", decoded(haystack), used)


def hatch(seed: int, count: int = 24) -> Canaries:
    """The canaries of one seed."""
    source = random.Random(seed)
    given, family, reason, note = (_word(source, 9) for _ in range(4))
    citizens = [_citizen(source, number, given, family) for number in range(count)]
    words = Words(
        f"Sår på skinnebenet, {reason}, væsker mere end i går. Skal der antibiotika til?",
        f"Penicillin i syv dage, {note}. Ny kontrol på fredag.",
    )
    return Canaries(
        citizens, words, {"given name": [given], "family name": [family], "reason": [reason], "note": [note]}
    )


def _citizen(source: random.Random, number: int, given: str, family: str) -> Citizen:
    born = date(1880, 1, 1) + timedelta(days=source.randrange(3650))
    # A serial number of 5000–8999 with a year of 58 or more is a birth in the 1800s (CPR register, 2008).
    cpr = Cpr.parse(f"{born:%d%m%y}{source.randrange(5000, 9000)}")
    assert not cpr.is_official_test_number
    tail = _word(source, 3)
    return Citizen(f"c-{number:02}", f"{given}{tail}".title(), f"{family}{tail}".title(), cpr.digits, born)


def _word(source: random.Random, length: int) -> str:
    letters = [source.choice(_VOWELS if place % 2 else _CONSONANTS) for place in range(length)]
    letters[1] = source.choice("æøå")  # so that encodings differ
    return "".join(letters)


def write_records(canaries: Canaries, file: Path) -> Path:
    """A records file for the care system's simulator: its practices, these citizens."""
    practices, _, _ = DEFAULT_RECORDS.read_text(encoding="utf-8").partition("[[record]]")
    records = [
        f'[[record]]\nreference = "{c.reference}"\ngiven = "{c.given}"\nfamily = "{c.family}"\n'
        f'birth_date = "{c.born.isoformat()}"\ngender = "female"\ncpr = "{c.cpr}"\nydernummer = "{PRACTICE}"\n'
        for c in canaries.citizens
    ]
    file.write_text(practices + "\n".join(records), encoding="utf-8")
    return file


@cache
def _machines(wanted: tuple[tuple[str, str], ...]) -> tuple[Any, Any]:
    """Automata that find all spellings in one reading (Aho-Corasick): where case matters, and where it does not."""
    needles: dict[bool, dict[bytes, set[tuple[str, str]]]] = {True: {}, False: {}}
    for what, text in wanted:
        for name, needle, exact in spellings(text):
            needles[exact].setdefault(needle, set()).add((what, name))
    return _machine(needles[True]), _machine(needles[False])


def _machine(needles: Mapping[bytes, set[tuple[str, str]]]) -> Any:
    machine = ahocorasick.Automaton()
    for needle, meaning in needles.items():
        machine.add_word(needle.decode("latin-1"), meaning)
    machine.make_automaton()
    return machine


def _found(machine: Any, haystack: bytes) -> Iterator[tuple[str, str]]:
    # latin-1: one character for each byte, so that bytes are compared.
    for _, meaning in machine.iter(haystack.decode("latin-1")):
        yield from meaning


@cache
def spellings(text: str) -> tuple[tuple[str, bytes, bool], ...]:
    """(name, bytes, case matters) of one text in all ways we can think of."""
    return tuple(dict.fromkeys((name, raw if exact else raw.lower(), exact) for name, raw, exact in _spelled(text)))


def _spelled(text: str) -> Iterator[tuple[str, bytes, bool]]:
    for form in _forms(text):
        for codec in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
            raw = form.encode(codec)
            yield codec, raw, False
            yield f"hex {codec}", raw.hex().encode(), False
            for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
                for shift in range(3):
                    yield f"base64 {codec} +{shift}", _inside_base64(raw, shift, alphabet(b"\0" * shift + raw)), True
        yield "JSON", json.dumps(form)[1:-1].encode(), False
        yield "JSON twice", json.dumps(json.dumps(form))[3:-3].encode(), False
        yield "URL", quote(form, safe="").encode(), False
        yield "URL latin-1", quote(form, safe="", encoding="latin-1").encode(), False
        yield "URL twice", quote(quote(form, safe=""), safe="").encode(), False
        yield "XML", form.encode("ascii", "xmlcharrefreplace"), False
        yield "bytes repr", repr(form.encode())[2:-1].encode(), False


def _forms(text: str) -> list[str]:
    if re.fullmatch(r"[0-9]{10}", text):
        return [text, f"{text[:6]}-{text[6:]}", f"{text[:6]} {text[6:]}"]
    # Search in upper case does not fold what is not ASCII, so both cases of the stem are looked for.
    return list(dict.fromkeys((text, text.upper(), text.title())))


def _inside_base64(raw: bytes, shift: int, encoded: bytes) -> bytes:
    """The characters that stay the same whatever stands before (``shift`` bytes, modulo 3) and after."""
    first = (shift * 8 + 5) // 6
    last = (shift + len(raw)) * 8 // 6
    return encoded[first:last]


def decoded(haystack: bytes) -> bytes:
    """All that base64 tokens in it decode to, token by token."""
    parts = []
    for token in _TOKEN.findall(haystack):
        bare = token.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        # A length of 4n + 1 is no base64: the last character belongs to something else.
        bare = bare[: len(bare) - (len(bare) % 4 == 1)]
        parts.append(base64.b64decode(bare + b"=" * (-len(bare) % 4)))
    return b"\n".join(parts)

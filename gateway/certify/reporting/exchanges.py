"""Requests and answers of one promise as a report may show them: no secret, no number, and nobody's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from adapters.wire.overhearing import Said, overhearing

MOST = 12  # exchanges of one promise that are shown
LONGEST = 1500  # characters of a body
HIDDEN = "…"
_HEADERS = ("content-type", "if-match", "if-none-match", "if-none-exist", "etag", "location", "retry-after")
_NUMBER = re.compile(r"(?<![0-9])[0-9]{6}-?[0-9]{4}(?![0-9])")
_SECRETS = (
    "access_token|id_token|refresh_token|client_assertion|client_secret|code|code_verifier|assertion|password|pin"
    "|hostPin|guestPin"
)
# A secret is a value of JSON, of a form, or a compact token (RFC 7515 §3.1) wherever it stands.
_IN_JSON = re.compile(rf'("(?:{_SECRETS})"\s*:\s*)("[^"]*"|[0-9]+)')
_IN_FORM = re.compile(rf"(?<![^&?\s])((?:{_SECRETS})=)[^&\s]*")
_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*){1,3}")
_PACKED = re.compile(r"[A-Za-z0-9+/=]{120,}")
# Who a care record's answer is about, whoever that is: FHIR R4 HumanName, Address, ContactPoint; Nexus' patient.
_PERSONAL = re.compile(
    r'("(?:family|text|fullName|firstName|middleName|lastName|birthDate|line|postalCode|city|phone|mobileTelephone'
    r'|homeTelephone|workTelephone|email)"\s*:\s*)("(?:[^"\\]|\\.)*"|\[[^\]\[]*\])'
)
_GIVEN = re.compile(r'("given"\s*:\s*)\[[^\]]*\]')


@dataclass(frozen=True, slots=True)
class Exchange:
    """``request`` and ``answer`` as text: first line, fields, an empty line and the body."""

    request: str
    answer: str


class Exchanges:
    """Those of the promise that is tried; ``persons``: names and numbers that are hidden wherever they stand."""

    def __init__(self, persons: Iterable[str]) -> None:
        self._words = _pattern(persons)
        self._kept: list[Exchange] = []
        self._more = 0

    @contextmanager
    def heard(self) -> Iterator[None]:
        with overhearing(self._hear):
            yield

    def _hear(self, request: Said, answer: Said) -> None:
        if len(self._kept) >= MOST:
            self._more += 1
            return
        self._kept.append(Exchange(shown(request, self._words), shown(answer, self._words)))

    def taken(self) -> tuple[Sequence[Exchange], int]:
        """Since the last time, and how many more there were."""
        kept, more = tuple(self._kept), self._more
        self._kept, self._more = [], 0
        return kept, more


def persons_of(bench: Any, others: Iterable[str]) -> list[str]:
    """Everybody a bench's test data names, and each part of a name by itself: HL7 writes the family name first."""
    citizen = getattr(bench, "citizen", None)
    names = [*others, *([citizen.name] if citizen else [])]
    return [*names, *(part for name in names for part in name.split() if len(part) > 2)]


def _pattern(words: Iterable[str]) -> Callable[[str], str]:
    longest_first = sorted({word for word in words if word}, key=len, reverse=True)
    found = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
    return lambda text: found.sub(HIDDEN, text)


def shown(said: Said, without_persons: Callable[[str], str]) -> str:
    fields = [f"{name}: {value}" for name, value in said.headers.items() if name.lower() in _HEADERS]
    parts = ["\n".join([said.line, *fields]), _text(said.body)]
    return without_persons(_without_secrets("\n\n".join(part for part in parts if part)))


def _text(body: bytes) -> str:
    """Cut only after everything in it is hidden, so that no half of a number is left over."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    whole = _without_secrets(text.replace("\r\n", "\n").replace("\r", "\n").strip())
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]}\n… ({len(whole)} characters)"


def _without_secrets(text: str) -> str:
    text = _TOKEN.sub("(token)", text)
    text = _IN_JSON.sub(rf'\1"{HIDDEN}"', text)
    text = _IN_FORM.sub(rf"\1{HIDDEN}", text)
    text = _GIVEN.sub(rf'\1["{HIDDEN}"]', text)
    text = _PERSONAL.sub(rf'\1"{HIDDEN}"', text)
    text = _PACKED.sub(lambda found: f"({len(found[0])} characters of base64)", text)
    return _NUMBER.sub(HIDDEN, text)

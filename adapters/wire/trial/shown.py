"""Requests and answers as a page or a report may show them: no secret, no number, and nobody's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from adapters.wire.overhearing import Said

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


def hiding(words: Iterable[str]) -> Callable[[str], str]:
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


def exchanged(exchange: tuple[Said, Said]) -> tuple[str, str]:
    """Request and answer of an invented consultation, without secrets and persons."""
    asked, answer = exchange
    return shown(asked, lambda text: text), shown(answer, lambda text: text)


def answered(said: Said) -> str:
    """A peer's answer to a step of a trial. Of a web page, XML and HL7 v2 only what cannot hold a person: the title,
    the elements that hold codes, and the segments of an acknowledgement."""
    return shown(Said(said.line, said.headers, _told(said.body)), lambda text: text) if said.line else ""


def _told(body: bytes) -> bytes:
    if body.startswith(b"MSH"):
        return b"\n".join(each for each in _SEGMENT.split(body) if each.startswith((b"MSH", b"MSA", b"ERR")))
    if body.lstrip().startswith(b"<"):
        return b"\n".join(b": ".join(each) for each in _SAYS.findall(body))
    return body


_SEGMENT = re.compile(rb"[\r\n]+")
_SAYS = re.compile(rb"<(?:\w+:)?(title|faultcode|FaultCode|Code)[^>]*>([^<]{1,200})<", re.IGNORECASE)

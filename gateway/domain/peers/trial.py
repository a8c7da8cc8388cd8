"""A connection tried by a person, step by step, and what a step may fail on (requirements.md AD05)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from gateway.domain.errors import LaegebroError, PeerRefused
from gateway.domain.identifiers import Cpr, contains_citizen_number

TEST_PERSON: Final = Cpr.parse("2512489996")  # Nancy Ann Berggren, one of the official test persons
_SAYABLE = re.compile(r"[^\w .:/@*+,()=-]")
LONGEST: Final = 120


class TrialStep(StrEnum):
    SETTINGS = "settings"
    ADDRESS = "address"  # may it be called at all?
    NAME = "name"
    PORT = "port"
    TLS = "tls"
    LOGIN = "login"
    METADATA = "metadata"  # what the peer says of itself
    LINE = "line"  # a message that asks for nothing but its acknowledgement
    FOLDER = "folder"
    READ = "read"  # the test person, where the peer has her
    FORM = "form"
    CLOCK = "clock"
    RENDER = "render"  # of a sample: said in the peer's language, and valid there
    SEND = "send"
    READ_BACK = "read-back"
    TAKE_AWAY = "take-away"


class Cause(StrEnum):
    """One line of AD05's table each; the last four are what no line says."""

    NO_SUCH_NAME = "no-such-name"
    REFUSED = "refused"
    SILENT = "silent"
    TLS_NAME = "tls-name"
    TLS_EXPIRED = "tls-expired"
    TLS_NOT_YET = "tls-not-yet"
    TLS_ISSUER = "tls-issuer"
    CERTIFICATE_ASKED = "certificate-asked"
    CERTIFICATE_REFUSED = "certificate-refused"
    CLOCK = "clock"
    LOGIN = "login-refused"
    NOT_REGISTERED = "not-registered"
    TOKEN_SERVICE = "token-service"  # noqa: S105 - its name, no password
    SCOPE = "scope"
    WRONG_SERVICE = "wrong-service"
    VERSION = "version"
    CAPABILITY = "capability"
    NO_FORM = "no-such-form"
    NO_ACCESS = "no-access"
    NO_ACKNOWLEDGEMENT = "no-acknowledgement"
    ACKNOWLEDGED_NO = "acknowledged-no"
    INTERNAL_ADDRESS = "internal-address"
    RATE = "rate-limit"
    KEY_ID = "key-id"
    NOT_HERE = "cannot-be-built-here"
    TLS = "tls"
    NO_ANSWER = "no-answer"
    THEIR_FAULT = "their-fault"
    FOLDER = "receipts-folder"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Told:
    """A cause, with what its words name: ``host``, ``port``, ``scope`` …"""

    cause: Cause
    facts: Mapping[str, str] = field(default_factory=dict)


class TrialFailed(LaegebroError):
    """A step that met no fault of the peer's, and found what cannot work."""

    def __init__(self, cause: Cause, facts: Mapping[str, str]) -> None:
        super().__init__(cause, facts)
        self.told = Told(cause, facts)


@dataclass(frozen=True, slots=True)
class Probe:
    """One step that an adapter offers. ``run`` gives what the peer says of itself (its document as JSON) or None, and
    raises a ``PeerError`` or ``TrialFailed``; it changes nothing there. ``speaks``: what is expected to answer."""

    step: TrialStep
    run: Callable[[], Any]
    speaks: str = ""


def looked_up(find: Callable[[], object]) -> Callable[[], None]:
    """The test person looked for. What is wrong with her own record says nothing of the connection; that we may not
    look into it does."""

    def look() -> None:
        try:
            find()
        except PeerRefused as fault:
            if fault.code == Cause.NO_ACCESS:
                raise

    return look


def sayable(text: object) -> str:
    """A peer's own word as a page may show it: short, without mark-up, and no citizen's number."""
    plain = _SAYABLE.sub("", str(text or ""))[:LONGEST].strip()
    return "" if contains_citizen_number(plain) else plain

"""From what a step of a trial met to one cause (requirements.md AD05): by the fault, by the peer's last answer, and by
what we had asked. Facts that stand in a sentence are the peer's words made harmless (``sayable``)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs

from adapters.wire.answer import parse_json
from adapters.wire.oauth.scopes import missing_scopes
from adapters.wire.overhearing import Said
from gateway.domain.errors import PeerBusy, PeerCannot, PeerError, PeerForbids, PeerIll, PeerUnavailable, PeerUnclear
from gateway.domain.peers.trial import Cause, Probe, Told, TrialStep, sayable

APART = timedelta(minutes=2)  # half the life of what we sign, and of what is signed for us
_CARD = ("sts-", "expired_idcard", "invalid_idcard", "invalid_certificate", "sosigw_")
_LOGIN = ("http-401", "invalid_client", "login-refused", "login", "security_level_failed", "invalid_username_password",
          "invalid_signature", "unsupported_grant_type", "invalid_grant", "http-407")  # fmt: skip
_STRANGER = ("not_authorized", "unauthorized_client", "access_denied")
_ELSEWHERE = ("http-3", "http-404", "http-405", "http-421", "http-426", "issuer-mismatch", "foreign-address",
              "no-signing-keys", "invalid-", "sts-invalid", "soap-mustunderstand", "dgws-fault")  # fmt: skip
_ABOUT_KEYS = re.compile(r"\b(kid|jwks?|jku|public keys?|client'?s keys|key ?id)\b", re.IGNORECASE)
_SCOPE = re.compile(r'scope="([^"]*)"')
_TITLE = re.compile(rb"<title[^>]*>([^<]{0,200})", re.IGNORECASE)
_ACKNOWLEDGED = re.compile(r"(?:AE|AR|CE|CR|no-ack)-\w+")
_TIMED = (b"client_assertion=", b":Assertion", b"Timestamp>")


class Heard:
    """What passed while the step was taken, the last exchange last."""

    def __init__(self) -> None:
        self.exchanges: list[tuple[Said, Said]] = []

    @property
    def asked(self) -> Said:
        return self.exchanges[-1][0] if self.exchanges else Said("")

    @property
    def answer(self) -> Said:
        return self.exchanges[-1][1] if self.exchanges else Said("")

    def header(self, name: str) -> str:
        return str(self.answer.headers.get(name, ""))

    def document(self) -> Mapping[str, Any]:
        return _document(self.answer.body)


def told_of(fault: PeerError, heard: Heard, probe: Probe) -> Told:
    """The first rule that knows the fault; what none knows keeps the peer's code."""
    found = next(filter(None, (rule(fault, heard, probe) for rule in _RULES)), None)
    return found or Told(Cause.OTHER, {"code": sayable(_code(fault))})


def apart(exchanges: Iterable[tuple[Said, Said]]) -> timedelta:
    """How far the peer's clock is ahead of ours, by its last answer that says the time (RFC 9110 §6.6.1)."""
    dates = [each.headers["date"] for _, each in exchanges if each.headers.get("date")]
    try:
        told = parsedate_to_datetime(dates[-1])
    except (LookupError, ValueError):
        return timedelta()
    return told - datetime.now(UTC) if told.tzinfo else timedelta()


def clock_told(ahead: timedelta) -> Told | None:
    if abs(ahead) < APART:
        return None
    way = "ahead" if ahead > timedelta() else "behind"
    return Told(Cause.CLOCK, {"minutes": str(round(abs(ahead).total_seconds() / 60)), "way": way})


def missing_scope(exchanges: Iterable[tuple[Said, Said]]) -> Told | None:
    """A login that gave fewer rights than were asked for (RFC 6749 §5.1)."""
    for asked, answer in exchanges:
        form = parse_qs(asked.body.decode("latin-1")) if b"grant_type=" in asked.body else {}
        missing = missing_scopes(" ".join(form.get("scope", [])), _document(answer.body))
        if missing and answer.line.startswith("2"):
            return Told(Cause.SCOPE, {"scope": sayable(" ".join(missing))})
    return None


def _code(fault: PeerError) -> str:
    return str(fault.args[1]) if len(fault.args) > 1 else type(fault).__name__


def _by_clock(fault: PeerError, heard: Heard, _probe: Probe) -> Told | None:
    """What we sign holds the time; a secret does not."""
    is_timed = any(mark in each.body for each, _ in heard.exchanges for mark in _TIMED)
    refused = isinstance(fault, PeerIll) and _code(fault) not in ("no-such-name", "tls")
    return clock_told(apart(heard.exchanges)) if refused and is_timed else None


def _by_rate(fault: PeerError, heard: Heard, _probe: Probe) -> Told | None:
    if not isinstance(fault, PeerBusy) or (fault.retry_after is None and _code(fault) not in ("http-429", "throttled")):
        return None
    return Told(Cause.RATE, {"seconds": str(fault.retry_after if fault.retry_after is not None else "–")})


def _by_card(fault: PeerError, _heard: Heard, _probe: Probe) -> Told | None:
    code = _code(fault)
    is_card = code.startswith(_CARD) and not code.startswith(("sts-invalid-answer", "sts-http"))
    return Told(Cause.TOKEN_SERVICE, {"code": sayable(code.removeprefix("sts-"))}) if is_card else None


def _by_key(fault: PeerError, heard: Heard, _probe: Probe) -> Told | None:
    """A refused login that was signed, where the server's own words speak of keys (RFC 6749 §5.2)."""
    kid = _kid_in(heard.asked.body)
    said = str(heard.document().get("error_description", ""))
    return Told(Cause.KEY_ID, {"kid": sayable(kid)}) if kid and _ABOUT_KEYS.search(said) else None


def _by_scope(fault: PeerError, heard: Heard, _probe: Probe) -> Told | None:
    code, challenge = _code(fault), heard.header("www-authenticate")
    if code.startswith("no-link-"):  # a link our user is not shown
        return Told(Cause.SCOPE, {"scope": sayable(code.removeprefix("no-link-"))})
    if code != "invalid_scope" and "insufficient_scope" not in challenge:
        return None
    named = _SCOPE.search(challenge)
    asked = parse_qs(heard.asked.body.decode("latin-1")).get("scope", ["–"])[0]
    return Told(Cause.SCOPE, {"scope": sayable(named[1] if named else asked)})


def _by_login(fault: PeerError, _heard: Heard, _probe: Probe) -> Told | None:
    if isinstance(fault, PeerForbids) or _code(fault) in _STRANGER:
        return Told(Cause.NOT_REGISTERED)
    return Told(Cause.LOGIN) if _code(fault) in _LOGIN else None


def _by_record(fault: PeerError, _heard: Heard, _probe: Probe) -> Told | None:
    return Told(Cause.NO_ACCESS) if _code(fault) == "no-access" else None


def _by_acknowledgement(fault: PeerError, _heard: Heard, probe: Probe) -> Told | None:
    if _ACKNOWLEDGED.fullmatch(_code(fault)):
        return Told(Cause.ACKNOWLEDGED_NO, {"code": sayable(_code(fault))})
    if probe.step is TrialStep.LINE and isinstance(fault, PeerUnavailable):
        return Told(Cause.NO_ACKNOWLEDGEMENT)
    return None


def _by_version(fault: PeerError, _heard: Heard, _probe: Probe) -> Told | None:
    """Another SOAP than 1.1 (SOAP 1.1 §4.4.1)."""
    is_other = _code(fault) == "soap-versionmismatch"
    return Told(Cause.VERSION, {"theirs": "–", "ours": "SOAP 1.1"}) if is_other else None


def _by_service(fault: PeerError, heard: Heard, probe: Probe) -> Told | None:
    if not isinstance(fault, PeerIll | PeerUnclear) or not _code(fault).startswith(_ELSEWHERE):
        return None
    issuer = sayable(heard.document().get("issuer")) if _code(fault) == "issuer-mismatch" else ""
    return Told(Cause.WRONG_SERVICE, {"ours": probe.speaks or "–", "theirs": issuer or _described(heard)})


def _by_ability(fault: PeerError, _heard: Heard, _probe: Probe) -> Told | None:
    if _code(fault) == "no-resource-for-notes":
        return Told(Cause.CAPABILITY, {"what": "take-notes"})
    return Told(Cause.OTHER, {"code": f"cannot: {sayable(_code(fault))}"}) if isinstance(fault, PeerCannot) else None


def _by_silence(fault: PeerError, heard: Heard, _probe: Probe) -> Told | None:
    code = _code(fault)
    if isinstance(fault, PeerUnavailable):
        return Told(Cause.NO_ANSWER)
    if code in ("tls", "no-such-name"):
        return Told(Cause(code), {"host": sayable(_host_of(heard.asked.line)), "port": "–"})
    is_theirs = code.removeprefix("sts-").startswith("http-5") or code in ("soap-server", "processing_problem")
    return Told(Cause.THEIR_FAULT, {"code": sayable(code)}) if is_theirs else None


_RULES: tuple[Callable[[PeerError, Heard, Probe], Told | None], ...] = (
    _by_clock, _by_rate, _by_card, _by_key, _by_scope, _by_login, _by_record, _by_acknowledgement, _by_version,
    _by_service, _by_ability, _by_silence,
)  # fmt: skip


def _described(heard: Heard) -> str:
    """What answered: a web page by its title, else the status and the kind of content."""
    kind, status = heard.header("content-type").partition(";")[0].strip(), heard.answer.line
    if kind == "text/html":
        title = _TITLE.search(heard.answer.body)
        return f"HTML «{sayable(title[1].decode('utf-8', 'replace'))}»" if title else f"HTML ({sayable(status)})"
    return sayable(f"HTTP {status} {kind}".strip())


def _host_of(line: str) -> str:
    return line.partition("//")[2].partition("/")[0].partition(":")[0]


def _kid_in(body: bytes) -> str:
    signed = parse_qs(body.decode("latin-1")).get("client_assertion", [""])[0]
    head = signed.partition(".")[0]
    try:
        return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])
    except (ValueError, LookupError, TypeError):
        return ""


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = parse_json(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}

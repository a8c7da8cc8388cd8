"""What a peer said to one HTTP call: read strictly, and sorted into the domain's words where it is no success."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from adapters.wire.meaning.http import issues_of, means_of
from adapters.wire.meaning.lines import fault_of
from gateway.domain.errors import PeerError, PeerUnclear

# A code is a word. Digits are refused, so that no identity number travels inside one.
_CODE = re.compile(r"[A-Za-z][A-Za-z_-]{0,79}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the peer said; header names lower-case."""

    peer: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    is_read: bool = True

    @property
    def kind(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON; a wrong content type, a repeated key or anything else unreadable is a fault."""
        kind = self.kind
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise self.unreadable()
        try:
            return parse_json(self.body)
        except ValueError as fault:
            raise self.unreadable() from fault

    @property
    def is_absence(self) -> bool:
        """404 or 410 to a read: it is not there. ``PeerUnclear`` where a web page says so: some proxy wrote it."""
        if self.status not in (404, 410):
            return False
        if self.kind == "text/html":
            raise self.unreadable()
        return True

    def unreadable(self) -> PeerUnclear:
        """The fault for an answer that makes no sense: after a write nobody knows what was done."""
        return PeerUnclear(self.peer, "invalid-answer", sent=not self.is_read)


def refusal_of(answer: Answer) -> PeerError:
    """The domain's word for a status outside 2xx."""
    means = means_of(answer.status, issues_of(_read(answer.body)), answer.kind)
    code = coded_issue(answer) or f"http-{answer.status}"
    retry_after = seconds_of(answer.headers.get("retry-after", ""), answer.headers.get("date", ""))
    return fault_of(means, answer.peer, code, sent=not answer.is_read, retry_after=retry_after)


def _read(body: bytes) -> Any:
    try:
        return parse_json(body)
    except ValueError:
        return None


def coded_issue(answer: Answer) -> str:
    """The code of an OperationOutcome's first issue (FHIR R4 §2.32), never its text; "" where there is none."""
    try:
        issue = parse_json(answer.body)["issue"][0]
        codings = issue.get("details", {}).get("coding") or [{}]
        code = codings[0].get("code") or issue.get("code")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def seconds_of(retry_after: str, date: str) -> int | None:
    """Both forms of RFC 9110 §10.2.3; a moment counts from the answer's own ``Date``, so that no clock of ours does."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7:
        return int(retry_after)
    try:
        left = parsedate_to_datetime(retry_after) - parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    return int(left.total_seconds()) if left.total_seconds() > 0 else None


def parse_json(body: bytes | str) -> Any:
    """Strict JSON: no repeated keys (two readers would see two things), no NaN. Raises ``ValueError``."""
    try:
        return json.loads(body, object_pairs_hook=_unrepeated, parse_constant=_no_constant)
    except RecursionError as fault:
        raise ValueError("nested too deeply") from fault


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise ValueError("repeated key")
    return unique


def _no_constant(_name: str) -> Any:
    raise ValueError("not a number")

"""HTTP statuses (RFC 9110 and its companions) and the issue codes of a FHIR OperationOutcome (R4 valueset issue-type).

An address or a login that is wrong is told by the status, whatever is written beside it. Elsewhere in 4xx the
OperationOutcome decides; a 4xx without one, a 5xx, and a body that is not what was asked for settle nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.wire.meaning.lines import Line, Means, meaning, table

# The status alone decides.
ADDRESS: Final[Mapping[str, Line]] = table(
    (Means.ILL, "300 301 302 303 304 305 306 307 308", "RFC 9110 §15.4: found elsewhere; a redirect is never followed"),
    (Means.ILL, "401", "RFC 9110 §15.5.2: lacks valid credentials"),
    (Means.ILL, "404", "R4 §3.1.0.8: resource type not supported, or not a FHIR end-point; RFC 9110 §15.5.5"),
    (Means.ILL, "405", "R4 §3.1.0.8: the interaction is not offered here; RFC 9110 §15.5.6"),
    (Means.ILL, "407", "RFC 9110 §15.5.8: a proxy asks for credentials"),
    (Means.ILL, "421", "RFC 9110 §15.5.20: not the server of this address"),
    (Means.ILL, "426", "RFC 9110 §15.5.22: another protocol is asked for"),
)
# Where no OperationOutcome says more.
STATUSES: Final[Mapping[str, Line]] = table(
    (
        Means.FORBIDDEN,
        "403",
        "RFC 9110 §15.5.4: understood, and refused; the credentials were valid (else 401, §15.5.2)",
    ),
    (Means.BUSY, "409", "RFC 9110 §15.5.10: conflicts with the present state; R4 §3.1.0.1.12 (version conflict)"),
    (Means.BUSY, "412", "RFC 9110 §15.5.13: a condition of ours was false, nothing was done"),
    (Means.BUSY, "423", "RFC 4918 §11.3: locked"),
    (Means.BUSY, "425", "RFC 8470 §5.2: not processed, since it came too early"),
    (Means.BUSY, "429", "RFC 6585 §4: too many requests"),
    (Means.BUSY, "503", "RFC 9110 §15.6.4: unable to handle the request just now"),
)
ISSUES: Final[Mapping[str, Line]] = table(
    (Means.REFUSED, "invalid structure required value invariant", "R4 issue-type: content invalid against the rules"),
    (Means.REFUSED, "processing not-supported not-found deleted multiple-matches", "R4 issue-type: processing"),
    (Means.REFUSED, "too-long code-invalid extension business-rule suppressed", "R4 issue-type: processing, security"),
    (Means.ILL, "login unknown expired", "R4 issue-type: login"),
    (Means.FORBIDDEN, "security forbidden", "R4 issue-type: permissions for this action"),
    (Means.BUSY, "conflict", "R4 issue-type: version conflict, the content can be applied again"),
    (Means.BUSY, "duplicate", "R4 issue-type: already there; whether it is ours is asked"),
    (Means.BUSY, "lock-error throttled", "R4 issue-type: transient, nothing was done"),
    (Means.AGAIN, "transient no-store exception timeout incomplete too-costly", "R4 issue-type: transient"),
    (Means.AGAIN, "informational", "R4 issue-type: no error"),
)
# A service without FHIR names the rule in a problem document (RFC 9457).
PROBLEM: Final = "application/problem+json"
PROBLEMS: Final[Mapping[str, Line]] = table(
    (Means.REFUSED, "400", "RFC 9110 §15.5.1 with RFC 9457 §3: the problem is the message"),
    (Means.REFUSED, "422", "RFC 9110 §15.5.21 with RFC 9457 §3: understood, and not acceptable"),
)
_SEVERE: Final = ("fatal", "error")


def means_of(status: int, issues: list[str], media_type: str = "") -> Means:
    """``issues``: the codes of the OperationOutcome that came with it, worst first; empty without one."""
    if (decided := meaning(ADDRESS, [str(status)])) is not None:
        return decided
    if 400 <= status < 500 and (said := meaning(ISSUES, issues)) is not None:
        return said
    if media_type == PROBLEM and (problem := meaning(PROBLEMS, [str(status)])) is not None:
        return problem
    return meaning(STATUSES, [str(status)]) or Means.AGAIN


def issues_of(body: Any) -> list[str]:
    """``issue.code`` of an OperationOutcome, errors before warnings; [] for anything else."""
    if not isinstance(body, dict) or body.get("resourceType") != "OperationOutcome":
        return []
    issues = body.get("issue")
    read = [each for each in issues if isinstance(each, dict)] if isinstance(issues, list) else []
    read.sort(key=lambda each: each.get("severity") not in _SEVERE)
    return [code for each in read if isinstance(code := each.get("code"), str)]

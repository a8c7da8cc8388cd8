"""What the FHIR side says: an answer before it becomes HTTP, and refusals as OperationOutcome."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """`undo` takes the change back where a store can (used to play a peer that loses what it acknowledged)."""

    status: int
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)
    undo: Callable[[], None] | None = None


class Refused(Exception):
    """A request the FHIR server will not carry out; carries the finished answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def outcome(code: str, text: str, expression: list[str] | None = None) -> Json:
    issue: Json = {"severity": "error", "code": code, "diagnostics": text}
    if expression:
        issue["expression"] = expression
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def refused(
    status: int,
    code: str,
    text: str,
    expression: list[str] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """`code` from http://hl7.org/fhir/issue-type; `text` names the element, never its value."""
    return Answer(status, outcome(code, text, expression), headers or {})

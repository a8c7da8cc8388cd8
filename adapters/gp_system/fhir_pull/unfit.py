"""What cannot be done with a request, told so that a vendor's programmer finds it: an issue of an OperationOutcome."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.wire.task.words import Json


class Unfit(Exception):
    """``code`` is of R4's issue-type; ``element`` a FHIRPath or the name of a parameter. The value that was wrong is
    never repeated. ``headers`` go with the answer, their hyphens as underscores."""

    def __init__(self, status: int, code: str, words: str, element: str = "", **headers: str) -> None:
        super().__init__(status, code, element)
        self.status = status
        self.code = code
        self.words = words
        self.element = element
        self.headers = headers


def outcome(code: str, words: str, elements: Sequence[str] = (), severity: str = "error") -> Json:
    issue: Json = {"severity": severity, "code": code, "diagnostics": words}
    if elements:
        issue["expression"] = list(elements)
    return {"resourceType": "OperationOutcome", "issue": [issue]}

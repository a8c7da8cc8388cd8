"""The table of OWASP ASVS 5.0.0, levels 1 and 2: read from ``asvs.toml``, and written as ``docs/asvs.md``.

python -m tests.security.asvs docs/asvs.md
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parent / "asvs.toml"
LINES = 253  # of levels 1 and 2 in release 5.0.0
ANSWERS = ("tests", "documents", "not_applicable", "not_met")
CHAPTERS = {
    1: "Encoding and sanitization", 2: "Validation and business logic", 3: "Web frontend", 4: "API and web service",
    5: "File handling", 6: "Authentication", 7: "Sessions", 8: "Authorization", 9: "Self-contained tokens",
    10: "OAuth and OIDC", 11: "Cryptography", 12: "Secure communication", 13: "Configuration", 14: "Data protection",
    15: "Secure coding and architecture", 16: "Logging and error handling", 17: "WebRTC",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One requirement by its number (``V1.2.3``), and exactly one answer."""

    id: str
    level: int
    tests: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    not_applicable: str = ""
    not_met: str = ""
    plan: str = ""

    @property
    def chapter(self) -> int:
        return int(self.id[1:].partition(".")[0])

    @property
    def answer(self) -> str:
        (only,) = [name for name in ANSWERS if getattr(self, name)]
        return only


def lines() -> list[Line]:
    said = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return [Line(id, **{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}) for id, row in said.items()]


def counts(found: list[Line]) -> Mapping[str, int]:
    return {name: sum(line.answer == name for line in found) for name in ANSWERS}


def page(found: list[Line]) -> str:
    """The whole of ``docs/asvs.md``."""
    return "\n".join([*_head(found), *_chapters(found), *_missing(found)]) + "\n"


def _head(found: list[Line]) -> Iterator[str]:
    n = counts(found)
    applicable = len(found) - n["not_applicable"]
    yield "# OWASP ASVS 5.0.0, levels 1 and 2, line by line\n"
    yield "Made from `tests/security/asvs.toml` by `python -m tests.security.asvs docs/asvs.md`; a test compares the"
    yield "two, and refuses a line without an answer and a test that does not exist or is not run. The lines' own words"
    yield "are in the standard (OWASP Application Security Verification Standard 5.0.0, CC BY-SA 4.0).\n"
    yield f"Of {len(found)} lines {applicable} apply here; {n['tests'] + n['documents']} of them are met:"
    yield f"{n['tests']} are shown by tests, {n['documents']} ask for a document. {n['not_met']} are not met."
    yield f"{n['not_applicable']} do not apply."


def _chapters(found: list[Line]) -> Iterator[str]:
    for number, name in CHAPTERS.items():
        yield f"\n## V{number} {name}\n"
        yield "| line | level | how |\n|---|---|---|"
        yield from (f"| {line.id} | {line.level} | {_how(line)} |" for line in found if line.chapter == number)


def _how(line: Line) -> str:
    if line.tests:
        return "<br>".join(f"`{test.rpartition('/')[2]}`" for test in line.tests)
    if line.documents:
        return ", ".join(f"[{name.removeprefix('docs/')}]({name.removeprefix('docs/')})" for name in line.documents)
    return f"does not apply: {line.not_applicable}" if line.not_applicable else f"**not met**: {line.not_met}"


def _missing(found: list[Line]) -> Iterator[str]:
    yield "\n## What is not met, and the plan\n"
    yield "| line | missing | plan |\n|---|---|---|"
    yield from (f"| {line.id} | {line.not_met} | {line.plan} |" for line in found if line.not_met)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(lines()), encoding="utf-8")

"""What is cited exists: documents by their path, requirements by their number in docs/requirements.md; and every
requirement there is cited by somebody."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.source import PRODUCT, ROOT, modules, name_of, texts

REQUIREMENTS = "docs/requirements.md"
DOCUMENT = re.compile(r"(?<![\w/.<=-])((?:[\w.-]+/)*[A-Za-z][\w.-]*\.md)\b")
ROW = re.compile(r"^\| ([A-Z]{1,2}\d[\d.]*[a-c]?) \| [A-Z\"“].{15,}\. \|$", re.MULTILINE)
NUMBER = r"(?:AD|[BCDFGNPQRSU])\d[\d.]*\d?[abc]?"
AFTER_NAME = re.compile(rf"requirements\.md ({NUMBER}(?:[–,; ]+{NUMBER})*)")
BARE = re.compile(r"(?<![\w.#-])(?:(?:AD|[BCNU])\d{2}|D(?:1?\d|20))(?![\w.-])")
# Numbers of other lists that look like ours, by what stands before them in the line.
OTHERS = re.compile(r"(?:ISO|RFC|HL7|MDM|SIU|ORU|ACK|PV|OBX|SCH|MSH|NTE|QRY|LOINC)[\w^\-. ]*$|[\"'`][^\"'`\s]*$")


@cache
def rows() -> frozenset[str]:
    text = (ROOT / REQUIREMENTS).read_text(encoding="utf-8")
    return frozenset(ROW.findall(text))


def remarks(path: Path) -> Iterator[str]:
    """Lines of the file's comments and docstrings."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and '"""' in token.string):
            yield from token.string.splitlines()


def expand(cited: str) -> Iterator[str]:
    """``C02–C05, C16``: each number, the ends of a range too."""
    yield from re.findall(NUMBER, cited)


def cited() -> dict[str, set[str]]:
    """Number → files that cite it, with the document's name or without."""
    found: dict[str, set[str]] = {}
    for number, file in [*by_name(), *alone()]:
        found.setdefault(number, set()).add(file)
    return found


def by_name() -> Iterator[tuple[str, str]]:
    for path, text in texts():
        if str(path) != REQUIREMENTS:
            yield from ((number, str(path)) for match in AFTER_NAME.finditer(text) for number in expand(match[1]))


def alone() -> Iterator[tuple[str, str]]:
    for path in modules(*PRODUCT, "tests", "simulators"):
        for line in remarks(path):
            for match in BARE.finditer(line):
                if not OTHERS.search(line[: match.start()]):
                    yield match[0], name_of(path)


def test_every_requirement_that_is_cited_stands_in_the_list() -> None:
    unknown = {number: sorted(files)[:3] for number, files in cited().items() if number not in rows()}
    assert unknown == {}


def test_every_requirement_in_the_list_is_one_sentence_and_is_cited() -> None:
    text = (ROOT / REQUIREMENTS).read_text(encoding="utf-8")
    assert len(ROW.findall(text)) == len(rows()) == len(re.findall(r"^\| [A-Z]+\d", text, re.MULTILINE)) > 60
    assert sorted(rows() - set(cited())) == []


def test_every_document_that_is_cited_exists() -> None:
    """By its path from the root, from the folder of whoever cites it, or from ``docs``."""
    files = {str(path) for path, _ in texts()}
    dangling = {
        f"{path}: {name}"
        for path, text in texts()
        for name in DOCUMENT.findall(text)
        if not files & {name, f"docs/{name}", str(path.parent / name), _plain(path.parent / name)}
    }
    assert sorted(dangling) == []


def _plain(path: Path) -> str:
    """Without ``..``, as the repository names it."""
    full = (ROOT / path).resolve()
    return str(full.relative_to(ROOT)) if full.is_relative_to(ROOT) else ""

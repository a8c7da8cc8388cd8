"""What may not stand in any file of the repository: people, secrets, this machine; and links that lead nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import OFFICIAL_TEST_CPRS, Cpr
from tests.architecture.source import ROOT, texts

# Ten digits that stand alone, with or without a separator; long runs, decimals and hex are something else.
CANDIDATE = re.compile(r"(?<![\w.:/#-])(\d{6})[- ]?(\d{4})(?![\w-]|\.\d)")
SOMETHING_ELSE = ("requirements.lock",)


def is_a_number(digits: str) -> bool:
    try:
        Cpr.parse(digits)
    except InvalidField:
        return False
    return True


def numbers_in(text: str) -> set[str]:
    found = {first + last for first, last in CANDIDATE.findall(text)}
    return {digits for digits in found if is_a_number(digits)} - OFFICIAL_TEST_CPRS


def test_only_official_test_numbers_stand_anywhere() -> None:
    found = {
        str(path): len(hits) for path, text in texts() if str(path) not in SOMETHING_ELSE and (hits := numbers_in(text))
    }
    assert found == {}


def test_the_search_would_find_one() -> None:
    made = "".join(("01", "01", "01"))
    assert numbers_in(f"cpr {made}-0000, {made} 0000 og {made}0000.")
    assert not numbers_in(f"sum {made}0000ab 1.{made}0000 {made}00001 2512489996")


SECRETS = {
    "a private key": re.compile(r"-----BEGIN (EC |RSA |ENCRYPTED )?PRIVATE KEY-----\s*\n[A-Za-z0-9+/=]{20}"),
    "a signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    "a key of a private JWK": re.compile(r'"d"\s*:\s*"[A-Za-z0-9_-]{40,}"'),
    "a password in an address": re.compile(r"[a-z]+://[^/\s:@{}<>$\"']+:[^/\s:@{}<>$\"']{3,}@(?!eoj\.example)[a-z]"),
    "a cloud key": re.compile(r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[bp]-[0-9A-Za-z-]{20,})\b"),
}


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_kept_in_a_file(kind: str) -> None:
    assert [str(path) for path, text in texts() if SECRETS[kind].search(text)] == []


# Letters in brackets, or this file would find itself.
MACHINE = re.compile(r"(?<![\w.])(/w[o]rk/|/r[o]ot/|/h[o]me/[a-z])")
REGISTRY = re.compile(
    r"pyp[i]\.org|files\.pythonh[o]sted|registry\.npmj[s]|--index-ur[l][= ]http|artif[a]ctory|--extra-inde[x]"
)
TOOLS = re.compile(r"\b(cl[a]ude|anthr[o]pic|chatgp[t]|suba[g]ent|code[x])\b", re.IGNORECASE)


@pytest.mark.parametrize("pattern", [MACHINE, REGISTRY, TOOLS], ids=["paths", "registries", "tools"])
def test_no_file_knows_the_machine_it_was_written_on(pattern: re.Pattern[str]) -> None:
    assert [f"{path}: {hit.group()}" for path, text in texts() if (hit := pattern.search(text))] == []


LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)\s]*)?\)")
DOCUMENTS = sorted(str(path) for path, _ in texts() if path.suffix == ".md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_in_the_documents_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = [target for target, _ in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]
    missing = [t for t in targets if not (ROOT / Path(document).parent / t).exists()]
    assert missing == []

"""What must stand nowhere in the product: each rule is shown to see what it forbids, then finds nothing."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, tracked
from tests.security import rules

PLANTED: Mapping[str, tuple[str, ...]] = {
    "runs_text": ("eval(text)", "import pickle", "from marshal import loads", "render_template_string(text)"),
    "asks_a_shell": ("subprocess.run(line, shell=True)", "os.system(line)", "subprocess.Popen(x, shell=flag)"),
    "believes_any_certificate": ("httpx.Client(verify=False)", "ssl.CERT_NONE", "context.check_hostname = False"),
    "parses_xml": ("etree.fromstring(body)", "import xml.etree.ElementTree", "from xml.dom import minidom"),
    "hashes_weakly": ("hashlib.md5(b'')", "hashes.SHA1()", "hashlib.new(name)"),
    "guesses": ("import random", "random.choice(codes)"),
    "waits_for_ever": ("httpx.post(url)", "httpx.Client(timeout=None)", "socket.create_connection(a)",
                       "redis.Redis.from_url(u)", "smtplib.SMTP(host)"),
    "tells_of_a_person": ("log(__name__).info('x', who=case.citizen.identifier)", "COUNTER.labels(cpr)",
                          "app.send_task('x', args=[launch.cpr.digits])", "self._redis.set(key, note.employee_text)"),
    "enciphers_by_other_means": ("import jwt", "from Crypto.Cipher import AES",
                                 "from cryptography.hazmat.primitives.ciphers import modes"),
    "builds_a_pattern": ("re.compile(f'{typed}.*')",),
    "asks_a_document": ("tree.xpath('//a[@b=' + name)",),
}  # fmt: skip
HARMLESS = (
    "httpx.Client(timeout=5)", "log(__name__).info('x', route=rule)", "subprocess.run([a, b])", "hashlib.sha256(b'')",
    "socket.create_connection(a, 5)", "from xml.sax.saxutils import escape", "re.compile('a')", "tree.xpath('//a')",
    "from cryptography.hazmat.primitives.ciphers.aead import AESGCM", "COUNTER.labels(connection)",
)  # fmt: skip


def sees(rule: rules.Rule, line: str) -> bool:
    return any(rule(node) for node in ast.walk(ast.parse(line)))


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_a_rule_sees_what_it_forbids_and_finds_nothing_in_the_product(rule: rules.Rule) -> None:
    assert [line for line in PLANTED[rule.__name__] if not sees(rule, line)] == []
    assert [line for line in HARMLESS if sees(rule, line)] == []
    assert list(rules.found_by(rule)) == []


def test_what_is_excused_is_still_there() -> None:
    """An excuse for a line that is gone would cover the next one."""
    by_name = {rule.__name__: rule for rule in rules.RULES}
    for name, files in rules.EXCUSED.items():
        for file in files:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert any(by_name[name](node) for node in ast.walk(tree)), f"{name}: {file}"


def test_the_linters_own_security_rules_are_on_for_the_product() -> None:
    """ruff's S rules are bandit's: SQL put together from values, temporary files, weak ciphers, binding to all."""
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert {code for code in lint["ignore"] if code.startswith("S")} <= {"S101", "S603", "S607"}
    assert not [place for place in lint["per-file-ignores"] if place.startswith(("gateway", "adapters", "workers"))]


def files(suffix: str) -> list[Path]:
    return [path for path in tracked() if path.suffix == suffix and path.is_relative_to(ROOT / "gateway" / "web")]


def matches(pattern: str, suffix: str) -> list[str]:
    return [f"{path.name}: {found}" for path in files(suffix) for found in re.findall(pattern, path.read_text("utf-8"))]


def test_no_template_says_that_a_value_needs_no_escaping() -> None:
    assert len(files(".html")) > 30
    assert matches(r"\|\s*safe\b|autoescape", ".html") == []


def test_no_script_and_no_handler_stands_in_a_template() -> None:
    """The content policy would refuse them; and no old plug-in is embedded."""
    assert matches(r"<script(?![^>]*\bsrc=)[^>]*>", ".html") == []
    assert matches(r"\son[a-z]+\s*=\s*[\"']", ".html") == []
    assert matches(r"javascript:|<(?:object|embed|applet)\b", ".html") == []


def test_scripts_run_no_text_and_keep_nothing_in_the_browser() -> None:
    assert len(files(".js")) > 10
    assert matches(r"\beval\(|new Function|document\.write|insertAdjacentHTML|outerHTML", ".js") == []
    assert matches(r"\b(?:local|session)Storage\b|\bindexedDB\b", ".js") == []


def test_scripts_take_html_from_our_own_answers_only() -> None:
    allowed = {"innerHTML = html", "innerHTML = await response.text()"}
    assert {each.partition(": ")[2] for each in matches(r"innerHTML\s*=[^;]*", ".js")} <= allowed


def test_no_window_listens_to_another() -> None:
    """The word ``message`` belongs to sockets and to the worker that a page has started itself, which nobody else can
    reach: nobody posts to a window, and no window is listened to."""
    assert matches(r"window\.addEventListener\(\s*[\"']message|onmessage", ".js") == []
    posts = {*matches(r"[\w.#\])]*postMessage\([^;]*", ".js")}
    to_the_page = {each for each in posts if each.startswith("worker.js: postMessage(")}
    assert {each.partition("(")[0] for each in posts - to_the_page} == {"cipher.js: this.#worker.postMessage"}
    assert matches(r"import[^;]*/worker\.js", ".js") == [], "what it posts would go to a page's own window"

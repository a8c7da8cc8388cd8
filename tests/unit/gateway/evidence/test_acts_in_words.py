"""Every act that the trail can keep about a citizen is said to her in words, found in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from gateway.evidence.acts_in_words import DONE
from gateway.web.nurse.screens import _SCREENS
from gateway.web.words.acts import ACT_WORDS
from tests.architecture.source import ROOT, nodes_of
from tests.unit.web.acts.test_table import WITHOUT_AUDIT

# Calls that say under which code something is kept, and where among their arguments.
SAYING = {
    "record_read": 0, "audit_row": 1, "launch_audit": 2, "rows_of": 1, "pane_of": 1, "_audit_of": 2, "_write_search": 0,
}  # fmt: skip
CONSTANTS = {"SEARCH_LIMITED": "citizen-search-limited", "INCIDENT": "message-about-another-citizen"}
# Acts about systems and people's wishes, kept without any citizen; or kept under another code.
NOBODYS = {
    "decide", "find-citizen", "find-message", "pause-connection", "preview-many", "replay", "replay-looked",
    "replay-many", "resume-connection", "try-connection", "search", "approve-notes", "login", "/signal",
    "activate-draft", "alarms test", "ask-to-give-up", "begin-connection", "drop-draft", "grant-approval",
    "refuse-approval", "retire-connection", "roll-back", "save-draft", "seat-doctor", "settle-difference",
    "bar-employee", "cancel-maintenance", "end-maintenance", "plan-maintenance", "unbar-employee",
    "rehearse-draft", "send-sample", "show-sample", "show-access-list", "take-up-draft", "test-alarms", "try-draft",
    "people review", "connections export", "draw-review", "judge-look", "sign-review", "begin-setup", "save-setup",
    "activate-setup", "drop-setup", "setup preview", "certify-connection", "ask-affected", "count-affected",
    "incident count", "announce-upgrade", "take-back-upgrade", "review refused", "replace-keys",
}  # fmt: skip


def codes(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.Call):
            yield from _said_by(node)
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3 and _text(node.elts[0]) in ("read", "write"):
            yield from _each(node.elts[1])


def _said_by(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    where = SAYING.get(name, 4 if name == "AuditRow" and len(call.args) > 4 else None)
    if where is not None and len(call.args) > where:
        yield from _each(call.args[where])
    yield from (text for word in call.keywords if word.arg == "audit" and (text := _text(word.value)))


def _each(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_each(node.body), *_each(node.orelse))
    elif isinstance(node, ast.JoinedStr) and _text(node.values[0]) == "page-":
        yield from (f"page-{screen}" for screen in (*_SCREENS.values(), "ring"))
    elif text := _text(node) or CONSTANTS.get(getattr(node, "id", ""), ""):
        yield text


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_every_code_of_the_trail_has_words() -> None:
    places = [path for wing in ("gateway", "adapters") for path in (ROOT / wing).rglob("*.py")]
    said = {code for path in places for code in codes(path)} - NOBODYS
    assert {"page-note", "launch", "fhir-task", "clinic-list", "take-over", "citizen-search-limited", "refuse"} <= said
    acts = set(ACT_WORDS) - WITHOUT_AUDIT - NOBODYS
    assert sorted((said | acts) - set(DONE)) == []
    assert sorted(set(DONE) - said - acts - {"soap-queue", "audit export", "messages timeline"}) == [], (
        "words of nothing"
    )


def test_words_end_as_the_sentence_goes_on_and_are_about_her() -> None:
    assert not [each for each in DONE.values() if each[0].isupper() or each.endswith((".", " "))]
    assert not [each for each in DONE.values() if not {"dig", "du", "dit", "din"} & {*re.findall(r"\w+", each)}]

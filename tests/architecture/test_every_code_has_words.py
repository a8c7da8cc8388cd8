"""Whatever code a page may have to show has its words in both languages. The codes are found, not listed: enumerations
by walking the domain, events by the calls that note them, reasons by the errors that carry them."""

from __future__ import annotations

import ast
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from importlib import import_module
from inspect import getmembers, isfunction
from itertools import product
from types import ModuleType
from typing import Any, get_args, get_type_hints

import flask
import jinja2
import pytest
from flask_babel import Babel, force_locale
from jinja2 import nodes

import gateway.domain
import gateway.web
from gateway.domain.citizen.finding import Outcome, Question
from gateway.domain.citizen.lookup import InsuranceGroup, PersonStatus
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.masterdata.resolver import resolve
from gateway.web.words import clinic, timeline
from gateway.web.words.findings import judgement_words
from gateway.web.words.practice import PRACTICE_MESSAGES
from tests.architecture.source import ROOT, modules, nodes_of
from tests.unit.masterdata.resolver_cases import DAY, REGISTER, A, claim, insured, national

WEB = ROOT / "gateway" / "web"
# Codes of the domain that no page, command or timeline shows; each with where they end instead.
NOT_SHOWN = {
    "gateway.domain.trail.Tamper": "said by `laegebro audit verify` in words of its own (gateway/cli/audit.py)",
    "gateway.domain.capability.Capability": "what an adapter can do; read by services",
    "gateway.domain.call_room.RoomStanding": "how far a room elsewhere is; the pages' own words say it by condition",
    "gateway.domain.call_room.Stage": "where a call is held; the pages say it by condition",
    "gateway.domain.citizen.citizen.Certainty": "two words of the start page's own templates, by condition",
    "gateway.domain.citizen.finding.Outcome": "judgement_words speaks of the outcome with its reason",
    "gateway.domain.citizen.lookup.Custody": "becomes a Notice",
    "gateway.domain.citizen.lookup.InsuranceGroup": "becomes what a source said",
    "gateway.domain.citizen.lookup.PersonStatus": "becomes a StopReason or a Notice",
    "gateway.domain.note.note.NoteStatus": "shown as the steps of the note's rail",
    "gateway.domain.people.Presence": "where a participant sits; the page asks by fields of its own",
    "gateway.domain.peers.breaker.BreakerState": "a code for operators: of commands and metrics, as it stands",
    "gateway.domain.peers.letter.Answer": "a MedCom acknowledgement's code, to the peer",
    "gateway.domain.peers.letter.LetterKind": "which message is sent, to the peer",
    "gateway.domain.peers.letter.Step": "what the sender does next",
    "gateway.domain.alarm.AlarmKind": "told in gateway/alarms/words.py, to people who run the gateway",
    "gateway.domain.alarm.Edge": "whether an alarm begins or is over; part of its words",
    "gateway.domain.alarm.Owner": "whose matter an alarm is; part of its words",
    "gateway.domain.peers.messages.PeerVerb": "what a peer asks; becomes an event",
    "gateway.domain.peers.subscription.SubscriptionStatus": "a FHIR code, to the peer",
    "gateway.domain.peers.verdict.Health": "what an attempt says of its connection; no page shows it",
    "gateway.domain.people.RoleCategory": "decides which note a role writes",
    "gateway.domain.practice.Attended": "one condition of the practice card",
    "gateway.domain.session.SessionKind": "which cookie and home page",
}


def walked(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("wsgi"):
            yield import_module(found.name)


def enumerations() -> dict[str, type[StrEnum]]:
    return {
        f"{module.__name__}.{name}": kind
        for module in walked(gateway.domain)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__ == module.__name__
    }


def tables() -> dict[type[StrEnum], list[Callable[[], Mapping[StrEnum, Any]]]]:
    """Functions of the web that answer a mapping from an enumeration of the domain."""
    found: dict[type[StrEnum], list[Callable[[], Mapping[StrEnum, Any]]]] = {}
    for module in walked(gateway.web):
        for _, function in getmembers(module, isfunction):
            if function.__module__ != module.__name__ or "Mapping[" not in str(function.__annotations__.get("return")):
                continue
            key = get_args(get_type_hints(function)["return"])[0]
            if isinstance(key, type) and issubclass(key, StrEnum):
                found.setdefault(key, []).append(function)
    return found


@pytest.fixture(scope="module", params=["da", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    app = flask.Flask(__name__)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(WEB / "translations")
    Babel(app, default_locale="da")
    with app.test_request_context(), force_locale(request.param):
        yield request.param


def test_every_enumeration_of_the_domain_has_words_or_is_never_shown() -> None:
    known, worded = enumerations(), tables()
    in_templates = {kind for _, _, kind, _ in template_tables()} | {kind for _, kind, _ in choices()} | {EntryStatus}
    without = {name for name, kind in known.items() if kind not in worded and kind not in in_templates}
    assert without == set(NOT_SHOWN), "give it a table in gateway/web/words, or say here why no page shows it"


def test_each_table_has_words_for_every_code(language: str) -> None:
    found = tables()
    assert len(found) >= 10
    for kind, functions in found.items():
        for words_of in functions:
            words = words_of()
            assert set(words) == set(kind), f"{words_of.__module__}.{words_of.__name__}"
            assert all(text for code, text in words.items() if code), "words, not blanks"


# --- tables in templates ----------------------------------------------------------------------------------------------


def template_tables() -> list[tuple[str, int, type[StrEnum], set[str]]]:
    """Every mapping in a template whose keys are codes of one enumeration: file, line, enumeration, keys."""
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    return [
        (str(path.relative_to(WEB)), one.lineno, kind, keys)
        for path in sorted((WEB / "templates").rglob("*.html"))
        for one in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Dict)
        if (keys := _keys(one)) and (kind := _enumeration_of(keys)) is not None
    ]


def _keys(one: nodes.Dict) -> set[str]:
    keys = {pair.key.value for pair in one.items if isinstance(pair.key, nodes.Const)}
    return keys if len(keys) == len(one.items) > 1 else set()


def _enumeration_of(keys: set[str]) -> type[StrEnum] | None:
    """The smallest enumeration that holds all these keys, and most of whose codes they are."""
    holding = [kind for kind in enumerations().values() if keys <= set(kind) and len(keys) * 2 >= len(kind)]
    return min(holding, key=len, default=None)


def test_each_table_in_a_template_has_words_for_every_code() -> None:
    found = template_tables()
    assert found, "the search finds none"
    lacking = {f"{file}:{line}": sorted(set(kind) - keys) for file, line, kind, keys in found if set(kind) - keys}
    assert lacking == {}


def choices() -> list[tuple[str, type[StrEnum], set[str]]]:
    """Every choice field of a page whose options are codes of one enumeration: file, enumeration, options."""
    return [
        (str(path.relative_to(WEB)), kind, options)
        for path in sorted((WEB / "templates").rglob("*.html"))
        for field in re.findall(r"<select.*?</select>", path.read_text(encoding="utf-8"), re.DOTALL)
        if (options := set(re.findall(r'value="([a-z-]+)"', field))) and (kind := _enumeration_of(options)) is not None
    ]


def test_each_choice_on_a_page_offers_every_code() -> None:
    assert choices(), "the search finds none"
    lacking = {file: sorted(set(kind) - options) for file, kind, options in choices() if set(kind) - options}
    assert lacking == {}


# --- codes that are not an enumeration --------------------------------------------------------------------------------


def noted_kinds() -> set[str]:
    """Every kind of event that some line of ours notes: the constants in the place of the kind."""
    places = {"noting": 0, "noting_there": 1, "Event": 0}
    return {
        text
        for path in modules("gateway", "workers", "adapters")
        for call in nodes_of(path)
        if isinstance(call, ast.Call) and (name := _name(call.func)) in places and len(call.args) > places[name]
        for text in _constants(call.args[places[name]])
    }


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _constants(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_event_that_is_noted_has_words_on_the_timeline(language: str) -> None:
    kinds = noted_kinds()
    assert len(kinds) > 50
    assert kinds - set(timeline.event_words()) == set()


def test_every_reason_a_practice_cannot_take_a_consultation_has_words() -> None:
    raised = {
        text
        for path in modules("gateway", "adapters")
        for call in nodes_of(path)
        if isinstance(call, ast.Call) and _name(call.func) == "PracticeNotFound" and call.args
        for text in _constants(call.args[0])
    }
    assert raised and raised - set(PRACTICE_MESSAGES) == set()


def test_every_status_an_entry_may_end_with_has_words(language: str) -> None:
    assert set(clinic.entry_ends()) == {str(status) for status in EntryStatus if status.ended}


# --- findings: everything the sources can say together ----------------------------------------------------------------


def everything_the_sources_can_say() -> Iterator[Question]:
    """Record × national look-up (not asked, silent, unknown number, each status and group) × register (none, not
    listed, each group), each with and without a doctor named."""
    nationals = [
        *[national(group=g, own=own, status=s) for g, own, s in product(InsuranceGroup, (A, None), PersonStatus)],
        *[national(known=False), national(dummies=True), None],
    ]
    registers = [insured(group=group, own=own) for group, own in product(InsuranceGroup, (A, None))]
    for record, answer, listed, failed in product((claim(), None), nationals, [*registers, None], (True, False)):
        for as_of, numbered in ((DAY, True), (None, True), (DAY, False)):
            yield Question(DAY, record, answer, failed and answer is None, listed, as_of, numbered)


def test_whatever_the_sources_say_the_start_page_has_words_and_a_way_on(language: str) -> None:
    """Group 9 in the register, alive in the civil registration and no doctor named once ended in a fault for ever."""
    seen = set()
    for question in everything_the_sources_can_say():
        finding = resolve(question, REGISTER.get)
        heading, advice = judgement_words(finding)
        seen.add((finding.outcome, finding.reason))
        assert finding.outcome is Outcome.OWN_GP or (heading and advice)
    assert (Outcome.UNCERTAIN, "dead") in seen and len(seen) > 12

"""The table of acts: every change through a session stands in it, has its words, and is tried as JSON and as a form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import and_, func, or_, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.web.acts import Act
from gateway.web.csrf import SAFE
from gateway.web.guards import audience_of
from gateway.web.words.acts import ACT_WORDS
from tests.unit.web.acts.exercises import EXERCISES
from tests.unit.web.acts.stage import Body, Exercise, Stage

CODES = ("join", "seat-doctor", "hand-over")  # what they are told is a name of a process, or six digits
SESSION = ("employee", "clinic", "citizen", "guest", "anyone", "console")
TRIED = [(who, verb) for who, exercises in EXERCISES.items() for verb in exercises]
# What concerns no citizen, or only saves what is being typed, owes the audit no row.
WITHOUT_AUDIT = {
    "keep-reason", "keep-note", "keep-clinic-draft", "keep-workstation", "choose-language", "change-clinic", "end",
    "probe", "deny", "reopen", "log-citizen-out", "offer", "claim", "go-on", "take-back-device", "set-week",
    "set-switch", "set-pause", "close-for-holiday", "open-day", "set-policy", "set-direct-phone", "set-relay-only",
    "find-message", "preview-many", "report", "leave-as-guest",
}  # fmt: skip


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("acts"))


def unsafe(app: Flask) -> Iterator[tuple[Rule, str, Any]]:
    """Every route that changes something, with its audience and view."""
    with app.app_context():
        for rule in app.url_map.iter_rules():
            if (rule.methods or set()) - set(SAFE):
                yield rule, audience_of(rule.endpoint) or "", app.view_functions[rule.endpoint]


def acts(app: Flask) -> dict[tuple[str, str], list[tuple[Rule, Act]]]:
    found: dict[tuple[str, str], list[tuple[Rule, Act]]] = {}
    for rule, _who, view in unsafe(app):
        if hasattr(view, "act"):
            found.setdefault((view.act.who, view.act.verb), []).append((rule, view.act))
    return found


def test_every_change_through_a_session_stands_in_the_table(stage: Stage) -> None:
    app = stage.world.app
    outside = [rule.rule for rule, who, view in unsafe(app) if who in SESSION and not hasattr(view, "act")]
    assert outside == []
    assert len(acts(app)) > 75
    wrong = [rule.rule for rule, who, view in unsafe(app) if hasattr(view, "act") and view.act.who != who]
    assert wrong == []


def test_every_act_has_its_words_and_its_exercise(stage: Stage) -> None:
    found = acts(stage.world.app)
    assert set(ACT_WORDS) == {verb for _who, verb in found}
    assert set(TRIED) == set(found)


def test_every_act_about_a_citizen_has_its_word_in_the_audit(stage: Stage) -> None:
    silent = {act.verb for rows in acts(stage.world.app).values() for _rule, act in rows if not act.audit}
    assert silent - {"join"} == WITHOUT_AUDIT, "the citizen's own seat names nobody"


def flat(document: Body, prefix: str = "") -> dict[str, str]:
    """As an HTML form sends it."""
    fields: dict[str, str] = {}
    for name, value in document.items():
        fields |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: str(value)}
    return fields


def address_of(rule: Rule, exercise: Exercise, stage: Stage, consultation: Consultation | None) -> str:
    named = exercise.named(stage, consultation) if exercise.named else {}
    if consultation is not None:
        named = {"id": consultation.id, "entry": consultation.entries[-1].id if consultation.entries else ""} | named
    built = rule.build({name: named[name] for name in rule.arguments})
    assert built is not None
    return built[1]


def press(stage: Stage, rule: Rule, act: Act, exercise: Exercise) -> TestResponse:
    """The act once, on a consultation of its own."""
    consultation = exercise.made(stage)
    seats = {"clinic": stage.doctor, "console": stage.admin}
    who: Any = exercise.by(stage, consultation) if exercise.by else seats.get(act.who, stage.nurse)
    csrf = who.csrf if hasattr(who, "csrf") else who.session.csrf
    address, said = address_of(rule, exercise, stage, consultation), exercise.said(stage, consultation)
    if rule.rule == act.json:
        return who.client.post(address, json=said, headers={"X-CSRF-Token": csrf})  # type: ignore[no-any-return]
    return who.client.post(address, data={"csrf_token": csrf, **flat(said)})  # type: ignore[no-any-return]


def audited(stage: Stage, what: str) -> int:
    """Rows of that word; an administrator's act says behind it what it was about."""
    table = metadata.tables["audit"]
    said = or_(table.c.what == what, and_(table.c.what.startswith(f"{what} "), table.c.actor_kind == "admin"))
    with transaction(stage.gateway.engine, SystemScope()) as db:
        return int(db.execute(select(func.count()).where(said)).scalar_one())


@pytest.mark.parametrize(("who", "verb"), TRIED, ids=lambda part: part)
def test_each_act_is_done_by_every_way_to_it(stage: Stage, who: str, verb: str) -> None:
    exercise = EXERCISES[who][verb]
    for rule, act in acts(stage.world.app)[who, verb]:
        before = audited(stage, act.audit)
        answer = press(stage, rule, act, exercise)
        text = answer.get_data(as_text=True)
        assert answer.status_code == exercise.status or answer.status_code in (200, 204, 303), (rule.rule, text)
        assert not act.audit or audited(stage, act.audit) > before, f"{rule.rule} leaves no {act.audit} in the audit"
        if rule.rule == act.json and act.answer is not None:
            act.answer.shape.model_validate_json(text)


@pytest.mark.parametrize(("who", "verb"), TRIED, ids=lambda part: part)
def test_a_field_that_holds_no_text_is_named_and_never_repeated(stage: Stage, who: str, verb: str) -> None:
    """Each field of each JSON route once with what it cannot be."""
    secret, exercise = "2512489996", EXERCISES[who][verb]
    for rule, act in acts(stage.world.app)[who, verb]:
        for field in act.form.model_fields if rule.rule == act.json else ():
            name = act.form.model_fields[field].alias or field
            answer = press(stage, rule, act, replace(exercise, body=partial(spoilt, exercise, name, [secret])))
            assert answer.status_code in (400, 422), (rule.rule, name)
            assert answer.get_json()["field"].partition(".")[0] == name
            assert secret not in answer.get_data(as_text=True)


def test_no_act_brings_a_number_where_the_talk_is_not_about_one_known_citizen(stage: Stage) -> None:
    """Each text of each act about such a consultation, the drafts too (requirements.md U16)."""
    tried = set()
    for (who, verb), rows in acts(stage.world.app).items():
        exercise = EXERCISES[who][verb]
        if who not in ("employee", "clinic") or not exercise.state:
            continue
        unnumbered = replace(exercise, state=partial(without_number, exercise))
        for rule, act in rows:
            texts = [name for name, said in act.form.model_fields.items() if said.annotation is str]
            of_one = rule.arguments & {"id", "entry"} and rule.rule == (act.json or act.page) and verb not in CODES
            for field in texts if of_one else ():
                name = act.form.model_fields[field].alias or field
                said = partial(spoilt, exercise, name, "25.12.48 9996")
                answer = press(stage, rule, act, replace(unnumbered, body=said))
                assert answer.status_code == 422, (rule.rule, name)
                assert act.again or "9996" not in answer.get_data(as_text=True)
                tried.add(f"{who} {verb} {name}")
    assert tried >= {"employee keep-reason reason", "clinic add-clinic-text text", "clinic reject text"}
    assert len(tried) > 20


def without_number(exercise: Exercise, stage: Stage) -> Consultation:
    made = exercise.made(stage)
    assert made is not None
    return stage.gateway.store.commit(replace(made, kind=Kind.WITHOUT_NUMBER if made.sole_case else Kind.ROUND))


def spoilt(exercise: Exercise, name: str, value: object, stage: Stage, consultation: Consultation | None) -> Body:
    return exercise.said(stage, consultation) | {name: value}

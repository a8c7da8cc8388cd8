"""A citizen's number typed into any box of the console stands in no row, on no page and in no address afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.web.acts import Act
from gateway.web.guards import audience_of
from tests.support.commands import everything_in
from tests.unit.web.acts.console_exercises import CONSOLE
from tests.unit.web.acts.stage import Stage

NUMBER = "0201609996"


def boxes(stage: Stage) -> Iterator[tuple[Any, Act, str]]:
    """Route, act and field of every text that can be typed."""
    app = stage.world.app
    for rule in app.url_map.iter_rules():
        act = getattr(app.view_functions[rule.endpoint], "act", None)
        with app.app_context():
            of_console = audience_of(rule.endpoint) == "console"
        if act is not None and of_console and act.verb != "end":
            yield from ((rule, act, name) for name, field in act.form.model_fields.items() if "str" in str(field))


def flat(said: Mapping[str, Any]) -> dict[str, str]:
    inner = {f"{k}.{a}": str(b) for k, v in said.items() if isinstance(v, dict) for a, b in v.items()}
    return inner | {k: str(v) for k, v in said.items() if not isinstance(v, dict)}


def pressed(stage: Stage, rule: Any, act: Act, field: str) -> str:
    """All that is answered."""
    exercise = CONSOLE[act.verb]
    made = exercise.made(stage)
    seat = exercise.by(stage, made) if exercise.by else stage.admin
    named = exercise.named(stage, made) if exercise.named else {}
    body = flat(exercise.said(stage, made)) | {field: NUMBER, "csrf_token": seat.csrf}
    place = rule.build({name: named.get(name, "x") for name in rule.arguments})[1]
    answer = seat.client.post(place, data=body)
    assert answer.status_code < 500, (act.verb, field)
    return f"{answer.location} {answer.get_data(as_text=True)}"


def stored(stage: Stage) -> set[str]:
    return {
        name
        for name, rows in everything_in(stage.gateway.engine).items()
        if any(NUMBER in str(value) for row in rows for value in row if not isinstance(value, bytes))
    }


def test_u16_a_number_in_a_box_of_the_console_is_kept_nowhere(tmp_path: Path) -> None:
    stage = Stage(tmp_path, rate_factor="1000000")
    found, tried = [], 0
    for rule, act, field in boxes(stage):
        before = stored(stage)
        shown = NUMBER in pressed(stage, rule, act, field)
        tried += 1
        if shown or stored(stage) - before:
            found.append((act.verb, field))
    assert tried > 25 and found == []

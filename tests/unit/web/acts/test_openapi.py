"""``openapi.json`` is a valid description, names every route of the API, and is read by nobody who is not logged in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.web.words.acts import ACT_WORDS
from tests.unit.web.acts.stage import Stage

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("openapi"))


@pytest.fixture(scope="module")
def described(stage: Stage) -> dict[str, Any]:
    document: dict[str, Any] = stage.nurse.get("/api/openapi.json").get_json()
    return document


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_whoever_is_not_logged_in_is_told_nothing(stage: Stage) -> None:
    assert stage.world.app.test_client().get("/api/openapi.json").status_code == 401
    assert stage.doctor.client.get("/api/openapi.json").status_code == 200


def test_the_description_is_valid(described: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(described).validate()


def test_every_route_of_the_api_is_described_and_no_other(stage: Stage, described: dict[str, Any]) -> None:
    rules = [rule for rule in stage.world.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert set(operations(described)) == served
    assert len(served) > 45


def test_each_says_what_it_takes_what_it_answers_and_who_may(stage: Stage, described: dict[str, Any]) -> None:
    for (path, method), operation in operations(described).items():
        assert operation["summary"] and operation["tags"] and operation["security"], path
        if operation["tags"] == ["peer"]:
            continue
        assert any("content" in answer for status, answer in operation["responses"].items() if status == "200"), path
        assert method == "get" or all("token" in way for way in operation["security"]), path


def test_a_body_is_described_where_the_act_reads_one(stage: Stage, described: dict[str, Any]) -> None:
    taken = operations(described)
    for rule in stage.world.app.url_map.iter_rules():
        act = getattr(stage.world.app.view_functions[rule.endpoint], "act", None)
        if act is not None and rule.rule == act.json:
            operation = taken[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), "post"]
            named = _fields(described, operation)
            assert named == {field.alias or name for name, field in act.form.model_fields.items()}, rule.rule


def _fields(document: dict[str, Any], operation: dict[str, Any]) -> set[str]:
    if "requestBody" not in operation:
        return set()
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return set(document["components"]["schemas"][reference.rpartition("/")[2]]["properties"])


def test_the_words_follow_the_readers_language(stage: Stage, described: dict[str, Any]) -> None:
    client = stage.world.nurse("Ellen Engelsk")
    client.post("/sprog", language="en")
    english = client.get("/api/openapi.json").get_json()
    answer = ("/api/v1/consultations/{id}/answer", "post")
    assert operations(english)[answer]["summary"] == "Join the call"
    with stage.world.app.test_request_context():
        assert operations(described)[answer]["summary"] == ACT_WORDS["answer"]() == "Deltag i samtalen"

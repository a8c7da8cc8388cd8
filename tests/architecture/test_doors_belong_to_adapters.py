"""A door belongs to its adapter: whoever mounts, attempts or introduces holds no adapter's name, and every address of a
door is mounted."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from flask import Flask

from adapters.discovery import KINDS, adapter_names, found_doors
from gateway.settings import Settings
from gateway.web.app import create_app
from gateway.wiring import Gateway
from tests.architecture.source import ROOT, modules, name_of, nodes_of
from workers.mllp import line_door

# The command line builds the demo, the benches of ``gateway/certify`` each certify one adapter.
NAMELESS = ("gateway/web/", "gateway/live/", "workers/", "gateway/doors.py", "gateway/wiring.py", "gateway/peers/",
            "gateway/services/", "gateway/ports/")  # fmt: skip
# Names that are also words of the field, and may be said as such.
WORDS = {"browser", "soap", "medcom"}


def nameless_modules() -> list[Path]:
    return [path for path in modules("gateway", "workers") if name_of(path).startswith(NAMELESS)]


def names() -> set[str]:
    return {name for kind in KINDS for name in adapter_names(kind)}


def test_there_is_something_to_look_at() -> None:
    assert len(nameless_modules()) > 60
    assert len(names()) > 8
    assert {door.name for door in found_doors()} >= {"fhir_pull", "soap", "medcom", "hl7v2", "fhir_r4"}


@pytest.mark.parametrize("path", nameless_modules(), ids=name_of)
def test_no_adapter_is_named(path: Path) -> None:
    """Neither imported, by whatever means, nor compared with: its name stands in no constant."""
    dotted = re.compile(rf"\badapters[./]({'|'.join(KINDS)})[./]")
    said = [node.value for node in nodes_of(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    imported = {node.module or "" for node in nodes_of(path) if isinstance(node, ast.ImportFrom)}
    assert not [module for module in imported if dotted.match(module + ".")]
    assert not [word for word in said if dotted.search(word) or word in names() - WORDS]


def test_the_import_law_knows_every_kind_of_adapter() -> None:
    law = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    strangers = next(each for each in law if each["type"] == "independence")
    assert set(strangers["modules"]) == {f"adapters.{kind}.*" for kind in KINDS}
    nameless = next(each for each in law if "names no adapter" in each["name"])
    assert set(nameless["forbidden_modules"]) == {f"adapters.{kind}" for kind in KINDS}


@pytest.fixture(scope="module")
def app() -> Flask:
    urls = dict.fromkeys(("public_url", "live_url", "media_url"), "http://gateway.localhost")
    keys = dict.fromkeys(("data_key", "index_key", "media_secret", "client_key"), "env:NONE")
    return create_app(Gateway(Settings(database_url="sqlite://", redis_url="redis://127.0.0.1:1/0", **urls, **keys)))


@pytest.mark.parametrize("door", found_doors(), ids=lambda door: door.name)
def test_every_address_of_a_door_is_mounted(door, app: Flask) -> None:  # type: ignore[no-untyped-def]
    known = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule): rule.methods or set() for rule in app.url_map.iter_rules()
    }
    for address in door.addresses:
        if address.transport == "mllp":
            assert line_door(door.name, door.kind) == door
        else:
            assert set(address.methods) <= known[address.path], address.path


def test_no_two_doors_share_an_address() -> None:
    paths = [address.path for door in found_doors() for address in door.addresses if address.path]
    assert len(paths) == len(set(paths))

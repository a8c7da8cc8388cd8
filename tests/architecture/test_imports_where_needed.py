"""What only one door needs is imported where that door is opened: each process starts without it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.architecture.source import PRODUCT, ROOT, modules

HEAVY = ("aiohttp", "alembic", "av", "celery", "fhir", "flask", "hl7apy", "lxml", "reportlab", "zeep")
# What each process loads of them before it knows its database and its connections.
LOADS = {
    "gateway.cli": {"alembic", "lxml"},
    "gateway.live.__main__": {"aiohttp", "lxml"},
    "video.__main__": {"aiohttp", "av"},
    "video.keeper": {"aiohttp", "av"},
    "workers.alone": {"lxml"},
    "workers.app": {"celery", "lxml"},
    "workers.certifying": {"lxml"},
    "workers.mllp": {"lxml"},
    "workers.relay": {"celery", "lxml"},
}
NAMED = {"workers.__main__": "workers.app"}  # it runs when it is imported
ASK = "import importlib, json, sys; importlib.import_module(sys.argv[1]); print(json.dumps(sorted(sys.modules)))"


def test_every_process_stands_in_the_table() -> None:
    started = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in modules(*PRODUCT)
        if path.stem == "__main__" or '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert {NAMED.get(name, name) for name in started} | {"gateway.cli"} == set(LOADS)


@pytest.mark.parametrize("process", LOADS)
def test_a_process_starts_without_what_only_one_door_needs(process: str) -> None:
    done = subprocess.run([sys.executable, "-c", ASK, process], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded & set(HEAVY) <= LOADS[process]

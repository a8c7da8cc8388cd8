"""``laegebro synthetic`` on a deployment in production mode: all well, and which part is not (D18)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from simulators.demo.once import stored
from simulators.demo.processes import python
from simulators.demo.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("REDIS_URL", raising=False)
        patch.delenv("DATABASE_URL", raising=False)
        production = {"LAEGEBRO_ENVIRONMENT": "production"}
        with Stack(tmp_path_factory.mktemp("synthetic") / "run", environment=production) as running:
            yield running


def command(stack: Stack, *options: str) -> subprocess.CompletedProcess[str]:
    call = python("-c", "from gateway.cli import main; main()", "synthetic", *options)
    return subprocess.run(call, env=stack.environment, capture_output=True, text=True, timeout=120, check=False)


def run(stack: Stack, *options: str) -> tuple[int, dict[str, Any]]:
    done = command(stack, "--json", *options)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def notes(stack: Stack) -> int:
    return sum(stored(stack, "eoj", "DocumentReference").values())


@pytest.mark.parametrize("practice", ["034835", "012041"])
def test_d18_a_synthetic_run_is_well_and_its_note_stands_once_in_the_record(stack: Stack, practice: str) -> None:
    before = notes(stack)
    code, said = run(stack, "--practice", practice)
    assert (code, said["failed_at"], said["fault"]) == (0, "", ""), said
    assert list(said["steps"]) == ["launch", "queue", "received", "accept", "media", "note", "filed"]
    told = stack.command("show", said["short_id"])
    assert told.index(" launched ") < told.index(" accepted ") < told.index(" note-filed ")
    assert notes(stack) - before == 1


def test_the_part_that_is_down_is_named_and_monitoring_hears_of_it(stack: Stack) -> None:
    stack["media"].kill()
    try:
        code, said = run(stack)
    finally:
        stack["media"].start()
    assert (code, said["failed_at"]) == (1, "media"), said
    assert not stack.command("deliveries").count("stuck")
    last = json.loads(stack.command("synthetic", "--last", "--json"))
    assert [each["well"] for each in last] == [False, True, True]


def test_only_official_test_persons_are_taken_and_no_number_is_repeated(stack: Stack) -> None:
    done = command(stack, "--citizen", f"010190-{1234}")
    assert done.returncode == 2
    assert "official test person" in done.stderr and "1234" not in done.stderr + done.stdout

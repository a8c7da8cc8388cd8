"""The demo as a person starts it: one consultation goes through, and however it is ended nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil  # type: ignore[import-untyped]  # no stubs of its own
import pytest

from simulators.demo.processes import python

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

DEMO = python("-m", "simulators.demo")
STARTING, STANDING = b"identity", b"Ctrl-C ends everything"  # words of its output
ENDS = 60  # seconds, on a busy machine


def surroundings() -> dict[str, str]:
    """Nothing that would lend it a database or a Redis of somebody else's."""
    return {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}


@contextmanager
def demo(until: bytes) -> Iterator[tuple[subprocess.Popen[bytes], list[psutil.Process]]]:
    """Leader of a process group of its own, as a shell or ``timeout`` starts it; and what it has started by then."""
    run = subprocess.Popen(DEMO, env=surroundings(), stdout=subprocess.PIPE, start_new_session=True)
    started: list[psutil.Process] = []
    try:
        assert run.stdout is not None and any(until in line for line in run.stdout)
        started = psutil.Process(run.pid).children(recursive=True)
        yield run, started
    finally:
        run.kill()
        run.wait()
        for each in started:
            with suppress(psutil.NoSuchProcess):
                each.kill()


@pytest.mark.parametrize(
    ("number", "moment", "code"),
    [
        (signal.SIGTERM, STANDING, 0),
        (signal.SIGINT, STANDING, 0),
        (signal.SIGHUP, STANDING, 0),
        (signal.SIGTERM, STARTING, 128 + signal.SIGTERM),
    ],
)
def test_ended_with_its_whole_group_and_told_twice_it_leaves_nothing(
    number: signal.Signals, moment: bytes, code: int
) -> None:
    with demo(moment) as (run, started):
        for _ in range(2):
            os.killpg(run.pid, number)
        assert run.wait(ENDS) == code
        _, left = psutil.wait_procs(started, ENDS)
        assert len(started) >= 5 and [each.cmdline() for each in left] == []


def test_one_consultation_by_itself_is_filed_once() -> None:
    done = subprocess.run(
        [*DEMO, "--once"], env=surroundings(), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Notes in the care system: 1\n" in done.stdout

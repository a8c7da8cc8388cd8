"""A media process under its keeper: replaced where it is killed, ended where the keeper is told to end or dies."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from gateway.domain.room import JoinTicket
from tests.support.processes.media_client import PATIENCE, ROOT, first_answer, signed

TICKETS = {"LAEGEBRO_MEDIA_TICKET_SECRET": secrets.token_hex(20), "LAEGEBRO_MEDIA_ADDRESSES": "127.0.0.1"}


class Kept:
    """``python -m video.keeper`` with its media process."""

    def __init__(self, **environment: str) -> None:
        self.keeper = subprocess.Popen(
            [sys.executable, "-m", "video.keeper"],
            cwd=ROOT,
            env=os.environ | TICKETS | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def port(self) -> int:
        """Of the process that says so next; 0 where none does any more."""
        assert self.keeper.stdout is not None
        return int(self.keeper.stdout.readline().strip().rpartition(":")[2] or 0)

    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port()}/signal"

    def media(self) -> int:
        (pid,) = Path(f"/proc/{self.keeper.pid}/task/{self.keeper.pid}/children").read_text().split()
        return int(pid)

    def kill_media(self) -> None:
        os.kill(self.media(), signal.SIGKILL)


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept(LAEGEBRO_MEDIA_PORT="0")
    yield made
    made.keeper.kill()
    made.keeper.communicate()


def answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def eventually_silent(port: int) -> bool:
    end = time.monotonic() + PATIENCE
    while answers(port) and time.monotonic() < end:
        time.sleep(0.02)
    return not answers(port)


def test_a_killed_media_process_is_followed_by_another(kept: Kept) -> None:
    first = kept.port()
    before = kept.media()
    kept.kill_media()
    second = kept.port()
    assert answers(second)
    assert kept.media() != before
    assert kept.keeper.poll() is None
    assert not answers(first)


async def test_a_ticket_that_a_killed_process_took_lets_nobody_in_at_any_later_one(kept: Kept) -> None:
    used: list[str] = []
    async with aiohttp.ClientSession() as session:
        for number in range(3):
            url = kept.url()
            claims = JoinTicket("room", f"seat-{number}", 1, "guest", int(time.time()) + 60)
            used.append(signed(claims, TICKETS["LAEGEBRO_MEDIA_TICKET_SECRET"]))
            answers = [(await first_answer(session, url, ticket))[1] for ticket in reversed(used)]
            assert answers[0]["type"] == "offer"
            assert answers[1:] == [{"type": "refused", "reason": "used"}] * number
            kept.kill_media()


def test_one_that_cannot_live_is_given_up_and_said(kept: Kept) -> None:
    for _ in range(3):
        assert kept.port()
        kept.kill_media()
    assert kept.keeper.wait(PATIENCE) == 1
    assert kept.keeper.stderr is not None
    assert kept.keeper.stderr.read().count("media-process-died") == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_a_signal_to_the_keeper_ends_the_media_process_as_one_to_itself(kept: Kept, number: int) -> None:
    port = kept.port()
    kept.keeper.send_signal(number)
    assert kept.keeper.wait(PATIENCE) == 0
    assert not answers(port)


def test_no_media_process_outlives_its_keeper(kept: Kept) -> None:
    port = kept.port()
    kept.keeper.kill()
    assert kept.keeper.wait(PATIENCE) == -signal.SIGKILL
    assert eventually_silent(port)


def test_settings_that_are_refused_are_not_tried_again() -> None:
    made = Kept(LAEGEBRO_MEDIA_PORT="many")
    said = made.keeper.communicate(timeout=PATIENCE)[1]
    assert made.keeper.returncode == 2
    assert said.count("LAEGEBRO_MEDIA_PORT") == 1

"""Starting, killing and ending the processes of one run: ours by handle, never by name."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from simulators.demo.forking import Forked, Running, is_module

ANY_PORT = "127.0.0.1:0"
START = 60.0
STOP = 8.0
_ADDRESS = re.compile(r"listening on (http://\S+)\n")


class DidNotStart(Exception):
    """A process ended or stayed silent; ``args`` are its name and where its log lies."""


def free_port() -> int:
    """A port that is free now, asked of the operating system."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Process:
    """One child process that can be killed and started again with the same command.

    What ``announces`` says its address in its log; ``forked`` are Python modules that share memory with each other.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    port: int | None = None
    announces: bool = False
    forked: bool = False
    address: str = ""
    _running: Running | None = field(default=None, repr=False)
    _logged: int = field(default=0, repr=False)

    def start(self) -> None:
        """Start, and wait until it listens: on its port, or by the line it prints."""
        self.launch()
        self.wait_until_up()

    def launch(self) -> None:
        """Start without waiting."""
        with self.log_file.open("ab") as log:
            self._logged = log.tell()
            if self.forked and is_module(self.command):
                self._running = Forked(self.command, self.environment, self.log_file)
            else:
                self._running = subprocess.Popen(
                    self.command,
                    env=dict(self.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def wait_until_up(self) -> None:
        """Until it listens, or ``DidNotStart``. One that chose its port itself keeps it for its next start."""
        self._wait()
        if self.announces:
            port = self.address.rpartition(":")[2]
            self.command = [word.replace(ANY_PORT, f"127.0.0.1:{port}") for word in self.command]

    def _wait(self) -> None:
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            if not self.alive:
                raise DidNotStart(self.name, str(self.log_file))
            if self._is_up():
                return
            time.sleep(0.05)
        raise DidNotStart(self.name, str(self.log_file))

    def _is_up(self) -> bool:
        if self.announces:
            return self._has_announced()
        return self.port is None or self._answers()

    def _has_announced(self) -> bool:
        with self.log_file.open("rb") as log:
            log.seek(self._logged)
            found = _ADDRESS.search(log.read().decode("utf-8", "replace"))
        if found:
            self.address = found.group(1).rstrip("/")
        return found is not None

    def _answers(self) -> bool:
        if self.port is None:
            return False
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2):
            return True
        return False

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the number of the signal that ended it."""
        return None if self._running is None else self._running.poll()

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    def kill(self) -> None:
        """SIGKILL the whole group: the process and what it forked."""
        self._signal(signal.SIGKILL)
        if self._running is not None:
            self._running.wait(STOP)
        deadline = time.monotonic() + STOP
        while self._answers() and time.monotonic() < deadline:
            time.sleep(0.02)  # what it forked dies a moment later, and holds the port until then

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for whoever does not listen."""
        self.ask_to_end()
        self.wait_until_ended(STOP)

    def ask_to_end(self) -> None:
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)

    def wait_until_ended(self, seconds: float) -> None:
        """Killed after as many seconds."""
        if self._running is None:
            return
        try:
            self._running.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            self.kill()

    def _signal(self, number: int) -> None:
        if self._running is not None and self._running.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, number)


def end_together(processes: Iterable[Process]) -> None:
    """As ``stop``, all at once."""
    asked = list(processes)
    deadline = time.monotonic() + STOP
    for process in asked:
        process.ask_to_end()
    for process in asked:
        process.wait_until_ended(deadline - time.monotonic())


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]

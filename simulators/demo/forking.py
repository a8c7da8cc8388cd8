"""Processes forked from one server that has imported what they have in common: a run of them needs less memory and
starts sooner. For the demo only: a journey starts each process as an installation does."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from io import TextIOWrapper
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Protocol, cast

# Imported by the server, in this order; the last makes what they hold stay shared. None reads the environment or starts
# a thread when it is imported.
PRELOADED = (
    "gateway.web.app",
    "gateway.live.app",
    "workers.app",
    "workers.relay",
    "adapters.eoj.smart_fhir.adapter",
    "adapters.gp_system.fhir_r4.adapter",
    "adapters.register.dgcpr.adapter",
    "simulators.eoj.app",
    "simulators.gp.app",
    "simulators.national.app",
    "simulators.identity.app",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "simulators.demo.libraries",
)


ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)  # a service manager, a closed terminal, Ctrl-C


class Running(Protocol):
    """What is needed of a started process; ``subprocess.Popen`` has it."""

    pid: int

    def poll(self) -> int | None:
        """None while it runs; minus the number of the signal that ended it."""

    def wait(self, timeout: float | None = None) -> int:
        """Raises ``subprocess.TimeoutExpired``."""


def is_module(command: Sequence[str]) -> bool:
    """Whether the command is ``python -m module …``."""
    return list(command[:2]) == [sys.executable, "-m"]


class Forked:
    """``python -m module …`` without a new interpreter; its output is added to ``log_file``."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log_file: Path) -> None:
        self._command = list(command)
        told = (self._command[2:], dict(environment), str(log_file))
        self._process = _server().Process(target=_run, args=told)
        self._process.start()
        self.pid = cast(int, self._process.pid)

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self._command, timeout or 0.0)
        return code


@cache
def _server() -> ForkServerContext:
    """Started so that what ends this run, where it is told to the whole process group, does not end the server first:
    only the server knows whether the others still run, and it ends by itself when nobody needs it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    resource_tracker.ensure_running()  # which lets the signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


def _run(arguments: list[str], environment: dict[str, str], log_file: str) -> None:
    """In the child: a session, environment, output and arguments of its own, then the module."""
    os.setsid()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    os.environ.clear()
    os.environ.update(environment)
    with Path(os.devnull).open("rb") as nothing, Path(log_file).open("ab") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    for stream in (sys.stdout, sys.stderr):
        cast(TextIOWrapper, stream).reconfigure(line_buffering=True)
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)

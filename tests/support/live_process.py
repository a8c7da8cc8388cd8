"""The live process as it is run, and a reader of its streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from gateway.settings import Settings

WITHIN = 60.0  # a condition's longest wait on a busy machine; no claim about speed


@contextmanager
def live_process(settings: Settings, listen: str = "127.0.0.1:0") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address it listens on; it is stopped on leaving."""
    values = settings.model_dump(exclude={"former_data_keys"})
    env = os.environ | {f"LAEGEBRO_{name.upper()}": str(value) for name, value in values.items()}
    env["LAEGEBRO_LIVE_LISTEN"] = listen
    process = subprocess.Popen([sys.executable, "-m", "gateway.live"], env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), line
        yield process, line.removeprefix("listening on ").strip()
    finally:
        process.terminate()
        process.wait(WITHIN)


@dataclass
class Reader:
    """Events of one stream, in order; ``heard`` keeps everything that was said."""

    lines: Iterator[str]
    heard: list[str] = field(default_factory=list)

    def next(self, event: str) -> dict[str, Any]:
        named = ""
        for line in self.lines:
            self.heard.append(line)
            if line.startswith("event: "):
                named = line.removeprefix("event: ")
            elif line.startswith("data: ") and named == event:
                document: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return document
        raise AssertionError(f"the stream ended before {event}")

    def until(self, event: str, **wanted: Any) -> dict[str, Any]:
        """The first document with these values."""
        while True:
            document = self.next(event)
            if all(document.get(name) == value for name, value in wanted.items()):
                return document


@contextmanager
def stream(address: str, path: str, cookies: dict[str, str], **headers: str) -> Iterator[tuple[httpx.Response, Reader]]:
    timeout = httpx.Timeout(WITHIN)
    with (
        httpx.Client(timeout=timeout, cookies=cookies) as client,
        client.stream("GET", f"{address}{path}", headers=headers) as answer,
    ):
        yield answer, Reader(answer.iter_lines())

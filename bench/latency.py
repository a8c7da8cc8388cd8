"""How long people wait for each other: launch → queue, reject → nurse, approval → record, over all real processes.

    python bench/latency.py [--quick]

Times are taken at the outside: when the practice's own screen shows the row, when the nurse's event stream says so.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures, percentile  # noqa: E402
from simulators.demo.people import Doctor, Nurse  # noqa: E402
from simulators.demo.stack import Stack  # noqa: E402

RECORDS = ("r-1001", "r-1002", "r-1012")
PATIENCE = 30.0


class Stream:
    """The nurse's server-sent events, read as her page reads them."""

    def __init__(self, stack: Stack, nurse: Nurse) -> None:
        self._states: Queue[dict[str, Any]] = Queue()
        self._stop = threading.Event()
        url = f"{stack.live_url}/live/consultation/{nurse.consultation}"
        headers = {"Origin": stack.gateway_url, "Cookie": nurse.cookies()}
        threading.Thread(target=self._read, args=(stack, url, headers), daemon=True).start()

    def _read(self, stack: Stack, url: str, headers: dict[str, str]) -> None:
        with stack.client() as client, client.stream("GET", url, headers=headers, timeout=60) as answer:
            for line in answer.iter_lines():
                if self._stop.is_set():
                    return
                if line.startswith("data:"):
                    self._states.put(json.loads(line[5:]))

    def wait(self, reached: Callable[[dict[str, Any]], bool]) -> float:
        """When a state was pushed that fits."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                state = self._states.get(timeout=1)
            except Empty:
                continue
            if reached(state):
                return time.monotonic()
        raise TimeoutError("the stream never said so")

    def close(self) -> None:
        self._stop.set()


def one_round(stack: Stack, doctor: Doctor, record: str) -> dict[str, float]:
    """Placed, rejected by the practice, documented by telephone: three waits of one consultation."""
    nurse = Nurse(stack)
    nurse.launch(record)
    stream = Stream(stack, nurse)
    started = time.monotonic()
    entry = str(nurse.place()["entry"])
    while entry not in doctor.waiting():
        time.sleep(0.01)
    queued = time.monotonic() - started
    started = time.monotonic()
    doctor.reject_in_own_system(entry, "by-phone")
    rejected = stream.wait(lambda s: s["status"] == "deciding") - started
    nurse.act("phone", {"clinician": "Lise Hansen"})
    started = time.monotonic()
    nurse.act("approve", {"text": "Ringes op.", "clinician": "Lise Hansen"})
    filed = stream.wait(lambda s: bool(s["note"]) and bool(s["note"][0]["filed_at"])) - started
    stream.close()
    nurse.close()
    return {"launch_to_queue": queued, "reject_to_nurse": rejected, "approval_to_record": filed}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    rounds = 10 if parser.parse_args().quick else 100
    waits: dict[str, list[float]] = {}
    with Stack() as stack:
        doctor = Doctor(stack)
        doctor.open_own_system()
        for number in range(rounds):
            try:
                measured = one_round(stack, doctor, RECORDS[number % len(RECORDS)])
            except (httpx.HTTPError, TimeoutError) as fault:
                print(f"round {number} failed: {type(fault).__name__}")
                return 1
            for name, value in measured.items():
                waits.setdefault(name, []).append(value)
    figures = Figures()
    for name, values in waits.items():
        figures.at_most(f"{name}_p50", percentile(values, 0.5), "s", 1.0)
        figures.at_most(f"{name}_p99", percentile(values, 0.99), "s", 2.0)
    return figures.exit_code()


if __name__ == "__main__":
    raise SystemExit(main())

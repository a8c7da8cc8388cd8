"""When a process is ready, what the peers' journals say once nothing is owed any more, and what the logs say."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path

import httpx

from gateway.store.ground.engine import open_engine
from tests.storm.courses import Course
from tests.storm.grounds import Grounds
from tests.storm.judge import Verdict, count_due, debts_of, judge

WITHIN = 120.0


def is_ready(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def settled(grounds: Grounds, courses: Iterable[Course]) -> Verdict:
    engine = open_engine(grounds.database.url)
    began = time.monotonic()
    while count_due(engine) and time.monotonic() - began < WITHIN:
        time.sleep(0.5)
    print(f"nothing owed {time.monotonic() - began:.1f} s after the last act")
    journals = [grounds.told(peer, "_storm/journal") for peer in ("gp", "eoj")]
    verdict = judge(courses, journals[0], journals[1], debts_of(engine))
    engine.dispose()
    return verdict


def show_faults(logs: Path) -> None:
    """What the processes and nginx wrote that is more than a warning; the first lines of each."""
    for log in (*sorted(logs.glob("*.log")), logs.parent / "data" / "log"):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        told = [
            line[:400]
            for line in lines
            if re.search(r'"level": "(error|critical)"|\[(error|crit)\]|Error|ERROR:|STATEMENT:', line)
        ]
        print(*(f"{log.name}: {line}" for line in told[:12]), sep="\n")

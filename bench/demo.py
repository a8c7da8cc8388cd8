"""How soon the demo prints its addresses, and what memory it needs.

    python bench/demo.py [--quick]

The memory is the proportional share (PSS) of every process of the run, read five seconds after the addresses stand;
beside it the same processes started one by one, each with an interpreter of its own.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from simulators.demo.stack import Stack  # noqa: E402

ADDRESSES = b"Logs and data"
REST = 5.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="without the processes one by one")
    quick = parser.parse_args().quick
    figures = Figures()
    seconds, megabytes = demo()
    figures.at_most("demo_addresses", seconds, "s", 20)
    figures.at_most("demo_memory", megabytes, "MB", 500)
    if not quick:
        print(f"each with an interpreter of its own: {apart():.0f} MB")
    return figures.exit_code()


def demo() -> tuple[float, float]:
    """Seconds until the addresses stand, and memory in MB."""
    began = time.monotonic()
    run = subprocess.Popen([sys.executable, "-m", "simulators.demo"], stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert run.stdout is not None
        if not any(ADDRESSES in line for line in run.stdout):
            raise SystemExit("the demo ended before it stood")
        seconds = time.monotonic() - began
        time.sleep(REST)
        return seconds, memory(run.pid)
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(30)


def apart() -> float:
    with Stack(national=True) as stack:
        time.sleep(REST)
        return sum(memory(process.pid) for process in stack.processes.values())


def memory(pid: int) -> float:
    """MB of a process and all it started."""
    whole = psutil.Process(pid)
    return sum(each.memory_full_info().pss for each in (whole, *whole.children(recursive=True))) / 1e6


if __name__ == "__main__":
    raise SystemExit(main())

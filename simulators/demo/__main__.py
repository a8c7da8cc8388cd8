"""``laegebro demo``: everything on this machine; with ``--once`` one whole consultation that checks itself."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from simulators.demo import history
from simulators.demo.forking import ENDING
from simulators.demo.setup import PASSWORD
from simulators.demo.stack import Stack


class Shown(Stack):
    """A stack that says line by line what it waits for, and how long that took."""

    forked = True
    past = True  # whether it begins with what was done on the days before

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        print(f"  {what} … ", end="", flush=True)
        yield
        print(f"{time.monotonic() - began:.1f} s", flush=True)

    def afterwards(self) -> Sequence[Sequence[str]]:
        """What was done before; our own processes would end at once what stands in a queue since last week."""
        return [("demo", "--history", str(history.write(self.folder / "history.json")))] if self.past else []


def main() -> int:
    parser = argparse.ArgumentParser(prog="laegebro demo")
    parser.add_argument("--once", action="store_true", help="run one consultation, check it, end")
    parser.add_argument("--folder", type=Path, help="keep data and logs here instead of a temporary folder")
    options = parser.parse_args()
    for number in ENDING:
        signal.signal(number, _end)
    print("Starting, and waiting for", flush=True)
    shown = Shown(options.folder, national=True)
    shown.past = not options.once  # which counts the notes of its own consultation
    with shown as stack:
        return once(stack) if options.once else wait(stack)


def _end(number: int, _frame: object) -> None:
    """What has started already is ended; told once more, it is not broken off in that."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def once(stack: Stack) -> int:
    """0 only if the note stands in the care system exactly once."""
    from simulators.demo.once import Consultation  # its people bring picture and sound, which only this needs

    consultation = Consultation(stack, lambda step: print(f"  ✓ {step}", flush=True))
    try:
        consultation.run()
        found = consultation.notes_in_the_record()
    finally:
        consultation.close()
    print(stack.command("show", consultation.short_id))
    print(f"Frames decoded: nurse {consultation.frames['nurse']}, doctor {consultation.frames['doctor']}")
    print(f"Notes in the care system: {sum(found.values())}")
    return 0 if list(found.values()) == [1] else 1


def wait(stack: Stack) -> int:
    """Print the addresses and stay until Ctrl-C."""
    stop = threading.Event()
    for number in ENDING:
        signal.signal(number, lambda *_: stop.set())
    print(addresses(stack), flush=True)
    while not stop.wait(1.0):
        fallen = [name for name, process in stack.processes.items() if not process.alive]
        if fallen:
            print(f"{', '.join(fallen)} ended by itself; see {stack.folder}", file=sys.stderr)
            return 1
    print("\nEnding every process …")
    return 0


def addresses(stack: Stack) -> str:
    """What to open, and who to be there."""
    return f"""
Open these (every password is "{PASSWORD}"):

  The nurse, in the care system    {stack["eoj"].address}/records/r-1001    mette
  The doctor, in her own system    {stack["gp"].address}/                   lise
  A clinic in the browser          {stack.gateway_url}/klinik               peter (Lægehuset Havnen)
  The nurse standing alone         {stack.gateway_url}/login                mette (Fjordby Kommune)
  The administrator's console      {stack.gateway_url}/konsol               ida (Fjordby Kommune), finn (Lægebro drift)
  A consultation's timeline        {stack.gateway_url}/forloeb/LB-…         the id stands on her page

Logs and data: {stack.folder}
Ctrl-C ends everything.
"""


if __name__ == "__main__":
    raise SystemExit(main())

"""Named places inside the product's processes where a scenario lets one die, freeze, or meet itself.

The plugin wraps them, the product knows nothing of it. An order is a file named after the step; whoever comes there
first takes it. ``<step>.struck`` says afterwards that it was taken.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

KILL, FREEZE, MEET, PASS = "kill", "freeze", "meet", "pass"
SIGNALS = {KILL: signal.SIGKILL, FREEZE: signal.SIGSTOP}
MET_WITHIN = 20.0
_two = threading.Barrier(2)


def ordered(folder: Path, step: str, how: str) -> Path:
    """Give the order; the file that will say it was taken."""
    struck = folder / f"{step}.struck"
    struck.unlink(missing_ok=True)
    beside = folder / f".{step}"
    beside.write_text(how, encoding="ascii")
    beside.replace(folder / step)
    return struck


def reached(step: str) -> None:
    """Obey the order for this step, where there is one."""
    order = Path(os.environ["STORM_STEPS"]) / step
    try:
        how = order.read_text(encoding="ascii")
        if how != MEET:
            order.unlink()
    except FileNotFoundError:
        return  # none, or another process was first
    if how == MEET:
        _two.wait(MET_WITHIN)
        order.unlink(missing_ok=True)
    (order.parent / f"{step}.struck").write_text(str(os.getpid()), encoding="ascii")
    if how == FREEZE:
        _wait_for_no_write()
    if how in SIGNALS:
        os.kill(os.getpid(), SIGNALS[how])


# Holds SQLite's one write lock until the process of that number is stopped.
_HOLDS = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
while open(f"/proc/{sys.argv[2]}/stat").read().rpartition(")")[2].split()[0] != "T":
    time.sleep(0.005)
"""


def _wait_for_no_write() -> None:
    """Until no other thread of this process is in a transaction that writes SQLite's file. One that is stopped there
    holds up every process for as long as it is, and no scenario is about that."""
    url = make_url(os.environ["LAEGEBRO_DATABASE_URL"])
    if url.get_backend_name() == "sqlite":
        command = [sys.executable, "-I", "-c", _HOLDS, str(url.database), str(os.getpid())]
        holder = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert holder.stdout is not None
        holder.stdout.readline()


def around(owner: Any, name: str, before: str = "", after: str = "") -> None:
    """Steps before the method, and after it where it gave anything but an empty list."""
    plain: Callable[..., Any] = getattr(owner, name)

    @wraps(plain)
    def stepped(*args: Any, **kwargs: Any) -> Any:
        if before:
            reached(before)
        given = plain(*args, **kwargs)
        if after and given != []:
            reached(after)
        return given

    setattr(owner, name, stepped)


def install() -> None:
    """``committing`` and ``committed`` in the web process; ``claimed``, ``settling`` and ``settled`` beside it."""
    from gateway.services import deliver
    from gateway.store.consultation.outbox import SqlOutbox
    from gateway.store.consultation.store import SqlConsultationStore

    if "gunicorn" in sys.orig_argv:
        around(SqlConsultationStore, "commit", "committing", "committed")
        return
    for claim in ("_take", "claim_lanes", "_claim_probe"):
        around(SqlOutbox, claim, after="claimed")
    around(deliver, "_settle_done", "settling", "settled")
    around(SqlOutbox, "settle", "settling", "settled")

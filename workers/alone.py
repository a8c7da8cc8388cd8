"""One attempt in a process of its own, for a row whose attempts ended without an outcome: ``python -m workers.alone``.

The parent watches how it ends. Only an end that the attempt caused itself counts against the row: a fault of our own,
a fatal signal such as SIGSEGV, the limits of memory and of processor time, or an attempt that hangs. A child that
was killed, stopped or interrupted from outside counts for nothing, and neither does one that never came to the attempt.
"""

from __future__ import annotations

import resource
import select
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from adapters.wire.transport import within
from gateway.domain.errors import ConcurrentChange
from gateway.domain.peers.delivery import Delivery
from gateway.logs import log
from gateway.services.deliver import attempt
from gateway.starting import started
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway
from workers.task import OF_THE_LEASE, attempting

TO_START = 60.0  # seconds until the child has begun; it is leased for as long, and again when it begins
BEGUN = b"begun"
CRASHED = 70
NOT_NOW = 75
MEMORY = 4 << 30  # bytes of address space
FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
LOOK_EVERY = 0.1


def crashes(delivery: Delivery, seconds: float) -> bool:
    """Make the attempt in a child; whether it crashed by itself. ``seconds``: the usual lease."""
    command = [sys.executable, "-m", "workers.alone", str(delivery.id), delivery.lease]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        if not _has_begun(child):
            child.kill()  # whatever keeps it from starting, it is not the row
            return False
        if not _ends(child, seconds):
            hung = not _is_stopped(child.pid)
            child.kill()
            return hung
        return is_crash(child.returncode)


def _has_begun(child: subprocess.Popen[bytes]) -> bool:
    assert child.stdout is not None
    ready, _, _ = select.select([child.stdout], [], [], TO_START)
    return bool(ready) and child.stdout.readline().strip() == BEGUN


def is_crash(code: int) -> bool:
    """By ``Popen.returncode``: negative is a signal."""
    if code < 0:
        return -code not in FROM_OUTSIDE
    return code == CRASHED


def _ends(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Within so many seconds in which this process ran itself: one that is frozen with its child blames nobody."""
    for _ in range(int(seconds / LOOK_EVERY)):
        if child.poll() is not None:
            return True
        time.sleep(LOOK_EVERY)
    return child.poll() is not None


def _is_stopped(pid: int) -> bool:
    """Frozen by a signal (proc(5): state T), so its time was not its own."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] in "Tt"


def _say_begun() -> None:
    sys.stdout.write(f"{BEGUN.decode()}\n")
    sys.stdout.flush()


def main() -> int:
    gateway = started("alone")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    processor = int(gateway.settings.lease_seconds) + 10
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    with ThreadPoolExecutor(1) as thread:
        fault = thread.submit(_attempt, gateway, UUID(sys.argv[1]), sys.argv[2]).exception()
    if fault is None:
        return 0
    log(__name__).error("attempt-crashed", delivery=sys.argv[1], fault=type(fault).__name__, alone=True)
    return NOT_NOW if isinstance(fault, (DatabaseFault, ConcurrentChange)) else CRASHED


def _attempt(gateway: Gateway, id: UUID, owner_lease: str) -> None:
    lease = gateway.settings.lease_seconds
    delivery = gateway.outbox.hold(id, owner_lease, timedelta(seconds=lease))
    if delivery is not None:
        _say_begun()
        with within(OF_THE_LEASE * lease):
            attempt(delivery, attempting(gateway))


if __name__ == "__main__":
    raise SystemExit(main())

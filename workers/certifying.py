"""One run of the contract's promises, in a process of its own that the relay starts (contract_runs.py)."""

from __future__ import annotations

import os
import signal
import sys
from uuid import UUID

from gateway.certify.connected.carrying_out import carry_out
from gateway.logs import log
from gateway.starting import started


def main() -> None:
    """``python -m workers.certifying ID``, leader of a session of its own: it ends together with whoever started it,
    and with every process that it has started itself."""
    gateway, id, relay = started("certifying"), UUID(sys.argv[1]), os.getppid()

    def give_up() -> None:
        log(__name__).warning("contract-run-given-up", run=str(id))
        os.killpg(os.getpid(), signal.SIGKILL)

    carry_out(gateway, id, lambda: os.getppid() == relay, give_up)


if __name__ == "__main__":
    main()

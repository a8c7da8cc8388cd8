"""Runs of the contract's promises that an administrator has asked for: the relay takes one at a time and carries it
out in a process of its own, which gets the run's id and nothing else.

A run whose process ends before it does, or falls silent, is interrupted, and may be asked for again.
"""

from __future__ import annotations

import subprocess
import sys

from gateway.domain.peers.contract_run import ContractState
from gateway.logs import log
from gateway.wiring import Gateway


def run_due(gateway: Gateway) -> bool:
    """Carry out one run to its end; whether there was one."""
    runs, now = gateway.contract_runs, gateway.clock.now()
    runs.interrupt_silent(now)
    run = runs.claim(now) if runs.is_any_asked() else None
    if run is None:
        return False
    command = (sys.executable, "-m", "workers.certifying", str(run.id))
    status = subprocess.run(command, check=False, start_new_session=True).returncode
    if runs.end(run.id, ContractState.INTERRUPTED, gateway.clock.now()):
        log(__name__).warning("contract-run-interrupted", connection=run.connection, status=status)
    return True

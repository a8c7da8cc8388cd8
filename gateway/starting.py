"""How a process starts: its logs, its settings, and a database whose schema this release was written for."""

from __future__ import annotations

import sys

from gateway import logs
from gateway.domain.errors import ConfigFault
from gateway.settings import load
from gateway.store.ground.faults import DatabaseFault
from gateway.store.ground.guards import require_within_walls
from gateway.store.migrations import require_present
from gateway.wiring import Gateway

REFUSED = 3  # gunicorn's own code for "do not start this worker again"


def started(process: str) -> Gateway:
    """The process's parts. Faults of the settings, or a schema it does not know, are said line by line on standard
    error and end it; a database that is away does not."""
    logs.configure(process)
    try:
        gateway = Gateway(load())
        require_present(gateway.engine)
        require_within_walls(gateway.engine)
    except ConfigFault as fault:
        sys.stderr.write(f"{fault}\n")
        raise SystemExit(REFUSED) from None
    except DatabaseFault:
        logs.log(__name__).warning("schema-not-checked")
    return gateway

"""Where a WSGI server finds the application: ``gunicorn gateway.web.wsgi:app``."""

from __future__ import annotations

import sys

from gateway.starting import started
from gateway.web.app import create_app

# Seconds a thread may keep the interpreter from the others (CPython's own 0.005). A request lets go of it at each
# statement, and at every one of them would wait so long again while the others compute.
sys.setswitchinterval(0.0005)

_gateway = started("web")
_gateway.build_peers()
app = create_app(_gateway)

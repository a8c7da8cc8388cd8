"""Where a WSGI server finds the application: ``gunicorn gateway.web.wsgi:app``."""

from __future__ import annotations

from gateway.starting import plainly, started
from gateway.web.app import create_app

_gateway = started("web")
with plainly():
    _gateway.build_peers()
    app = create_app(_gateway)

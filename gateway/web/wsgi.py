"""Where a WSGI server finds the application: ``gunicorn gateway.web.wsgi:app``."""

from __future__ import annotations

from gateway import logs, settings
from gateway.web.app import create_app
from gateway.wiring import Gateway

logs.configure("web")
_gateway = Gateway(settings.load())
_gateway.build_peers()
app = create_app(_gateway)

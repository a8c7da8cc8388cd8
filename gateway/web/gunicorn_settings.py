"""Gunicorn's settings: ``gunicorn --config python:gateway.web.gunicorn_settings gateway.web.wsgi:app``.

``LAEGEBRO_WEB_LISTEN`` (host:port), ``LAEGEBRO_WEB_WORKERS`` and ``LAEGEBRO_WEB_THREADS`` of the environment decide
what differs between machines.
"""

from __future__ import annotations

import os

from gateway.logs import as_dictionary

bind = os.environ.get("LAEGEBRO_WEB_LISTEN", "127.0.0.1:8000")
worker_class = "gateway.web.gunicorn_worker.Worker"  # threads; closes its door at SIGTERM
workers = int(os.environ.get("LAEGEBRO_WEB_WORKERS") or os.cpu_count() or 1)  # one for each core
threads = int(os.environ.get("LAEGEBRO_WEB_THREADS") or 32)  # a request mostly waits for the database or a care system
timeout = 120  # seconds; a worker that is silent for so long is replaced
graceful_timeout = 30  # what is under way at SIGTERM is finished within this
keepalive = 75  # longer than nginx keeps its own lines open, so that it never writes into one that was just closed
forwarded_allow_ips = "127.0.0.1"
worker_tmp_dir = "/dev/shm"  # noqa: S108 - a worker's sign of life must not wait for a disk
control_socket_disable = True
accesslog = None  # the application says a line for each request, without its address
logconfig_dict = as_dictionary("web")

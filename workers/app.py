"""The Celery application: an at-least-once alarm clock, never the memory of what is due (requirements.md R2).

Losing, repeating or reordering its messages changes nothing: a job says that something is due and at most which id,
and business delays live in the row, not in the broker. Beside the jobs a worker hears the wakes, which name the rows
that a commit has just added, and looks for itself every second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

from celery import Celery, signals

from gateway.alarms.watch import watch_over
from gateway.logs import log
from gateway.metrics import exporter
from gateway.readiness import Readiness
from gateway.settings import Settings
from gateway.starting import plainly, started
from gateway.store.ground.faults import DatabaseFault
from gateway.wake import Listener
from gateway.wiring import Gateway
from workers.courier import Courier
from workers.task import OF_THE_LEASE

PUBLISH_LIMIT = 0.3
QUEUE = "deliver"
TRANSPORT = "workers.transport:Transport"
LOOK_EVERY = 1.0


def _elsewhere(id: str = "") -> None:
    """The job as a publisher knows it: at most an id, anything else is a ``ValueError``."""
    _require_id(id)


def _require_id(id: str) -> None:
    if id:
        UUID(id)


def build(settings: Settings, deliver: Callable[..., None] = _elsewhere) -> Celery:
    """Configured for threads: they do not enforce task time limits, so every outbound call has its own."""
    app = Celery("laegebro", broker=settings.redis_url)
    app.conf.update(
        broker_transport=TRANSPORT,
        task_ignore_result=True,
        accept_content=["json"],
        task_serializer="json",
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_publish_retry=False,
        task_default_queue=QUEUE,
        broker_connection_timeout=0.5,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        broker_transport_options={
            "visibility_timeout": 60,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 0.5,
            "socket_timeout": 10,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "global_keyprefix": "laegebro:",
        },
    )
    app.task(name="deliver")(deliver)
    return app


def publisher(settings: Settings) -> Celery:
    """The same application for publishing: it gives up after 0.3 s instead of waiting for a frozen Redis."""
    app = build(settings)
    app.conf.broker_connection_timeout = PUBLISH_LIMIT
    app.conf.broker_transport_options = {
        **app.conf.broker_transport_options,
        "socket_timeout": PUBLISH_LIMIT,
        "socket_connect_timeout": PUBLISH_LIMIT,
        "max_retries": 0,  # kombu would sleep two seconds and try once more
    }
    return app


@signals.setup_logging.connect
def _own_logs(**_: Any) -> None:
    """Celery's own set-up would print job bodies at DEBUG; ours redacts and stays."""
    from gateway.logs import configure

    configure("worker")


def main() -> None:
    """``python -m workers``: one worker process."""
    gateway = started("worker", exporter.require_address)
    with plainly():
        exporter.serve(exporter.of_a_process(), readiness=Readiness(gateway).waits_for)
    watch_over(gateway, "worker", threading.Event())
    work(gateway)


def work(gateway: Gateway) -> None:
    """Attempt what is due, until SIGTERM; then what is under way is finished first."""
    courier = Courier(gateway)
    stop = threading.Event()
    threading.Thread(target=_keep_looking, args=(courier, stop), name="look", daemon=True).start()
    Listener(gateway.settings.redis_url, courier.offer).start()

    def deliver(id: str = "") -> None:
        _require_id(id)
        _look(courier)

    app = build(gateway.settings, deliver)
    try:
        app.worker_main(
            ["--quiet", "worker", "-P", "threads", "-c", "2", "--without-gossip", "--without-mingle", "-l", "WARNING"]
        )
    finally:
        stop.set()
        courier.close(OF_THE_LEASE * gateway.settings.lease_seconds)


def _keep_looking(courier: Courier, stop: threading.Event) -> None:
    while not stop.is_set():
        _look(courier)
        stop.wait(LOOK_EVERY)


def _look(courier: Courier) -> None:
    """A database that is away for a moment ends no worker."""
    try:
        courier.fill(wait=True)
    except DatabaseFault:
        log(__name__).error("database-away")

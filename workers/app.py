"""The Celery application: an at-least-once alarm clock, never the memory of what is due (requirements.md R2).

Losing, repeating or reordering its messages changes nothing: a job carries a delivery's id and nothing else, and
business delays live in the row, not in the broker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import Celery, signals

from gateway.settings import Settings
from gateway.starting import started
from workers.task import deliver_one

PUBLISH_LIMIT = 0.3
QUEUE = "deliver"
TRANSPORT = "workers.transport:Transport"


def build(settings: Settings, deliver: Callable[[str], None] = deliver_one) -> Celery:
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
    }
    return app


@signals.setup_logging.connect
def _own_logs(**_: Any) -> None:
    """Celery's own set-up would print job bodies at DEBUG; ours redacts and stays."""
    from gateway.logs import configure

    configure("worker")


def main() -> None:
    """``python -m workers``: one worker process with the threads pool."""
    work(build(started("worker").settings))


def work(app: Celery) -> None:
    """Attempt what is published, until SIGTERM."""
    app.worker_main(["worker", "-P", "threads", "-c", "8", "--without-gossip", "--without-mingle", "-l", "WARNING"])

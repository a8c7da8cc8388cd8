"""Kombu's Redis transport for a worker that is to outlive Redis (kombu 5.7).

When Redis goes away with a job in hand, kombu first tries to hand the job back, then, once it is done, to acknowledge
it, both over the connection that has just been closed. Either fails outside what Celery recovers from and ends the
worker. Nothing is lost without them: the row is the work, and the message is due again by itself once its visibility
timeout has run out.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis


class Channel(redis.Channel):
    """Once closed, it leaves in Redis what was not acknowledged before."""

    do_restore = False

    def basic_ack(self, delivery_tag: Any, multiple: bool = False) -> None:
        if not self.closed:
            super().basic_ack(delivery_tag, multiple=multiple)

    def basic_reject(self, delivery_tag: Any, requeue: bool = False) -> None:
        if not self.closed:
            super().basic_reject(delivery_tag, requeue=requeue)


class Transport(redis.Transport):
    """``broker_transport`` by name."""

    Channel = Channel

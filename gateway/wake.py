"""The wake-up call after a commit: a hint that something is due, carried by Redis and worth nothing if lost.

Requests never wait on Redis over 0.3 s, and after a failure they do not ask it again for a while (reliability.md F9).
"""

from __future__ import annotations

import time

import redis

from gateway.logs import log

CHANNEL = "laegebro:wake"
LIMIT = 0.3
PAUSE = 2.0


class Wake:
    """Publishes an empty wake. ``redis_url`` is never printed: it may hold a password."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(
            redis_url, socket_timeout=LIMIT, socket_connect_timeout=LIMIT, retry=None, retry_on_timeout=False
        )
        self._silent_until = 0.0

    def __call__(self) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._redis.publish(CHANNEL, b"")
        except redis.RedisError:
            self._silent_until = time.monotonic() + PAUSE
            log(__name__).warning("wake-not-published")

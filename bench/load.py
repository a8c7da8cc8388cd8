"""A load of HTTP requests over raw sockets, made before the clock starts: the client costs next to nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

THREADS = 8


def post(path: str, body: bytes, content_type: str, port: int) -> bytes:
    """The bytes of one POST on a connection that stays open."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answered(line: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Status and body; the answer must say its length."""
    line.sendall(request)
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(line)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [row.split(b":")[1] for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:")]
    while len(body) < int(lengths[0]):
        body += _more(line)
    return int(head.split(b" ", 2)[1]), body


def _more(line: socket.socket) -> bytes:
    data = line.recv(65536)
    if not data:
        raise ConnectionError("the server closed the line")
    return data


def drive(port: int, requests: Sequence[bytes], pace: float = 0.0) -> tuple[float, list[float]]:
    """Requests per second and each answer's time in seconds, over ``THREADS`` lines.

    ``pace`` is the number of requests a second that are due; each is timed from when it was due. 0 sends each one
    when the answer before it has come. Raises ``RuntimeError`` on any answer but 201.
    """
    started = time.perf_counter() + 0.1

    def line_of(first: int) -> list[float]:
        times: list[float] = []
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            for number in range(first, len(requests), THREADS):
                due = started + number / pace if pace else time.perf_counter()
                time.sleep(max(0.0, due - time.perf_counter()))
                status, body = answered(line, requests[number])
                times.append(time.perf_counter() - due)
                if status != 201:
                    raise RuntimeError(f"{status} {body[:200]!r}")
        return times

    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(line_of, range(THREADS)))
    return len(requests) / (time.perf_counter() - started), [one for part in parts for one in part]

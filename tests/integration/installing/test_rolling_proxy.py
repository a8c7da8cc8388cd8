"""A rolling restart in small: nginx as it is shipped for several machines, two servers with our settings behind it, one
replaced after the other while people read and act. The whole product under calls: ``python -m bench.fleet``."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulators.demo.processes import Process, free_port
from tests.support.processes.several import HOST, PROCESSES, certificate, front

WITHIN = 30.0
# Each act takes a moment and is written down once it is done; what is read says who answered.
APPLICATION = """
import os, time
def app(environ, start):
    if environ["REQUEST_METHOD"] == "POST":
        time.sleep(0.05)
        with open(os.environ["DONE"], "a") as done:
            done.write(environ["PATH_INFO"] + "\\n")
    start("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["NAME"].encode()]
"""


class Two:
    """``processes`` behind the proxy, and how to ask it."""

    def __init__(self, folder: Path) -> None:
        (folder / "small.py").write_text(APPLICATION, encoding="utf-8")
        certificate(folder)
        self.done = folder / "done"
        self.done.touch()
        ports = {name: free_port() for name in (*PROCESSES, "https", "http", "inside", "keys")}
        self.url = f"https://{HOST}:{ports['https']}"
        self.port = ports["https"]
        self.processes = {name: self._web(name, folder, ports[name]) for name in ("web-1", "web-2")}
        self.processes["nginx"] = front(folder, ports)

    def _web(self, name: str, folder: Path, port: int) -> Process:
        command = [sys.executable, "-m", "gunicorn", "--config", "python:gateway.web.gunicorn_settings"]
        told = {"NAME": name, "DONE": str(self.done), "LAEGEBRO_WEB_WORKERS": "2", "LAEGEBRO_WEB_THREADS": "4"}
        told |= {"LAEGEBRO_WEB_LISTEN": f"127.0.0.1:{port}"}
        more = ["--chdir", str(folder), "small:app"]
        return Process(name, [*command, *more], os.environ | told, folder / f"{name}.log", port=port)

    def client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}", verify=False, headers={"Host": HOST}, timeout=WITHIN
        )

    def ask(self, http: httpx.Client, method: str, path: str) -> httpx.Response:
        return http.request(method, path, extensions={"sni_hostname": HOST})


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    try:
        for process in made.processes.values():
            process.launch()
        for process in made.processes.values():
            process.wait_until_up()
        yield made
    finally:
        for process in made.processes.values():
            process.stop()


class Crowd:
    """Two who read and two who act, each counting what is not answered with 200."""

    def __init__(self, two: Two) -> None:
        self._two = two
        self.failed: list[str] = []
        self.acts: list[str] = []
        self.answered: set[str] = set()
        self._stop = threading.Event()
        people = (("GET", 1), ("GET", 2), ("POST", 3), ("POST", 4))
        self._threads = [threading.Thread(target=self._ask, args=each, daemon=True) for each in people]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(WITHIN)

    def _ask(self, method: str, person: int) -> None:
        number = 0
        with self._two.client() as http:
            while not self._stop.is_set():
                number += 1
                path = f"/{person}-{number}"
                answer = self._two.ask(http, method, path)
                if answer.status_code != 200:
                    self.failed.append(f"{method} {answer.status_code}")
                elif method == "POST":
                    self.acts.append(path)
                self.answered.add(answer.text)
                self._stop.wait(0.005)

    def heard(self, name: str) -> None:
        """Until that process answers somebody from now on."""
        self.answered.clear()
        deadline = time.monotonic() + WITHIN
        while name not in self.answered:
            assert time.monotonic() < deadline, f"{name} is asked no more"
            time.sleep(0.02)


@pytest.mark.timeless("a proxy and two servers")
def test_no_request_fails_and_no_act_is_done_twice_while_each_server_is_replaced(two: Two) -> None:
    crowd = Crowd(two)
    for name in ("web-1", "web-2"):
        crowd.heard(name)
        process = two.processes[name]
        os.kill(process.pid, signal.SIGTERM)  # to the first of its processes, as service managers do
        process.wait_until_ended(WITHIN)
        assert process.exit_code == 0
        process.start()
        crowd.heard(name)
    crowd.end()
    assert crowd.failed == []
    done = two.done.read_text(encoding="utf-8").split()
    assert sorted(done) == sorted(crowd.acts) and len(done) == len(set(done)) > 20


SLOW = 60


class Slow:
    """Lines of people who never come to an end: headers that do not stop, bodies that do not arrive."""

    def __init__(self, port: int) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        head = f"POST /slow HTTP/1.1\r\nHost: {HOST}\r\n"
        parts = (head, head + "Content-Length: 1000\r\n\r\nx")
        self.lines = [self._line(context, port, parts[number % 2]) for number in range(SLOW)]

    @staticmethod
    def _line(context: ssl.SSLContext, port: int, part: str) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", port), WITHIN)
        line = context.wrap_socket(plain, server_hostname=HOST)
        line.sendall(part.encode())
        return line

    def ended(self) -> int:
        """How many were closed, or answered 408, within the limit."""
        return sum(self._is_ended(line) for line in self.lines)

    @staticmethod
    def _is_ended(line: ssl.SSLSocket) -> bool:
        try:
            return line.recv(4096)[:12] in (b"", b"HTTP/1.1 408")
        except TimeoutError:
            return False
        except OSError:
            return True
        finally:
            line.close()


@pytest.mark.timeless("slow senders")
def test_slow_senders_hold_no_thread_and_are_dropped_while_others_are_served(two: Two) -> None:
    """Far more of them than both servers have threads (16)."""
    slow = Slow(two.port)
    with two.client() as http:
        for number in range(20):
            assert two.ask(http, "GET", f"/quick-{number}").status_code == 200
            assert two.ask(http, "POST", f"/act-{number}").status_code == 200
    assert slow.ended() == SLOW
    assert "/slow" not in two.done.read_text(encoding="utf-8"), "nothing of theirs has reached a server"

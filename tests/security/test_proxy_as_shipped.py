"""nginx as it is shipped, before an application that writes down what reaches it: smuggled requests, and programs that
ask in the clear. gunicorn as it is configured, alone."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from simulators.demo.processes import free_port
from tests.security.test_shipped_servers import nginx as shipped
from tests.support.deployed import nginx as program

HOST = "gateway.localhost"
WITHIN = 30.0
CHUNKED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: gateway.localhost\r\n\r\n"
# Each says where the request ends in two ways; the second request inside must never be read as one.
AMBIGUOUS = {
    "both, length first": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(CHUNKED),
    "both, chunks first": b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n" % len(CHUNKED),
    "chunks under another name": b"Content-Length: %d\r\nTransfer-Encoding: xchunked\r\n" % len(CHUNKED),
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n" % len(CHUNKED),
    "a blank before the colon": b"Content-Length: %d\r\nTransfer-Encoding : chunked\r\n" % len(CHUNKED),
    "chunks twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
}


def ambiguous(headers: bytes) -> bytes:
    return b"POST /one HTTP/1.1\r\nHost: gateway.localhost\r\n" + headers + b"\r\n" + CHUNKED


class Upstream:
    """Takes whatever comes and answers 204; ``paths`` of the requests it was asked, by its own reading of them."""

    def __init__(self) -> None:
        self.paths: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        line.settimeout(WITHIN)
        with closing(line):
            said = line.recv(65536)
            self.paths += re.findall(rb"(?:GET|POST) (\S+) HTTP", said)
            line.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    yield made
    made.close()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[tuple[int, int]]:
    """Its ports: http and https."""
    folder = tmp_path_factory.mktemp("nginx")
    plain, secure = free_port(), free_port()
    _certificate(folder)
    (folder / "nginx.conf").write_text(_rendered(folder, plain, secure, upstream.port), encoding="utf-8")
    with _running(folder, plain, secure):
        yield plain, secure


@contextmanager
def _running(folder: Path, *ports: int) -> Iterator[None]:
    process = subprocess.Popen([str(program()), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"])
    try:
        for port in ports:
            _answers(port)
        yield
    finally:
        process.terminate()
        process.wait(WITHIN)


def _certificate(folder: Path) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", f"/CN={HOST}"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "chain.pem")),
        ],
        check=True,
        capture_output=True,
    )


def _rendered(folder: Path, plain: int, secure: int, web: int, live: int | None = None) -> str:
    values = {
        "HTTP_PORT": plain, "HTTPS_PORT": secure, "WEB_PORT": web, "LIVE_PORT": live or web, "MEDIA_PORT": web,
        "PUBLIC_HOST": HOST, "MEDIA_HOST": f"media.{HOST}", "PUBLIC_ORIGIN": f"https://{HOST}:{secure}",
        "CERTIFICATE": folder / "chain.pem", "CERTIFICATE_KEY": folder / "key.pem", "RUN": folder, "LOG": folder,
    }  # fmt: skip
    text = re.sub(r"{{(\w+)}}", lambda found: str(values[found[1]]), shipped())
    text = text.replace("user www-data;\n", "").replace("/var/log/nginx", str(folder))
    return re.sub(r"(?m)^pid .*$", f"pid {folder}/nginx.pid;", text)


def _answers(port: int) -> None:
    deadline = time.monotonic() + WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "nobody listens"
            time.sleep(0.05)


def said_to(port: int, request: bytes, *, tls: bool = False) -> bytes:
    """Everything that is answered until the line is closed, or silent for two seconds."""
    plain = socket.create_connection(("127.0.0.1", port), WITHIN)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    line = context.wrap_socket(plain, server_hostname=HOST) if tls else plain
    heard = b""
    with closing(line):
        line.sendall(request)
        line.settimeout(2)
        try:
            while part := line.recv(65536):
                heard += part
        except (TimeoutError, ConnectionError):
            pass
    return heard


@pytest.mark.timeless("spoilt requests")
@pytest.mark.parametrize("what", AMBIGUOUS)
def test_nothing_is_smuggled_past_the_proxy(front: tuple[int, int], upstream: Upstream, what: str) -> None:
    answer = said_to(front[1], ambiguous(AMBIGUOUS[what]), tls=True)
    assert b" 400 " in answer.partition(b"\r\n")[0] or b" 501 " in answer.partition(b"\r\n")[0], answer[:80]
    assert b"/smuggled" not in upstream.paths
    assert said_to(front[1], b"GET /plain HTTP/1.1\r\nHost: gateway.localhost\r\nConnection: close\r\n\r\n", tls=True)
    assert b"/plain" in upstream.paths, "what is said in one way goes through"


@pytest.mark.timeless("two addresses")
@pytest.mark.parametrize("path", ["/api/v1/launches", "/fhir/r4/Task", "/soap/consultations", "/medcom/x/messages"])
def test_a_program_that_asks_in_the_clear_is_refused_and_a_page_is_led_on(front: tuple[int, int], path: str) -> None:
    ask = b"GET %s HTTP/1.1\r\nHost: gateway.localhost\r\nConnection: close\r\n\r\n"
    refused, led = said_to(front[0], ask % path.encode()), said_to(front[0], ask % b"/klinik")
    assert refused.startswith(b"HTTP/1.1 403") and b"Location" not in refused
    assert led.startswith(b"HTTP/1.1 308") and b"Location: https://" in led


@pytest.fixture(scope="module")
def gunicorn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Our settings over an application of three lines that writes down what it is asked."""
    folder, port = tmp_path_factory.mktemp("gunicorn"), free_port()
    (folder / "asked.py").write_text(
        "def app(environ, start):\n"
        f"    open({str(folder / 'asked')!r}, 'a').write(environ['PATH_INFO'] + '\\n')\n"
        "    start('204 No Content', [])\n"
        "    return []\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "gunicorn", "--config", "python:gateway.web.gunicorn_settings", "--workers", "1"]
    process = subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}", "--chdir", str(folder), "asked:app"])
    try:
        _answers(port)
        yield port, folder / "asked"
    finally:
        process.terminate()
        process.wait(WITHIN)


@pytest.mark.timeless("spoilt requests")
@pytest.mark.parametrize("what", [what for what in AMBIGUOUS if what != "chunks twice"])
def test_gunicorn_itself_reads_no_second_request_out_of_one(gunicorn: tuple[int, Path], what: str) -> None:
    port, asked = gunicorn
    answer = said_to(port, ambiguous(AMBIGUOUS[what]))
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501")), answer[:80]
    assert not asked.exists() or "/smuggled" not in asked.read_text(encoding="utf-8")


def test_peers_read_our_keys_while_no_web_process_answers(tmp_path: Path) -> None:
    """They verify by them what every delivery logs in with."""
    live, (plain, secure) = Upstream(), (free_port(), free_port())
    _certificate(tmp_path)
    (tmp_path / "nginx.conf").write_text(_rendered(tmp_path, plain, secure, free_port(), live.port), encoding="utf-8")
    with _running(tmp_path, secure):
        for path in (b"/.well-known/jwks.json", b"/nurse"):
            said = said_to(secure, b"GET " + path + b" HTTP/1.1\r\nHost: gateway.localhost\r\n\r\n", tls=True)
            assert said.startswith(b"HTTP/1.1 204" if b"jwks" in path else b"HTTP/1.1 502")
    live.close()
    assert live.paths == [b"/.well-known/jwks.json"]

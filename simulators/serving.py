"""How a simulator starts: bind, learn the port, build the application with its public address, serve in threads."""

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

WSGIApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]
BODY_LIMIT = 1_000_000
log = logging.getLogger("simulators")


class QuietHandler(WSGIRequestHandler):
    """Keeps connections open (HTTP/1.1) and writes no request line: a path may hold what a log may not."""

    protocol_version = "HTTP/1.1"
    # Without it every answer on a kept-open connection waits for the peer's delayed acknowledgement.
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: `log_by_route` writes the line."""


class Served:
    """One bound server; `url` is the public address with the port that was found free."""

    def __init__(self, listen: str, host_name: str, public_url: str | None = None) -> None:
        address, _, port = listen.rpartition(":")
        self._server = make_server(address, int(port), _not_ready, threaded=True, request_handler=QuietHandler)
        self.port: int = self._server.port
        self.url = (public_url or f"http://{host_name}:{self.port}").rstrip("/")

    def mount(self, app: Flask) -> None:
        """Put the application behind the socket; before this the server answers 503."""
        app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
        app.after_request(log_by_route)
        self._server.app = app

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; both end the process with code 0."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop_from_outside())
        self._server.serve_forever()
        self._server.server_close()

    def _stop_from_outside(self) -> None:
        # shutdown() waits for the serving loop, so it must not run on the loop's own thread.
        threading.Thread(target=self._server.shutdown, daemon=True).start()

    def __enter__(self) -> "Served":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _not_ready(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("503 Service Unavailable", [("Content-Length", "0")])
    return []


def log_by_route(response: Response) -> Response:
    """One JSON line per request with the route's pattern: never the path, the query or the body."""
    route = request.url_rule.rule if request.url_rule else "-"
    log.info(json.dumps({"method": request.method, "route": route, "status": response.status_code}))
    return response


def arguments(name: str, description: str) -> argparse.ArgumentParser:
    """The flags every simulator has."""
    parser = argparse.ArgumentParser(prog=f"python -m simulators.{name}", description=description)
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="ADDRESS:PORT", help="port 0: a free one")
    parser.add_argument("--public-url", metavar="URL", help="what browsers call this server")
    parser.add_argument("--users", metavar="FILE", help="organisations and users (TOML)")
    return parser


def announce_and_run(served: Served, app: Flask) -> None:
    """Print the one line an orchestrator waits for, then serve."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    served.mount(app)
    print(f"listening on {served.url}", flush=True)
    served.run()

"""How a simulator calls out: towards the product under test, for its keys, its launch door and its notification door.

Browsers send every name under `.localhost` to this machine by themselves; resolvers need not (RFC 6761 §6.3). So the
connection is made to 127.0.0.1 while the Host header keeps the name, and virtual hosts work as in a browser.
"""

import ssl
from functools import cache

import httpx

LOOPBACK = "127.0.0.1"


@cache
def _trust() -> ssl.SSLContext:
    """Read once per process: each client of its own would spend 50 ms on the system's list of authorities."""
    return ssl.create_default_context()


class LoopbackTransport(httpx.HTTPTransport):
    """Connects `localhost` and every name below it to 127.0.0.1."""

    def __init__(self) -> None:
        super().__init__(verify=_trust(), trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host == "localhost" or host.endswith(".localhost"):
            # A copy: cookies and redirects go by the name in the original, and so does the Host header.
            request = httpx.Request(
                request.method,
                request.url.copy_with(host=LOOPBACK),
                headers=request.headers,
                stream=request.stream,
                extensions={"sni_hostname": host, **request.extensions},
            )
        return super().handle_request(request)


def client(timeout: float = 5.0, base_url: str = "") -> httpx.Client:
    """A client for calls on this machine: no proxies from the environment, no redirects followed."""
    return httpx.Client(transport=LoopbackTransport(), base_url=base_url, timeout=timeout, trust_env=False)

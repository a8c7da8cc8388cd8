"""Simulators as processes, keys, and a browser of few words: what the adapters' integration tests stand on."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.wire.oauth.client_key import public_jwks
from gateway.certify.simulated import simulator as simulator
from simulators import wire

GATEWAY = "http://gateway.localhost:1"  # nothing listens there: only a name in tokens and redirects
CALLBACK = f"{GATEWAY}/launch/smart/callback"
START_SECONDS = 60.0


def new_key_pem() -> str:
    key = ec.generate_private_key(ec.SECP384R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def key_files(folder: Path) -> tuple[str, Path]:
    """A new private key, and a file with its public half for the peer."""
    pem = new_key_pem()
    file = folder / "gateway.jwks.json"
    file.write_text(json.dumps(public_jwks(pem)))
    return pem, file


class Browser:
    """Keeps cookies, follows redirects one by one, and stops where it would leave for the gateway."""

    def __init__(self) -> None:
        self._http = wire.client(30)
        self._cookies: dict[str, dict[str, str]] = {}

    def visit(self, address: str, form: dict[str, str] | None = None) -> httpx.Response:
        """The last page, or the redirect that leads to the gateway."""
        response = self._ask(address, form)
        while response.is_redirect:
            target = str(httpx.URL(address).join(response.headers["location"]))
            if target.startswith(GATEWAY):
                return response
            address, response = target, self._ask(target, None)
        self.address = address
        return response

    def _ask(self, address: str, form: dict[str, str] | None) -> httpx.Response:
        url = httpx.URL(address)
        jar = self._cookies.setdefault(f"{url.host}:{url.port}", {})
        headers = {"Host": f"{url.host}:{url.port}", "Cookie": "; ".join(f"{k}={v}" for k, v in jar.items())}
        local = url.copy_with(host="127.0.0.1")
        if form is None:
            response = self._http.get(local, headers=headers)
        else:
            response = self._http.post(
                local, data=form, headers={**headers, "Origin": f"{url.scheme}://{url.netloc.decode()}"}
            )
        for name, value in response.cookies.items():
            jar[name] = value
        self._http.cookies.clear()
        return response


def words_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))

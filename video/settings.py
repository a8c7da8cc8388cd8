"""What the media process is told by its environment (``LAEGEBRO_MEDIA_…``); read once, every fault reported at once."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

PREFIX: Final = "LAEGEBRO_MEDIA_"
_SHORTEST_SECRET: Final = 32  # octets; RFC 7518 §3.2 for HS256


class SettingsFault(Exception):
    """The process must not start. ``args`` are the faults, one text each; none of them carries a secret."""


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """``addresses`` empty: all of this host's. ``udp_port`` 0: any. No ``state_url``: no heartbeats.

    ``announced``: what is told instead of a local address behind an address translator, (address, port), port 0 = the
    same as the local one. ``proxies``: how many stand in front of the signalling address. ``drain_seconds``: how long
    calls stay after SIGTERM where another process takes new ones.
    """

    name: str
    signal_url: str
    host: str
    port: int
    proxies: int
    addresses: tuple[str, ...]
    udp_port: int
    announced: Mapping[str, tuple[str, int]]
    ticket_secret: bytes = field(repr=False)
    state_url: str | None
    state_secret: bytes = field(repr=False)
    allowed_origins: frozenset[str]
    ice_servers: tuple[dict[str, Any], ...]
    turn_secret: bytes | None = field(repr=False)
    turn_lifetime: int
    drain_seconds: int
    log_level: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> MediaSettings:
        """Raises ``SettingsFault`` naming every variable that cannot be used."""
        read = _Reader(environment)
        ticket_secret, port = read.secret("TICKET_SECRET"), read.number("PORT", 0, 65535)
        settings = cls(
            name=read.text("NAME", f"{socket.gethostname()}:{port}"),
            signal_url=read.origin("SIGNAL_URL"),
            host=read.text("HOST", "127.0.0.1"),
            port=port,
            proxies=read.number("PROXIES", 0, 9),
            addresses=read.addresses("ADDRESSES"),
            udp_port=read.number("UDP_PORT", 0, 65535),
            announced=read.announced("ANNOUNCED"),
            ticket_secret=ticket_secret or b"",
            state_url=read.url("STATE_URL"),
            state_secret=read.secret("STATE_SECRET", required=False) or ticket_secret or b"",
            allowed_origins=frozenset(read.listed("ALLOWED_ORIGINS")),
            ice_servers=read.ice_servers("ICE_SERVERS"),
            turn_secret=read.secret("TURN_SECRET", required=False),
            turn_lifetime=read.number("TURN_LIFETIME", 3600, 86400),
            drain_seconds=read.number("DRAIN_SECONDS", 60, 86400),
            log_level=read.text("LOG_LEVEL", "INFO"),
        )
        if read.faults:
            raise SettingsFault(*read.faults)
        return settings


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def _fault(self, name: str, why: str) -> None:
        self.faults.append(f"{PREFIX}{name}: {why}")

    def text(self, name: str, default: str = "") -> str:
        return self._environment.get(PREFIX + name, "").strip() or default

    def listed(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def number(self, name: str, default: int, most: int) -> int:
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or int(text) > most:
            self._fault(name, f"not a whole number up to {most}")
            return default
        return int(text)

    def secret(self, name: str, required: bool = True) -> bytes | None:
        """The variable itself, or the content of the file that ``…_FILE`` names."""
        value = self.text(name).encode()
        path = self.text(name + "_FILE")
        if not value and path:
            try:
                value = Path(path).read_bytes().strip()
            except OSError as fault:
                self._fault(name + "_FILE", f"cannot be read ({fault.strerror})")
                return None
        if not value:
            if required:
                self._fault(name, "missing")
            return None
        if len(value) < _SHORTEST_SECRET and name != "TURN_SECRET":
            self._fault(name, f"shorter than {_SHORTEST_SECRET} octets")
        return value

    def url(self, name: str) -> str | None:
        text = self.text(name)
        if not text:
            return None
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            self._fault(name, "not an http(s) address")
        return text

    def origin(self, name: str) -> str:
        """Scheme, host and perhaps port; empty where it is not said."""
        text = self.url(name) or ""
        if urlsplit(text).path not in ("", "/") or urlsplit(text).query:
            self._fault(name, "must end after the host and port: pages add /signal themselves")
        return text.rstrip("/")

    def addresses(self, name: str) -> tuple[str, ...]:
        found = self.listed(name)
        for text in found:
            try:
                ip_address(text)
            except ValueError:
                self._fault(name, "not a list of IP addresses")
        return found

    def announced(self, name: str) -> dict[str, tuple[str, int]]:
        """``LOCAL=PUBLIC`` or ``LOCAL=PUBLIC:PORT``, comma-separated; IPv6 with a port as ``[PUBLIC]:PORT``."""
        found: dict[str, tuple[str, int]] = {}
        for text in self.listed(name):
            local, _, public = text.partition("=")
            try:
                found[str(ip_address(local.strip()))] = _address_and_port(public.strip())
            except ValueError:
                self._fault(name, "not a list of LOCAL=PUBLIC or LOCAL=PUBLIC:PORT addresses")
        return found

    def ice_servers(self, name: str) -> tuple[dict[str, Any], ...]:
        """A JSON list of RTCIceServer dictionaries: ``urls`` and perhaps ``username`` and ``credential``."""
        text = self.text(name, "[]")
        try:
            servers = json.loads(text)
        except ValueError:
            servers = None
        if not isinstance(servers, list) or not all(isinstance(s, dict) and "urls" in s for s in servers):
            self._fault(name, "not a JSON list of objects with urls")
            return ()
        return tuple(servers)


def _address_and_port(text: str) -> tuple[str, int]:
    """Raises ``ValueError``. A bare IPv6 address has no port."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    number = int(port or "0")
    if not 0 <= number <= 65535:
        raise ValueError("port")
    return str(ip_address(host)), number

"""What a connection made in the console may lead to: no internal net, no file and no variable but those meant for it.

A file of connections is written by whoever runs the machine; a form is filled in by an organisation's administrator,
who must not reach through us what she cannot reach herself (OWASP ASVS 5.0.0 §1.3.6).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from adapters.wire.transport import LOOPBACK, is_loopback_name, is_public
from gateway.connecting.fields import SettingField, value_at
from gateway.connecting.reading import SettingFault
from gateway.domain.peers.configured import texts_in
from gateway.settings import Settings
from gateway.store.peers.connections import ActiveConnection

OF_TENANT = ("eoj", "identity", "register")  # kinds that an organisation connects itself
OF_OPERATOR = ("gp_system", "identity", "register", "video")
_SCHEMES = ("http://", "https://")
_REFERENCES = ("env:", "file:")
_CLINICS = ("clinic", "also_clinics")  # whose people log in: the operator's to say
_KNOWN_BY = ("issuer", "caller_id", "caller_certificate")  # by which a care system that calls us is told from others


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the deployment allows (docs/configuration.md): ``networks`` as CIDR, ``folder`` of the secrets that this
    owner's connections may name; None: none."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    folder: Path | None

    @classmethod
    def of(cls, settings: Settings, owner: UUID | None) -> Allowed:
        networks = tuple(ipaddress.ip_network(each) for each in settings.console_networks.split())
        base = settings.console_secrets
        return cls(networks, Path(base) / (str(owner) if owner else "operator") if base else None)

    def reaches(self, address: str) -> bool:
        """Whether an IP address may be called."""
        found = ipaddress.ip_address(address)
        return is_public(address) or any(found in each for each in self.networks if each.version == found.version)


def kinds_of(owner: UUID | None) -> tuple[str, ...]:
    return OF_TENANT if owner is not None else OF_OPERATOR


def guard_references(
    config: Mapping[str, Any], fields: Sequence[SettingField], known: Sequence[Mapping[str, Any]], allowed: Allowed
) -> list[SettingFault]:
    """Secrets and paths that may not be named from here. One that stands in a ``known`` configuration at the same place
    may stay: whoever wrote it there was allowed to."""
    return list(_references(config, fields, known, allowed))


def guard_addresses(config: Mapping[str, Any], allowed: Allowed, *, look_up: bool) -> list[SettingFault]:
    """Hosts in a net that may not be called; with ``look_up`` as the name servers say now. A name that nobody knows is
    for the trial to say."""
    return list(_addresses(config, allowed, look_up))


def guard_environment(config: Mapping[str, Any], is_test: bool, real: Collection[str]) -> list[SettingFault]:
    """A test connection leads to no host of production's (AD22); ``real``: those that are known."""
    found = hosts_in(config) if is_test else ()
    return [SettingFault(path, "production-host", host) for path, host in found if host.lower() in real]


def production_hosts(settings: Settings, others: Sequence[ActiveConnection]) -> set[str]:
    """Those the deployment names, and those that its real connections call; this machine's own is nobody's."""
    real = [each.config for each in others if not each.synthetic and settings.environment == "production"]
    return {*settings.production_hosts.lower().split(), *hosts_called(real)}


def hosts_called(configs: Sequence[Mapping[str, Any]]) -> set[str]:
    found = (host.lower() for config in configs for _path, host in hosts_in(config) if not is_loopback_name(host))
    return set(found) - {"127.0.0.1", "::1", ""}


def guard_owner(
    name: str, kind: str, owner: UUID | None, config: Mapping[str, Any], others: Sequence[ActiveConnection]
) -> list[SettingFault]:
    """No connection takes what is another's: its people, its notes, the name it calls us by."""
    faults = []
    if str(config.get("tenant", "")) != (str(owner) if owner else ""):
        faults.append(SettingFault("tenant", "not-yours"))
    if owner is not None:
        faults += [SettingFault(each, "operators-only") for each in _CLINICS if config.get(each)]
    stands = next((each.config.get("employers") for each in others if each.name == name), None)
    if owner is not None and config.get("employers", stands) != stands:
        faults.append(SettingFault("employers", "operators-only"))
    back = config.get("write_back")
    if back and not any(each.name == back and each.owner_tenant == owner for each in others):
        faults.append(SettingFault("write_back", "not-yours"))
    for each in others:
        if kind == each.kind == "eoj" and each.name != name:
            same = (key for key in _KNOWN_BY if _named(config, key) & _named(each.config, key))
            faults += [SettingFault(key, "already-in-use") for key in same]
    return faults


def _named(config: Mapping[str, Any], key: str) -> set[str]:
    """While a caller's certificate is replaced it is known by two."""
    said = str(config.get(key) or "")
    return set(said.split()) if key == "caller_certificate" else {said} - {""}


def _references(
    config: Mapping[str, Any], fields: Sequence[SettingField], known: Sequence[Mapping[str, Any]], allowed: Allowed
) -> Iterator[SettingFault]:
    for path, text in texts_in(config):
        told = text.removeprefix("file:")
        if not text.startswith(_REFERENCES) and not _is_path(path, fields):
            continue
        stood = any(value_at(each, path) == text for each in known)
        if stood or (not text.startswith("env:") and _lies_in(told, allowed.folder)):
            continue
        yield SettingFault(path, "reference-not-allowed", str(allowed.folder or ""))


def _is_path(path: str, fields: Sequence[SettingField]) -> bool:
    return any(field.path == path and field.is_path for field in fields)


def _lies_in(place: str, folder: Path | None) -> bool:
    if folder is None:
        return False
    try:
        return Path(place).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return False


def _addresses(config: Mapping[str, Any], allowed: Allowed, look_up: bool) -> Iterator[SettingFault]:
    for path, host in hosts_in(config):
        refused = [each for each in _ips(host, look_up) if not allowed.reaches(each)]
        if refused:
            yield SettingFault(path, "internal-address", refused[0])


def hosts_in(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Place and host of everything that may be called. A claim's name may be a URI and leads nowhere."""
    for path, text in texts_in(config):
        if text.startswith(_SCHEMES) and not path.endswith("_claim"):
            yield path, _host(text)
    if config.get("host"):
        yield "host", str(config["host"])


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # a bracket that is never closed: the adapter's model names it
        return ""


def _ips(host: str, look_up: bool) -> list[str]:
    if not host:
        return []
    if is_loopback_name(host):
        return [LOOPBACK]
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return _looked_up(host) if look_up or _is_numeric(host) else []


def _is_numeric(host: str) -> bool:
    """127.1 or 0x7f000001: an address in other clothes (inet_aton)."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    return last.isdigit() or last.startswith("0x")


def _looked_up(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(each[4][0]).partition("%")[0] for each in found]

"""When the certificates end that connections' settings name, and the secrets of which a peer has said it; the first to
end before the others (AD14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from uuid import UUID

from cryptography import x509

from adapters.discovery import find_adapter
from gateway.domain.alarm import STEPS
from gateway.domain.errors import ConfigFault
from gateway.domain.peers.configured import texts_in
from gateway.domain.peers.held import noted_ends
from gateway.store.peers.connections import ActiveConnection


@dataclass(frozen=True, slots=True)
class Ending:
    """``setting``: the field that names the file. ``holder``: common name or organisation of the certificate, "" of
    what is none. ``owner``: the connection's; None is the operator."""

    connection: str
    owner: UUID | None
    label: str
    setting: str
    holder: str
    ends: datetime

    def days(self, now: datetime) -> int:
        """Whole days left; below zero once it has ended."""
        return (self.ends - now).days

    def step(self, now: datetime) -> int:
        """The warning that it has reached, in days; 0 where it is over or far away: see ``days``."""
        return next((step for step in STEPS if 0 <= self.days(now) < step), 0)


def endings(connections: Sequence[ActiveConnection]) -> list[Ending]:
    """Of all certificates in files that can be read here, and of what is known to end on a day."""
    found = [each for connection in connections for each in _of(connection)]
    return sorted(found, key=lambda each: (each.ends, each.connection))


def reached(found: Sequence[Ending], now: datetime) -> dict[tuple[str, UUID | None], int]:
    """Of each connection the step that its first certificate to end has reached, 0 where it is over. One beside which
    a later one of the same holder stands has been followed already."""
    last = {(each.connection, each.setting, each.holder): each for each in found}
    ending = sorted(last.values(), key=lambda each: each.ends, reverse=True)
    return {(each.connection, each.owner): each.step(now) for each in ending if each.days(now) < max(STEPS)}


def unreadable(connections: Sequence[ActiveConnection]) -> frozenset[str]:
    """Those that name a file which this process cannot read."""
    return frozenset(one.name for one in connections if any(_bytes(Path(file)) is None for _, file in _files(one)))


def _of(connection: ActiveConnection) -> Iterator[Ending]:
    label = str(connection.config.get("label", connection.name))
    for setting, file in _files(connection):
        for each in _certificates(Path(file)):
            ends = each.not_valid_after_utc
            yield Ending(connection.name, connection.owner_tenant, label, setting, _holder(each), ends)
    for setting, day in noted_ends(connection.config):
        yield Ending(connection.name, connection.owner_tenant, label, setting, "", datetime.combine(day, time(), UTC))


def _files(connection: ActiveConnection) -> Iterator[tuple[str, str]]:
    """Setting and path, whether the file stands there as a reference or by itself."""
    paths = _path_settings(connection)
    for setting, text in texts_in(connection.config):
        if text.startswith("file:") or (setting in paths and text):
            yield setting, text.removeprefix("file:")


def _path_settings(connection: ActiveConnection) -> frozenset[str]:
    """Settings that name a file with certificates by itself."""
    try:
        fields = find_adapter(connection.kind, connection.adapter).settings.model_fields
    except ConfigFault:
        return frozenset()
    said = {name: field.json_schema_extra for name, field in fields.items()}
    return frozenset(n for n, more in said.items() if isinstance(more, dict) and more.get("format") == "path")


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_bytes(path) or b"")
    except ValueError:
        return []  # a key, or nothing; the trial says so


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _holder(certificate: x509.Certificate) -> str:
    for kind in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(kind):
            return str(attribute.value)
    return ""

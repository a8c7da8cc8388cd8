"""When the certificates end that connections' settings name, the first to end before the others (AD14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from gateway.connecting.guarding import texts_in
from gateway.store.peers.connections import ActiveConnection

STEPS = (1, 7, 14, 30, 60)  # days before the end at which it is said more loudly


@dataclass(frozen=True, slots=True)
class Ending:
    """``setting``: the field that names the file. ``holder``: common name or organisation of the certificate."""

    connection: str
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
    """Of all certificates in files that can be read here."""
    found = [each for connection in connections for each in _of(connection)]
    return sorted(found, key=lambda each: (each.ends, each.connection))


def _of(connection: ActiveConnection) -> Iterator[Ending]:
    label = str(connection.config.get("label", connection.name))
    files = (
        (place, text.removeprefix("file:")) for place, text in texts_in(connection.config) if text.startswith("file:")
    )
    for setting, file in files:
        for each in _certificates(Path(file)):
            yield Ending(connection.name, label, setting, _holder(each), each.not_valid_after_utc)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return []  # a key, or nothing; the trial says so


def _holder(certificate: x509.Certificate) -> str:
    for kind in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(kind):
            return str(attribute.value)
    return ""

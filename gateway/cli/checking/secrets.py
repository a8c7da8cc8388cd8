"""The secrets that the settings refer to: there, of the right kind, for nobody else to read, and those of the data."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from gateway.cli.checking.finding import Finding, found
from gateway.domain.errors import ConfigFault
from gateway.starting import faults_of, secrets_of
from gateway.wiring import Gateway

SOON = timedelta(days=21)


def secrets_findings(gateway: Gateway) -> Iterator[Finding]:
    faults = list(faults_of(*secrets_of(gateway)))
    yield from (Finding("secrets", line) for line in faults)
    if not faults:
        yield Finding("secrets: all there and of the right kind")
    said = gateway.settings
    references = [said.data_key, said.index_key, said.media_secret, said.client_key, *said.former_data_keys.values()]
    yield from readable_by_others(references)
    if len({said.data_key, said.index_key, said.media_secret}) < 3:
        yield Finding("secrets", "data_key, index_key and media_secret must be three different ones")


def readable_by_others(references: list[str]) -> Iterator[Finding]:
    """A file that everybody on the machine can read is no secret."""
    for reference in dict.fromkeys(references):
        path = Path(reference.removeprefix("file:"))
        if reference.startswith("file:") and path.is_file() and path.stat().st_mode & stat.S_IRWXO:
            yield Finding(reference, f"everybody on this machine may read it: chmod 600 {path}")


def certificates(name: str, settings: Any, now: datetime) -> Iterator[Finding]:
    """Each file with certificates that a connection's settings name: in force, and for three more weeks."""
    if isinstance(settings, dict):
        for each in settings.values():
            yield from certificates(name, each, now)
    elif isinstance(settings, list):
        for each in settings:
            yield from certificates(name, each, now)
    elif isinstance(settings, str) and settings.startswith("file:"):
        for certificate in _certificates_in(Path(settings.removeprefix("file:"))):
            yield from found(f"{name}: certificate in {settings}", lambda c=certificate: require_in_force(c, now))  # type: ignore[misc]


def _certificates_in(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return []  # a key, or nothing; whoever needs it there says so


def require_in_force(certificate: x509.Certificate, now: datetime) -> None:
    starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > ends:
        raise ConfigFault(f"expired on {ends:%Y-%m-%d}: put the new one there")
    if now < starts:
        raise ConfigFault(f"is valid from {starts:%Y-%m-%d} only")
    if now > ends - SOON:
        raise ConfigFault(f"expires on {ends:%Y-%m-%d}: order the next one now")


def today() -> datetime:
    return datetime.now(UTC)

"""The keys, certificates and secrets that a connection's settings lead to, and what keeps each from being used.

Which settings those are their adapter says (``domain.peers.held``). Each fault stands at its own field: a file that is
something else, a certificate that is over or not begun, a key of another certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.connecting.fields import SettingField, value_at
from gateway.connecting.reading import SettingFault
from gateway.domain.errors import ConfigFault
from gateway.domain.peers.held import EXPIRES, HeldKind, noted_ends
from gateway.settings import secret

_PRIVATE = ("d", "k")  # members of a JWK that only its owner may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1)
_REFERENCES = ("env:", "file:")
_UNREAD = "cannot be read here: lay the file there, for our account"


def held_fields(fields: Sequence[SettingField]) -> list[SettingField]:
    """Those that lead to something that ends or is replaced one day."""
    return [each for each in fields if each.holds]


def material(field: SettingField, value: str) -> str:
    """What lies there. Raises ``ConfigFault``."""
    return secret(f"file:{value}" if field.is_path and not value.startswith(_REFERENCES) else value)


class Content:
    """Of one file, parsed once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def certificates(self) -> list[x509.Certificate]:
        try:
            return x509.load_pem_x509_certificates(self.text.encode())
        except ValueError:
            return []

    @cached_property
    def key(self) -> PrivateKeyTypes | None:
        try:
            return load_pem_private_key(self.text.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return None


def certificates(field: SettingField, value: object) -> list[x509.Certificate]:
    """Those in the file it names; none where it holds another kind, or cannot be read."""
    if field.holds not in (HeldKind.OUR_CERTIFICATE, HeldKind.THEIR_CERTIFICATES) or not isinstance(value, str):
        return []
    try:
        return Content(material(field, value)).certificates
    except (ConfigFault, ValueError):
        return []


def holding_faults(fields: Sequence[SettingField], config: Mapping[str, Any], now: datetime) -> Iterator[SettingFault]:
    """Everything that keeps them from being used today."""
    read: dict[str, Content] = {}
    for field in held_fields(fields):
        value = value_at(config, field.path)
        if not value:
            continue
        if field.holds == HeldKind.THEIR_KEYS:
            yield from private_keys(field.path, value)
            if not isinstance(value, Mapping):
                yield not_a_key_set(field.path)
        elif isinstance(value, str) and field.holds in _CHECKS:
            try:
                read[field.path] = Content(material(field, value))
            except (ConfigFault, ValueError):
                yield SettingFault(field.path, "held-missing", _UNREAD)
                continue
            yield from _CHECKS[HeldKind(field.holds)](field.path, read[field.path], now)
    yield from _strangers(fields, read)
    if len(list(noted_ends(config))) < len(config.get(EXPIRES) or ()):
        yield SettingFault(EXPIRES, "not-a-day", "write SETTING YYYY-MM-DD, one a line")


def not_a_key_set(path: str) -> SettingFault:
    return SettingFault(path, "not-a-key-set", "must be a JWKS (JSON) with a public signature key")


def private_keys(path: str, value: object) -> Iterator[SettingFault]:
    """A key set that holds what must never leave its owner."""
    keys = value.get("keys") if isinstance(value, Mapping) else None
    listed = keys if isinstance(keys, list) else [value]
    if any(isinstance(each, Mapping) and "kty" in each and set(_PRIVATE) & set(each) for each in listed):
        yield SettingFault(path, "private-key", "holds a private key: only the public ones belong here")


def _secret_faults(path: str, content: Content, _now: datetime) -> Iterator[SettingFault]:
    if not content.text.strip():
        yield SettingFault(path, "held-empty", "the file is empty")
    elif "-----BEGIN" in content.text or len(content.text.split("\n")) > 1:
        yield SettingFault(path, "not-a-secret", "is a key, a certificate or several lines, and no secret")


def _key_faults(path: str, content: Content, _now: datetime) -> Iterator[SettingFault]:
    if content.key is None:
        yield SettingFault(path, "not-a-key", "must be a private key as PEM without a password")


def _own_certificate_faults(path: str, content: Content, now: datetime) -> Iterator[SettingFault]:
    """The first is our own; those after it lead to its root."""
    if not content.certificates:
        yield _no_certificate(path)
    else:
        yield from _time_faults(path, content.certificates[:1], now)


def _their_certificate_faults(path: str, content: Content, now: datetime) -> Iterator[SettingFault]:
    """While they are replaced one may be over and another not begun."""
    found = content.certificates
    if not found:
        yield _no_certificate(path)
    elif not any(each.not_valid_before_utc <= now <= each.not_valid_after_utc for each in found):
        yield from _time_faults(path, found[-1:], now)


_Check = Callable[[str, Content, datetime], Iterator[SettingFault]]
_CHECKS: Mapping[HeldKind, _Check] = {
    HeldKind.OUR_SECRET: _secret_faults,
    HeldKind.OUR_KEY: _key_faults,
    HeldKind.OUR_CERTIFICATE: _own_certificate_faults,
    HeldKind.THEIR_CERTIFICATES: _their_certificate_faults,
}


def _no_certificate(path: str) -> SettingFault:
    return SettingFault(path, "not-a-certificate", "must be one or more certificates as PEM")


def _time_faults(path: str, found: Sequence[x509.Certificate], now: datetime) -> Iterator[SettingFault]:
    for each in found:
        ends, starts = f"{each.not_valid_after_utc:%d.%m.%Y}", f"{each.not_valid_before_utc:%d.%m.%Y}"
        if now > each.not_valid_after_utc:
            yield SettingFault(path, "certificate-ended", f"the certificate ended on {ends}", ends)
        elif now < each.not_valid_before_utc:
            yield SettingFault(path, "certificate-not-begun", f"the certificate is valid from {starts} only", starts)


def _strangers(fields: Sequence[SettingField], read: Mapping[str, Content]) -> Iterator[SettingFault]:
    """A key that is of another certificate than the one it stands beside."""
    for field in (each for each in fields if each.path in read and each.key in read):
        own, private = read[field.path].certificates, read[field.key].key
        if own and private is not None and own[0].public_key() != private.public_key():
            yield SettingFault(field.key, "key-of-another", f"is not the key of {field.path}", field.path)

"""What a connection's row may hold: references to secrets, and no secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.domain.errors import ConfigFault

KINDS = ("eoj", "gp_system", "identity", "register", "video")
_SECRET_NAMES = ("secret", "password", "passphrase", "private_key", "api_key")
_REFERENCES = ("env:", "file:")


def is_secret(name: str, value: object) -> bool:
    """Whether a setting is a secret, or leads to one, anywhere inside it."""
    if isinstance(value, Mapping):
        return any(is_secret(str(key), inner) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return any(is_secret(name, inner) for inner in value)
    return name.endswith(_SECRET_NAMES) or (isinstance(value, str) and value.startswith(_REFERENCES))


def require_sound(name: str, kind: str, config: Mapping[str, Any]) -> None:
    faults = [f"connections.{name}: kind must be one of {', '.join(KINDS)}"] if kind not in KINDS else []
    faults += [f"connections.{name}.{path}: write env:NAME or file:PATH" for path in _written_out(config, "")]
    if faults:
        raise ConfigFault(*faults)


def _written_out(value: object, path: str) -> Iterator[str]:
    """Paths of secrets that stand in the configuration themselves: it is shown to people and kept for ever."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _written_out(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            yield from _written_out(inner, f"{path}[{number}]")
    elif isinstance(value, str):
        named_secret = path.endswith(_SECRET_NAMES) and value and not value.startswith(_REFERENCES)
        if named_secret or "PRIVATE KEY-----" in value:
            yield path

"""What a connection's setting leads to that ends or is replaced one day; its adapter says so beside the setting.

By that the list of expiries, the checks of a draft and the console's page of keys know it, whatever the adapter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import Any

EXPIRES = "expires"  # in a connection's stanza: ``SETTING DAY``, where the peer has said when a secret ends


class HeldKind(StrEnum):
    """Whose it is, and what. ``PUBLISHED``: the peer publishes its keys at this address and changes them itself."""

    OUR_SECRET = "our-secret"  # noqa: S105 - a kind, no password
    OUR_KEY = "our-key"
    OUR_CERTIFICATE = "our-certificate"
    THEIR_KEYS = "their-keys"  # a JWKS in the settings
    THEIR_CERTIFICATES = "their-certificates"  # a file of one or more
    THEIR_FINGERPRINTS = "their-fingerprints"  # SHA-256 in hex, a blank between two
    PUBLISHED = "published"


REFERENCED = frozenset({HeldKind.OUR_SECRET, HeldKind.OUR_KEY, HeldKind.OUR_CERTIFICATE, HeldKind.THEIR_CERTIFICATES})


def holds(kind: HeldKind, *, key: str = "", is_path: bool = False) -> dict[str, Any]:
    """For ``json_schema_extra`` of the field. ``key``: of a certificate, the setting with its key. ``is_path``: the
    file itself is named rather than a reference."""
    form = ("path" if is_path else "reference") if kind in REFERENCED else ""
    return {"holds": str(kind), **({"key": key} if key else {}), **({"format": form} if form else {})}


def noted_ends(config: Mapping[str, Any]) -> Iterator[tuple[str, date]]:
    """Setting and day; a line that says no day is nobody's."""
    for line in config.get(EXPIRES) or ():
        setting, _, day = str(line).partition(" ")
        with suppress(ValueError):
            yield setting, date.fromisoformat(day)

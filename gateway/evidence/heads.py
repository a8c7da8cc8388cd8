"""The ends of all chains as a signed file (JWS, RFC 7515): what somebody keeps where the application cannot write.

A file is never written over. Whoever holds the public key and the files finds a trail that was written anew, even by
one who has the database and this source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from gateway.domain.errors import ConfigFault
from gateway.domain.practice import danish_day
from gateway.domain.trail import Head
from gateway.settings import Settings, secret

TYPE = "laegebro-audit-heads"
_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384"}
NAME = "laegebro-audit-heads"


class NotSigned(Exception):
    """A file of heads that is damaged, or was signed with another key."""


def key_of(settings: Settings) -> ECKey:
    """``audit_key``: a private key in PEM, EC on P-256 or P-384."""
    if not settings.audit_key:
        raise ConfigFault("audit_key: not set; the heads of the audit trail are signed with it")
    return imported(secret(settings.audit_key), "audit_key")


def imported(pem: str, name: str) -> ECKey:
    try:
        key = ECKey.import_key(pem)
    except (ValueError, JoseError):
        key = None
    if key is None or key.curve_name not in _ALGORITHMS:
        raise ConfigFault(f"{name}: must be a key in PEM without a password, EC on P-256 or P-384")
    return key


def signed(heads: Iterable[Head], at: datetime, key: ECKey) -> str:
    """One compact JWS with all heads."""
    ends = [_plain(head) for head in heads]
    payload = json.dumps({"at": at.isoformat(), "heads": ends}, separators=(",", ":"))
    header = {"alg": _ALGORITHMS[key.curve_name], "typ": TYPE, "kid": key.thumbprint()}
    return jws.serialize_compact(header, payload.encode(), key, algorithms=list(_ALGORITHMS.values()))


def _plain(head: Head) -> dict[str, Any]:
    return {"organisation": str(head.chain), "link": head.number, "at": head.at.isoformat(), "head": head.head.hex()}


def read(text: str, key: ECKey) -> Sequence[Head]:
    """The heads of one file. ``NotSigned`` where the signature does not hold, or the content is none of ours."""
    try:
        found = jws.deserialize_compact(text.strip(), key, algorithms=[_ALGORITHMS[key.curve_name]])
        if found.protected.get("typ") != TYPE:
            raise NotSigned
        return [_head(each) for each in json.loads(found.payload or b"")["heads"]]
    except (JoseError, ValueError, LookupError, TypeError) as fault:
        raise NotSigned from fault


def _head(said: dict[str, Any]) -> Head:
    at = datetime.fromisoformat(said["at"])
    return Head(UUID(said["organisation"]), int(said["link"]), at, bytes.fromhex(said["head"]))


def keep(folder: Path, text: str, at: datetime, *, of_the_day: bool) -> Path | None:
    """Write a new file; one a day (in Denmark), or one of this second. None where it is there already."""
    moment = f"{danish_day(at):%Y-%m-%d}" if of_the_day else f"{at:%Y-%m-%dT%H%M%SZ}"
    path = folder / f"{NAME}-{moment}.jws"
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(text + "\n")
    except FileExistsError:
        return None
    except OSError as fault:
        raise ConfigFault(f"audit_heads: cannot be written ({fault.strerror})") from fault
    return path


def is_kept(folder: Path, at: datetime) -> bool:
    """Whether that day's file is there."""
    return (folder / f"{NAME}-{danish_day(at):%Y-%m-%d}.jws").exists()


def kept_in(folder: Path) -> Sequence[Path]:
    """Every file of heads, oldest first."""
    return sorted(folder.glob(f"{NAME}-*.jws"))

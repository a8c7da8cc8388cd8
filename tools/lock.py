"""The packages of ``requirements.lock``: name, version and hashes, as pip-compile writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Package:
    """``name`` as PEP 503 normalises it; ``hashes``: SHA-256 of each file that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]


def packages(lock: Path = LOCK) -> list[Package]:
    """In the order of the file. ``ValueError`` for a line that pins nothing, and for a package without a hash."""
    found: list[Package] = []
    for block in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not block.strip() or block.lstrip().startswith("#"):
            continue
        pinned = _PINNED.match(block)
        hashes = tuple(sorted(_HASH.findall(block)))
        if pinned is None or not hashes:
            raise ValueError(f"{lock.name}: not pinned by version and hash: {block[:60]}")
        found.append(Package(re.sub(r"[-_.]+", "-", pinned[1]).lower(), pinned[2], hashes))
    return found

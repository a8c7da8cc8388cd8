"""Programs of Debian's that the shipped files are for."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.debian import ensure

SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"


def nginx() -> Path:
    return ensure("nginx-light", lambda: _found("nginx"))


def coturn() -> Path:
    return ensure("coturn", lambda: _found("turnserver"))


def _found(name: str) -> Path | None:
    path = shutil.which(name) or shutil.which(name, path=SBIN)
    return Path(path) if path else None

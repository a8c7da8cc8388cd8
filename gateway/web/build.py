"""Which version of the pages this process serves: the same word for the same templates, styles and scripts.

It stands in the address of every static file, so that a page never gets a script of another version."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

HEADER = "X-Build"  # with every answer; a page compares it with the one it was made by (static/js/shared/version.js)
_WEB = Path(__file__).parent


@cache
def build() -> str:
    """Twelve hexadecimal digits, found once per process."""
    found = hashlib.sha256()
    for folder in ("static", "templates"):
        for file in sorted(path for path in (_WEB / folder).rglob("*") if path.is_file()):
            found.update(str(file.relative_to(_WEB)).encode())
            found.update(file.read_bytes())
    return found.hexdigest()[:12]

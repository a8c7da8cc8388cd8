"""Makes sure a browser test has its browser: Debian's chromium, by apt-get where it is missing.

``python -m tests.support.pages.browser`` before the browser tests; it ends at once where chromium is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 900  # seconds for one apt-get call on a slow line


class CannotInstall(Exception):
    """Why chromium cannot be installed here; ``args`` hold the sentence to show."""


def ensure() -> Path:
    """The browser's path, after installing it where it is missing. Raises ``CannotInstall``."""
    if CHROMIUM.exists():
        return CHROMIUM
    elevated = _elevated()
    print("chromium is missing: installing Debian's package …", flush=True)
    _run([*elevated, "apt-get", "update", "-qq"])
    _run([*elevated, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    if not CHROMIUM.exists():
        raise CannotInstall(f"apt-get ended well, but {CHROMIUM} is not there.")
    return CHROMIUM


def _elevated() -> list[str]:
    """What must stand before apt-get: nothing as root, else sudo that asks for no password."""
    if shutil.which("apt-get") is None:
        raise CannotInstall(f"no apt-get here; install chromium by hand so that {CHROMIUM} exists.")
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise CannotInstall("neither root nor sudo; ask for: apt-get install chromium")
    return ["sudo", "--non-interactive"]


def _run(command: Sequence[str]) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise CannotInstall(f"{' '.join(command)}: no end after {PATIENCE} s") from None
    if done.returncode:
        raise CannotInstall(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")


def main() -> int:
    try:
        path = ensure()
    except CannotInstall as fault:
        print(f"Browser tests need Debian's chromium: {fault}", file=sys.stderr)
        return 1
    print(f"chromium: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

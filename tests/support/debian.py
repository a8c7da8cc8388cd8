"""Debian packages that tests need: installed by apt-get where they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

PATIENCE = 900  # seconds for one apt-get call on a slow line


class CannotInstall(Exception):
    """Why a package cannot be installed here; ``args`` hold the sentence to show."""


def ensure(package: str, find: Callable[[], Path | None]) -> Path:
    """The file that ``find`` looks for, after installing ``package`` where it is missing. Raises ``CannotInstall``."""
    if (found := find()) is not None:
        return found
    elevated = _elevated(package)
    print(f"{package} is missing: installing Debian's package …", flush=True)
    _run([*elevated, "apt-get", "update", "-qq"])
    _run([*elevated, "apt-get", "install", "-y", "-qq", "--no-install-recommends", package])
    if (found := find()) is None:
        raise CannotInstall(f"apt-get ended well, but what {package} brings is not there.")
    return found


def _elevated(package: str) -> list[str]:
    """What must stand before apt-get: nothing as root, else sudo that asks for no password."""
    if shutil.which("apt-get") is None:
        raise CannotInstall(f"no apt-get here; install {package} by hand.")
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise CannotInstall(f"neither root nor sudo; ask for: apt-get install {package}")
    return ["sudo", "--non-interactive"]


def _run(command: Sequence[str]) -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise CannotInstall(f"{' '.join(command)}: no end after {PATIENCE} s") from None
    if done.returncode:
        raise CannotInstall(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")

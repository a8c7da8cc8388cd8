"""A small file system of its own for the database, that can be full and have room again."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

PAGE = 4096


class NoDisk(Exception):
    """Why none can be mounted here; ``args`` hold the sentence to show."""


class Disk:
    """A tmpfs of ``megabytes`` mounted at ``folder``; root alone may mount."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir(parents=True, exist_ok=True)
        told = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if told.returncode:
            raise NoDisk(f"no file system of its own for the database: {told.stderr.strip()}")

    def fill(self) -> bool:
        """Take all room there is; whether a write of one more page was refused afterwards."""
        piece = max(PAGE, os.statvfs(self.folder).f_bavail * PAGE)
        with self._ballast.open("ab") as file:
            while piece >= PAGE:
                try:
                    os.posix_fallocate(file.fileno(), self._ballast.stat().st_size, piece)
                except OSError as refused:  # the database has taken some of it meanwhile
                    if refused.errno != errno.ENOSPC:
                        raise
                    if piece == PAGE:
                        return True
                    piece = max(PAGE, piece // 2)
        return False

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def unmount(self) -> None:
        """At the end, when nothing has a file open there any more; lazily where something still has."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False, capture_output=True)

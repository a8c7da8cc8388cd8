"""A bench that speaks TLS runs in a process of its own: TLS libraries read the authorities they believe when they are
first imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

INSIDE = "FLEET_FOLDER"


def folder_of_this_run() -> Path | int:
    """In that process the folder of this run; in the one before it the exit code of that process."""
    if INSIDE in os.environ:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that every process is ended with this one
        return Path(os.environ[INSIDE])
    with tempfile.TemporaryDirectory(prefix="laegebro-fleet-") as name:
        return _in_its_folder(Path(name))


def _in_its_folder(folder: Path) -> int:
    from tests.support.processes.several import certificate

    folder.chmod(0o755)  # PostgreSQL runs as another user
    (folder / "run").mkdir()
    chain, _ = certificate(folder / "run")
    told = {**os.environ, INSIDE: str(folder), "SSL_CERT_FILE": str(chain)}
    with subprocess.Popen([sys.executable, *sys.orig_argv[1:]], env=told) as measuring:
        signal.signal(signal.SIGTERM, lambda *_: measuring.terminate())
        return measuring.wait()

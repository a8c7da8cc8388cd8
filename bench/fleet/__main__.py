"""A rolling restart of every process: two web, live, relay, worker and media behind nginx, on PostgreSQL.

    python -m bench.fleet [--quick] [--rounds N]

Ten calls, their pages and event streams, and consultations one after the other whose deliveries are counted in the
peers' own journals. Each process gets SIGTERM in its turn and is started again; nginx reads its file anew.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

INSIDE = "ROLLING_FOLDER"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    if INSIDE in os.environ:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that every process is ended with this one
        return _measured(Path(os.environ[INSIDE]), 1 if asked.quick else asked.rounds)
    with tempfile.TemporaryDirectory(prefix="laegebro-fleet-") as name:
        return _in_its_folder(Path(name))


def _in_its_folder(folder: Path) -> int:
    """In a process of its own: TLS libraries read the authorities they believe when they are first imported."""
    from tests.support.processes.several import certificate

    folder.chmod(0o755)  # PostgreSQL runs as another user
    (folder / "run").mkdir()
    chain, _ = certificate(folder / "run")
    told = {**os.environ, INSIDE: str(folder), "SSL_CERT_FILE": str(chain)}
    with subprocess.Popen([sys.executable, *sys.orig_argv[1:]], env=told) as measuring:
        signal.signal(signal.SIGTERM, lambda *_: measuring.terminate())
        return measuring.wait()


def _measured(folder: Path, rounds: int) -> int:
    from bench.figures import Figures
    from bench.fleet import rolling

    result = Figures()
    asyncio.run(rolling.measure(folder, rounds, result))
    return result.exit_code()


if __name__ == "__main__":
    sys.exit(main())

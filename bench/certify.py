"""Every promise tried on each adapter's simulator by the command a vendor uses, and how long a certification takes.

python bench/certify.py [--quick]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from adapters.discovery import adapter_names  # noqa: E402
from bench.figures import Figures  # noqa: E402

QUICK = (("gp_system", "browser"), ("gp_system", "fhir_r4"), ("eoj", "nexus"))
LONGEST = 300.0


def certify(kind: str, adapter: str, folder: str, figures: Figures) -> None:
    words = ("certify", kind, adapter, "--report", folder)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", "from gateway.cli import main; main()", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    print((done.stdout or done.stderr).strip().splitlines()[-1])
    figures.at_most(f"{kind}_{adapter}_promises_exit", done.returncode, "status", 0)
    figures.at_most(f"{kind}_{adapter}_certification", time.monotonic() - started, "s", LONGEST)


def certified() -> list[tuple[str, str]]:
    """Every practice system, care system and keeper of rooms."""
    kinds = {"gp_system": adapter_names("gp_system"), "eoj": adapter_names("eoj"), "video": adapter_names("video")}
    return [(kind, name) for kind, names in kinds.items() for name in names]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="three adapters only")
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        for kind, adapter in QUICK if parser.parse_args().quick else certified():
            certify(kind, adapter, folder, figures)
    return figures.exit_code()


if __name__ == "__main__":
    sys.exit(main())

"""What the media process costs and bears, with real Chromium and other servers in the same run.

python bench/video.py [--quick] [--minutes N] [PART …]        parts: forwarding churn flood fuzz grid kills lossy
                                                              placing rolling soak
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figures import Figures  # noqa: E402
from bench.media import churn, forwarding, fuzz, grid, lossy, trouble  # noqa: E402
from bench.rooms import killing, rolling  # noqa: E402

PARTS: Final[dict[str, Callable[[bool, Figures], Awaitable[None]]]] = {
    "forwarding": forwarding.measure,
    "churn": churn.measure,
    "flood": trouble.flood,
    "fuzz": fuzz.measure,
    "grid": grid.measure,
    "kills": trouble.kills,
    "lossy": lossy.measure,
    "placing": killing.measure,
    "rolling": rolling.measure,
}

SHORT: Final = ("forwarding", "churn", "fuzz")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="under a minute")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long the soak lasts")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, "soak", []], help="all but the soak where none is named")
    arguments = parser.parse_args()
    result = Figures()
    for part in arguments.parts or (SHORT if arguments.quick else PARTS):
        if part == "soak":
            asyncio.run(churn.soak(0.5 if arguments.quick else arguments.minutes, result))
        else:
            asyncio.run(PARTS[part](arguments.quick, result))
    return result.exit_code()


if __name__ == "__main__":
    sys.exit(main())

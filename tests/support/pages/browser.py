"""Makes sure a browser test has its browser: Debian's chromium, by apt-get where it is missing.

``python -m tests.support.pages.browser`` before the browser tests; it ends at once where chromium is there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.debian import CannotInstall, ensure

CHROMIUM = Path("/usr/bin/chromium")


def main() -> int:
    try:
        path = ensure("chromium", lambda: CHROMIUM if CHROMIUM.exists() else None)
    except CannotInstall as fault:
        print(f"Browser tests need Debian's chromium: {fault}", file=sys.stderr)
        return 1
    print(f"chromium: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

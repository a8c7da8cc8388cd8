"""``python -m video``: one media process. Its settings are environment variables, see ``video.settings``."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from gateway import logs
from video.credentials import UsedTickets
from video.process import serve
from video.settings import MediaSettings, SettingsFault


def main(used: UsedTickets | None = None) -> int:
    """``used``: what a process before this one has let in."""
    try:
        settings = MediaSettings.from_environment(os.environ)
    except SettingsFault as fault:
        print(*fault.args, sep="\n", file=sys.stderr)
        return 2
    logs.configure("video", settings.log_level)
    for library in ("aioice", "aiortc"):  # at INFO they write every address they try
        logging.getLogger(library).setLevel(logging.WARNING)
    try:
        asyncio.run(serve(settings, used or UsedTickets()))
    except SettingsFault as fault:
        print(*fault.args, sep="\n", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

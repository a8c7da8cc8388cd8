"""``python -m video.keeper``: the media process, and after its death at once another one.

A media process needs a second to import what it is made of; this one has done so, opens no socket, starts no thread,
and forks. Settings, address and exit status are those of ``python -m video``. Signals reach the media process, which
ends before its keeper does; where the keeper dies first, the media process dies with it (Linux), so that whoever starts
both again finds the ports free.

A media process tells by a pipe which tickets it lets in, before it does so. Its successor knows them from the fork.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import time
from types import FrameType
from typing import Final

from gateway import logs
from video.__main__ import main as media
from video.credentials import USED_AT_ONCE, UsedTickets

_FORWARDED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
_SOON: Final = 1.0  # seconds; dead this early, three times in a row: it cannot live, and the service manager must know
_TRIES: Final = 3
_FINAL: Final = (0, 2)  # ended as asked; refuses its settings
_PR_SET_PDEATHSIG: Final = 1  # <linux/prctl.h>


class Keeper:
    """``keep`` returns the exit status of the last media process; one that was ended by a signal gives 1."""

    def __init__(self) -> None:
        self._child = 0
        self._ending = False
        self._used = UsedTickets()

    def keep(self) -> int:
        logs.configure("video-keeper")
        gc.freeze()  # what was imported stays shared with every media process to come
        for number in _FORWARDED:
            signal.signal(number, self._forward)
        early = 0
        while True:
            began = time.monotonic()
            self._hear(self._fork())
            status = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
            early = early + 1 if time.monotonic() - began < _SOON else 0
            if status in _FINAL or self._ending or early >= _TRIES:
                return status if status >= 0 else 1
            logs.log("video.keeper").warning("media-process-died", status=status)

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        self._ending = True
        os.kill(self._child, number)

    def _hear(self, told: int) -> None:
        """Until the media process has died; what it told before is read to the end."""
        with open(told, "rb", buffering=0) as pipe:
            while records := pipe.read(USED_AT_ONCE):
                self._used.heard(records, time.time())

    def _fork(self) -> int:
        """The reading end of the new process's pipe. Signals wait meanwhile: they are for the new process."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
        keeper = os.getpid()
        told, tell = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            for number in _FORWARDED:
                signal.signal(number, signal.SIG_DFL)
            _die_with(keeper)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
            os.close(told)
            os.set_blocking(tell, False)
            self._used.tell = tell
            sys.exit(media(self._used))
        os.close(tell)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
        return told


def _die_with(keeper: int) -> None:
    """SIGKILL for this process when ``keeper`` ends; a keeper that ended before this was said is seen by its id."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(1)


if __name__ == "__main__":
    sys.exit(Keeper().keep())

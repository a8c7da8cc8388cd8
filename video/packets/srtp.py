"""The cipher's edge: libsrtp called directly on buffers that are made once.

``pylibsrtp`` copies every packet into new bytes twice. A forwarding process does this for each packet of each
call, so it calls the same library on the buffers of ``datagrams``. Callers hold the packet path (``pump``).
"""

from __future__ import annotations

from typing import Any, Final

import pylibsrtp

_library: Any = pylibsrtp
ffi: Any = _library.ffi
lib: Any = _library.lib

BUFFER_SIZE: Final = 2048
SIZE: Any = ffi.new("int *")

memmove: Any = ffi.memmove
unpack: Any = ffi.unpack
open_rtp: Any = lib.srtp_unprotect
open_rtcp: Any = lib.srtp_unprotect_rtcp
seal_rtp: Any = lib.srtp_protect
seal_rtcp: Any = lib.srtp_protect_rtcp


def buffers(count: int) -> tuple[list[Any], list[memoryview]]:
    """``count`` packet buffers: as C pointers, and the same memory as Python views."""
    pointers = [ffi.new("char[]", BUFFER_SIZE) for _ in range(count)]
    return pointers, [memoryview(ffi.buffer(pointer)).cast("B") for pointer in pointers]


class Contexts:
    """One peer's two libsrtp contexts, out of the ``pylibsrtp.Session`` objects that own their memory."""

    __slots__ = ("_owners", "receive", "send")

    def __init__(self, receive: Any, send: Any) -> None:
        self._owners = (receive, send)  # kept so that the contexts are not freed under us
        self.receive: Any = receive._srtp[0]
        self.send: Any = send._srtp[0]

"""The cipher's edge: one pair of buffers for the whole process, and libsrtp called on them directly.

``pylibsrtp`` copies every packet into new bytes twice. A forwarding process does this for each packet of each
call, so it calls the same library on buffers that are made once. That is safe because the event loop is one
thread and no function here or in ``link`` awaits between reading a packet and sending its copies.
"""

from __future__ import annotations

from typing import Any, Final

import pylibsrtp

_library: Any = pylibsrtp
ffi: Any = _library.ffi
lib: Any = _library.lib

BUFFER_SIZE: Final = 2048

# Received packet, opened in place. ``RX`` is the same memory as ``RX_C``, seen from Python.
RX_C: Any = ffi.new("char[]", BUFFER_SIZE)
RX: memoryview = memoryview(ffi.buffer(RX_C)).cast("B")
# Packet on its way out, sealed in place.
TX_C: Any = ffi.new("char[]", BUFFER_SIZE)
TX: memoryview = memoryview(ffi.buffer(TX_C)).cast("B")
SIZE: Any = ffi.new("int *")

memmove: Any = ffi.memmove
open_rtp: Any = lib.srtp_unprotect
open_rtcp: Any = lib.srtp_unprotect_rtcp
seal_rtp: Any = lib.srtp_protect
seal_rtcp: Any = lib.srtp_protect_rtcp


class Contexts:
    """One peer's two libsrtp contexts, out of the ``pylibsrtp.Session`` objects that own their memory."""

    __slots__ = ("_owners", "receive", "send")

    def __init__(self, receive: Any, send: Any) -> None:
        self._owners = (receive, send)  # kept so that the contexts are not freed under us
        self.receive: Any = receive._srtp[0]
        self.send: Any = send._srtp[0]

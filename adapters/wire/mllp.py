"""MLLP, the envelope HL7 v2 travels in over TCP: 0x0B, the message, 0x1C 0x0D (MLLP release 1 §2). The calling side.

A peer may send several messages at once, or one in many pieces; ``Deframer`` knows only bytes, both sides use it.
The client keeps its connections open, waits for the answer that names its message, and says in which phase it failed.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from adapters.wire.effect import note_sent
from adapters.wire.overhearing import Said, pass_on
from adapters.wire.transport import seconds_left, trouble_of
from gateway.domain.errors import PeerError, PeerIll, PeerUnavailable, Phase

START, END = b"\x0b", b"\x1c\x0d"
BEGUN_ANEW = START + b"MSH"  # within a frame; a VT before anything else is a line break in somebody's text
SIZE_LIMIT = 2_000_000
_BEHIND_END = (b"", END[1:], b"\n", START)
STRAY_LIMIT = 65_536  # bytes outside any frame: line noise is skipped, a flood of it is not
READ = 65_536
T = TypeVar("T")


class FrameTooLong(ValueError):
    """More than the limit without an end. ``head`` is how it began: enough to answer it."""

    def __init__(self, head: bytes) -> None:
        super().__init__("frame too long")
        self.head = head


def framed(message: bytes) -> bytes:
    return START + message + END


def in_a_row(messages: Iterable[bytes]) -> bytes:
    """Several messages as the content of one frame: framed, they go out one after the other."""
    return (END + START).join(messages)


class Deframer:
    """Bytes in, whole messages out. ``inside`` is true between the start of a frame and its end."""

    def __init__(self, limit: int = SIZE_LIMIT) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._scanned = 0
        self._stray = 0
        self.inside = False
        self.began: float | None = None  # when the frame began, where somebody keeps time

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Whole messages in the order they came; ``FrameTooLong`` after the last whole one before the flood."""
        self._buffer += data
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> bytes | None:
        if not self.inside and not self._begun():
            return None
        end = self._end()
        if end < 0 or end > self._limit:
            self._scanned = len(self._buffer)
            if self._scanned > self._limit:
                raise FrameTooLong(bytes(self._buffer[:4096]))
            return None
        # A second start means that the sender gave up the first half: what follows it is the message.
        whole = bytes(self._buffer[:end])
        message = whole[whole.rfind(BEGUN_ANEW) + 1 :] if BEGUN_ANEW in whole else whole
        del self._buffer[: end + 1]  # a CR behind it is outside any frame, like all that follows up to the next start
        self.inside, self._scanned, self.began = False, 0, None
        return message

    def _end(self) -> int:
        """Where the frame ends, or -1: at 0x1C 0x0D, and also where a sender leaves the CR out, which shows by nothing
        or by the next frame following. 0x1C within a line of text is text."""
        at = self._buffer.find(END[:1], max(0, self._scanned - 1))
        while at >= 0 and self._buffer[at + 1 : at + 2] not in _BEHIND_END:
            at = self._buffer.find(END[:1], at + 1)
        return at

    def _begun(self) -> bool:
        start = self._buffer.find(START)
        self._stray += len(self._buffer) if start < 0 else start
        del self._buffer[: len(self._buffer) if start < 0 else start + 1]
        if self._stray > STRAY_LIMIT:
            raise FrameTooLong(b"")
        self.inside = start >= 0
        self._stray = 0 if self.inside else self._stray
        return self.inside


# What a message is to the one we sent: nothing, a sign that more may follow, or its answer.
Answers = Callable[[bytes], Literal["no", "interim", "final"]]


@dataclass(slots=True)
class _Line:
    """One open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    frames: Deframer

    @property
    def usable(self) -> bool:
        return not (self.reader.at_eof() or self.writer.is_closing())


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to and how long: seconds. ``tls`` None is a bare line, for a tunnel or this machine."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    connect_timeout: float = 2.0
    total_timeout: float = 8.0
    connections: int = 2
    application_wait: float = 1.0  # for the application's answer behind a commit acknowledgement


class MllpClient:
    """``exchange`` blocks and may be called from any thread; the lines live on one loop of this process."""

    def __init__(self, peer: str, endpoint: Endpoint) -> None:
        self._peer = peer
        self._endpoint = endpoint
        self._idle: list[_Line] = []
        self._free = asyncio.Semaphore(endpoint.connections)

    def exchange(self, message: bytes, answers: Answers, *, is_read: bool = False) -> bytes:
        """Send, and wait for the message that ``answers``. Raises ``PeerUnavailable`` with its phase, and ``PeerIll``
        for a name nobody knows and for certificates. ``is_read``: the message only asks."""
        try:
            limit = seconds_left(self._endpoint.total_timeout) or 0.0
            answer = _on_the_loop(self._exchange(message, answers, limit))
            pass_on(Said("MLLP", {}, message), Said("MLLP", {}, answer))
            return answer
        except PeerError as met:
            fault = _of_a_question(met) if is_read else met
        pass_on(Said("MLLP", {}, message), Said(f"no answer ({type(fault).__name__})"))
        if fault.sent:
            note_sent()
        raise fault

    def close(self) -> None:
        _on_the_loop(self._close())

    async def _close(self) -> None:
        while self._idle:
            self._idle.pop().writer.transport.abort()

    async def _exchange(self, message: bytes, answers: Answers, limit: float) -> bytes:
        ends = asyncio.get_running_loop().time() + limit
        with self._phase("connecting"):
            async with asyncio.timeout_at(ends):
                await self._free.acquire()
        try:
            return await self._over_a_line(message, answers, ends)
        finally:
            self._free.release()

    async def _over_a_line(self, message: bytes, answers: Answers, ends: float) -> bytes:
        with self._phase("connecting"):
            line = await self._line(ends)
        whole = False
        try:
            with self._phase("sending"):
                async with asyncio.timeout_at(ends):
                    line.writer.write(framed(message))
                    await line.writer.drain()
            with self._phase("awaiting the answer"):
                async with asyncio.timeout_at(ends):
                    answer = await _answer(line, answers, self._endpoint.application_wait)
            whole = True
            return answer
        finally:
            # After trouble an answer may still be on its way: nobody else may find it on this line.
            if whole:
                self._idle.append(line)
            else:
                line.writer.transport.abort()

    async def _line(self, ends: float) -> _Line:
        while self._idle:
            line = self._idle.pop()
            if line.usable:
                return line
            line.writer.transport.abort()
        loop_now = asyncio.get_running_loop().time()
        to = self._endpoint
        async with asyncio.timeout_at(min(ends, loop_now + to.connect_timeout)):
            reader, writer = await asyncio.open_connection(to.host, to.port, ssl=to.tls)
        writer.transport.set_write_buffer_limits(high=0)  # so that draining means: the network has it all
        return _Line(reader, writer, Deframer())

    @contextmanager
    def _phase(self, phase: Phase) -> Iterator[None]:
        try:
            yield
        except (OSError, TimeoutError, EOFError, FrameTooLong) as met:
            trouble = trouble_of(met)
        else:
            return
        raise PeerIll(self._peer, trouble, phase != "connecting") if trouble else PeerUnavailable(self._peer, phase)


def _of_a_question(fault: PeerError) -> PeerError:
    """The same fault where nothing was sent that changes the peer."""
    return type(fault)(*fault.args[:-1], False)


async def _answer(line: _Line, answers: Answers, patience: float) -> bytes:
    """The first final answer; or the interim one, where nothing follows it for ``patience`` seconds."""
    async for message in _messages(line):
        match answers(message):
            case "final":
                return message  # whatever followed on the same line belongs to nobody
            case "interim":
                return await _final(line, answers, patience) or message
    raise EOFError


async def _final(line: _Line, answers: Answers, patience: float) -> bytes | None:
    try:
        async with asyncio.timeout(patience):
            async for message in _messages(line):
                if answers(message) == "final":
                    return message
    except (TimeoutError, OSError):
        pass
    return None


async def _messages(line: _Line) -> AsyncIterator[bytes]:
    for message in line.frames.feed(b""):
        yield message
    while data := await line.reader.read(READ):
        for message in line.frames.feed(data):
            yield message


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="mllp", daemon=True).start()
    return loop


_ONE_LOOP = threading.Lock()  # ``cache`` lets two threads that come first at once make one each


def _on_the_loop(work: Coroutine[Any, Any, T]) -> T:
    with _ONE_LOOP:
        loop = _loop()
    return asyncio.run_coroutine_threadsafe(work, loop).result()


def client_tls(authority: str, certificate: str = "", key: str = "") -> ssl.SSLContext:
    """TLS 1.2 or later, the peer's name checked against ``authority`` (a file; "" = the system's); with our own
    certificate where the peer asks for one."""
    context = ssl.create_default_context(cafile=authority or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        context.load_cert_chain(certificate, key or None)
    return context


def server_tls(certificate: str, key: str, client_authority: str) -> ssl.SSLContext:
    """Callers must show a certificate of ``client_authority``: a file name each."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(cadata=Path(client_authority).read_text(encoding="ascii"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context

"""The two ends of MLLP this system has: a thread for each caller, and one that brings its acts to the gateway."""

import queue
import socket
import socketserver
import threading

from simulators.hl7.hearing import Ear, HangUp

FRAME_LIMIT = 64_000_000


class Inbox:
    """Bytes of one line, cut into messages."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._bytes = bytearray()

    def next(self) -> bytes | None:
        """None where the other end has gone, or says something that is no frame."""
        scanned = 0
        while (end := self._bytes.find(b"\x1c\r", max(0, scanned - 1))) < 0:
            scanned = len(self._bytes)
            try:
                piece = self._line.recv(262_144)
            except OSError:
                return None
            if not piece or scanned > FRAME_LIMIT:
                return None
            self._bytes += piece
        frame = bytes(self._bytes[:end])
        del self._bytes[: end + 2]
        return frame[1:] if frame[:1] == b"\x0b" else None


class MllpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64
    ear: Ear


class Caller(socketserver.BaseRequestHandler):
    server: MllpServer

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        inbox = Inbox(self.request)
        while (frame := inbox.next()) is not None:
            try:
                self.request.sendall(b"\x0b" + self.server.ear.hear(frame) + b"\x1c\r")
            except (HangUp, OSError):
                return


def listening(address: str, port: int, ear: Ear) -> MllpServer:
    server = MllpServer((address, port), Caller)
    server.ear = ear
    threading.Thread(target=server.serve_forever, name="mllp", daemon=True).start()
    return server


class Outbox:
    """Brings messages in their order, each until it is answered; ``answers`` is what came back, newest last."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._waiting: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.answers: list[str] = []
        threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def put(self, control: str, message: bytes) -> None:
        self._waiting.put((control, message))

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            control, message = self._waiting.get()
            while (answer := self._brought(control, message)) is None:
                pause.wait(0.2)
            self.answers.append(answer)

    def _brought(self, control: str, message: bytes) -> str | None:
        """MSA-1, or None where it must be brought again."""
        try:
            with socket.create_connection(self._address, timeout=5) as line:
                line.sendall(b"\x0b" + message + b"\x1c\r")
                answer = Inbox(line).next()
        except OSError:
            return None
        for each in (answer or b"").split(b"\r"):
            fields = each.split(b"|")
            if fields[0] == b"MSA" and fields[2:3] == [control.encode()]:
                return fields[1].decode("ascii", "replace")
        return None

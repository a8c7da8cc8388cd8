"""Gunicorn's thread worker, which at SIGTERM leaves nobody in the queue of its socket.

Gunicorn's own stops accepting at once and closes the socket when its last request is answered, seconds later. Whoever
connects meanwhile is let in by the kernel, sends an act, is never read, and is cut off at the end, so that the proxy
cannot know whether the act was done. Here whoever is in the queue is answered, and the socket is closed at once: the
proxy is refused before it has sent anything, and asks another process.
"""

from __future__ import annotations

from gunicorn.sock import BaseSocket
from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    sockets: list[BaseSocket]

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            self._close_sockets()

    def _close_sockets(self) -> None:
        """Each after everybody in its queue was taken. The other workers of this server hold it until they do so."""
        for listener in self.sockets:
            self._take_all(listener)
            listener.close()
        self.sockets = []

    def _take_all(self, listener: BaseSocket) -> None:
        taken = -1
        while taken != self.nr_conns:
            taken = self.nr_conns
            self.accept(listener)

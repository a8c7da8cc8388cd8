"""Hands and eyes at the vendor's side: the tester at the terminal, or an address that does and sees the same.

Each entry has a name a person can find on a screen: the speakable id of the message, «TEST-7».
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import httpx

from adapters.contract.bench import Trouble
from adapters.wire.transport import system_trust
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.peers.messages import EntryMessage

SKIP = "skip"
TROUBLES = {
    Trouble.ERROR_AFTER_EFFECT: "take the next entry, but answer with an error",
    Trouble.REPLY_LOST: "take the next entry, but lose the answer",
    Trouble.APPLIED_LATE: "take the next entry only after the caller has given up",
    Trouble.REFUSED: "refuse the next entry for good (close the queue, for instance)",
    Trouble.BUSY: "answer that it is busy to the next entry, once",
}


class NotTried(Exception):
    """Nobody could, or would, do what the promise needs; ``args[0]`` says why."""


class Hands(Protocol):
    """What the promises need done and seen at the peer. Raises ``NotTried``."""

    def accept(self, message: EntryMessage) -> str: ...

    def reject(self, message: EntryMessage, reason: RejectReason, text: str) -> None: ...

    def put_back(self, message: EntryMessage) -> None: ...

    def clutter(self, message: EntryMessage) -> None: ...

    def copies(self, message: EntryMessage) -> int: ...

    def text_at_peer(self, message: EntryMessage) -> str: ...

    def waits_at_peer(self, message: EntryMessage) -> bool: ...

    def trouble(self, kind: Trouble) -> None: ...


class TerminalHands:
    """A person reads one step at a time, does it, and answers; "skip" leaves the promise untried."""

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask

    def accept(self, message: EntryMessage) -> str:
        step = f"Accept the entry «{message.short_id}» now, then type the name your system shows for whoever took it"
        return self._told(step)

    def reject(self, message: EntryMessage, reason: RejectReason, text: str) -> None:
        self._told(
            f"Reject the entry «{message.short_id}» now, for the reason «{reason}» and with the words «{text}», "
            "then press Enter"
        )

    def put_back(self, message: EntryMessage) -> None:
        self._told(f"Put the entry «{message.short_id}» back into the queue now, then press Enter")

    def clutter(self, message: EntryMessage) -> None:
        self._told(
            f"Add something of your own to the entry «{message.short_id}» (a colour, a mark, a note), then press Enter"
        )

    def copies(self, message: EntryMessage) -> int:
        words = (
            f"How many times does «{message.short_id}» stand in your system, ended ones too (a thread of messages "
            "counts once)? Type the number"
        )
        while not (said := self._told(words)).isdecimal():
            words = "A number, please"
        return int(said)

    def text_at_peer(self, message: EntryMessage) -> str:
        said = self._told(
            f"Type the reason of «{message.short_id}» as your system shows it, of several messages the newest "
            "(\\n for a new line, \\t for a tab; only Enter where it shows none)"
        )
        return said.replace("\\n", "\n").replace("\\t", "\t")

    def waits_at_peer(self, message: EntryMessage) -> bool:
        words = (
            f"Does «{message.short_id}» still wait in your system (to be taken, or agreed and not called off)? "
            "Type yes or no"
        )
        while (said := self._told(words).lower()[:1]) not in ("y", "n", "j"):
            words = "Yes or no, please"
        return said != "n"

    def trouble(self, kind: Trouble) -> None:
        self._told(f"Make your system {TROUBLES[kind]}, then press Enter")

    def _told(self, words: str) -> str:
        try:
            said = self._ask(f"{words} (or type {SKIP}): ").strip()
        except EOFError:
            raise NotTried("nobody answers at the terminal (--hands names an address instead)") from None
        if said.lower() == SKIP:
            raise NotTried("the tester left it out")
        return said


class UrlHands:
    """``POST {url}/{act}`` with the entry's ids; ``POST {url}/look`` answers ``copies``, ``text`` and ``waits``.

    404 and 501 mean that these hands cannot do that; anything else but success ends the promise as not tried.
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/", timeout=60, verify=system_trust())

    def accept(self, message: EntryMessage) -> str:
        return str(self._asked("accept", message)["name"])

    def reject(self, message: EntryMessage, reason: RejectReason, text: str) -> None:
        self._asked("reject", message, reason=str(reason), text=text)

    def put_back(self, message: EntryMessage) -> None:
        self._asked("put-back", message)

    def clutter(self, message: EntryMessage) -> None:
        self._asked("clutter", message)

    def copies(self, message: EntryMessage) -> int:
        return int(self._asked("look", message)["copies"])

    def text_at_peer(self, message: EntryMessage) -> str:
        return str(self._asked("look", message)["text"])

    def waits_at_peer(self, message: EntryMessage) -> bool:
        return bool(self._asked("look", message)["waits"])

    def trouble(self, kind: Trouble) -> None:
        self._asked("trouble", None, kind=str(kind))

    def _asked(self, act: str, message: EntryMessage | None, **more: str) -> dict[str, Any]:
        entry = {} if message is None else _ids(message)
        try:
            answer = self._http.post(act, json={**entry, **more})
        except httpx.HTTPError as fault:
            raise NotTried(f"the hands did not answer: {type(fault).__name__}") from None
        if not answer.is_success:
            raise NotTried(f"the hands answered {answer.status_code} to {act}")
        return dict(answer.json()) if answer.content else {}


def _ids(message: EntryMessage) -> dict[str, str]:
    return {"entry": str(message.entry.id), "key": str(message.key), "name": message.short_id}

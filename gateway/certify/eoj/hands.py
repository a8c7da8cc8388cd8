"""Eyes and hands at a vendor's care system: the tester at the terminal, or an address that sees and does the same.

Each version of a note has a key of its own, «5d0f3a1c»; a record that holds all versions in one place shows the key of
the note and the version instead, «9b1e77aa» number 2. A note is named by the first eight characters of both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import httpx

from adapters.contract.bench import Trouble
from adapters.wire.transport import system_trust
from gateway.certify.hands import SKIP, NotTried
from gateway.domain.peers.messages import NoteMessage

TROUBLES = {
    Trouble.ERROR_AFTER_EFFECT: "file the next note, but answer with an error",
    Trouble.REPLY_LOST: "file the next note, but lose the answer",
    Trouble.APPLIED_LATE: "file the next note only after the caller has given up",
    Trouble.REFUSED: "refuse the next note for good",
    Trouble.BUSY: "answer to the next note, once, that the record is locked",
}


class NoteHands(Protocol):
    """Raises ``NotTried`` where nobody can, or will."""

    def copies(self, message: NoteMessage) -> int: ...

    def pictures(self, message: NoteMessage) -> int: ...

    def in_force(self, message: NoteMessage) -> bool: ...

    def text_at_peer(self, message: NoteMessage) -> str: ...

    def trouble(self, kind: Trouble) -> None: ...

    def reading_fails(self) -> None: ...


class NoteHandsAtTerminal:
    """One question at a time; "skip" leaves the promise untried."""

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask

    def copies(self, message: NoteMessage) -> int:
        return self._number(f"How many notes with the key {_name(message)} stand in your system, former ones too")

    def pictures(self, message: NoteMessage) -> int:
        keys = ", ".join(f"«{str(each.key)[:8]}»" for each in message.pictures)
        return self._number(f"How many pictures with the keys {keys} stand in your system and can be seen")

    def _number(self, question: str) -> int:
        words = f"{question}? Type the number"
        while not (said := self._told(words)).isdecimal():
            words = "A number, please"
        return int(said)

    def in_force(self, message: NoteMessage) -> bool:
        words = f"Is the note with the key {_name(message)} the one that counts (not replaced)? Type yes or no"
        while (said := self._told(words).lower()[:1]) not in ("y", "n", "j"):
            words = "Yes or no, please"
        return said != "n"

    def text_at_peer(self, message: NoteMessage) -> str:
        said = self._told(f"Type the note {_name(message)} as your system shows it (\\n for a new line)")
        return said.replace("\\n", "\n")

    def trouble(self, kind: Trouble) -> None:
        self._told(f"Make your system {TROUBLES[kind]}, then press Enter")

    def reading_fails(self) -> None:
        self._told("Make the next reading of a note fail, then press Enter")

    def _told(self, words: str) -> str:
        try:
            said = self._ask(f"{words} (or type {SKIP}): ").strip()
        except EOFError:
            raise NotTried("nobody answers at the terminal (--hands names an address instead)") from None
        if said.lower() == SKIP:
            raise NotTried("the tester left it out")
        return said


class NoteHandsAtUrl:
    """``POST {url}/look`` with ``{"key", "note", "version"}`` answers ``copies``, ``in_force`` and ``text``;
    ``POST {url}/trouble`` brings a ``kind``, and ``POST {url}/reading-fails`` nothing; ``POST {url}/look-at-pictures``
    with ``{"keys"}`` answers ``pictures``, how many of them can be seen. 404 and 501: these hands cannot do that."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/", timeout=60, verify=system_trust())

    def copies(self, message: NoteMessage) -> int:
        return int(self._look(message)["copies"])

    def pictures(self, message: NoteMessage) -> int:
        keys = [str(each.key) for each in message.pictures]
        return int(self._asked("look-at-pictures", {"keys": keys})["pictures"])

    def in_force(self, message: NoteMessage) -> bool:
        return bool(self._look(message)["in_force"])

    def text_at_peer(self, message: NoteMessage) -> str:
        return str(self._look(message)["text"])

    def trouble(self, kind: Trouble) -> None:
        self._asked("trouble", {"kind": str(kind)})

    def reading_fails(self) -> None:
        self._asked("reading-fails", {})

    def _look(self, message: NoteMessage) -> dict[str, Any]:
        words = {"key": str(message.key), "note": str(message.case_key), "version": str(message.note.version)}
        return self._asked("look", words)

    def _asked(self, act: str, words: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._http.post(act, json=words)
        except httpx.HTTPError as fault:
            raise NotTried(f"the hands did not answer: {type(fault).__name__}") from None
        if not answer.is_success:
            raise NotTried(f"the hands answered {answer.status_code} to {act}")
        return dict(answer.json()) if answer.content else {}


def _name(message: NoteMessage) -> str:
    return f"«{str(message.key)[:8]}» (or «{str(message.case_key)[:8]}» number {message.note.version})"

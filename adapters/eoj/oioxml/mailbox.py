"""The folder that a VANS client puts receipts in, and beside it our own memory of what was sent and answered.

``*.xml`` in the folder is the client's; a receipt is removed once it was read, since people write in it. Everything of
ours stands in ``laegebro`` below it, in files that are written once, hold numbers, codes and times only, and go after
60 days:

* ``LETTER.sent-1`` … ``.sent-3``: when a letter was sent, or may have been;
* ``ENVELOPE.letter``: which letter an envelope holds;
* ``LETTER.answer``: what its receipt says;
* ``unread/``: as it came, what is still no receipt ten minutes later, and receipts of envelopes nobody knows.

Several processes may read at once: each file appears whole, and the first answer of a letter stays.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from adapters.wire.oioxml.receipt import POSITIVE, LetterReceipt, NoReceipt, receipts_in
from gateway.domain.errors import PeerIll

NO_FOLDER = "receipts-folder"
MOST_SENDS = 3  # the letter and two resends (MedCom governance 043)
LARGEST = 1_000_000  # bytes of a receipt
WRITTEN, DAY, KEPT = 600.0, 86_400.0, 60 * 86_400.0  # seconds
_log = logging.getLogger("laegebro.oioxml")


@dataclass(frozen=True, slots=True)
class Answered:
    """``kind`` is XCTL01, XCTL02 or XCTL03; ``code`` a RefuseCode, "" for a yes."""

    kind: str
    code: str
    at: datetime

    @property
    def is_yes(self) -> bool:
        return self.kind == POSITIVE


class Mailbox:
    """``is_ours`` says whether a receipt is about letters between our two addresses."""

    def __init__(self, name: str, folder: Path, is_ours: Callable[[LetterReceipt], bool]) -> None:
        self._name, self._folder, self._is_ours = name, folder, is_ours
        self._own, self._pruned = folder / "laegebro", float("-inf")

    def sends(self, letter: str) -> list[datetime]:
        return [datetime.fromisoformat(each) for each in self._read_all(f"{letter}.sent-{n + 1}" for n in _NUMBERS)]

    def note_send(self, letter: str, at: datetime) -> None:
        for number in _NUMBERS:
            if self._write(f"{letter}.sent-{number + 1}", at.isoformat()):
                return

    def answer(self, letter: str) -> Answered | None:
        """After everything that lies in the folder was read."""
        self._take_in()
        for content in self._read_all([f"{letter}.answer"]):
            told = json.loads(content)
            return Answered(told["kind"], told["code"], datetime.fromisoformat(told["at"]))
        return None

    def forget_sends(self, letter: str) -> None:
        """Silence was told: whoever asks anew sends the letter anew, and a receipt that comes late still counts."""
        for number in _NUMBERS:
            (self._own / f"{letter}.sent-{number + 1}").unlink(missing_ok=True)

    def forget_refusal(self, letter: str) -> None:
        """It was told. Nothing more is heard of the envelopes that were refused."""
        for path in self._own.glob("*.letter"):
            with suppress(FileNotFoundError):
                if path.read_text(encoding="ascii") == letter:
                    path.unlink()
        self.forget_sends(letter)
        (self._own / f"{letter}.answer").unlink(missing_ok=True)

    def require(self) -> None:
        """``PeerIll`` where the folder cannot be written in: without it no receipt would ever be heard."""
        try:
            (self._own / "unread").mkdir(parents=True, exist_ok=True)
        except OSError:
            raise PeerIll(self._name, NO_FOLDER) from None

    def prune(self) -> None:
        """Once a day."""
        if time.monotonic() - self._pruned < DAY:
            return
        self.require()
        self._pruned, now = time.monotonic(), self._now()
        for path in self._own.glob("*.*"):
            with suppress(FileNotFoundError):
                if now - path.stat().st_mtime > KEPT:
                    path.unlink()

    def _now(self) -> float:
        """By the clock of the disk, which gives files their times and may be another machine's."""
        mark = self._own / f"{uuid4().hex}.now"
        mark.touch()
        try:
            return mark.stat().st_mtime
        finally:
            mark.unlink(missing_ok=True)

    def _take_in(self) -> None:
        self.require()
        for path in sorted(self._folder.glob("*.xml")):
            with suppress(FileNotFoundError):  # another process was faster
                self._take(path)

    def _take(self, path: Path) -> None:
        try:
            found = receipts_in(_content(path))
        except NoReceipt as fault:
            if self._now() - path.stat().st_mtime > WRITTEN:
                _log.error("%s: a file in the receipts folder is no receipt (%s)", self._name, fault)
                path.rename(self._own / "unread" / path.name)
            return
        if not all(map(self._is_ours, found)):
            return
        if self._note(found):
            path.unlink()
            return
        _log.warning("%s: a receipt is about an envelope that nobody knows here", self._name)
        path.rename(self._own / "unread" / path.name)

    def _note(self, receipts: Iterable[LetterReceipt]) -> bool:
        """Whether any of the envelopes is ours; each holds one letter."""
        known = False
        for each in receipts:
            for letter in self._read_all([f"{each.envelope}.letter"] if each.envelope.isalnum() else []):
                known = True
                if each.letter in ("", letter):
                    told = {"kind": each.kind, "code": each.code, "at": each.at.isoformat()}
                    self._write(f"{letter}.answer", json.dumps(told))
        return known

    def note_envelope(self, envelope: str, letter: str) -> None:
        """Before it is sent: receipts are about envelopes."""
        self._write(f"{envelope}.letter", letter)

    def _read_all(self, names: Iterable[str]) -> list[str]:
        found = []
        for name in names:
            with suppress(FileNotFoundError):
                found.append((self._own / name).read_text(encoding="ascii"))
        return found

    def _write(self, name: str, content: str) -> bool:
        """Whole or not at all; False where it stands there already."""
        self.require()
        draft = self._own / f".{uuid4().hex}"
        try:
            draft.write_text(content, encoding="ascii")
            os.link(draft, self._own / name)
        except FileExistsError:
            return False
        except OSError:
            raise PeerIll(self._name, NO_FOLDER) from None
        finally:
            draft.unlink(missing_ok=True)
        return True


_NUMBERS = range(MOST_SENDS)


def _content(path: Path) -> bytes:
    """A file that is still being written is not well-formed yet, and is read at the next look."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)

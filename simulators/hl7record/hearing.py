"""What the care system makes of a message: one document in a citizen's record, then one answer, kept by control id."""

import base64
import binascii
import threading
from collections import Counter
from dataclasses import dataclass

from simulators.faults import Fault, Planned
from simulators.flaws import Flaw, files_all_the_same, kept_text
from simulators.hl7.er7 import Line, Unreadable, find, part, read, unescape
from simulators.hl7.hearing import HangUp, Refuse
from simulators.hl7.speaking import Voice

COMPLETED = ("AU", "DO", "LA", "PA")  # table 0271, as far as this system takes it


@dataclass
class Document:
    """``replaced``: a later document has taken its place."""

    number: str
    citizen: str
    text: str
    status: str
    replaced: bool = False


class RecordEar:
    """Thread-safe: each line has its own thread. ``citizens``: the numbers that have a record here."""

    def __init__(self, voice: Voice, citizens: frozenset[str]) -> None:
        self._voice, self._citizens = voice, citizens
        self.lock = threading.RLock()
        self.documents: dict[str, Document] = {}
        self.created: Counter[str] = Counter()
        self.frames: list[bytes] = []
        self._answers: dict[str, bytes] = {}
        self._faults = Planned[Fault]()
        self.flaw: Flaw = ""

    def plant(self, flaw: Flaw) -> None:
        self.flaw = flaw

    def plan(self, fault: Fault) -> None:
        self._faults.plan(fault)

    def reset(self) -> None:
        with self.lock:
            self._faults.clear()
            self.documents.clear()
            self.created.clear()
            self.frames.clear()
            self._answers.clear()
            self.flaw = ""

    def hear(self, frame: bytes) -> bytes:
        """The answer; ``HangUp`` where there is none."""
        try:
            lines = read(frame)
        except Unreadable:
            raise HangUp from None
        head = lines[0]
        with self.lock:
            self.frames = [*self.frames[-199:], frame]
            known = self._answers.get(part(head, 10))
            fault = None if known else self._faults.strikes(part(head, 9))
        if known:
            return known
        return self._suffer(fault, lines) if fault else self._taken(lines)

    def _suffer(self, fault: Fault, lines: list[Line]) -> bytes:
        head = lines[0]
        if fault.mode in ("reject-422", "down-503", "locked-423"):
            if files_all_the_same(self.flaw, int(fault.mode[-3:])):
                self._taken(lines)
            return self._voice.ack(head, "AR", "201" if fault.mode == "reject-422" else "206")
        if fault.mode == "late-apply":
            threading.Timer(fault.delay or 1.0, self._taken, (lines,)).start()
            raise HangUp
        answer = self._taken(lines)
        if fault.mode == "effect-then-500":
            with self.lock:
                self._answers.pop(part(head, 10), None)
            return self._voice.ack(head, "AE", "207")
        if fault.mode == "drop-reply":
            raise HangUp
        return answer

    def _taken(self, lines: list[Line]) -> bytes:
        head = lines[0]
        try:
            with self.lock:
                self._file(lines)
        except Refuse as refusal:
            return self._voice.ack(head, "AR" if refusal.code in ("200", "201") else "AE", refusal.code)
        with self.lock:
            return self._answers.setdefault(part(head, 10), self._voice.ack(head, "AA"))

    def _file(self, lines: list[Line]) -> None:
        kind, trigger = part(lines[0], 9), part(lines[0], 9, 2)
        if kind != "MDM" or trigger not in ("T02", "T10"):
            raise Refuse("201" if kind == "MDM" else "200")
        txa = find(lines, "TXA")
        number, former = part(txa, 12), part(txa, 13)
        document = Document(number, self._whose(lines), kept_text(self.flaw, _text(lines)), part(txa, 17))
        if not number or document.status not in COMPLETED or not document.text:
            raise Refuse("101")
        if number in self.documents:
            raise Refuse("205")
        if trigger == "T10":
            self._replace(former, document)
        if self.flaw != "loses" and (self.flaw, trigger) != ("loses-corrections", "T10"):
            self.documents[number] = document
            self.created[number] += 2 if self.flaw == "doubles" else 1

    def _replace(self, former: str, document: Document) -> None:
        if former not in self.documents:
            raise Refuse("204")
        if self.documents[former].citizen != document.citizen:
            raise Refuse("103")
        self.documents[former].replaced = self.flaw not in ("keeps-former", "loses-corrections")

    def _whose(self, lines: list[Line]) -> str:
        """By the national number in PID-3; a number without a record here is no key that is known."""
        whole = find(lines, "PID")
        numbers = [each.split("^") for each in (whole[3].split("~") if len(whole) > 3 else [])]
        national = [unescape(each[0]) for each in numbers if len(each) > 4 and each[4] == "NNDNK"]
        if len(national) != 1 or (national[0] not in self._citizens and self.flaw != "takes-anybody"):
            raise Refuse("204")
        return national[0]


def _text(lines: list[Line]) -> str:
    """All OBX in their order: formatted text, or a text file in base64."""
    return "".join(_of(line) for line in lines if line[0] == "OBX")


def _of(line: Line) -> str:
    if part(line, 2) != "ED":
        return unescape(line[5]) if len(line) > 5 else ""
    if part(line, 5, 4) != "Base64":
        raise Refuse("103")
    try:
        return base64.b64decode(part(line, 5, 5), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Refuse("102") from None

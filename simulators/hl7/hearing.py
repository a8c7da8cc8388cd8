"""What the practice system makes of a message: one effect on its book, then one answer, kept by control id."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from simulators.faults import Fault, Planned
from simulators.hl7.er7 import Line, Unreadable, find, part, read, unescape
from simulators.hl7.practice import KEPT_BY_US, OVER, Act, Appointment, Book
from simulators.hl7.speaking import Voice, of_act, of_standing

PAGE = 100


class HangUp(Exception):
    """The line is to be cut without an answer."""


class Refuse(Exception):
    """``code`` of table 0357."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Ear:
    """Thread-safe: each line has its own thread."""

    def __init__(self, book: Book, voice: Voice, hosted: frozenset[str]) -> None:
        self.book = book
        self._voice = voice
        self._hosted = hosted
        self._lock = threading.Lock()
        self._answers: dict[str, bytes] = {}
        self._faults = Planned[Fault]()
        self.heard: Counter[str] = Counter()
        self.frames: list[bytes] = []

    def plan(self, fault: Fault) -> None:
        self._faults.plan(fault)

    def reset(self) -> None:
        with self._lock:
            self._faults.clear()
            self._answers.clear()
            self.heard.clear()
            self.frames.clear()

    def hear(self, frame: bytes) -> bytes:
        """The answer; ``HangUp`` where there is none."""
        try:
            lines = read(frame)
        except Unreadable:
            raise HangUp from None
        head = lines[0]
        kind, control = f"{part(head, 9)}^{part(head, 9, 2)}", part(head, 10)
        with self._lock:
            self.heard[kind] += 1
            self.frames = [*self.frames[-199:], frame]
            if control in self._answers:
                return self._answers[control]
            fault = self._faults.strikes(kind)
        return self._suffer(fault, lines, control) if fault else self._taken(lines, control)

    def _suffer(self, fault: Fault, lines: list[Line], control: str) -> bytes:
        head = lines[0]
        if fault.mode in ("reject-422", "down-503", "locked-423"):
            return self._voice.ack(head, "AR", "201" if fault.mode == "reject-422" else "206")
        if fault.mode == "late-apply":
            threading.Timer(fault.delay or 1.0, self._taken, (lines, control)).start()
            raise HangUp
        if fault.mode == "black-hole":
            time.sleep(fault.delay or 30.0)
            raise HangUp
        answer = self._taken(lines, control)
        if fault.mode == "effect-then-500":
            with self._lock:
                self._answers.pop(control, None)
            return self._voice.ack(head, "AE", "207")
        if fault.mode == "drop-reply":
            raise HangUp
        return answer

    def _taken(self, lines: list[Line], control: str) -> bytes:
        head = lines[0]
        if part(head, 9) == "SQM":
            return self._asked(lines)
        try:
            self._effect(lines)
        except Refuse as refusal:
            return self._voice.ack(head, "AR" if refusal.code in ("200", "201") else "AE", refusal.code)
        with self._lock:
            return self._answers.setdefault(control, self._voice.ack(head, "AA"))

    # --- effects ------------------------------------------------------------------------------------------------------

    def _effect(self, lines: list[Line]) -> None:
        kind, trigger = part(lines[0], 9), part(lines[0], 9, 2)
        effects: dict[tuple[str, str], Callable[[list[Line]], None]] = {
            ("SIU", "S12"): self._book,
            ("SIU", "S14"): self._change,
            ("SIU", "S15"): self._change,
            ("SIU", "S26"): self._change,
            ("ADT", "A04"): self._encounter,
            ("ADT", "A03"): self._encounter,
        }
        if (kind, trigger) not in effects:
            raise Refuse("201" if kind in ("SIU", "ADT") else "200")
        with self.book.lock:
            effects[kind, trigger](lines)

    def _book(self, lines: list[Line]) -> None:
        sch = find(lines, "SCH")
        if not part(sch, 1) or not part(sch, 6):
            raise Refuse("101")
        where = find(lines, "AIL")
        practice = part(where, 3, 4).partition("&")[0]
        if practice not in self._hosted:
            raise Refuse("204")
        made = self.book.book(part(sch, 1))
        if made is None:
            raise Refuse("205")
        self._write(made, lines)
        made.status = part(sch, 25) or "Pending"

    def _change(self, lines: list[Line]) -> None:
        """An older revision is answered and left; what has ended is only written over, never opened."""
        sch = find(lines, "SCH")
        appointment = self._known(part(sch, 1))
        said = _notes(lines).get("STATE", "0")
        if int(said.partition("/")[0] or 0) < appointment.revision:
            return
        self._write(appointment, lines)
        status = part(sch, 25)
        if status and appointment.status not in OVER:
            appointment.status = status
            appointment.who = _name(find(lines, "AIP"), 3) if status in ("Booked", "Started") else ""

    def _encounter(self, lines: list[Line]) -> None:
        visit = find(lines, "PV1")
        appointment = self._known(part(visit, 19))
        if appointment.status not in OVER:
            appointment.said = part(visit, 50) or appointment.said
            appointment.status = "Started" if part(lines[0], 9, 2) == "A04" else "Complete"

    def _known(self, placer: str) -> Appointment:
        try:
            return self.book.appointments[placer]
        except KeyError:
            raise Refuse("204") from None

    def _write(self, appointment: Appointment, lines: list[Line]) -> None:
        """The caller's notes and citizen as the message has them; this system's own notes stay."""
        notes = _notes(lines)
        appointment.said = notes.pop("STATE", appointment.said)
        own = {code: text for code, text in appointment.notes.items() if code.startswith(KEPT_BY_US)}
        appointment.notes = {**notes, **own}
        appointment.patient = part(find(lines, "PID"), 3)

    # --- questions ----------------------------------------------------------------------------------------------------

    def _asked(self, lines: list[Line]) -> bytes:
        head, query, pointer = lines[0], find(lines, "QRD"), part(find(lines, "DSC"), 1)
        tag = part(query, 4)
        with self.book.lock:
            if part(query, 9) == "STA":
                return self._voice.answer(head, tag, self._standing(part(query, 11)))
            if not pointer:
                return self._voice.answer(head, tag, [], str(len(self.book.acts)))
            if not pointer.isdigit():
                return self._voice.ack(head, "AE", "102", "ACK^S25^ACK")
            acts = [act for act in self.book.after(int(pointer), PAGE) if act.placer in self.book.appointments]
            groups = [of_act(act, self.book.appointments[act.placer]) for act in acts]
            reached = min(int(pointer) + PAGE, len(self.book.acts))
            return self._voice.answer(head, tag, groups, str(reached))

    def _standing(self, placer: str) -> list[list[str]]:
        appointment = self.book.appointments.get(placer)
        if appointment is None:
            return []
        done = [act for act in self.book.acts if act.placer == placer]
        last: Act | None = done[-1] if done else None
        return [of_standing(appointment, last)]


def _notes(lines: list[Line]) -> dict[str, str]:
    """A text that went on in a second NTE is one text."""
    notes: dict[str, str] = {}
    for each in lines:
        if each[0] == "NTE" and len(each) > 3:
            notes[part(each, 4)] = notes.get(part(each, 4), "") + unescape(each[3])
    return notes


def _name(line: Line, field: int) -> str:
    return f"{part(line, field, 3)} {part(line, field, 2)}".strip()

"""The practice's own book: its rows, and everything its people did, numbered."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from simulators.soap.contract import text

SHOWN = (
    *("ShortId", "Reason", "Consent", "Form", "Link", "Message", "AgreedAt", "AgreedWith"),
    *("Sender/Employee", "Sender/Workplace", "Sender/Phone"),
)


@dataclass
class Row:
    """`said` and `misses` are the gateway's last words; `own_take` the number of this practice's act that took it."""

    entry_id: str
    reference: str
    received_at: str
    revision: int = 0
    status: str = "waiting"
    said: str = ""
    misses: int = 0
    who: str = ""
    own_take: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    citizen: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Act:
    """One thing somebody here did."""

    number: int
    entry_id: str
    what: str
    at: str
    user: str = ""
    name: str = ""
    reason: str = ""
    text: str = ""


class Book:
    """Guarded by one lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.rows: dict[str, Row] = {}
        self.acts: list[Act] = []
        self.created: dict[str, int] = {}
        self.given_out = 0

    def reset(self) -> None:
        with self.lock:
            self.rows.clear()
            self.created.clear()

    def put(self, content: etree._Element) -> tuple[Row, bool]:
        """The newest revision stands. True where this one was known."""
        with self.lock:
            row, revision = self._row(text(content, "EntryId")), int(text(content, "Revision"))
            if revision <= row.revision:
                return row, True
            if row.status != "over":
                self._say(row, content)
                row.texts = {path: text(content, path) for path in SHOWN}
                row.citizen = {
                    name: text(content, f"Citizen/{name}") for name in ("Identifier", "Name", "BirthDate", "Gender")
                }
            row.revision = revision
            return row, False

    def _row(self, entry_id: str) -> Row:
        if entry_id not in self.rows:
            self.rows[entry_id] = Row(entry_id, f"P{len(self.rows) + 1:06d}", now())
            self.created[entry_id] = self.created.get(entry_id, 0) + 1
        return self.rows[entry_id]

    def _say(self, row: Row, content: etree._Element) -> None:
        """The gateway's row decides, but a click of ours that it has not fetched yet is never trodden on."""
        state, misses = text(content, "State"), int(text(content, "Misses"))
        if state in ("taken", "in-progress"):
            row.status, row.who = state, text(content, "TakenBy/Name") or row.who
        elif state == "waiting" and self._is_released(row, misses):
            row.status, row.who, row.own_take = "waiting", "", 0
        row.said, row.misses = state, misses

    def _is_released(self, row: Row, misses: int) -> bool:
        if not row.own_take:
            return True
        heard = row.own_take <= self.given_out
        return heard and (row.said in ("taken", "yours", "in-progress") or misses > row.misses)

    def end(self, content: etree._Element) -> tuple[Row, bool]:
        with self.lock:
            row, revision = self._row(text(content, "EntryId")), int(text(content, "Revision"))
            known = revision <= row.revision
            if not known:
                row.revision, row.status, row.own_take = revision, "over", 0
                row.said = text(content, "Reason")
            if text(content, "Erase") == "true":
                row.texts, row.citizen = {}, {}
            return row, known

    def keep_only(self, entries: set[str]) -> None:
        """What is not among them is over."""
        for entry_id, row in self.rows.items():
            if entry_id not in entries:
                row.status = "over"

    def act(self, entry_id: str, what: str, status: str = "", **words: str) -> Act:
        """KeyError where there is no such row; ValueError where it is over."""
        with self.lock:
            row = self.rows[entry_id]
            if row.status == "over":
                raise ValueError(row.status)
            done = Act(len(self.acts) + 1, entry_id, what, now(), **words)
            self.acts.append(done)
            if status:
                row.status = status
                row.who, row.own_take = (words.get("name", ""), done.number) if what == "accepted" else ("", 0)
            return done

    def after(self, number: int, limit: int) -> list[Act]:
        with self.lock:
            found = self.acts[number : number + limit]
            self.given_out = max([self.given_out, *(each.number for each in found)])
            return found


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

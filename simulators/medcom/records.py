"""A municipality's care system behind the mailbox: whose record a note belongs to, and the page on which it is read."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from simulators.eoj.records import CareRecords, Record
from simulators.medcom.mailbox import Mailbox, Thread

Json = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A note as its record shows it: the newest text counts, the former ones lie below it."""

    thread: str
    texts: list[str]
    activities: list[str]
    replies: list[str]


def known(records: CareRecords, number: str) -> bool:
    return _of_number(records, number) is not None


def _of_number(records: CareRecords, number: str) -> Record | None:
    return next((each for each in records.record if number and number in (each.cpr, each.x_ecpr)), None)


def record_pages(mailbox: Mailbox, records: CareRecords) -> Blueprint:
    """No login: the server is for one machine and invented people."""
    pages = Blueprint("records", __name__)

    @pages.get("/")
    def listed() -> str:
        return render_template("records.html", session=None, records=records.record)

    @pages.get("/records/<reference>")
    def shown(reference: str) -> str:
        record = records.find(reference) or abort(404)
        with mailbox.lock:
            notes = [_shown(name, each) for name, each in mailbox.threads.items() if _is_of(each, record)]
        return render_template("letters.html", record=record, notes=notes)

    @pages.post("/records/<reference>/reply")
    def reply(reference: str) -> Response:
        records.find(reference) or abort(404)
        mailbox.reply(request.form["thread"], request.form["text"], author=("Hanne Dahl", "Sygeplejerske"))
        return redirect(f"/records/{reference}", 303)

    return pages


def _is_of(thread: Thread, record: Record) -> bool:
    return bool(thread.citizen) and thread.citizen in (record.cpr, record.x_ecpr)


def _shown(name: str, thread: Thread) -> Shown:
    return Shown(name, list(reversed(thread.texts)), list(reversed(thread.activities)), thread.replies)

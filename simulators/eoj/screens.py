"""What the nurse sees in the care system: the records, one record with its journal, and the two start buttons."""

import base64
import binascii
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from simulators.eoj.login import EmployeeLogin, Page
from simulators.eoj.records import CareRecords, Record
from simulators.eoj.signed_launch import Agreement, SignedLaunches
from simulators.eoj.smart import AuthorizationServer
from simulators.fhir.store import ResourceStore
from simulators.sessions import Session

Json = dict[str, Any]


class Screens:
    """Pages of one care system. ``notes``: those of a record, newest first. ``smart``: the address that starts a SMART
    launch from a view of a record; without it there is the signed launch alone."""

    def __init__(
        self,
        login: EmployeeLogin,
        records: CareRecords,
        notes: Callable[[Record], list[Json]],
        signed: SignedLaunches,
        smart: Callable[[str, Record, Session], str] | None = None,
    ) -> None:
        self._login = login
        self._records = records
        self._notes = notes
        self._signed = signed
        self._smart = smart

    def record_list(self) -> Page:
        return self._login.page(
            lambda session: render_template("records.html", session=session, records=self._records.record)
        )

    def record_page(self, reference: str) -> Page:
        def page(session: Session) -> str:
            record = self._record(reference)
            return render_template(
                "record.html",
                session=session,
                record=record,
                practice=self._records.practice_of(record),
                notes=self._notes(record),
                smart=self._smart is not None,
                # The same word for every click on this view, so a double click starts one consultation.
                view=secrets.token_urlsafe(12),
            )

        return self._login.page(page)

    def journal(self, reference: str) -> Page:
        return self._login.page(lambda _: render_template("journal.html", notes=self._notes(self._record(reference))))

    def start_smart(self, reference: str) -> Page:
        begin = self._smart or abort(404)
        return self._login.page(
            lambda session: redirect(begin(request.form.get("view", ""), self._record(reference), session), 303)
        )

    def start_signed(self, reference: str) -> Page:
        def start(session: Session) -> Page:
            record, form = self._record(reference), request.form
            agreement = (
                Agreement(form.get("agreed_with", ""), _with_zone(form.get("agreed_at", "")))
                if form.get("agreed_with")
                else None
            )
            claims = self._signed.claims(session.user, record, form.get("view", ""), agreement)
            answer = self._signed.start(claims)
            if answer.address:
                return redirect(answer.address, 303)
            return _launch_refused(answer.status, answer.problem)

        return self._login.page(start)

    def _record(self, reference: str) -> Record:
        return self._records.find(reference) or abort(404)


class DocumentNotes:
    """The notes of a record among the documents of a FHIR store."""

    def __init__(self, store: ResourceStore) -> None:
        self._store = store

    def __call__(self, record: Record) -> list[Json]:
        subject = f"Patient/{record.reference}"
        found = [
            each
            for each in self._store.all("DocumentReference")
            if str(each["subject"].get("reference", "")).endswith(subject)
        ]
        return [_note(each) for each in reversed(found)]


class SmartStart:
    """The address at the gateway that begins a SMART launch, with its launch word."""

    def __init__(self, server: AuthorizationServer, gateway_url: str) -> None:
        self._server, self._gateway = server, gateway_url.rstrip("/")

    def __call__(self, view: str, record: Record, session: Session) -> str:
        word = self._server.launches.word_for(view, record.reference, session.user.username)
        return f"{self._gateway}/launch/smart?{urlencode({'iss': self._server.fhir, 'launch': word})}"


def _launch_refused(status: int, problem: str) -> Response:
    lines = [problem or "Videosystemet svarer ikke lige nu.", f"Svar: {status or 'ingen forbindelse'}"]
    page = render_template("message.html", heading="Videokonsultationen kunne ikke startes", lines=lines, back="/")
    return Response(page, 502, content_type="text/html; charset=utf-8")


def _note(document: Json) -> Json:
    attachments = [each.get("attachment", {}) for each in document.get("content", [])]
    return {
        "id": document["id"],
        "status": document["status"],
        "version": document["meta"]["versionId"],
        "date": str(document.get("date") or document["meta"]["lastUpdated"]),
        "title": str(document.get("description") or document.get("type", {}).get("text") or "Notat"),
        "author": ", ".join(str(each.get("display", "")) for each in document.get("author", [])),
        "texts": [_text(each) for each in attachments if not _is_picture(each)],
        "pictures": [str(each.get("data", "")) for each in attachments if _is_picture(each)],
    }


def _is_picture(attachment: Json) -> bool:
    return attachment.get("contentType") == "image/jpeg"


def _text(attachment: Json) -> str:
    if not str(attachment.get("contentType", "")).startswith("text/plain"):
        return f"[{attachment.get('contentType', 'ukendt format')}]"
    try:
        return base64.b64decode(attachment.get("data", ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "[ulæseligt]"


def _with_zone(local: str) -> str:
    """A form's local time (`2026-11-22T11:15`) as an instant with the zone's offset of that day."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Copenhagen")).isoformat()
    except ValueError:
        return local


def screens_blueprint(screens: Screens, login: EmployeeLogin) -> Blueprint:
    blueprint = Blueprint("screens", __name__)
    login.mount(blueprint)
    blueprint.add_url_rule("/", view_func=screens.record_list)
    blueprint.add_url_rule("/records/<reference>", view_func=screens.record_page)
    blueprint.add_url_rule("/records/<reference>/journal", view_func=screens.journal)
    launch = "/records/<reference>/launch"
    blueprint.add_url_rule(f"{launch}/smart", view_func=screens.start_smart, methods=["POST"])
    blueprint.add_url_rule(f"{launch}/signed", view_func=screens.start_signed, methods=["POST"])
    return blueprint

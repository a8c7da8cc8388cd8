"""The practice's own screen: log in, see the queue of one's ydernumre, accept, reject, put back."""

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from simulators.directory import Organisation, User
from simulators.fhir.engine import Engine
from simulators.fhir.outcome import Json, Refused
from simulators.gp import queue_view
from simulators.gp.task_rules import LIVE, mark_seen
from simulators.gp.vocabulary import REJECT_REASONS, owner_of
from simulators.sessions import Session, SessionStore

Page = str | Response
RECENTLY_ENDED = 8


class QueueScreen:
    """Pages for the users of every clinic this system serves."""

    def __init__(self, engine: Engine, clinics: tuple[Organisation, ...], sessions: SessionStore) -> None:
        self._engine = engine
        self._clinics = clinics
        self._sessions = sessions

    def login(self) -> Page:
        failed = request.method == "POST"
        if failed:
            for clinic in self._clinics:
                user = clinic.log_in(request.form.get("username", ""), request.form.get("password", ""))
                if user is not None:
                    response = redirect("/", 303)
                    self._sessions.begin(response, clinic, user)
                    return response
        users = [user for clinic in self._clinics for user in clinic.users]
        return render_template("login.html", organisation_name="lægesystemet", users=users, failed=failed)

    def logout(self) -> Page:
        response = redirect("/login", 303)
        self._sessions.end(response)
        return response

    def queue(self) -> Page:
        return self._as_user(
            lambda session: render_template(
                "queue.html",
                session=session,
                doctors=_doctors(session.organisation),
                reasons=REJECT_REASONS,
                **self._rows(session),
            )
        )

    def rows(self) -> Page:
        return self._as_user(lambda session: render_template("queue_rows.html", **self._rows(session)))

    def seen(self) -> Page:
        """The page reports which rows have stood on a visible screen."""

        def mark(session: Session) -> Response:
            for identity in request.get_json(force=True).get("ids", []):
                task = self._own_task(session, str(identity))
                if task is not None:
                    mark_seen(self._engine, task, queue_view.seen)
            return Response(status=204)

        return self._as_user(mark)

    def accept(self, identity: str) -> Page:
        def change(session: Session) -> Callable[[Json], Json]:
            clinician = _clinician(session, request.form.get("clinician", ""))
            return lambda task: queue_view.accepted(task, session.user, clinician)

        return self._change(identity, "screen.accept", change)

    def reject(self, identity: str) -> Page:
        code = request.form.get("reason", "other")
        code = code if code in REJECT_REASONS else "other"
        text = request.form.get("text", "").strip()
        return self._change(identity, "screen.reject", lambda _: lambda task: queue_view.rejected(task, code, text))

    def put_back(self, identity: str) -> Page:
        return self._change(identity, "screen.put-back", lambda _: queue_view.put_back)

    def _change(self, identity: str, interaction: str, change: Callable[[Session], Callable[[Json], Json]]) -> Page:
        def carry_out(session: Session) -> Page:
            if self._own_task(session, identity) is None:
                return _message("Opkaldet findes ikke", 404)
            try:
                self._engine.change("Task", identity, interaction, change(session))
            except Refused:
                return _message("Opkaldet er ændret i mellemtiden", 409)
            return redirect("/", 303)

        return self._as_user(carry_out)

    def _as_user(self, page: Callable[[Session], Page]) -> Page:
        session = self._sessions.current()
        return redirect("/login", 303) if session is None else page(session)

    def _own_task(self, session: Session, identity: str) -> Json | None:
        task = self._engine.store.current("Task", identity)
        return task if task is not None and owner_of(task) in session.organisation.ydernumre else None

    def _rows(self, session: Session) -> dict[str, list[Json]]:
        own = [each for each in self._engine.store.all("Task") if owner_of(each) in session.organisation.ydernumre]
        live = sorted((each for each in own if each["status"] in LIVE), key=queue_view.order)
        ended = [each for each in own if each["status"] not in LIVE][-RECENTLY_ENDED:]
        return {
            "waiting": [queue_view.row(each) for each in live if each["status"] in ("requested", "received")],
            "ongoing": [queue_view.row(each) for each in live if each["status"] in ("accepted", "in-progress")],
            "ended": [queue_view.row(each) for each in reversed(ended)],
        }


def _doctors(clinic: Organisation) -> list[User]:
    return [user for user in clinic.users if user.clinic_role == "laege"]


def _clinician(session: Session, chosen: str) -> str:
    """Who talks: a doctor who clicks, or the doctor a colleague chose on the screen."""
    if session.user.clinic_role == "laege":
        return session.user.name
    return next((user.name for user in _doctors(session.organisation) if user.username == chosen), "")


def _message(heading: str, status: int) -> Response:
    page = render_template("message.html", heading=heading, lines=["Køen viser, hvad der gælder nu."], back="/")
    return Response(page, status, content_type="text/html; charset=utf-8")


def screen_blueprint(screen: QueueScreen) -> Blueprint:
    blueprint = Blueprint("screen", __name__)
    blueprint.add_url_rule("/login", view_func=screen.login, methods=["GET", "POST"])
    blueprint.add_url_rule("/logout", view_func=screen.logout, methods=["POST"])
    blueprint.add_url_rule("/", view_func=screen.queue)
    blueprint.add_url_rule("/queue/rows", view_func=screen.rows)
    blueprint.add_url_rule("/queue/seen", view_func=screen.seen, methods=["POST"])
    blueprint.add_url_rule("/queue/<identity>/accept", view_func=screen.accept, methods=["POST"])
    blueprint.add_url_rule("/queue/<identity>/reject", view_func=screen.reject, methods=["POST"])
    blueprint.add_url_rule("/queue/<identity>/put-back", view_func=screen.put_back, methods=["POST"])
    return blueprint

"""The employees' login at a care system's pages."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from simulators.directory import Organisation
from simulators.sessions import Session, SessionStore

Page = str | Response


class EmployeeLogin:
    """``page`` answers who is logged in and sends everybody else to the login and back."""

    def __init__(self, organisation: Organisation, sessions: SessionStore) -> None:
        self._organisation, self._sessions = organisation, sessions

    def page(self, answer: Callable[[Session], Page]) -> Page:
        session = self._sessions.current()
        if session is None:
            return redirect(f"/login?{urlencode({'next': request.path})}", 303)
        return answer(session)

    def login(self) -> Page:
        organisation, failed = self._organisation, False
        if request.method == "POST":
            user = organisation.log_in(request.form.get("username", ""), request.form.get("password", ""))
            if user is not None:
                response = redirect(_own_path(request.args.get("next", "/")), 303)
                self._sessions.begin(response, organisation, user)
                return response
            failed = True
        return render_template(
            "login.html", organisation_name=organisation.name, users=organisation.users, failed=failed
        )

    def logout(self) -> Page:
        response = redirect("/login", 303)
        self._sessions.end(response)
        return response

    def mount(self, blueprint: Blueprint) -> None:
        blueprint.add_url_rule("/login", view_func=self.login, methods=["GET", "POST"])
        blueprint.add_url_rule("/logout", view_func=self.logout, methods=["POST"])


def _own_path(target: str) -> str:
    """Only a path on this server: `//host` and `https:` would send a freshly logged-in person elsewhere."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"

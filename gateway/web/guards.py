"""Who may call which route: every view names its audience, and a route without one stops the process from starting.

Also the small ways to the request's own things: the gateway, the session, its scope and its actor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from uuid import UUID

from flask import Flask, Response, current_app, g, request

from gateway import access
from gateway.domain.consultation import rounds
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import CitizenCase
from gateway.domain.errors import AccessRefused, ConfigFault, NotFound
from gateway.domain.oversight import ConsoleRole, Oversight
from gateway.domain.people import Actor
from gateway.domain.records import AuditRow
from gateway.domain.scope import Scope
from gateway.domain.session import Session, SessionKind
from gateway.web import cookies

if TYPE_CHECKING:
    from gateway.wiring import Gateway

Audience = Literal["public", "employee", "clinic", "anyone", "peer", "citizen", "guest", "console"]
View = TypeVar("View", bound=Callable[..., Any])

_MARK = "audience"
_ROLES = "console_roles"
_FRAMEWORK = ("static",)


class Confined(Exception):
    """The device lies with the citizen, and this is not the citizen's page: it does not exist (requirements.md B02)."""


class GuestConfined(Exception):
    """A guest of a call asks for something that is not her page: it does not exist for her."""


class NotLoggedIn(Exception):
    """Nobody is known at this browser; ``kind`` says which login to send her to."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def open_to(audience: Audience, *roles: ConsoleRole) -> Callable[[View], View]:
    """Mark a view. *peer*: called by another system, which proves itself in its own way and without cookies.
    *console*: an administrator who holds one of ``roles``."""

    def mark(view: View) -> View:
        setattr(view, _MARK, audience)
        setattr(view, _ROLES, frozenset(roles))
        return view

    return mark


def audience_of(endpoint: str | None) -> str | None:
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, _MARK, None)


def roles_of(endpoint: str | None) -> frozenset[ConsoleRole]:
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, _ROLES, frozenset())


def require_all_guarded(app: Flask) -> None:
    """Raise ``ConfigFault`` naming every route whose view has no audience, or is the console's and nobody's in it."""
    views = app.view_functions.items()
    bare = [e for e, view in views if not hasattr(view, _MARK) and e not in _FRAMEWORK]
    bare += [e for e, view in views if getattr(view, _MARK, "") == "console" and not getattr(view, _ROLES, ())]
    if bare:
        raise ConfigFault(*(f"route {endpoint}: open to nobody in particular" for endpoint in bare))


def admit() -> None:
    """Before each request: put the session where views find it, or refuse. A device in the citizen's hands reaches the
    citizen's page and nothing else, whatever other cookies lie in the browser."""
    audience = audience_of(request.endpoint)
    g.session = None
    if request.endpoint == "static":
        return
    if with_citizen():
        g.session = _read(SessionKind.CITIZEN)
        if audience != "citizen":
            raise Confined
        return
    if _is_only_a_guest() and request.blueprint != "guest":
        raise GuestConfined
    if audience == "console":
        _admit_administrator()
    else:
        _admit_person(audience)


def _admit_person(audience: str | None) -> None:
    if audience in ("public", "anyone") or request.endpoint is None:
        g.session = _either(SessionKind.CLINIC if request.args.get("kind") == "clinic" else SessionKind.EMPLOYEE)
    elif audience in ("employee", "clinic", "guest"):
        g.session = _read(SessionKind(audience))
    elif audience == "citizen" and _read(SessionKind.EMPLOYEE) is not None:
        raise NotFound("citizen-session")
    if g.session is None and audience in ("employee", "clinic", "anyone", "citizen", "guest"):
        raise NotLoggedIn("clinic" if audience == "clinic" else "employee")


def _admit_administrator() -> None:
    """Whoever holds none of the view's roles is refused, whatever else she may see (AD01)."""
    g.session = _read(SessionKind.ADMIN)
    if g.session is None:
        raise NotLoggedIn("console")
    roles = roles_of(request.endpoint)
    if not roles & set(g.session.grant.console):
        raise AccessRefused(", ".join(sorted(roles)))


def with_citizen() -> bool:
    """Whether this browser holds a citizen's session."""
    return _read(SessionKind.CITIZEN) is not None


def guest_session() -> Session | None:
    """The guest's session that this browser holds, beside whatever else."""
    return _read(SessionKind.GUEST)


def _is_only_a_guest() -> bool:
    """Holds a guest's session and no login of its own."""
    kinds = (SessionKind.EMPLOYEE, SessionKind.CLINIC, SessionKind.ADMIN)
    return guest_session() is not None and not any(_read(kind) for kind in kinds)


def _either(first: SessionKind) -> Session | None:
    """One browser may hold both sessions; the page says which of them it means."""
    other = SessionKind.EMPLOYEE if first is SessionKind.CLINIC else SessionKind.CLINIC
    return _read(first) or _read(other)


def _read(kind: SessionKind) -> Session | None:
    session = _held(access.COOKIES[kind])
    if session is None or session.suspended or session.kind is not kind:
        return None
    return session


def _held(cookie: str) -> Session | None:
    """Whoever this cookie stands for, read once per request."""
    known: dict[str, Session | None] = g.setdefault("held", {})
    if cookie not in known:
        gateway = current_gateway()
        known[cookie] = gateway.access.read(cookies.read(cookie), gateway.clock.now())
    return known[cookie]


def current_gateway() -> Gateway:
    return cast("Gateway", current_app.extensions["gateway"])


def configured(name: str) -> str:
    return str(current_app.config[name])


def current_session() -> Session:
    """The session of a guarded request."""
    if g.session is None:
        raise NotLoggedIn("employee")
    return cast(Session, g.session)


def me() -> Actor:
    return access.actor(current_session())


def my_oversight() -> Oversight:
    return access.oversight(current_session())


def my_scope() -> Scope:
    return current_gateway().access.scope(current_session())


def my_tenant() -> UUID:
    tenant = current_session().tenant
    if tenant is None:
        raise NotFound("tenant")
    return tenant


def my_consultation(id: UUID) -> Consultation:
    """The employee's own consultation; somebody else's does not exist for her."""
    return access.require_own(current_session(), current_gateway().store.load(my_scope(), id))


def shown_here(consultation: Consultation) -> bool:
    """Whether this browser shows that citizen now. A round stays open beside the record of whoever is being added to
    it; after "Log borger ud" nothing is."""
    shown = current_session().citizen_consultation
    return shown == consultation.id or (shown is not None and rounds.is_growing(consultation))


def audit_row(
    verb: str, what: str, consultation: Consultation, basis: str = "treatment", case: UUID | None = None
) -> AuditRow:
    """A row about what this request shows or changes (D14). ``case`` names whom, where there are several."""
    session = current_session()
    only = consultation.cases[0].id if len(consultation.cases) == 1 else None
    return AuditRow(
        at=current_gateway().clock.now(),
        actor=me(),
        organisation=session.grant.organisation,
        verb=verb,
        what=what,
        consultation=consultation.id,
        case=case or only,
        basis=basis,
        channel=consultation.channel,
        tenant=consultation.tenant,
    )


def record_read(what: str, *shown: Consultation, basis: str = "treatment") -> None:
    """Looking is audited like changing: one row for each citizen shown, written before anything is shown."""
    current_gateway().store.record_audit(*(row for one in shown for row in _read_rows(what, one, basis)))


def _read_rows(what: str, consultation: Consultation, basis: str) -> list[AuditRow]:
    cases: Sequence[CitizenCase | None] = consultation.cases or (None,)
    return [audit_row("read", what, consultation, basis, case.id if case else None) for case in cases]


def set_session_cookie(response: Response, session: Session, token: str) -> None:
    cookies.put(response, access.COOKIES[session.kind], token, 24 * 3600)


def set_binding_cookie(response: Response, value: str) -> None:
    """Ties a login or launch to the browser that began it; ten minutes are plenty."""
    cookies.put(response, access.BINDING_COOKIE, value, 600)


def binding() -> str:
    return cookies.read(access.BINDING_COOKIE) or ""

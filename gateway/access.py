"""Who may see what: sessions, scopes and actors. Used by every process that faces people.

A session is a row; the browser holds a random token. Nobody reaches a screen without an identity, and only
employees to whom the organisation has given the right get in, by all three ways in (D16).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import OctKey

from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import AccessRefused, LaunchRefused, NotFound
from gateway.domain.oversight import ConsoleRole, Oversight, roles_here
from gateway.domain.people import Actor, ActorKind
from gateway.domain.room import JoinTicket
from gateway.domain.scope import ClinicScope, Scope, TenantScope
from gateway.domain.session import Grant, Session, SessionKind, guests_session
from gateway.store.people.books import PeopleBooks
from gateway.store.people.return_codes import Verdict

EMPLOYEE_COOKIE = "laegebro_session"
CLINIC_COOKIE = "laegebro_clinic"
GUEST_COOKIE = "laegebro_guest"
CONSOLE_COOKIE = "laegebro_console"
BINDING_COOKIE = "laegebro_binding"  # ties a pending login or launch to the browser that began it
COOKIES = {
    SessionKind.EMPLOYEE: EMPLOYEE_COOKIE,
    SessionKind.CITIZEN: EMPLOYEE_COOKIE,
    SessionKind.CLINIC: CLINIC_COOKIE,
    SessionKind.GUEST: GUEST_COOKIE,
    SessionKind.ADMIN: CONSOLE_COOKIE,
}


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Hours and idle minutes per kind (requirements.md U10)."""

    employee: timedelta
    employee_idle_minutes: int
    clinic: timedelta


class Access:
    """Opens, reads and ends sessions, and says what a session may see.

    ``form_token`` derives the token forms carry from the person: a second window (a double click, another citizen)
    opens a session of its own, and the page in the first one must go on working.
    """

    def __init__(self, books: PeopleBooks, limits: SessionLimits, form_token: Callable[[str], str]) -> None:
        self._sessions = books.sessions
        self._codes = books.return_codes
        self._employees = books.employees
        self._organisations = books.organisations
        self._persons = books.barrings.person
        self._limits = limits
        self._form_token = form_token

    def open_employee(
        self, tenant: UUID, grant: Grant, now: datetime, *, id: UUID, id_token: str = ""
    ) -> tuple[str, Session]:
        """A session for an employee with the right; without it ``AccessRefused``, by every way in alike."""
        if not grant.right:
            raise AccessRefused("start-consultations", tenant=str(tenant))
        person = self._employees.recognise(tenant, grant, now)
        session = Session(
            id=id,
            kind=SessionKind.EMPLOYEE,
            person=person,
            grant=replace(grant, workplaces=None),  # rows of their own, so that one taken away is gone at once
            tenant=tenant,
            clinic=None,
            created_at=now,
            expires_at=now + self._limits.employee,
            idle_minutes=self._limits.employee_idle_minutes,
            csrf=self._form_token(f"{tenant}:{person}"),
            id_token=id_token,
        )
        return self._opened(session)

    def open_clinic(
        self, clinic: UUID, person: str, grant: Grant, now: datetime, *, id: UUID, id_token: str = ""
    ) -> tuple[str, Session]:
        """A clinic user's session for the whole day."""
        if not grant.right:
            raise AccessRefused("clinic")
        session = Session(
            id=id,
            kind=SessionKind.CLINIC,
            person=person,
            grant=grant,
            tenant=None,
            clinic=clinic,
            created_at=now,
            expires_at=now + self._limits.clinic,
            idle_minutes=int(self._limits.clinic.total_seconds() // 60),
            csrf=self._form_token(f"{clinic}:{person}"),
            id_token=id_token,
        )
        return self._opened(session)

    def open_console(
        self, tenant: UUID | None, grant: Grant, now: datetime, *, id: UUID, id_token: str = ""
    ) -> tuple[str, Session]:
        """An administrator's session, of one organisation or (None) of the operator; ``AccessRefused`` where the login
        gives none of the console's roles (AD01)."""
        roles = roles_here(frozenset(map(ConsoleRole, grant.console)), tenant)
        if not roles:
            raise AccessRefused("console")
        person = self._persons(tenant, grant.connection, grant.subject)
        session = Session(
            id=id,
            kind=SessionKind.ADMIN,
            person=person,
            grant=replace(grant, right=False, console=tuple(sorted(map(str, roles)))),
            tenant=tenant,
            clinic=None,
            created_at=now,
            expires_at=now + self._limits.employee,
            idle_minutes=self._limits.employee_idle_minutes,
            csrf=self._form_token(f"console:{person}"),
            id_token=id_token,
        )
        return self._opened(session)

    def open_guest(self, tenant: UUID, consultation: UUID, guest: UUID, now: datetime) -> tuple[str, Session]:
        return self._opened(guests_session(tenant, consultation, guest, now, self._form_token(f"guest:{guest}")))

    def end_guests(self, ids: Iterable[UUID]) -> None:
        """Their seats are emptied by the media process within seconds."""
        for id in ids:
            self._sessions.end(id)

    def _opened(self, session: Session) -> tuple[str, Session]:
        token = secrets.token_urlsafe(32)
        self._sessions.open(session, token)
        return token, session

    def read(self, token: str | None, now: datetime) -> Session | None:
        return self._sessions.read(token, now) if token else None

    def of_open_pages(self, tokens: Collection[str], now: datetime) -> tuple[dict[str, SessionKind], Sequence[UUID]]:
        """What ``read`` says of the tokens of many open pages, in one statement: the kind of each session that is
        awake and live. And the sessions to ``touch``."""
        return self._sessions.of_open_pages(tokens, now)

    def touch(self, sessions: Collection[UUID], now: datetime) -> None:
        self._sessions.touch(sessions, now)

    def see_citizen(self, session: Session, consultation: UUID | None) -> Session:
        """Set or (``None``) end the citizen's context: "Log borger ud" leaves the employee logged in (D5).

        One consultation is shown by one session at a time: whichever had it goes quiet (D6)."""
        amended = replace(session, citizen_consultation=consultation)
        self._sessions.amend(amended)
        if consultation is not None and session.tenant is not None:
            self._sessions.release(session.tenant, consultation, session.id)
        return amended

    def elsewhere(self, session: Session, consultation: UUID, now: datetime) -> bool:
        """Whether the consultation is shown by another session and not by this one."""
        if session.citizen_consultation == consultation or session.tenant is None:
            return False
        return self._sessions.shown_elsewhere(session.tenant, consultation, session.id, now)

    def hand_over(
        self, session: Session, consultation: UUID, code: str, now: datetime, *, id: UUID
    ) -> tuple[str, Session]:
        """Suspend the employee; the browser gets a session that is one seat and nothing else (B02). It keeps her
        subject, so that barring her ends it too, and none of her rights."""
        asleep = replace(session, suspended=True, citizen_consultation=consultation)
        self._sessions.amend(asleep)
        nobody = replace(session.grant, name="", role="citizen", right=False, authorisation="")
        citizen = replace(
            asleep,
            id=id,
            kind=SessionKind.CITIZEN,
            grant=nobody,
            created_at=now,
            csrf=self._form_token(f"citizen:{id}"),
            id_token="",
            suspended=False,
        )
        self._codes.keep(id, session.id, code, session.expires_at)
        return self._opened(citizen)

    def take_back(self, citizen: Session, code: str, now: datetime) -> tuple[Verdict, str, Session | None]:
        """The employee's code: her session under a new token. Out of tries, both sessions are over and only a login
        leads on."""
        asleep = self._codes.employee_session(citizen.id)
        verdict = self._codes.attempt(citizen.id, code, now)
        if verdict == "wrong" or asleep is None:
            return verdict, "", None
        self._sessions.end(citizen.id)
        if verdict == "over":
            self._sessions.end(asleep)
            return verdict, "", None
        token = secrets.token_urlsafe(32)
        return verdict, token, self._sessions.renew(asleep, token, now)

    def sit_at(self, session: Session, clinic: UUID) -> Session:
        """Another of the person's own clinics, chosen at the top of the page; any other does not exist for her."""
        mine = self._organisations.clinics_of_user(session.grant.connection, session.grant.subject)
        chosen = next((each for each in mine if each.id == clinic), None)
        if chosen is None:
            raise NotFound("clinic")
        amended = replace(session, clinic=clinic, grant=replace(session.grant, organisation=chosen.name))
        self._sessions.amend(amended)
        return amended

    def end(self, session: Session) -> None:
        self._sessions.end(session.id)

    def sent_away(self, holders: Iterable[str], now: datetime) -> frozenset[str]:
        """Of those who sit in calls, whose sessions were ended: barred, without the right, or logged out. One that has
        only run out leaves the talk alone."""
        found = {holder: _session_in(holder, now) for holder in holders}
        asked = {id for id in found.values() if id is not None}
        standing = self._sessions.standing(asked) if asked else frozenset()
        return frozenset(holder for holder, id in found.items() if id is not None and id not in standing)

    def scope(self, session: Session) -> Scope:
        """The eyes of this session. A clinic sees the entries of its ydernumre from all tenants (D13)."""
        if session.clinic is not None:
            return ClinicScope(session.clinic, tuple(self._organisations.ydernumre(session.clinic)))
        if session.tenant is None:
            raise AccessRefused("tenant")
        return TenantScope(session.tenant)


def _session_in(holder: str, now: datetime) -> UUID | None:
    """None where it has run out by itself, or is none of ours."""
    id, _, until = holder.partition("/")
    try:
        return UUID(id) if int(until) > now.timestamp() else None
    except ValueError:
        return None


def oversight(session: Session) -> Oversight:
    """Whose matters an administrator's session sees."""
    if session.kind is not SessionKind.ADMIN:
        raise AccessRefused("console")
    return Oversight(session.tenant)


def require_own(session: Session, consultation: Consultation) -> Consultation:
    """The consultation if it is this employee's; a colleague's does not exist for her (``NotFound``). Pages, streams
    and seats ask here."""
    if consultation.responsible != session.person:
        raise NotFound("consultation")
    return consultation


def actor(session: Session) -> Actor:
    """Whoever sits at the browser, for events and audit."""
    if session.kind is SessionKind.CITIZEN:
        return Actor(ActorKind.CITIZEN, str(session.id))
    if session.kind is SessionKind.GUEST:
        return Actor(ActorKind.GUEST, str(session.id))
    kinds = {SessionKind.CLINIC: ActorKind.CLINIC, SessionKind.ADMIN: ActorKind.ADMIN}
    kind = kinds.get(session.kind, ActorKind.EMPLOYEE)
    return Actor(kind, session.person, session.grant.name, session.grant.role)


def holder_of(session: Session) -> str:
    """By which a media process tells seats apart whose login has ended: the session, which names nobody, and until when
    it would have lasted. "" for a device in a citizen's hands: the talk is hers, whatever becomes of the employee."""
    if session.kind is SessionKind.CITIZEN:
        return ""
    return f"{session.id}/{int(session.expires_at.timestamp())}"


def sign_ticket(ticket: JoinTicket, secret: str) -> str:
    """A signed JoinTicket (JWT, HS256) for the media process."""
    claims = ticket.claims() | {"jti": secrets.token_hex(8)}  # a ticket lets in once: no two may be alike
    return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(secret))


def open_heartbeat(body: bytes, signature: str, secret: str) -> bytes:
    """The body of a media process's heartbeat if its HMAC-SHA256 is right; ``LaunchRefused`` otherwise."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.strip().lower().encode()):
        raise LaunchRefused("heartbeat-signature", "not-authorised")
    return body

"""Errors sorted by the reaction they ask for.

Constructor arguments equal ``args`` so that a job runner can rebuild them, and no error ever carries a payload,
a name or an identity number: it names the field or the rule.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

Phase = Literal["connecting", "sending", "awaiting the answer"]


class LaegebroError(Exception):
    """Base of every error with a meaning in the domain."""


class ConfigFault(LaegebroError):
    """The process must not start. ``faults``: one ``path: what is wrong`` per line, all of them at once."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(self.faults)


class InvalidField(LaegebroError):
    """Input that cannot be used. ``field`` is its path, ``reason`` a code; the value itself is never repeated."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason


class LaunchRefused(LaegebroError):
    """A launch that is not genuine or not allowed: 4xx, don't retry. ``reason`` is for our log only; the caller
    is not told which check failed, save for the coarse ``public`` code."""

    def __init__(self, reason: str, public: str = "launch-refused") -> None:
        super().__init__(reason, public)
        self.reason = reason
        self.public = public


class AccessRefused(LaegebroError):
    """A known person without the right asked for. ``subject``: her provider's id for her, where it has told it;
    ``tenant``: her organisation's id, where it is known."""

    def __init__(self, right: str, subject: str = "", tenant: str = "") -> None:
        super().__init__(right, subject, tenant)
        self.right = right
        self.subject = subject
        self.tenant = tenant


class AccessBarred(LaegebroError):
    """Somebody whose access an administrator has closed. ``tenant``: her organisation's id, "" at a clinic; ``person``:
    our id of her."""

    def __init__(self, tenant: str, person: str) -> None:
        super().__init__(tenant, person)
        self.tenant = tenant
        self.person = person


class UnderMaintenance(LaegebroError):
    """A system that an administrator has taken out for a while (503). ``words`` are what he says to the nurses."""

    def __init__(self, connection: str, words: str) -> None:
        super().__init__(connection, words)
        self.connection = connection
        self.words = words


class NotFound(LaegebroError):
    """No such thing, or not yours: the two are told apart to nobody (404)."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class PracticeNotFound(LaegebroError):
    """No practice can take the consultation (422). ``reason``: unknown, closed, not-yet,
    not-general-practice, not-connected. ``phone`` lets the employee ring instead."""

    def __init__(self, reason: str, ydernummer: str = "", name: str = "", phone: str = "") -> None:
        super().__init__(reason, ydernummer, name, phone)
        self.reason = reason
        self.ydernummer = ydernummer
        self.name = name
        self.phone = phone


class TooOften(LaegebroError):
    """Somebody does something more often than anybody needs to. ``what`` and ``per`` as in ``rate_limits.py``;
    ``retry_after`` in seconds."""

    def __init__(self, what: str, per: str, retry_after: int) -> None:
        super().__init__(what, per, retry_after)
        self.what = what
        self.per = per
        self.retry_after = retry_after


class TransitionRefused(LaegebroError):
    """The move is not allowed from here (409). ``because`` is a code such as ``taken`` or ``ended``; ``who`` names
    the colleague who was first, where there is one."""

    def __init__(self, verb: str, state: str, because: str = "", who: str = "") -> None:
        super().__init__(verb, state, because, who)
        self.verb = verb
        self.state = state
        self.because = because
        self.who = who


class ConcurrentChange(LaegebroError):
    """Somebody else committed first: load again and repeat the verb."""


class Replayed(LaegebroError):
    """A one-time token (``jti``) was used before; ``what`` says which kind."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class PeerError(LaegebroError):
    """Base of what an outside system can do to us. ``sent``: something that may have changed the peer left us in this
    attempt, so the peer must be asked before it is sent again."""

    sent = False

    @property
    def certainly_not_done(self) -> bool:
        return not self.sent

    def after_sending(self) -> PeerError:
        """The same fault, met when an earlier part of the attempt had left us already."""
        return self


class _Unsettled(PeerError):
    """``sent`` is the last argument."""

    def after_sending(self) -> PeerError:
        return type(self)(*self.args[:-1], True)


class PeerUnavailable(_Unsettled):
    """No answer. In phase *connecting* certainly nothing happened there; in the other two what was sent may have taken
    effect, unless ``sent`` says that it only asked."""

    def __init__(self, peer: str, phase: Phase, sent: bool | None = None) -> None:
        self.sent = phase != "connecting" if sent is None else sent
        super().__init__(peer, phase, self.sent)
        self.peer = peer
        self.phase = phase


class PeerUnclear(_Unsettled):
    """An answer that settles nothing: a web page, half a document, an error without a word of the protocol. ``code``
    says what it looked like; ``retry_after``: seconds the peer asked for."""

    def __init__(self, peer: str, code: str, retry_after: int | None = None, sent: bool = True) -> None:
        super().__init__(peer, code, retry_after, sent)
        self.peer = peer
        self.code = code
        self.retry_after = retry_after
        self.sent = sent


class PeerBusy(PeerError):
    """The peer says by its protocol that nothing was done and asks us to come back (503, 429, 423 record locked).
    ``sent``: it says so of what we sent, so it is asked once more before that is sent again. ``earlier``: an earlier
    part of the attempt had been sent already, of which it says nothing."""

    def __init__(
        self, peer: str, code: str, retry_after: int | None = None, sent: bool = False, earlier: bool = False
    ) -> None:
        super().__init__(peer, code, retry_after, sent, earlier)
        self.peer = peer
        self.code = code
        self.retry_after = retry_after
        self.sent = sent
        self.earlier = earlier

    def after_sending(self) -> PeerError:
        return PeerBusy(self.peer, self.code, self.retry_after, sent=True, earlier=True)


class PeerForbids(PeerBusy):
    """It knows who we are and does not allow this (403): nothing was done. Of one record or one kind it says nothing
    about the others; where nothing else gets through either, the connection fails as with any trouble."""

    def after_sending(self) -> PeerError:
        return PeerForbids(self.peer, self.code, self.retry_after, sent=True, earlier=True)


class PeerIll(_Unsettled):
    """Our credentials or our address are wrong there (401, invalid_client, a redirect, TLS, DNS): no message can
    get through until somebody has mended the connection, so all its rows wait and none is to blame."""

    def __init__(self, peer: str, code: str, sent: bool = False) -> None:
        super().__init__(peer, code, sent)
        self.peer = peer
        self.code = code
        self.sent = sent


class PeerRefused(PeerError):
    """Refused by the business rules of the protocol, or by what we found there: an operator looks. ``code`` is the
    peer's, stripped of anything about the citizen. ``nothing_done``: it answered so to what we had sent, hence no
    earlier attempt of it took effect either."""

    def __init__(self, peer: str, code: str, nothing_done: bool = False) -> None:
        super().__init__(peer, code)
        self.peer = peer
        self.code = code
        self.nothing_done = nothing_done


class PicturesRefused(PeerRefused):
    """It has the note, and does not take these pictures of it. ``code``: a ``StillRefusal``; ``stills``: our ids."""

    def __init__(self, peer: str, code: str, stills: tuple[UUID, ...]) -> None:
        super().__init__(peer, code)
        self.args = (peer, code, stills)
        self.stills = stills


class PeerCannot(PeerError):
    """There is no such function there, or it cannot be said accurately in the peer's language."""

    def __init__(self, peer: str, capability: str) -> None:
        super().__init__(peer, capability)
        self.peer = peer
        self.capability = capability


class RowFailed(LaegebroError):
    """One row could not be read, changed or written, by a fault that is none of these: the name of its class."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault

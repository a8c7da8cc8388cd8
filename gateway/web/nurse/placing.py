"""The start page becomes a ``Placing``: one reading for the form and for the JSON route.

Every fault is collected, so that the page can show all of them at once (requirements.md U05).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gateway.domain.consultation import opening
from gateway.domain.consultation.aggregate import Consultation, Kind
from gateway.domain.consultation.case import Consent, ConsentAnswer
from gateway.domain.consultation.queue_entry import CHOICES, Basis
from gateway.domain.errors import InvalidField, PracticeNotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.people import Form
from gateway.services import queue
from gateway.services.act import Acting
from gateway.services.launch import refuse_contact
from gateway.services.queue import Placing
from gateway.web.acts import Faults
from gateway.web.arrival.workstation import workstation_from
from gateway.web.nurse.declaring import agreed_time, choice, consent_in, consent_of, participants_in
from gateway.web.nurse.forms import StartPage

T = TypeVar("T")
Filled = tuple[StartPage, list[InvalidField]]


def place(consultation: Consultation, by: Acting[Filled]) -> Consultation:
    """Into the queue, or closed with a refusal when the citizen says no. Raises ``Faults``."""
    page = by.form[0]
    try:
        if page.consent.answer == ConsentAnswer.REFUSED and consultation.sole_case:
            consent = consent_of(ConsentAnswer.REFUSED, page.consent, consultation, by)
            return refuse_contact(consultation, consultation.sole_case.id, consent, by)
        return queue.enqueue(consultation, _Reading(consultation, by).placing(), by)
    except (InvalidField, PracticeNotFound) as fault:
        raise Faults(fault) from None


class _Reading:
    """One press on the start page, read against its consultation; ``faults`` fills up with what cannot be used."""

    def __init__(self, consultation: Consultation, by: Acting[Filled]) -> None:
        self._page, known = by.form
        self._consultation, self._by = consultation, by
        self._case = consultation.sole_case
        self.faults = list(known)

    def placing(self) -> Placing:
        """Raises ``Faults`` with each field that cannot be used."""
        page, consultation, tried = self._page, self._consultation, self._tried
        reason = consultation.reason if page.reason is None else page.reason
        with_whom = consultation.agreed_with if page.agreed_with is None else page.agreed_with
        form = tried(lambda: choice(Form, "form", page.form or Form.ASSISTED))
        ydernummer = tried(self._ydernummer)
        read: dict[str, Any] = {
            "ydernummer": ydernummer,
            "basis": tried(lambda: self._basis(ydernummer)) if ydernummer else None,
            "workstation": tried(lambda: workstation_from(page)),
            "form": form,
            "participants": tried(lambda: participants_in(form or Form.ASSISTED, page.other, self._by)),
            "reason": reason,
            "consents": tried(self._consents),
            "agreed_at": tried(lambda: agreed_time(page, self._by.at)),
            "agreed_with": with_whom,
        }
        tried(lambda: opening.require_reason(consultation, reason))
        tried(lambda: self._require_agreed(with_whom))
        read["called"], read["because"] = tried(self._unnumbered) or ("", "")
        if self.faults:
            raise Faults(*self.faults)
        if read["agreed_at"] is None and page.agreed_at is None:
            read["agreed_at"] = consultation.agreed_at
        return Placing(**read)

    def _tried(self, reading: Callable[[], T]) -> T | None:
        try:
            return reading()
        except InvalidField as fault:
            if all(fault.field != known.field for known in self.faults):
                self.faults.append(fault)
            return None

    def _ydernummer(self) -> Ydernummer:
        own = self._case.own_practice if self._case else None
        named = self._page.ydernummer or (own.ydernummer if own else self._consultation.meant_for)
        if named is None:
            raise InvalidField("ydernummer", "required")
        return named

    def _basis(self, ydernummer: Ydernummer) -> Basis:
        if self._consultation.kind is Kind.WITHOUT_NUMBER:
            return Basis.AGREED_WITHOUT_CPR
        own = self._case.registered if self._case else None
        if own is not None and own.ydernummer == ydernummer:
            return Basis.OWN_GP
        practices, now = self._by.ports.practices, self._by.at
        if own is not None and ydernummer in practices.state(own.ydernummer, now).substitutes:
            return Basis.SUBSTITUTE
        return chosen_basis(self._page.basis)

    def _consents(self) -> dict[Any, Consent]:
        if self._case is None:
            return {}  # in a round each citizen's was declared as she was added
        consent = consent_in(self._page.consent, self._consultation, self._by)
        if not consent.answer.allows_contact:
            raise InvalidField("consent.answer", "required")
        opening.require_capable(self._case, consent)
        return {self._case.id: consent}

    def _unnumbered(self) -> tuple[str, str]:
        """What to call a citizen without a number and why there is none; asked once (N19)."""
        if self._case is None or self._consultation.kind is not Kind.WITHOUT_NUMBER:
            return "", ""
        called = self._page.called or self._case.citizen.name
        because = self._page.because or self._case.unnumbered_because
        opening.name_unnumbered(self._consultation, called, because)
        return called, because

    def _require_agreed(self, with_whom: str) -> None:
        if self._consultation.kind in (Kind.WITHOUT_NUMBER, Kind.ROUND) and not with_whom.strip():
            raise InvalidField("agreed_with", "required")


def chosen_basis(said: str | None) -> Basis:
    """ "Hvorfor en anden læge?" (N07); a program that does not say means that the employee chose."""
    if said is None:
        return Basis.CHOSEN
    if said not in CHOICES:
        raise InvalidField("basis", "unknown" if said else "required")
    return Basis(said)

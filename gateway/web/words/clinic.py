"""Danish words for the codes a clinic meets; the codes themselves never reach a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from gateway.domain.consultation.aggregate import Availability
from gateway.domain.consultation.queue_entry import Basis, RejectReason
from gateway.domain.people import Form, ParticipantRole


def reject_reasons() -> Mapping[RejectReason, str]:
    """The closed list in the order of requirements.md C08; none is preselected."""
    return {
        RejectReason.NOT_OUR_PATIENT: _("Ikke vores patient"),
        RejectReason.NO_AGREEMENT: _("Ingen aftalt tid"),
        RejectReason.BY_PHONE: _("Vi ringer i stedet / ring til os"),
        RejectReason.OTHER_WAY: _("Skal ses på anden måde"),
        RejectReason.NOT_TODAY: _("Når det ikke i dag"),
        RejectReason.URGENT: _("Haster – ring 112 / lægevagt"),
        RejectReason.OTHER: _("Andet"),
    }


def forms() -> Mapping[Form, str]:
    return {
        Form.ASSISTED: _("Borgeren og medarbejderen"),
        Form.CITIZEN_ALONE: _("Borgeren er alene. Medarbejderen er ikke til stede."),
        Form.RELATIVE_PRESENT: _("Borgeren og en pårørende. Medarbejderen er ikke til stede."),
        Form.EMPLOYEE_ONLY: _("Kun medarbejderen. Borgeren er ikke til stede."),
    }


def participant_roles() -> Mapping[ParticipantRole, str]:
    return {
        ParticipantRole.CITIZEN: _("Borger"),
        ParticipantRole.EMPLOYEE: _("Medarbejder"),
        ParticipantRole.RELATIVE: _("Pårørende"),
        ParticipantRole.INTERPRETER: _("Tolk"),
        ParticipantRole.COLLEAGUE: _("Kollega"),
        ParticipantRole.CLINICIAN: _("Læge"),
        ParticipantRole.OTHER: _("Anden"),
    }


def availabilities() -> Mapping[Availability, str]:
    return {
        Availability.HERE: _("Ved skærmen"),
        Availability.AWAY: _("Ikke ved skærmen"),
        Availability.LOST: _("Forbindelsen er tabt"),
    }


def bases() -> Mapping[Basis, str]:
    return {
        Basis.OWN_GP: _("Ikke tilmeldt jer"),
        Basis.CHOSEN: _("Ikke tilmeldt jer – valgt af medarbejderen"),
        Basis.AGREED: _("Ikke tilmeldt jer – aftalt med jer"),
        Basis.SUBSTITUTE: _("Ikke tilmeldt jer – I er afløser"),
        Basis.NURSING_HOME: _("Ikke tilmeldt jer – I er plejehjemmets læge"),
        Basis.CHANGED: _("Borgeren har skiftet læge, oplyser medarbejderen"),
        Basis.AGREED_WITHOUT_CPR: _("Aftalt med jer uden CPR-nummer"),
        Basis.TRANSFERRED: _("Ikke tilmeldt jer – sendt videre til jer"),
    }


def entry_ends() -> dict[str, str]:
    """How an entry came to its end, by its status."""
    return {
        "completed": _("Gennemført"),
        "rejected": _("Afvist"),
        "withdrawn": _("Trukket tilbage"),
        "expired": _("Udløbet"),
        "transferred": _("Sendt videre"),
    }


def withdrawals() -> dict[str, str]:
    return {
        "solved": _("løst på anden måde"),
        "hospital": _("indlagt eller 112"),
        "no-time": _("ikke tid"),
        "citizen-absent": _("borgeren er ikke til stede"),
        "wrong-citizen": _("forkert borger"),
        "continued-by-phone": _("fortsætter på telefon"),
        "not-answered": _("ingen tog kaldet i tide"),
        "technical": _("teknisk fejl"),
        "citizen-wish": _("efter borgerens ønske"),
        "acute": _("det blev akut"),
    }


def weekdays() -> tuple[str, ...]:
    return (_("Mandag"), _("Tirsdag"), _("Onsdag"), _("Torsdag"), _("Fredag"), _("Lørdag"), _("Søndag"))


def all_words() -> dict[str, Mapping[Any, str]]:
    """For templates, by the name of the code list."""
    return {
        "rejects": reject_reasons(),
        "forms": forms(),
        "roles": participant_roles(),
        "availabilities": availabilities(),
        "bases": bases(),
        "ends": entry_ends(),
        "withdrawals": withdrawals(),
    }


def is_doctor(role: str) -> bool:
    """Whether that clinic role talks with citizens as the doctor, so that the own name is the clinician's."""
    return _plain(role) in ("laege", "uddannelseslaege", "doctor")


def hides_names(role: str) -> bool:
    """A secretary's screen faces the patients: names start hidden (C03)."""
    return "sekret" in _plain(role)


def _plain(role: str) -> str:
    return role.casefold().replace("æ", "ae").strip()

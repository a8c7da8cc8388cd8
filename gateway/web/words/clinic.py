"""Danish words for the codes a clinic meets; the codes themselves never reach a page."""

from __future__ import annotations

from flask_babel import gettext as _

from gateway.domain.consultation.queue_entry import RejectReason


def reject_reasons() -> dict[str, str]:
    """The closed list in the order of users.md C08; none is preselected."""
    return {
        RejectReason.NOT_OUR_PATIENT: _("Ikke vores patient"),
        RejectReason.NO_AGREEMENT: _("Ingen aftalt tid"),
        RejectReason.BY_PHONE: _("Vi ringer i stedet / ring til os"),
        RejectReason.OTHER_WAY: _("Skal ses på anden måde"),
        RejectReason.NOT_TODAY: _("Når det ikke i dag"),
        RejectReason.URGENT: _("Haster – ring 112 / lægevagt"),
        RejectReason.OTHER: _("Andet"),
    }


def forms() -> dict[str, str]:
    return {
        "assisted": _("Borgeren og medarbejderen"),
        "citizen-alone": _("Borgeren er alene. Medarbejderen er ikke til stede."),
        "relative-present": _("Borgeren og en pårørende. Medarbejderen er ikke til stede."),
        "employee-only": _("Kun medarbejderen. Borgeren er ikke til stede."),
    }


def participant_roles() -> dict[str, str]:
    return {
        "citizen": _("Borger"),
        "employee": _("Medarbejder"),
        "relative": _("Pårørende"),
        "interpreter": _("Tolk"),
        "colleague": _("Kollega"),
        "clinician": _("Læge"),
        "other": _("Anden"),
    }


def availabilities() -> dict[str, str]:
    return {
        "here": _("Ved skærmen"),
        "away": _("Ikke ved skærmen"),
        "lost": _("Forbindelsen er tabt"),
    }


def bases() -> dict[str, str]:
    return {
        "own-gp": _("Ikke tilmeldt jer"),
        "chosen": _("Ikke tilmeldt jer – valgt af medarbejderen"),
        "agreed": _("Ikke tilmeldt jer – aftalt med jer"),
        "substitute": _("Ikke tilmeldt jer – I er afløser"),
        "nursing-home": _("Ikke tilmeldt jer – I er plejehjemmets læge"),
        "changed": _("Borgeren har skiftet læge, oplyser medarbejderen"),
        "agreed-without-cpr": _("Aftalt med jer uden CPR-nummer"),
        "transferred": _("Ikke tilmeldt jer – sendt videre til jer"),
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


def all_words() -> dict[str, dict[str, str]]:
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

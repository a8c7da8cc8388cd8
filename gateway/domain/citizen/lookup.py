"""What a source says about whose patient a citizen is, before anybody has judged it (requirements.md P2.3).

The national look-up's adapter builds a ``NationalAnswer`` out of what the service said; ``masterdata/resolver.py``
weighs it against the care record and the registers. An answer that is only filling ("UKENDT", ydernummer 0) is told
apart here, so that every adapter draws the same line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Cpr, Ydernummer


class InsuranceGroup(StrEnum):
    """Sikringsgruppe: whether somebody has a fixed doctor at all (requirements.md P2.3a). ``""``: not said."""

    NOT_SAID = ""
    UNKNOWN = "0"  # only in Det Gode CPR-opslag 1.0.4
    FIXED_DOCTOR = "1"
    NO_FIXED_DOCTOR = "2"
    PRISON = "4"
    CONSCRIPT = "5"
    INSTITUTION = "6"
    ABROAD = "7"
    REMOVED = "8"
    DEAD = "9"

    @classmethod
    def from_code(cls, text: str) -> InsuranceGroup:
        """``1``, ``01`` or ``sygesikringsgruppe_1``; a group nobody has defined is not said."""
        digit = re.sub(r"^(sygesikringsgruppe_|0(?=[0-9]))", "", text.strip().lower())
        return cls(digit) if digit in _GROUPS else cls.NOT_SAID


_GROUPS = frozenset(str(group) for group in InsuranceGroup)


class PersonStatus(StrEnum):
    """Status in the civil registration; the codes of the service's schema (requirements.md P2.3b). ``""``: not said."""

    NOT_SAID = ""
    RESIDENT = "01"
    RESIDENT_PROTECTED_ROAD = "03"  # resident with a high road code
    GREENLAND = "05"
    GREENLAND_PROTECTED_ROAD = "07"
    NO_RESIDENCE = "20"
    ANNULLED = "30"
    DELETED = "50"
    RENUMBERED = "60"
    MISSING = "70"
    EMIGRATED = "80"
    DEAD = "90"

    @classmethod
    def from_code(cls, text: str) -> PersonStatus:
        """With or without the leading zero; a code nobody has defined is not said."""
        code = text.strip().zfill(2) if text.strip() else ""
        return cls(code) if code in _STATUSES else cls.NOT_SAID

    @property
    def stops_a_start(self) -> bool:
        return self in (PersonStatus.ANNULLED, PersonStatus.DELETED, PersonStatus.RENUMBERED, PersonStatus.DEAD)

    @property
    def calls_for_care(self) -> bool:
        """The start goes on, with a warning."""
        return self in (PersonStatus.NO_RESIDENCE, PersonStatus.MISSING, PersonStatus.EMIGRATED)


_STATUSES = frozenset(str(status) for status in PersonStatus)


class Custody(StrEnum):
    """Who has custody of a child, or is guardian of an adult: the words of the schema. A notice, never a rule."""

    MOTHER = "mor"
    MOTHER_WITHOUT_CUSTODY = "mor_uden"
    FATHER = "far"
    FATHER_WITHOUT_CUSTODY = "far_uden"
    OTHER = "anden"
    GUARDIAN = "vaerge"


@dataclass(frozen=True, slots=True)
class NationalAnswer:
    """One answer of the national look-up.

    ``known`` False: there is no such citizen, all else is empty. ``own``: the *current* general practitioner, None
    where none was named or the service filled in a dummy; the prior one is never passed on. ``dummies``: the service
    answered with filling values, so neither practice nor group may be believed. ``renumbered_to`` comes with the
    status *renumbered*. ``protected``: name and address must not be shown to others. ``as_of``: when it was said.
    """

    known: bool
    as_of: datetime
    own: Ydernummer | None = None
    own_name: str = ""
    group: InsuranceGroup = InsuranceGroup.NOT_SAID
    status: PersonStatus = PersonStatus.NOT_SAID
    renumbered_to: Cpr | None = field(default=None, repr=False)
    protected: bool = False
    custody: tuple[Custody, ...] = ()
    dummies: bool = False

    @classmethod
    def nobody(cls, as_of: datetime) -> NationalAnswer:
        """ "Ingen data fundet": the number is not in the civil registration."""
        return cls(known=False, as_of=as_of)


@dataclass(frozen=True, slots=True)
class InsuredPeriods:
    """What the Sikrede register says about one citizen: the present doctor and group, and the ones to come.

    ``own_from``/``future_from`` decide, not the order of the columns. The previous doctor is not kept at all.
    ``as_of``: the day of the register file.
    """

    as_of: date
    own: Ydernummer | None = None
    own_from: date | None = None
    group: InsuranceGroup = InsuranceGroup.NOT_SAID
    group_from: date | None = None
    future: Ydernummer | None = None
    future_from: date | None = None
    future_group: InsuranceGroup = InsuranceGroup.NOT_SAID
    future_group_from: date | None = None

    def own_on(self, day: date) -> Ydernummer | None:
        """The doctor of that day: the future one from its own date on."""
        if self.future is not None and self.future_from is not None and self.future_from <= day:
            return self.future
        if self.own_from is not None and self.own_from > day:
            return None
        return self.own

    def group_on(self, day: date) -> InsuranceGroup:
        if self.future_group and self.future_group_from is not None and self.future_group_from <= day:
            return self.future_group
        return self.group


# What services have been seen to fill in where they know nothing (trifork/sdm's reference implementation of 1.0.2).
_FILLING = re.compile(r"ukendt|adressebeskyttet|0+|.*@example\.com", re.IGNORECASE)


def is_filling(*texts: str) -> bool:
    """True where one of the texts is a value put in for want of a real one."""
    return any(_FILLING.fullmatch(text.strip()) for text in texts)


def practice_said(ydernummer: str, *texts: str) -> Ydernummer | None:
    """The ydernummer a peer names, or None where it is no answer: empty, zero, not a number, or with filling
    values (name, address, phone, mail in ``texts``) around it. Typed as an integer it has lost its zeros: they come
    back."""
    if is_filling(*texts):
        return None
    try:
        return Ydernummer.parse(ydernummer)
    except InvalidField:
        return None

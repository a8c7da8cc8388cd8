"""The monthly sample of looks in words."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from gateway.domain.log_review.drawing import MOST_CITIZENS, Rule
from gateway.domain.log_review.review import EntryKind, Judgement


def rule_words() -> Mapping[Rule, str]:
    return {
        Rule.RANDOM: _("Tilfældig"),
        Rule.NO_RELATION: _("Ingen tilknytning til arbejdsstedet"),
        Rule.PROTECTED: _("Navne- og adressebeskyttet borger"),
        Rule.OUT_OF_HOURS: _("Uden for almindelig tid"),
        Rule.MANY: _("Mere end %(n)s borgere på en dag", n=MOST_CITIZENS),
        Rule.ALONE: _("Alene i en nødsituation"),
    }


def judgement_words() -> Mapping[Judgement, str]:
    return {
        Judgement.JUSTIFIED: _("Begrundet"),
        Judgement.NOT_JUSTIFIED: _("Ikke begrundet"),
        Judgement.EXAMINED: _("Undersøges"),
    }


def entry_words() -> Mapping[EntryKind, str]:
    """How far a month is."""
    return {
        EntryKind.DRAWN: _("Udtrukket"),
        EntryKind.JUDGED: _("Vurderet"),
        EntryKind.SIGNED: _("Underskrevet"),
        EntryKind.ADDED: _("Tilføjet"),
    }

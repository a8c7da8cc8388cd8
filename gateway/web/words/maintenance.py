"""Planned maintenance in words: stages, and how it comes back."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from gateway.domain.peers.maintenance import EVERY_WEEK, LAST, Repeat, WindowStage


def stage_words() -> Mapping[WindowStage, str]:
    return {
        WindowStage.PLANNED: _("Planlagt"),
        WindowStage.RUNNING: _("I gang"),
        WindowStage.DRAINING: _("Det, der ventede, sendes nu"),
        WindowStage.DONE: _("Slut"),
        WindowStage.CANCELLED: _("Aflyst"),
    }


def nth_words() -> Mapping[int, str]:
    return {
        EVERY_WEEK: _("hver uge"),
        1: _("den første i hver måned"),
        2: _("den anden i hver måned"),
        3: _("den tredje i hver måned"),
        4: _("den fjerde i hver måned"),
        LAST: _("den sidste i hver måned"),
    }


def weekday_words() -> tuple[str, ...]:
    return (_("mandag"), _("tirsdag"), _("onsdag"), _("torsdag"), _("fredag"), _("lørdag"), _("søndag"))


def repeat_words(repeat: Repeat | None) -> str:
    if repeat is None:
        return str(_("én gang"))
    return f"{weekday_words()[repeat.weekday]}, {nth_words()[repeat.nth]}"

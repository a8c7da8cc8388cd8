"""Wishes and faults in words."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from gateway.domain.wish import WishKind, WishStatus


def wish_kind_words() -> Mapping[WishKind, str]:
    return {WishKind.WISH: _("Ønske"), WishKind.FAULT: _("Fejl")}


def wish_status_words() -> Mapping[WishStatus, str]:
    return {
        WishStatus.NEW: _("Sendt"),
        WishStatus.NOTED: _("Læst"),
        WishStatus.PLANNED: _("Planlagt"),
        WishStatus.SOLVED: _("Løst"),
        WishStatus.DECLINED: _("Bliver ikke lavet"),
    }

"""What the wings of Lægebro are called where somebody reads that access was refused."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _


def place_words() -> Mapping[str, str]:
    """By the name under which a wing's views are registered."""
    waiting_room, systems, api = _("Klinikkens venteværelse"), _("Adgang for andre systemer"), _("Lægebros API")
    return {
        "launch": _("Start fra journalen"),
        "second_launch": _("Start fra journalen"),
        "replaced_record": _("Start fra journalen"),
        "login": _("Log på"),
        "provider_logout": _("Log af"),
        "start": _("Start af en konsultation"),
        "consultation": _("En konsultation"),
        "timeline": _("Forløbet af en konsultation"),
        "rounds": _("Gennemgang af flere borgere"),
        "handover": _("Enheden, der gives til borgeren"),
        "device": _("Enheden, der gives til borgeren"),
        "practice_letters": _("Breve fra klinikken"),
        "mine": _("Egne konsultationer"),
        "workplace": _("Arbejdsstedets liste"),
        "nurse": _("Sygeplejerskens forside"),
        "rehearsal": _("Øvekald"),
        "citizen": _("Borgerens side"),
        "guest": _("Gæstens side"),
        "clinic": waiting_room,
        "clinic_acts": waiting_room,
        "clinic_api": waiting_room,
        "clinic_call": _("Klinikkens samtale"),
        "clinic_settings": _("Klinikkens indstillinger"),
        "/signal": _("Plads i en samtale"),
        "doors": systems,
        "adapters": systems,
        "api": api,
        "openapi": api,
        "help": _("Hjælp"),
        "wishes": _("Ønsker og fejl"),
        **_in_the_console(),
    }


def _in_the_console() -> Mapping[str, str]:
    """Beside the rooms of its menu."""
    return {
        "console": _("Konsollen"),
        "console_beginning": _("Ny forbindelse"),
        "console_connection": _("En forbindelse"),
        "console_drafts": _("En forbindelse"),
        "console_keys": _("Nøgler og certifikater"),
        "console_samples": _("Prøvebesked"),
        "console_rehearsals": _("Prøvekørsel"),
        "console_contracts": _("Kontraktprøve"),
        "console_many": _("Gentag mange"),
        "console_timeline": _("Forløbet af en konsultation"),
    }

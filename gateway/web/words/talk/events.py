"""Guests, devices and stills on the timeline, one sentence per kind of event."""

from __future__ import annotations

from flask_babel import gettext as _


def talk_words() -> dict[str, str]:
    """Each kind of event in words."""
    return _guest_words() | _device_words() | _still_words()


def _guest_words() -> dict[str, str]:
    return {
        "guest-invited": _("Klinikken lavede et link til en gæst"),
        "guest-arrived": _("En gæst venter på at komme ind"),
        "guest-admitted": _("Klinikken lukkede gæsten ind"),
        "guest-sent-out": _("Klinikken afviste gæsten"),
        "guest-left": _("Gæsten forlod samtalen"),
        "room-locked": _("Samtalen blev låst for flere"),
        "room-unlocked": _("Samtalen blev låst op"),
    }


def _device_words() -> dict[str, str]:
    return {
        "handed-over": _("Enheden er givet til borgeren"),
        "handed-back": _("Enheden er givet tilbage til medarbejderen"),
        "employee-called": _("Klinikken bad om medarbejderen"),
        "finished-by-citizen": _("Borgeren trykkede Slut"),
        "device-checked": _("Kamera, mikrofon og net er prøvet"),
        "device-changed": _("Fortsat på en anden enhed"),
    }


def _still_words() -> dict[str, str]:
    return {
        "still-asked": _("Lægen bad om et billede til notatet"),
        "stills-allowed": _("Borgeren har sagt ja til billeder til notatet"),
        "stills-withdrawn": _("Borgeren har fortrudt billederne – de er slettet her"),
        "still-taken": _("Et billede er taget til notatet"),
        "still-removed": _("Et billede er slettet"),
        "still-refused": _("Journalen afviste et billede"),
        "stills-sent-again": _("Billederne sendes til journalen igen"),
        "stills-left-out": _("Notatet står uden de billeder, journalen ikke tog – de er slettet her"),
        "still-filed-though-withdrawn": _("Et billede nåede journalen, før det blev fortrudt – det skal fjernes dér"),
    }

"""The screen of a practice system that has no more than one: what it holds of each entry, as a person reads it."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import render_template

LOCAL = ZoneInfo("Europe/Copenhagen")
NOBODY = "Ingen borger med personnummer"
# Who talks with the doctor, by the code that travels.
FORMS = {
    "assisted": "Borgeren og medarbejderen",
    "citizen-alone": "Borgeren alene – medarbejderen er ikke med",
    "relative-present": "Borgeren og en pårørende – medarbejderen er ikke med",
    "employee-only": "Kun medarbejderen – borgeren er ikke med",
}
HANDS = (("accept", "Tag"), ("put-back", "Læg tilbage"), ("reject", "Afvis"))


@dataclass(frozen=True)
class Shown:
    """``facts``: what stands there beside its name, the empty ones left out. ``link``: where its video is opened."""

    id: str
    state: str
    facts: dict[str, str] = field(repr=False)
    whom: str = field(default="", repr=False)
    link: str = ""


def screen(rows: list[Shown], *, hands: bool = True) -> str:
    """``hands``: whether a person can act on an entry here."""
    return render_template("practice.html", rows=rows, hands=HANDS if hands else (), nobody=NOBODY)


def local(instant: str) -> str:
    """``24.11.2026 kl. 10.30`` in Denmark; "" for nothing."""
    return datetime.fromisoformat(instant).astimezone(LOCAL).strftime("%d.%m.%Y kl. %H.%M") if instant else ""

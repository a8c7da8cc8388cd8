"""Words, dates and the frame around every page. Danish is the source language; English is the second catalogue."""

from __future__ import annotations

import atexit
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, render_template
from flask_babel import Babel, get_locale, gettext

from gateway.domain.citizen.citizen import Citizen
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.practice import COPENHAGEN
from gateway.web import languages
from gateway.web.build import build
from gateway.web.guards import current_gateway

NEAR = timedelta(days=182)  # further away a day is told with its year
_TRANSLATIONS = Path(__file__).parent / "translations"


def install(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(compiled_catalogues(_TRANSLATIONS))
    Babel(app, default_locale="da", default_timezone="Europe/Copenhagen", locale_selector=languages.chosen)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters.update(
        clock=clock,
        clock_seconds=clock_seconds,
        moment=moment,
        when=when,
        day=day,
        weekday=weekday,
        month=month,
        phone=phone,
        date_words=date_words,
        tel=tel,
        as_time=as_time,
    )
    app.jinja_env.globals["days_ahead"] = days_ahead
    app.jinja_env.tests["numbered"] = contains_citizen_number
    app.context_processor(_frame)


def compiled_catalogues(texts: Path) -> Path:
    """The folder with the binary catalogue of each ``*/LC_MESSAGES/messages.po`` in ``texts``: that folder itself, or,
    where this process may not write there (an installed package), a temporary one that goes with the process."""
    try:
        _compile(texts, texts)
        return texts
    except OSError:
        own = Path(mkdtemp(prefix="laegebro-words-"))
        atexit.register(rmtree, own, ignore_errors=True)
        _compile(texts, own)
        return own


def _compile(texts: Path, into: Path) -> None:
    """What is newer than its source is kept as it is."""
    for source in texts.glob("*/LC_MESSAGES/messages.po"):
        target = into / source.relative_to(texts).with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as written, target.open("wb") as binary:
            write_mo(binary, read_po(written))


def _frame() -> dict[str, Any]:
    settings = current_gateway().settings
    session = g.get("session")
    return {
        "language": languages.chosen(),
        "right_to_left_page": languages.chosen() in languages.RIGHT_TO_LEFT,
        "session": session,
        "csrf_token": session.csrf if session else "",
        "live_url": settings.live_url,
        "build": build(),
        "now": current_gateway().clock.now(),
        "other_language": "en" if languages.chosen() == "da" else "da",
    }


def page(template: str, status: int = 200, **context: Any) -> tuple[str, int]:
    return render_template(template, **context), status


def _local(at: datetime) -> datetime:
    return at.astimezone(COPENHAGEN)


def clock(at: datetime | None) -> str:
    """``9.15``: hours and minutes in Copenhagen."""
    return format_datetime(_local(at), "H.mm", locale=get_locale()) if at else ""


def clock_seconds(at: datetime | None) -> str:
    return format_datetime(_local(at), "H.mm.ss", locale=get_locale()) if at else ""


def moment(at: datetime | None) -> str:
    """``tirsdag 24. november kl. 9.15``; with its year where that is not near."""
    if at is None:
        return ""
    year = _year(_local(at).date())
    pattern = f"EEEE d. MMMM{year} 'kl.' H.mm" if languages.chosen() == "da" else f"EEEE d MMMM{year} 'at' H.mm"
    return format_datetime(_local(at), pattern, locale=get_locale())


def _year(on: date) -> str:
    """The part of a pattern: what is half a year away or more is of another year to whoever reads it."""
    return " yyyy" if abs(on - _local(current_gateway().clock.now()).date()) >= NEAR else ""


def when(at: datetime | None) -> str:
    """``kl. 9.15`` today, ``i morgen kl. 9.15``, else the whole moment."""
    if at is None:
        return ""
    days = (_local(at).date() - _local(current_gateway().clock.now()).date()) / timedelta(days=1)
    if days == 0:
        return str(gettext("kl. %(time)s", time=clock(at)))
    if days == 1:
        return str(gettext("i morgen kl. %(time)s", time=clock(at)))
    return moment(at)


def day(at: date | None) -> str:
    """``22.11.2026``; a moment's day is Copenhagen's."""
    at = _local(at) if isinstance(at, datetime) else at
    return format_date(at, "dd.MM.yyyy", locale=get_locale()) if at else ""


def weekday(at: date) -> str:
    """``tirsdag 24. november``; with its year where that is not near."""
    day_of_it = "EEEE d. MMMM" if languages.chosen() == "da" else "EEEE d MMMM"
    return format_date(at, day_of_it + _year(at), locale=get_locale())


def month(first: date) -> str:
    """``november 2026``."""
    return format_date(first, "LLLL yyyy", locale=get_locale())


def days_ahead() -> list[date]:
    """Today and the days that are most often agreed upon."""
    today = _local(current_gateway().clock.now()).date()
    return [today + timedelta(days=n) for n in range(14)]


def as_time(text: str | None) -> datetime | None:
    """A time of the live document."""
    return datetime.fromisoformat(text) if text else None


def date_words(at: datetime) -> str:
    """``3. august``: the day something opens again."""
    return format_date(_local(at).date(), "d. MMMM" if languages.chosen() == "da" else "d MMMM", locale=get_locale())


def phone(number: str) -> str:
    """``12 34 56 78``."""
    digits = re.sub(r"\D", "", number)
    return " ".join(re.findall("..", digits)) if len(digits) == 8 else number


def tel(number: str) -> str:
    """For ``tel:`` links: digits and a leading plus."""
    return re.sub(r"[^\d+]", "", number)


def age(citizen: Citizen) -> int | None:
    return citizen.age_on(_local(current_gateway().clock.now()).date())

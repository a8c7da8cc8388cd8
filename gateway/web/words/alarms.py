"""What an alarm says on the console's page; a mail has both languages at once (gateway/alarms/words.py)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _

from gateway.domain.alarm import AlarmKind


def alarm_words(kind: AlarmKind, count: int = 1) -> str:
    """One sentence; ``count`` of what, where it counts something."""
    texts: Mapping[AlarmKind, str] = {
        AlarmKind.STUCK: _("%(n)s beskeder står fast og kræver handling", n=count),
        AlarmKind.UNKNOWN: _("%(n)s beskeder er måske modtaget", n=count),
        AlarmKind.OVERDUE: _("%(n)s beskeder er forsinkede", n=count),
        AlarmKind.LOCKED: _("%(n)s notater venter på en låst journal: nogen må lukke den", n=count),
        AlarmKind.OVERRUN: _("Vedligeholdet er ikke slut til tiden: forbindelsen svarer ikke endnu"),
        AlarmKind.ILL: _("Forbindelsen er afbrudt"),
        AlarmKind.SILENT: _("Processen svarer ikke"),
        AlarmKind.OLD_REGISTER: _("Registret er for gammelt"),
        AlarmKind.DIFFERENCE: _("%(n)s forskelle fra modpartens system", n=count),
        AlarmKind.SLOW: _("Forbindelsen er langsom"),
        AlarmKind.CLOCK: _("Maskinens ur går forkert"),
        AlarmKind.DISK: _("Disken er næsten fuld"),
        AlarmKind.WISHES: _("%(n)s nye ønsker eller fejl venter på svar", n=count),
        AlarmKind.HEADS: _("Loggens forsegling kommer ikke ud af huset"),
        AlarmKind.ENDING: (
            _("Et certifikat udløber inden %(n)s dage", n=count) if count else _("Et certifikat er udløbet")
        ),
        AlarmKind.REVIEW: _("Stikprøven af loggen er ikke underskrevet til tiden: %(n)s måneder", n=count),
        AlarmKind.SEARCHES: _("%(n)s medarbejdere har slået usædvanligt mange borgere op", n=count),
    }
    return texts[kind]

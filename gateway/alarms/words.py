"""What an alarm says, to people and programs: what, where, since when; Danish first, English second, never a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway.domain.alarm import Alarm, AlarmKind, Edge
from gateway.domain.practice import COPENHAGEN

_WORDS: dict[AlarmKind, tuple[str, str]] = {
    AlarmKind.STUCK: ("{count} leverancer står fast og kræver handling", "{count} deliveries stand still"),
    AlarmKind.UNKNOWN: ("{count} leverancer er måske modtaget", "{count} deliveries may have been received"),
    AlarmKind.OVERDUE: ("{count} leverancer er forsinkede", "{count} deliveries are overdue"),
    AlarmKind.LOCKED: (
        "{count} notater venter på en låst journal: nogen må lukke den",
        "{count} notes wait for a locked record: somebody must close it",
    ),
    AlarmKind.ILL: ("Forbindelsen er afbrudt", "the connection is ill"),
    AlarmKind.SILENT: ("Processen svarer ikke", "the process is silent"),
    AlarmKind.OLD_REGISTER: ("Registret er for gammelt", "the register is too old"),
    AlarmKind.DIFFERENCE: ("{count} forskelle fra modpartens system", "{count} differences from the peer's system"),
    AlarmKind.SLOW: ("Forbindelsen er langsom", "the connection is slow"),
    AlarmKind.CLOCK: ("Maskinens ur går forkert", "the machine's clock is wrong"),
    AlarmKind.DISK: ("Disken er næsten fuld", "the disk is almost full"),
    AlarmKind.WISHES: (
        "{count} nye ønsker eller fejl venter på svar",
        "{count} new wishes or faults wait for an answer",
    ),
    AlarmKind.HEADS: (
        "Auditloggens forsegling kommer ikke ud af huset",
        "the heads of the audit trail cannot be handed on",
    ),
    AlarmKind.OVERRUN: (
        "Vedligeholdet er ikke slut til tiden: forbindelsen svarer ikke endnu",
        "maintenance is not over in time: the connection does not answer yet",
    ),
    AlarmKind.ENDING: (
        "Et certifikat udløber inden {count} dage",
        "a certificate ends within {count} days",
    ),
    AlarmKind.SEARCHES: (
        "{count} medarbejdere har slået usædvanligt mange borgere op",
        "{count} employees have looked up unusually many citizens",
    ),
    AlarmKind.REVIEW: (
        "{count} måneders stikprøve af loggen er ikke underskrevet til tiden",
        "the log sample of {count} months has not been signed in time",
    ),
}
_TO_DO: dict[AlarmKind, str] = {
    AlarmKind.STUCK: "laegebro deliveries list --only state=stuck --only connection={subject}",
    AlarmKind.UNKNOWN: "laegebro deliveries list --only state=unknown --only connection={subject}",
    AlarmKind.OVERDUE: "laegebro deliveries list --only connection={subject}",
    AlarmKind.LOCKED: "laegebro deliveries list --only connection={subject}",
    AlarmKind.ILL: "laegebro deliveries list --only connection={subject}",
    AlarmKind.SILENT: "laegebro alarms",
    AlarmKind.OLD_REGISTER: "laegebro providers status",
    AlarmKind.DIFFERENCE: "laegebro deliveries differences",
    AlarmKind.SLOW: "laegebro deliveries list --only connection={subject}",
    AlarmKind.CLOCK: "timedatectl",
    AlarmKind.DISK: "df -h",
    AlarmKind.WISHES: "konsollen, Ønsker og fejl; laegebro wishes list",
    AlarmKind.HEADS: "audit_heads og audit_syslog i gateway.toml; laegebro check",
    AlarmKind.OVERRUN: "laegebro maintenance list",
    AlarmKind.ENDING: "konsollen, Alarmer; laegebro check",
    AlarmKind.SEARCHES: "logopfølgning: audit, citizen-search-limited",
    AlarmKind.REVIEW: "konsollen, Stikprøve; laegebro review list",
}
_ENDED = ("Et certifikat er udløbet", "a certificate has ended")


_BEFORE = {Edge.END: "OVERSTÅET: ", Edge.REMINDER: "STADIG: "}


def subject_line(alarm: Alarm, edge: Edge) -> str:
    """One line for a mail's subject, a chat, a screen."""
    danish, _ = _words(alarm)
    return f"Lægebro: {_BEFORE.get(edge, '')}{danish.format(count=alarm.condition.count)} – {alarm.condition.subject}"


def _words(alarm: Alarm) -> tuple[str, str]:
    condition = alarm.condition
    return _ENDED if condition.kind is AlarmKind.ENDING and not condition.count else _WORDS[condition.kind]


def text(alarm: Alarm, edge: Edge) -> str:
    """A mail's whole text."""
    condition = alarm.condition
    _, english = _words(alarm)
    lines = [
        subject_line(alarm, edge),
        f"({english.format(count=condition.count)}: {condition.subject}{'; over' if edge is Edge.END else ''})",
        "",
        f"Begyndt: {_local(alarm.started_at)}",
        *([f"Ovre: {_local(alarm.ended_at)}"] if edge is Edge.END and alarm.ended_at else []),
        f"Ansvar: {'organisationen' if condition.tenant else 'driften'}",
        f"Se: {_TO_DO[condition.kind].format(subject=condition.subject)}",
        f"Alarm: {alarm.id}",
    ]
    return "\n".join(lines) + "\n"


def document(alarm: Alarm, edge: Edge) -> dict[str, Any]:
    """The body of a webhook; ``text`` is what chat systems show."""
    condition = alarm.condition
    return {
        "alarm": str(alarm.id),
        "kind": str(condition.kind),
        "subject": condition.subject,
        "edge": str(edge),
        "owner": str(condition.owner),
        "organisation": str(condition.tenant) if condition.tenant else None,
        "count": condition.count,
        "started_at": alarm.started_at.isoformat(),
        "ended_at": alarm.ended_at.isoformat() if edge is Edge.END and alarm.ended_at else None,
        "text": subject_line(alarm, edge),
    }


def _local(at: datetime) -> str:
    return f"{at.astimezone(COPENHAGEN):%Y-%m-%d %H:%M:%S}"

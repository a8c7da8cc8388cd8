"""Between our words and those of the Video-API v2 (KvalitetsIT/medcom-video-api); pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from adapters.video.vdx.settings import Settings
from gateway.domain.call_room import CallRoom, RoomStanding

Json = dict[str, Any]
SUBJECT: Final = "Videokonsultation"  # all that VDX is told of what the room is for
POOL, NORMAL = "POOL", "NORMAL"
POOL_EMPTY, NOT_UNIQUE, TRY_AGAIN, NOT_DELETABLE = 20, 21, 24, 13  # detailed_error_code
AWAITS, PROVISIONED = "AWAITS_PROVISION", "PROVISIONED_OK"
STANDINGS: Final[dict[str, RoomStanding]] = {
    AWAITS: RoomStanding.PREPARING,
    "STARTING_TO_PROVISION": RoomStanding.PREPARING,
    PROVISIONED: RoomStanding.READY,
    "STARTING_TO_DEPROVISION": RoomStanding.CLOSING,
    "DEPROVISION_OK": RoomStanding.GONE,
}
PROBLEMS: Final = {"PROVISION_PROBLEMS": "provision-problems", "DEPROVISION_PROBLEMS": "deprovision-problems"}


class Unreadable(ValueError):
    """The answer is not one of the Video-API's; ``args[0]`` is a code."""


def meeting_for(key: UUID, at: datetime, settings: Settings, kind: str) -> Json:
    """``uuid`` and ``externalId`` are the call's key: what is asked for twice is refused the second time (code 21)."""
    meeting: Json = {
        "subject": SUBJECT,
        "startTime": moment(at),
        "endTime": moment(at + timedelta(minutes=settings.longest_call)),
        "uuid": str(key),
        "externalId": str(key),
        "labels": [str(key)],  # a meeting is searched for by label, and not by externalId
        "meetingType": kind,
        "endMeetingOnEndTime": True,
        "guestPinRequired": False,
        "guestMicrophone": "on",
    }
    if settings.template is not None:
        meeting["schedulingTemplateId"] = settings.template
    if settings.organizer:
        meeting["organizedByEmail"] = settings.organizer
    return meeting


def ending(at: datetime) -> Json:
    return {"endTime": moment(at)}


def moment(at: datetime) -> str:
    """``yyyy-MM-dd'T'HH:mm:ssXXX``: no fraction, and always an offset."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def error_code(body: Any) -> int:
    """``detailed_error_code`` of a refusal, written as a number or as text; 0 for none."""
    told = body.get("detailed_error_code") if isinstance(body, dict) else None
    text = str(told) if isinstance(told, int | str) and not isinstance(told, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0


def standing_of(scheduling: Json) -> RoomStanding:
    """Raises ``Unreadable`` for a state that is none, and for the two that VDX itself has to mend."""
    status = str(scheduling.get("provisionStatus"))
    if status not in STANDINGS:
        raise Unreadable(PROBLEMS.get(status, "invalid-answer"))
    return STANDINGS[status]


def room_of(meeting: Json, scheduling: Json, settings: Settings) -> CallRoom:
    """Raises ``Unreadable``; a link that leads elsewhere than the settings say is one."""
    link = meeting.get("shortLink") or meeting.get("shortlink") or scheduling.get("shortLink") or ""
    standing = standing_of(scheduling)
    if standing is RoomStanding.READY and not _leads_there(link, settings):
        raise Unreadable("foreign-link")
    return CallRoom(id_of(meeting), standing, str(link), _pin(scheduling.get("hostPin")))


def id_of(meeting: Json) -> str:
    try:
        return str(UUID(str(meeting.get("uuid"))))
    except ValueError:
        raise Unreadable("invalid-answer") from None


def _leads_there(link: Any, settings: Settings) -> bool:
    if not isinstance(link, str) or not link.isascii() or not link.isprintable() or " " in link:
        return False
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc}" in settings.links


def _pin(told: Any) -> str:
    return str(told) if isinstance(told, int) and not isinstance(told, bool) else ""

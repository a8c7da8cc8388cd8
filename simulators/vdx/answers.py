"""What the Video-API answers: a meeting, its scheduling information, a refusal with its code."""

import json
from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from simulators.vdx.meetings import Meeting, Refused
from simulators.vdx.shapes import ERRORS

Json = dict[str, Any]
USER = {"organisationId": "fjordby", "email": "video@fjordby.example"}
KEPT = ("subject", "startTime", "endTime", "externalId", "labels", "guestMicrophone", "guestPinRequired")
NAMES = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 406: "Not Acceptable"}


def meeting_of(base: str, meeting: Meeting) -> Json:
    told = meeting.told
    return {
        **{name: told[name] for name in KEPT if name in told},
        "uuid": meeting.uuid,
        "createdBy": USER,
        "organizedBy": {**USER, "email": told.get("organizedByEmail") or USER["email"]},
        "shortId": meeting.short_id,
        "shortLink": f"{base}/room/{meeting.short_id}",
        "_links": {
            "self": {"href": f"{base}/v2/meetings/{meeting.uuid}"},
            "scheduling-info": {"href": f"{base}/v2/scheduling-info/{meeting.uuid}"},
        },
    }


def scheduling_of(base: str, meeting: Meeting) -> Json:
    return {
        "uuid": meeting.uuid,
        "hostPin": meeting.host_pin,
        "vmrAvailableBefore": 15,
        "maxParticipants": int(meeting.told.get("maxParticipants", 0)),
        "endMeetingOnEndTime": bool(meeting.told.get("endMeetingOnEndTime", False)),
        "uriWithDomain": f"{meeting.host_pin}@rooms.example",
        "uriWithoutDomain": str(meeting.host_pin),
        "provisionStatus": meeting.status,
        "provisionStatusDescription": "",
        "portalLink": f"{base}/room/{meeting.short_id}",
    }


def answer(body: Any, status: int = 200, kind: str = "application/json") -> Response:
    return Response(json.dumps(body), status, content_type=kind)


def hal(body: Any) -> Response:
    """Of a meeting and of its scheduling information, whether it has links or not."""
    return answer(body, kind="application/hal+json")


def refusal(fault: Refused) -> Response:
    return problem(fault.status, fault.code)


def problem(status: int, code: int) -> Response:
    body = {
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "status": status,
        "error": NAMES.get(status, "Internal Server Error"),
        "path": request.path,
        "detailed_error": ERRORS.get(code, "Basic error."),
        "detailed_error_code": str(code),
    }
    return answer(body, status)

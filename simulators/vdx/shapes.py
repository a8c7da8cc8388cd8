"""Shapes, limits and codes of the Video-API v2, as JSON Schema (draft 2020-12): what comes in is refused by them, and
what goes out is held against them in the tests. Names, lengths and enumerations are those of its OpenAPI document."""

from typing import Any

Json = dict[str, Any]
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
STATUSES = [
    "AWAITS_PROVISION",
    "STARTING_TO_PROVISION",
    "PROVISION_PROBLEMS",
    "PROVISIONED_OK",
    "STARTING_TO_DEPROVISION",
    "DEPROVISION_PROBLEMS",
    "DEPROVISION_OK",
]
ERRORS = {
    10: "Input validation error.",
    12: "Meeting must have status AWAITS_PROVISION (0)  or PROVISIONED_OK (3) in order to be updated",
    13: "Meeting must have status AWAITS_PROVISION (0) in order to be deleted",
    20: "Unused scheduling information not found for organisation",
    21: "ExternalId not unique within organisation.",
    24: "Unable to generate unique shortId. Try again.",
    25: "Date format is wrong, year must only have 4 digits",
    26: "Scheduling template not found.",
    36: "Must set at least one query parameter, when searching for meeting.",
}


def text(longest: int | None = None, **more: Any) -> Json:
    return {"type": "string", **({"maxLength": longest} if longest else {}), **more}


_UUID, _TIME = text(format="uuid"), text(pattern=MOMENT)
_PIN = {"type": "integer", "minimum": 1000, "maximum": 999999999}
_LABELS = {"type": "array", "items": text()}
_MICROPHONE = {"enum": ["muted", "off", "on"]}
_PATCH: Json = {
    "subject": text(100),
    "startTime": _TIME,
    "endTime": _TIME,
    "description": text(500),
    "projectCode": text(100),
    "organizedByEmail": text(),
    "labels": _LABELS,
    "guestMicrophone": _MICROPHONE,
    "guestPinRequired": {"type": "boolean"},
    "guestPin": _PIN,
    "hostPin": _PIN,
    "callType": text(),
}
PATCH_MEETING: Json = {"type": "object", "properties": _PATCH, "additionalProperties": False}
CREATE_MEETING: Json = {
    "type": "object",
    "required": ["subject", "startTime", "endTime"],
    "additionalProperties": False,
    "properties": {
        **_PATCH,
        "maxParticipants": {"type": "integer"},
        "endMeetingOnEndTime": {"type": "boolean"},
        "schedulingTemplateId": {"type": "integer"},
        "meetingType": {"enum": ["NORMAL", "POOL"]},
        "uuid": _UUID,
        "externalId": text(200),
    },
}
_USER: Json = {"type": "object", "properties": {"organisationId": text(30), "email": text(45, format="email")}}
MEETING: Json = {
    "type": "object",
    "required": ["subject", "uuid", "createdBy", "organizedBy", "startTime", "endTime", "_links", "shortId"],
    "properties": {
        "subject": text(100),
        "uuid": _UUID,
        "createdBy": _USER,
        "organizedBy": _USER,
        "startTime": _TIME,
        "endTime": _TIME,
        "shortId": text(12, minLength=12),
        "shortLink": text(),
        "externalId": text(200),
        "labels": _LABELS,
        "guestMicrophone": _MICROPHONE,
        "guestPinRequired": {"type": "boolean"},
        "_links": {"type": "object", "required": ["self"]},
    },
}
SCHEDULING_INFO: Json = {
    "type": "object",
    "required": [
        "uuid",
        "vmrAvailableBefore",
        "maxParticipants",
        "endMeetingOnEndTime",
        "uriWithDomain",
        "uriWithoutDomain",
        "provisionStatus",
    ],
    "properties": {
        "uuid": _UUID,
        "hostPin": {"type": "integer"},
        "guestPin": {"type": "integer"},
        "vmrAvailableBefore": {"type": "integer"},
        "maxParticipants": {"type": "integer"},
        "endMeetingOnEndTime": {"type": "boolean"},
        "uriWithDomain": text(100),
        "uriWithoutDomain": {"type": ["string", "null"], "maxLength": 100},
        "provisionStatus": {"enum": STATUSES},
        "provisionStatusDescription": text(200),
        "portalLink": text(200),
    },
}
DETAILED_ERROR: Json = {
    "type": "object",
    "required": ["timestamp", "status", "error", "path", "detailed_error", "detailed_error_code"],
    "properties": {
        "timestamp": _TIME,
        "status": {"type": "integer"},
        "error": text(),
        "path": text(),
        "detailed_error": text(),
        "detailed_error_code": {"type": "string", "pattern": "^[0-9]{2}$"},
    },
}

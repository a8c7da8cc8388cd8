"""A Task as one row of the practice's screen, and the three things a person can do to it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from simulators.directory import User
from simulators.fhir.outcome import Json
from simulators.gp.vocabulary import (
    BUSINESS_SYSTEM,
    REASON_SYSTEM,
    REJECT_REASONS,
    REJECTED,
    business_status,
    concept,
    contained,
    output,
    owner_of,
    value_of,
)
from simulators.pages.practice import FORMS, LOCAL, NOBODY

STATUS_WORDS = {
    "requested": "Modtages",
    "received": "Venter",
    "accepted": "Accepteret – ringer op",
    "in-progress": "I samtale",
    "completed": "Afsluttet",
    "failed": "Afbrudt",
    "rejected": "Afvist",
    "cancelled": "Trukket tilbage",
}


def row(task: Json) -> dict[str, Any]:
    """What the screen shows of a Task; the right citizen stands beside the button."""
    role, patient = contained(task, "PractitionerRole"), contained(task, "Patient")
    agreed = value_of(task, "input", "agreed-time")
    return {
        "id": task["id"],
        "status": task["status"],
        "status_words": STATUS_WORDS[task["status"]],
        "business": business_status(task),
        "ydernummer": owner_of(task),
        "citizen": _person_name(patient) or ("Navn ikke oplyst" if patient else NOBODY),
        "number": next((str(each.get("value")) for each in patient.get("identifier", [])), ""),
        "employee": role.get("practitioner", {}).get("display", ""),
        "role": _first(role, "code").get("text", ""),
        "organisation": role.get("organization", {}).get("display", ""),
        "workplace": _first(role, "location").get("display", ""),
        "phone": _first(role, "telecom").get("value", ""),
        "reason": task.get("description", ""),
        "form": FORMS.get(value_of(task, "input", "form"), ""),
        "participants": value_of(task, "input", "participants"),
        "consent": value_of(task, "input", "consent-attestation"),
        "agreed": clock(agreed) if agreed else "",
        "since": clock(task["authoredOn"]) if "authoredOn" in task else "",
        "link": value_of(task, "input", "entry-link"),
        "accepted_by": value_of(task, "output", "accepted-by"),
        "clinician": value_of(task, "output", "clinician"),
        "why": _why(task),
        "agreed_with": value_of(task, "input", "agreed-with"),
        "addressed_to": value_of(task, "input", "addressed-to"),
        "message": value_of(task, "input", "message"),
    }


def order(task: Json) -> str:
    """Agreed time first, then arrival; compared as text of instants in UTC."""
    text = value_of(task, "input", "agreed-time") or task.get("authoredOn") or task["meta"]["lastUpdated"]
    return _moment(text).astimezone(ZoneInfo("UTC")).isoformat()


def clock(instant: str) -> str:
    """Local time of day; with the date when it is not today."""
    local = _moment(instant).astimezone(LOCAL)
    return local.strftime("%H.%M" if local.date() == datetime.now(LOCAL).date() else "%d.%m. %H.%M")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)


def _first(resource: Json, element: str) -> Json:
    found = resource.get(element, [])
    return dict(found[0]) if found else {}


def _why(task: Json) -> str:
    """The reason's own words, then what was written beside it."""
    reason = task.get("statusReason", {})
    names = [str(each["display"]) for each in reason.get("coding", []) if "display" in each]
    return " – ".join([*names, *([str(reason["text"])] if reason.get("text") else [])])


def _person_name(patient: Json) -> str:
    name = _first(patient, "name")
    return str(name.get("text") or " ".join([*name.get("given", []), name.get("family", "")])).strip()


def accepted(task: Json, user: User, clinician: str) -> Json:
    changed = {**task, "status": "accepted", "output": [output("accepted-by", user.name)]}
    changed.pop("businessStatus", None)
    if clinician:
        changed["output"].append(output("clinician", clinician))
    return changed


def rejected(task: Json, code: str, text: str) -> Json:
    coding = {"system": REASON_SYSTEM, "code": code, "display": REJECT_REASONS[code]}
    reason = {"coding": [coding], "text": f"{REJECTED}: {text}" if text else REJECTED}
    changed = {**task, "status": "rejected", "statusReason": reason}
    changed.pop("businessStatus", None)
    return changed


def put_back(task: Json) -> Json:
    """The same Task waits again; who had accepted it no longer counts."""
    changed = {**task, "status": "received", "businessStatus": concept(BUSINESS_SYSTEM, "put-back")}
    changed.pop("output", None)
    return changed


def seen(task: Json) -> Json:
    return {**task, "businessStatus": concept(BUSINESS_SYSTEM, "seen")}

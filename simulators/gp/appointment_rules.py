"""Which video appointments this practice system takes: those of FUT's profile ehealth-videoappointment, as far as a
client says them; the address of the room is the service's own to add."""

from collections.abc import Iterator

from simulators.fhir.outcome import Json, Refused, refused

EHEALTH = "http://ehealth.sundhed.dk"
DEFINITIONS = f"{EHEALTH}/fhir/StructureDefinition"
PROFILE = f"{DEFINITIONS}/ehealth-videoappointment"
TYPES = frozenset(("CHECKUP", "EMERGENCY", "FOLLOWUP", "ROUTINE", "WALKIN"))
GIVEN_BY_US = ("ehealth-meeting-url", "ehealth-vmr-uri", "ehealth-guest-pin-code", "ehealth-host-pin-code")


def appointment_check(before: Json | None, after: Json) -> Json:
    """With the address of its room from the first time on."""
    for element in broken(after, given=before is not None):
        raise Refused(refused(422, "business-rule", "not an ehealth-videoappointment", [f"Appointment.{element}"]))
    if before is not None:
        return after
    room = {"url": f"{DEFINITIONS}/ehealth-meeting-url", "valueUri": f"https://m.vconf.example/{after['id']}"}
    return {**after, "extension": [*after["extension"], room]}


def broken(appointment: Json, given: bool = False) -> Iterator[str]:
    """Elements that break the profile. ``given``: whether what the service adds may be there."""
    if PROFILE not in appointment.get("meta", {}).get("profile", []):
        yield "meta.profile"
    if not appointment.get("start") or not appointment.get("end"):
        yield "end" if appointment.get("start") else "start"
    elif appointment["end"] <= appointment["start"]:
        yield "end"
    if ("video", f"{EHEALTH}/cs/appointment-servicetype") not in _codes(appointment.get("serviceType", [])):
        yield "serviceType"
    kinds = _codes([appointment["appointmentType"]] if "appointmentType" in appointment else [])
    if len(kinds) != 1 or kinds[0][1] != f"{EHEALTH}/cs/appointmenttype-codes" or kinds[0][0] not in TYPES:
        yield "appointmentType"
    yield from _responsible(appointment)
    urls = [each["url"].rpartition("/")[2] for each in appointment.get("extension", [])]
    if not given and set(urls) & set(GIVEN_BY_US):
        yield "extension"


def _responsible(appointment: Json) -> Iterator[str]:
    """responsible 1..1; responsible-1: it takes part; single-patient-appointment."""
    whole = _references(appointment, "ehealth-responsible")
    taking = [each for one in appointment["participant"] for each in _references(one, "ehealth-ext-careteam")]
    actors = [one.get("actor", {}) for one in appointment["participant"]]
    taking += [each["reference"] for each in actors if "reference" in each]
    if len(whole) != 1:
        yield "extension"
    elif whole[0] not in taking:
        yield "participant"
    if sum(each.get("type") == "Patient" or "/Patient" in each.get("reference", "") for each in actors) > 1:
        yield "participant"


def _references(element: Json, name: str) -> list[str]:
    found = [each for each in element.get("extension", []) if each["url"] == f"{DEFINITIONS}/{name}"]
    return [each.get("valueReference", {}).get("reference", "") for each in found]


def _codes(concepts: list[Json]) -> list[tuple[str, str]]:
    return [(each.get("code", ""), each.get("system", "")) for one in concepts for each in one.get("coding", [])]

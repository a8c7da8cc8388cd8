"""What the care system announces: an appointment (SIU^S12) or a registration (ADT^A04) that names citizen and
employee."""

import socket
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.eoj.records import CareRecords, Practice, Record
from simulators.hl7.er7 import escape, line, msh, write
from simulators.hl7.lines import Inbox
from simulators.hl7.speaking import Voice, stamp

CPR, X_ECPR, YDERNUMMER = "1.2.208.176.1.2", "1.2.208.176.1.6.1.1", "1.2.208.176.1.4"
KINDS = {"SIU": "SIU^S12^SIU_S12", "ADT": "ADT^A04^ADT_A01"}
SEXES = {"male": "M", "female": "F"}
WAIT = 30.0  # seconds for an answer


class Announce(BaseModel):
    """``names``: MSH-3 to MSH-6. ``ago``: how long since it was written, in seconds. ``cvr``: of the employee's
    organisation. ``agreed``: when the practice expects the call. ``to`` (host:port): sent there at once."""

    model_config = ConfigDict(extra="forbid")
    record: str
    kind: Literal["SIU", "ADT"] = "SIU"
    names: tuple[str, str, str, str] = ("EOJ", "FJORDBY-EOJ", "LAEGEBRO", "FJORDBY")
    employee: str = "FJ-1001"
    family: str = "Holm"
    given: str = "Mette"
    cvr: str = ""
    ago: float = Field(0.0, ge=-86_400, le=86_400)
    agreed: str = Field("", pattern=r"^([0-9]{14}[+-][0-9]{4})?$")
    to: str = ""


def announcement(asked: Announce, records: CareRecords, voice: Voice) -> bytes:
    """Raises ``KeyError`` for a record that is not here."""
    record = records.find(asked.record)
    if record is None:
        raise KeyError("record")
    at = stamp(datetime.now(UTC) - timedelta(seconds=asked.ago))
    head = msh(asked.names, at, KINDS[asked.kind], voice.control(), "P", voice.charset)
    named = [escape(each) for each in (asked.employee, asked.family, asked.given)]
    who = "^".join([*named, *[""] * 10, asked.cvr]).rstrip("^")
    pid = _pid(record, asked.names[1])
    pd1 = _pd1(records.practice_of(record))
    if asked.kind == "ADT":
        lines = [head, line("EVN", f2=at, f5=who), pid, pd1, line("PV1", f1="1", f2="V")]
    else:
        lines = [head, _sch(asked, f"{voice.control()}^EOJ", who), pid, pd1, "RGS|1|A"]
    return write([each for each in lines if each], voice.charset)


def _sch(asked: Announce, number: str, who: str) -> str:
    at = f"^^^{asked.agreed}".rstrip("^")
    reason, status = "VIDEO^Videokonsultation^99LB", "Pending^Pending^HL70278"
    return line("SCH", f1=number, f6=reason, f11=at, f16=who, f20=who, f25=status)


def _pd1(practice: Practice | None) -> str:
    if practice is None:
        return ""
    return line("PD1", f3=f"{escape(practice.name)}^^^^^&{YDERNUMMER}&ISO^^^^{practice.ydernummer}")


def _pid(record: Record, facility: str) -> str:
    numbers = [f"{record.cpr}^^^CPR&{CPR}&ISO^NNDNK"] if record.cpr else []
    numbers += [f"{record.x_ecpr}^^^ECPR&{X_ECPR}&ISO^PI"] if record.x_ecpr else []
    name = f"{escape(record.family)}^{escape(record.given)}^^^^^L"
    return line(
        "PID",
        f1="1",
        f3="~".join([*numbers, f"{escape(record.reference)}^^^{escape(facility)}^PI"]),
        f5="^^^^^^S" if record.protected else name,
        f7=record.birth_date.replace("-", ""),
        f8=SEXES.get(record.gender, "U"),
    )


def brought(frame: bytes, to: str) -> bytes:
    """The answer; b"" where the line was closed instead."""
    host, _, port = to.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=WAIT) as opened:
        opened.sendall(b"\x0b" + frame + b"\x1c\r")
        return Inbox(opened).next() or b""

"""What the demo's people did on the working days before: told to the gateway as a file, since only it can live it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RECORDS = Path(__file__).parent.parent / "eoj" / "records.toml"
PRACTICE, CLINICIAN = "012041", "Peter Vang"  # the clinic in the browser, whose list of the day shows it
CONNECTION, ORGANISATION = "eoj-fjordby", "99110007"
AT = {"Mette Holm": ("Hjemmesygeplejen Nord", "99000101"), "Karim Aziz": ("Akutteamet", "99000102")}
# Working days ago, hour, record, employee, minutes, outcome, what it was about, and what was agreed or said.
COURSES = (
    (1, "08:40", "r-1004", "Mette Holm", 6, "video", "Hævet ankel efter fald i går.", "Ro og is. Ses i klinikken."),
    (1, "10:15", "r-1013", "Karim Aziz", 4, "phone", "Spørgsmål om vanddrivende medicin.", "Dosis halveres i en uge."),
    (1, "13:05", "r-1005", "Mette Holm", 3, "rejected", "Feber siden i nat.", "Vi har akuttid kl. 14. Kom forbi."),
    (2, "09:20", "r-1013", "Karim Aziz", 8, "video", "Sår på venstre underben.", "Ny forbinding hver anden dag."),
    (2, "11:30", "r-1004", "Mette Holm", 2, "withdrawn", "Svimmel i morges.", ""),
    (3, "08:55", "r-1005", "Mette Holm", 5, "video", "Udslæt på begge arme.", "Fugtighedscreme to gange om dagen."),
    (4, "14:10", "r-1013", "Karim Aziz", 7, "video", "Træthed og tab af appetit.", "Blodprøver bestilt til i morgen."),
    (5, "09:00", "r-1004", "Mette Holm", 4, "phone", "Fornyelse af recept.", "Recepten er fornyet for tre måneder."),
)  # fmt: skip


def write(file: Path) -> Path:
    told = list(_told())
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return file


def _told() -> Iterator[dict[str, Any]]:
    known = {each["reference"]: each for each in tomllib.loads(RECORDS.read_text(encoding="utf-8"))["record"]}
    for days, at, record, employee, minutes, outcome, reason, text in COURSES:
        who = known[record]
        yield {
            "organisation": ORGANISATION,
            "connection": CONNECTION,
            "record": f"Patient/{record}",
            "cpr": who["cpr"],
            "name": f"{who['given']} {who['family']}",
            "practice": PRACTICE,
            "employee": employee,
            "workplace": AT[employee][0],
            "phone": AT[employee][1],
            "clinician": CLINICIAN,
            "days": days,
            "at": at,
            "minutes": minutes,
            "reason": reason,
            "outcome": outcome,
            "text": text,
        }

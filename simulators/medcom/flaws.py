"""Faults of a vendor, planted on purpose: each is a promise that a certification must find broken."""

from typing import Any, Literal
from uuid import uuid4

Json = dict[str, Any]
Flaw = Literal[
    "",
    "doubles",  # what is sent again is filed again
    "cuts",  # texts end after 350 characters
    "plain-letters",  # no æ, ø and å
    "keeps-former",  # a reply is filed as a note of its own, beside what it corrects
    "reads-oldest",  # of a thread the first text is shown
    "takes-anybody",  # a citizen who has no record there
    "loses",  # acknowledged as ok, and filed nowhere
    "silent",  # filed, and never acknowledged
    "breaks-profile",  # its acknowledgements lack what MedCom requires
    "files-what-it-refuses",  # 422 and 423, and the note stands there
]
FIELD = 350  # characters
_PLAIN = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa"})


def kept_text(flaw: Flaw, text: str) -> str:
    if flaw == "cuts":
        return text[:FIELD]
    return text.translate(_PLAIN) if flaw == "plain-letters" else text


def thread_name(flaw: Flaw, name: str) -> str:
    return f"{name}-{uuid4()}" if flaw == "keeps-former" else name


def said(flaw: Flaw, acknowledgement: Json) -> Json:
    if flaw != "breaks-profile":
        return acknowledgement
    kept = [entry for entry in acknowledgement["entry"] if entry["resource"]["resourceType"] != "Provenance"]
    return {**acknowledgement, "entry": kept}

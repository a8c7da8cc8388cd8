"""Faults of a vendor, planted on purpose in a care system: each is a promise that a certification must find broken."""

from collections.abc import Callable
from typing import Literal, get_args

from flask import Blueprint, Flask, request

Flaw = Literal[
    "",
    "doubles",  # what is filed stands there twice
    "cuts",  # texts end after 350 characters
    "plain-letters",  # no æ, ø and å
    "drops-lines",  # a text is one line
    "keeps-former",  # a correction stands beside what it corrects, and both count
    "loses-corrections",  # acknowledged, and the former text stays
    "loses",  # acknowledged, and filed nowhere
    "files-what-it-refuses",  # its definite no, and the note stands there
    "files-when-busy",  # "come again", and the note stands there
    "takes-anybody",  # a citizen who has no record there
    "hides",  # what was filed is never shown again
]
FIELD = 350  # characters
_PLAIN = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa"})


def kept_text(flaw: str, text: str) -> str:
    if flaw == "cuts":
        return text[:FIELD]
    if flaw == "drops-lines":
        return " ".join(text.split())
    return text.translate(_PLAIN) if flaw == "plain-letters" else text


def files_all_the_same(flaw: str, status: int) -> bool:
    """Whether a request that was answered so is done nevertheless."""
    return (flaw == "files-what-it-refuses" and status == 422) or (flaw == "files-when-busy" and status in (423, 503))


def flaw_door(bench: Blueprint | Flask, path: str, plant: Callable[[Flaw], None]) -> None:
    """POST ``{"flaw"}``; "" takes it away again."""

    @bench.post(path)
    def flaw() -> tuple[str, int]:
        told = request.get_json(force=True)["flaw"]
        if told not in get_args(Flaw):
            return "no such flaw", 422
        plant(told)
        return "", 204

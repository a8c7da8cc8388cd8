"""The one way a register file is turned down, before anything of it reaches the store."""

from __future__ import annotations

from gateway.domain.errors import LaegebroError


class RegisterRefused(LaegebroError):
    """The whole file is refused and the old data stays.

    ``check``: recipient, interface, newer, count, ydernummer, date, rows, field, structure, well-formed, complete,
    doctype, encoding or size. ``detail`` says where; it never repeats an identity number.
    """

    def __init__(self, check: str, detail: str) -> None:
        super().__init__(check, detail)
        self.check = check
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.check}: {self.detail}"

"""Connections that an administrator has taken out for a while, and the words in which people are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.domain.errors import UnderMaintenance
from gateway.domain.identifiers import Ydernummer
from gateway.peers.building import Books, says


class Standstill:
    """Asked where no connection in use was found: read anew each time."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def require_none(self, kind: str, name: str = "", **said: str) -> None:
        """``UnderMaintenance`` where one of that kind is paused whose stanza says the same, or which has that name."""
        for connection, words in self._books.connections.paused(kind):
            if name in ("", connection.name) and says(connection.config, said):
                raise UnderMaintenance(connection.name, words)

    def logins(self, kind: str) -> list[tuple[str, str]]:
        """What people call the logins of employees, clinics or the console that are taken out, and the words."""
        found = self._books.connections.paused("identity")
        return [(str(c.config.get("label", c.name)), words) for c, words in found if is_login_of(c.config, kind)]

    def words_of(self, ydernummer: Ydernummer) -> str:
        """Of a practice whose own connections are all taken out; "" where none is."""
        own = self._books.practices.assigned(ydernummer)
        return next((words for each, words in self._books.connections.paused("gp_system") if each.name in own), "")


def is_login_of(config: Mapping[str, Any], kind: str) -> bool:
    if kind == "console":
        return bool(config.get("console")) and not config.get("clinic")
    return bool(config.get("tenant" if kind == "employee" else "clinic"))

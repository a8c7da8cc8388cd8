"""Whether a database lets this role in, and if not, what to do: for a person who sets it up."""

from __future__ import annotations

from sqlalchemy import Engine, text

from gateway.domain.errors import ConfigFault
from gateway.store.ground.faults import DatabaseFault

# What the server or its driver says → what to do. Both name a role and a database at most.
_WORDS = (
    ("password", "the password is not the role's: mend it in the file that passfile names"),
    ("does not exist", "there is no such role or database: run roles.sql as PostgreSQL's administrator"),
    ("permission denied", "the role may not connect: run roles.sql as PostgreSQL's administrator"),
    ("unable to open", "the folder of the SQLite file is not there or cannot be written"),
    ("ssl", "the line cannot be encrypted as sslmode asks for: look at the server's certificate"),
)


def require_reached(engine: Engine) -> None:
    """``ConfigFault`` where it does not answer."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except DatabaseFault as fault:
        said = str(getattr(fault, "orig", "")).lower()
        silent = "nobody answers at its address: is PostgreSQL running there (systemctl status postgresql)?"
        raise ConfigFault(next((words for sign, words in _WORDS if sign in said), silent)) from None

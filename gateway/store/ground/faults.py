"""What the database can do to a caller: the one name other packages may catch without knowing the driver."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

DatabaseFault = SQLAlchemyError

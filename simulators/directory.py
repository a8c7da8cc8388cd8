"""Who works where: organisations and their users, read once from TOML and shared by the three simulators.

The same employee is known by `employee_id` in the identity provider and in the care system; `sub` differs between the
two on purpose, as it does between real systems.
"""

import hmac
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

DEFAULT_USERS = Path(__file__).parent / "identity" / "users.toml"


class User(BaseModel):
    """One employee; `clinic_role` and `authorization_id` are set for clinics and authorised health professionals."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    username: str
    password: str
    name: str
    employee_id: str
    title: str
    roles: tuple[str, ...] = ()
    workplace: str = ""
    phone: str = ""
    clinic_role: str | None = None
    authorization_id: str | None = None

    def password_matches(self, password: str) -> bool:
        return hmac.compare_digest(self.password.encode(), password.encode())


class Organisation(BaseModel):
    """A realm: municipality, region or clinic; `ydernumre` only for clinics."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    realm: str
    kind: str
    name: str
    cvr: str
    ydernumre: tuple[str, ...] = ()
    users: tuple[User, ...]

    def user(self, username: str) -> User | None:
        return next((user for user in self.users if user.username == username), None)

    def log_in(self, username: str, password: str) -> User | None:
        """The user when both words fit, otherwise nobody; never says which one was wrong."""
        user = self.user(username)
        return user if user is not None and user.password_matches(password) else None


class Directory(BaseModel):
    """Every organisation in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    organisations: tuple[Organisation, ...]

    def organisation(self, realm: str) -> Organisation | None:
        return next((each for each in self.organisations if each.realm == realm), None)

    def clinics(self) -> list[Organisation]:
        return [each for each in self.organisations if each.kind == "clinic"]


def load(path: str | Path | None = None) -> Directory:
    """Read the file; a fault in it stops the start with pydantic's list of what is wrong."""
    with Path(path or DEFAULT_USERS).open("rb") as file:
        return Directory.model_validate({"organisations": tomllib.load(file)["organisation"]})

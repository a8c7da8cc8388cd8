"""Reading verified claims: where each is found is the connection's setting, what is wrong is said without the value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from gateway.domain.errors import AccessRefused, InvalidField, LaunchRefused

LONGEST_TEXT = 200
_SOAP_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
NAME_PARTS = (
    ("given_name", "middle_name", "family_name"),
    ("firstName", "lastName"),
    (f"{_SOAP_CLAIMS}/givenname", f"{_SOAP_CLAIMS}/surname"),
)
# A setting: who else works in a record than the organisation that owns it (D13).
Employers = Annotated[
    dict[Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")], UUID],
    Field(description="CVR number → organisation: others whose employees start from this record and file in it"),
]


def claim(claims: Mapping[str, Any], path: str) -> Any:
    """The claim at a dotted path (``realm_access.roles``), or under the whole name where it holds dots itself."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for step in path.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return found


def text(claims: Mapping[str, Any], path: str, *, required: bool = False, shown_as: str = "") -> str:
    """A short text; absent and null are ``""`` unless required. ``shown_as``: the path to name in the fault."""
    value = claim(claims, path) if path else None
    where = shown_as or path
    if value is None or value == "":
        if required:
            raise InvalidField(where, "required")
        return ""
    if not isinstance(value, str) or not value.isprintable():
        raise InvalidField(where, "not-text")
    if len(value) > LONGEST_TEXT:
        raise InvalidField(where, "too-long")
    return value.strip()


def name_of(claims: Mapping[str, Any], path: str, *, required: bool = False) -> str:
    """The whole name at ``path``, or else made of its parts (OpenID Connect Core §5.1; the same by the names AD FS and
    SAML give them)."""
    whole = text(claims, path)
    for parts in () if whole else NAME_PARTS:
        whole = whole or " ".join(filter(None, (text(claims, part) for part in parts)))
    if required and not whole:
        raise InvalidField(path, "required")
    return whole


def texts(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """A claim that is a list of words, or one word: anything else counts as none."""
    value = claim(claims, path) if path else None
    if isinstance(value, str):
        return (value,)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def places_of(claims: Mapping[str, Any], path: str, ours: Mapping[str, str]) -> tuple[str, ...]:
    """Where somebody works, one place or several, with the organisation's words as ``ours`` translates them."""
    return tuple(ours.get(place, place) for place in texts(claims, path))


def require_right(claims: Mapping[str, Any], path: str, right: str, tenant: UUID) -> None:
    """The organisation itself says who may start: a claim of that name must hold exactly that word."""
    if right not in texts(claims, path):
        raise AccessRefused(right, tenant=str(tenant))


def employer_of(said: object, owner: UUID, owners_cvr: str, employers: Mapping[str, UUID]) -> UUID:
    """The organisation whose employee starts from a record: a region's nurse in a municipality's record is the
    region's. ``said``: the CVR number the care system names for her; none: the owner's.
    Raises ``LaunchRefused`` for an organisation that the connection does not know; without ``owners_cvr`` every other
    one counts as the owner."""
    if isinstance(said, str) and said in employers:
        return employers[said]
    if owners_cvr and said not in (None, "", owners_cvr):
        raise LaunchRefused("organisation")
    return owner


def day(claims: Mapping[str, Any], path: str, shown_as: str = "") -> date | None:
    value = text(claims, path, shown_as=shown_as)
    if not value:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise InvalidField(shown_as or path, "not-a-date") from None


def instant(claims: Mapping[str, Any], path: str, shown_as: str = "") -> datetime | None:
    """A time with its offset, in UTC."""
    value = text(claims, path, shown_as=shown_as)
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is not None:
            return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidField(shown_as or path, "not-a-time") from None
    raise InvalidField(shown_as or path, "without-offset")

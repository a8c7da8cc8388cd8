"""What a connections file may say: every table and key, in one place. What is not named here is refused by its place.

``read`` gives a checked ``Document``; all faults of a file are reported at once as ``ConfigFault``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.identifiers import Cvr, Ydernummer
from gateway.domain.practice import AgreementPolicy, Span, VideoHours
from gateway.matters.setup.model import TenantSettings, span

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def tenant_id(cvr: str) -> UUID:
    """The same organisation has the same id in every environment."""
    return uuid5(NAMESPACE_URL, f"https://laegebro.dk/tenant/{cvr}")


def clinic_id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"https://laegebro.dk/clinic/{name}")


def _cvr(text: str) -> str:
    return str(_parsed(Cvr, text))


def _ydernummer(text: str) -> str:
    return str(_parsed(Ydernummer, text))


def _parsed(kind: type[Cvr] | type[Ydernummer], text: str) -> Cvr | Ydernummer:
    try:
        return kind.parse(text)
    except InvalidField:
        raise ValueError(f"is not a valid {kind.__name__}") from None


CvrText = Annotated[str, AfterValidator(_cvr)]
YdernummerText = Annotated[str, AfterValidator(_ydernummer)]
Spans = list[Annotated[Span, BeforeValidator(span)]]


class _Table(BaseModel):
    """Frozen; a key that is not a field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WorkplaceTable(_Table):
    name: str = Field(min_length=1)
    sor: str = ""
    phone: str = ""


class TenantTable(_Table):
    """``[[tenant]]``: an organisation that employs."""

    name: str = Field(min_length=1)
    cvr: CvrText
    type: Literal["municipality", "region", "provider"]
    kommunekode: str = ""
    synthetic: bool = False
    settings: TenantSettings = TenantSettings()
    workplace: list[WorkplaceTable] = []

    @property
    def id(self) -> UUID:
        return tenant_id(self.cvr)


class ClinicTable(_Table):
    """``[[clinic]]``: those who answer for one or several practices."""

    name: str = Field(min_length=1)
    ydernumre: list[YdernummerText]
    synthetic: bool = False

    @property
    def id(self) -> UUID:
        return clinic_id(self.name)


class Serves(_Table):
    """Which practices a connection is for, beside those that name it."""

    gln: list[str] = []
    sor: list[str] = []
    supplier: list[str] = []
    default: bool = False


class ConnectionTable(_Table):
    """``[[connection]]``: one system. ``settings`` are its adapter's own and are checked by it. ``employers``: other
    organisations whose employees work in the ``tenant``'s record."""

    name: str = Field(min_length=1)
    kind: Literal["eoj", "gp_system", "identity", "register", "video"]
    adapter: str
    label: str = ""
    tenant: CvrText | None = None
    clinic: str | None = None
    employers: list[CvrText] = []
    synthetic: bool = False
    serves: Serves | None = None
    settings: dict[str, Any] = {}

    @property
    def owner(self) -> UUID | None:
        return tenant_id(self.tenant) if self.tenant else None

    @property
    def config(self) -> dict[str, Any]:
        """What is stored and what the adapter is built from: owners' names have become ids."""
        config = dict(self.settings)
        config |= {"tenant": str(tenant_id(self.tenant))} if self.tenant else {}
        config |= {"clinic": str(clinic_id(self.clinic))} if self.clinic else {}
        config |= {"employers": {cvr: str(tenant_id(cvr)) for cvr in self.employers}} if self.employers else {}
        config |= {"label": self.label} if self.label else {}
        config |= {"serves": self.serves.model_dump(exclude_unset=True)} if self.serves else {}
        return config


class HoursTable(_Table):
    """``monday = ["08:00-12:00", "13:00-15:00"]``; ``always = true`` opens by switch."""

    always: bool = False
    monday: Spans | None = None
    tuesday: Spans | None = None
    wednesday: Spans | None = None
    thursday: Spans | None = None
    friday: Spans | None = None
    saturday: Spans | None = None
    sunday: Spans | None = None

    @property
    def hours(self) -> VideoHours:
        if self.always:
            return VideoHours(switch=True)
        named = {day: getattr(self, name) for day, name in enumerate(DAYS)}
        return VideoHours(weekly={day: tuple(spans) for day, spans in named.items() if spans is not None})


class PracticeTable(_Table):
    """``[[practice]]``: how one practice is reached and when it takes video."""

    ydernummer: YdernummerText
    routes: list[str] = []
    hours: HoursTable = HoursTable()
    agreement: AgreementPolicy = AgreementPolicy.RECOMMENDED
    direct_phone: str = ""
    synthetic: bool = False


class Document(_Table):
    """A whole file."""

    tenant: list[TenantTable] = []
    clinic: list[ClinicTable] = []
    connection: list[ConnectionTable] = []
    practice: list[PracticeTable] = []


def read(file: Path) -> Document:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as fault:  # no TOML, or no UTF-8
        raise ConfigFault(f"{file.name}: {fault}") from None
    try:
        document = Document.model_validate(content)
    except ValidationError as fault:
        raise ConfigFault(*(_line(each, content) for each in fault.errors(include_input=False))) from None
    if faults := [*_repeated(document)]:
        raise ConfigFault(*faults)
    return document


def _line(fault: Any, content: Any) -> str:
    """``connection.gp.kind: …``: a stanza by its name where it has one, else by its place in the file, from 1."""
    place: list[str] = []
    for step in fault["loc"]:
        content = _inside(content, step)
        name = content.get("name", content.get("ydernummer")) if isinstance(content, dict) else None
        place.append(str(name or step + 1) if isinstance(step, int) else str(step))
    words = "is not a key of this table" if fault["type"] == "extra_forbidden" else fault["msg"]
    return f"{'.'.join(place)}: {words.removeprefix('Value error, ')}"


def _inside(content: Any, step: Any) -> Any:
    try:
        return content[step]
    except (KeyError, IndexError, TypeError):
        return None


def _repeated(document: Document) -> Iterator[str]:
    """The later of two stanzas of one name would silently win."""
    yield from _twice("tenant", "cvr", (each.cvr for each in document.tenant))
    yield from _twice("clinic", "name", (each.name for each in document.clinic))
    yield from _twice("connection", "name", (each.name for each in document.connection))
    yield from _twice("practice", "ydernummer", (each.ydernummer for each in document.practice))


def _twice(table: str, key: str, values: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            yield f"{table}.{value}: stands twice ({key})"
        seen.add(value)

"""What only the installation itself can know, as options; everything else of the files has a value already."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, get_type_hints
from urllib.parse import urlsplit

import typer

from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.identifiers import Cvr, Ydernummer

_PLAIN = re.compile(r"[A-Za-z0-9._:/@?&=%+,~\[\]-]*")  # nothing that ends a value in one of the files
_DATABASE = re.compile(r"[a-z][a-z0-9_]{0,50}")
_FREE = ("organisation", "workplace", "clinic")  # in TOML only, where they are quoted


def _option(help: str) -> Any:
    return typer.Option(help=help)


@dataclass(frozen=True)
class Answers:
    """Options of ``laegebro init``; "" where nothing was said. Those of ``NEEDED`` must be."""

    public_url: Annotated[str, _option("where browsers reach us, as https://video.example.dk")] = ""
    media_url: Annotated[str, _option("signalling of the calls; https://media.<host> where not given")] = ""
    media_address: Annotated[str, _option("IP address of this machine that browsers send picture and sound to")] = ""
    organisation: Annotated[str, _option("name of the organisation that employs")] = ""
    cvr: Annotated[str, _option("its CVR number, eight digits")] = ""
    organisation_type: Annotated[str, _option("municipality, region or provider")] = "municipality"
    kommunekode: Annotated[str, _option("its four digits, where it is a municipality")] = ""
    workplace: Annotated[str, _option("name of one workplace of the organisation")] = "Hjemmesygeplejen"
    login_issuer: Annotated[str, _option("its OpenID Connect issuer, where employees log in")] = ""
    eoj_issuer: Annotated[str, _option("FHIR base address of its care record")] = ""
    clinic: Annotated[str, _option("name of the clinic")] = ""
    ydernummer: Annotated[str, _option("its ydernummer, six digits")] = ""
    practice_phone: Annotated[str, _option("number that employees ring instead of a video call")] = ""
    clinic_login_issuer: Annotated[str, _option("OpenID Connect issuer where the clinic's people log in")] = ""
    gp_url: Annotated[str, _option("FHIR base address of the practice system")] = ""
    alarm_mail: Annotated[str, _option("address that is told when something is wrong")] = ""
    alarm_smtp: Annotated[str, _option("mail server, as smtp://mail.example.dk:25")] = ""
    database: Annotated[str, _option("name of the database; its roles begin with it")] = "laegebro"
    database_host: Annotated[str, _option("PostgreSQL as host:port, or the folder of its socket")] = "127.0.0.1:5432"
    redis_url: Annotated[str, _option("address of Redis")] = "redis://127.0.0.1:6379/0"
    certificate: Annotated[str, _option("certificate chain for both hosts (PEM)")] = ""
    certificate_key: Annotated[str, _option("its private key (PEM)")] = ""
    account: Annotated[str, _option("system account that the processes run under")] = "laegebro"
    ports: Annotated[str, _option("http,https,web,live,media,udp,turn,turns,metrics")] = (
        "80,443,8000,8001,8002,40000,3478,5349,9464"
    )
    demo: Annotated[bool, _option("all people are invented; nothing else may be connected")] = False


NEEDED = (
    "public_url", "media_address", "organisation", "cvr", "login_issuer", "eoj_issuer", "clinic", "ydernummer",
    "clinic_login_issuer", "gp_url", "alarm_mail", "alarm_smtp",
)  # fmt: skip
PORTS = ("HTTP", "HTTPS", "WEB", "LIVE", "MEDIA", "MEDIA_UDP", "TURN", "TURNS", "METRICS")


def complete(given: Answers) -> Answers:
    """Asked for where somebody sits at a terminal; ``ConfigFault`` names each option that is missing or cannot be
    used."""
    missing = [name for name in NEEDED if not getattr(given, name)]
    if missing and sys.stdin.isatty():
        hints = get_type_hints(Answers, include_extras=True)
        given = replace(given, **{name: typer.prompt(hints[name].__metadata__[0].help) for name in missing})
        missing = []
    faults = [f"{flag(name)}: must be given" for name in missing]
    faults += [f"{flag(name)}: {words}" for name, words in _faults(given) if name not in missing]
    if faults:
        raise ConfigFault(*faults)
    return _with_hosts(given)


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _with_hosts(given: Answers) -> Answers:
    public = urlsplit(given.public_url)
    home = f"/etc/letsencrypt/live/{public.hostname}"
    return replace(
        given,
        media_url=given.media_url or f"{public.scheme}://media.{public.netloc}",
        certificate=given.certificate or f"{home}/fullchain.pem",
        certificate_key=given.certificate_key or f"{home}/privkey.pem",
        ydernummer=str(Ydernummer.parse(given.ydernummer)),
        cvr=str(Cvr.parse(given.cvr)),
    )


def _faults(given: Answers) -> Iterator[tuple[str, str]]:
    for name in ("public_url", "media_url"):
        address = urlsplit(getattr(given, name))
        if getattr(given, name) and (address.scheme != "https" or not address.hostname or address.path):
            yield name, "must be https://host, with a port where it is not 443 and nothing after it"
    for name, kind in (("cvr", Cvr), ("ydernummer", Ydernummer)):
        try:
            kind.parse(getattr(given, name))
        except InvalidField:
            yield name, f"is not a valid {kind.__name__}"
    yield from _characters(given)


def _characters(given: Answers) -> Iterator[tuple[str, str]]:
    if not _DATABASE.fullmatch(given.database):
        yield "database", "must be small letters, digits and _"
    numbers = given.ports.split(",")
    if len(numbers) != len(PORTS) or not all(one.isdecimal() and 0 < int(one) < 65534 for one in numbers):
        yield "ports", f"must be {len(PORTS)} ports with commas between"
    for field in fields(given):
        value = getattr(given, field.name)
        if isinstance(value, str) and field.name not in _FREE and not _PLAIN.fullmatch(_bare(field.name, value)):
            yield field.name, "holds a character that cannot stand in a configuration file"


def _bare(name: str, value: str) -> str:
    """Telephone numbers are written with blanks, nothing else is."""
    return value.replace(" ", "") if name == "practice_phone" else value

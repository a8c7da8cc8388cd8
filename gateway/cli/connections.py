"""``laegebro connections …``: who is connected, applied from TOML as versioned rows (D15)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any
from uuid import NAMESPACE_URL, UUID, uuid5

import typer

from gateway.building import build
from gateway.cli.opening import acting, reading, who
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault
from gateway.domain.identifiers import Cvr, Ydernummer
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import AgreementPolicy, Span, VideoHours
from gateway.store.peers.connections import Stanza
from gateway.store.people.organisations import Clinic, Tenant, Workplace
from gateway.store.practice.routing import SERVES
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@app.command()
def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    why: str = "applied from file",
) -> None:
    """Write organisations, connections and practices; the same file twice makes no new revision.

    Every stanza is validated by its adapter's own settings before anything is written.
    """
    document = _read(file)
    gateway, by = acting(context, why), who(context)
    stanzas = [_stanza(s) for s in document.get("connection", [])]
    _validate(stanzas)
    for stanza in document.get("tenant", []):
        _apply_tenant(gateway, stanza)
    for stanza in document.get("clinic", []):
        _apply_clinic(gateway, stanza)
    for stanza in stanzas:
        _apply_connection(gateway, stanza, by, why)
    for stanza in document.get("practice", []):
        _apply_practice(gateway, stanza, by)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as fault:  # no TOML, or no UTF-8
        raise ConfigFault(f"{file.name}: {fault}") from None


def tenant_id(cvr: str) -> UUID:
    """The same organisation has the same id in every environment."""
    return uuid5(NAMESPACE_URL, f"https://laegebro.dk/tenant/{cvr}")


def clinic_id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"https://laegebro.dk/clinic/{name}")


def _stanza(stanza: Mapping[str, Any]) -> dict[str, Any]:
    """Owner names become ids in the settings the adapter sees."""
    config = dict(stanza.get("settings", {}))
    if "tenant" in stanza:
        config["tenant"] = str(tenant_id(stanza["tenant"]))
    if "clinic" in stanza:
        config["clinic"] = str(clinic_id(stanza["clinic"]))
    config |= {name: stanza[name] for name in ("label", SERVES) if name in stanza}
    return {**stanza, "settings": config}


def _validate(stanzas: list[dict[str, Any]]) -> None:
    faults: list[str] = []
    for stanza in stanzas:
        try:
            build(stanza["kind"], stanza["adapter"], stanza["name"], stanza["settings"])
            faults.extend(_unknown_rules(stanza))
        except ConfigFault as fault:
            faults.extend(fault.faults)
        except KeyError as fault:
            faults.append(f"connection: {fault.args[0]} is missing")
    if faults:
        raise ConfigFault(*faults)


def _unknown_rules(stanza: Mapping[str, Any]) -> list[str]:
    """A mistyped rule would route nobody, silently."""
    unknown = set(stanza.get(SERVES, {})) - {"gln", "sor", "supplier", "default"}
    return [f"{stanza['name']}.{SERVES}.{name}: must be gln, sor, supplier or default" for name in sorted(unknown)]


def _apply_tenant(gateway: Gateway, stanza: Mapping[str, Any]) -> None:
    cvr = str(Cvr.parse(stanza["cvr"], "tenant.cvr"))
    places = [
        Workplace(uuid5(tenant_id(cvr), p["name"]), p["name"], p.get("sor", ""), p.get("phone", ""))
        for p in stanza.get("workplace", [])
    ]
    tenant = Tenant(
        tenant_id(cvr),
        cvr,
        stanza["name"],
        stanza["type"],
        stanza.get("kommunekode", ""),
        stanza.get("synthetic", False),
        stanza.get("settings", {}),
    )
    gateway.organisations.apply_tenant(tenant, places)


def _apply_clinic(gateway: Gateway, stanza: Mapping[str, Any]) -> None:
    numbers = tuple(Ydernummer.parse(text, "clinic.ydernumre") for text in stanza["ydernumre"])
    name = stanza["name"]
    gateway.organisations.apply_clinic(Clinic(clinic_id(name), name, stanza.get("synthetic", False), numbers))


def _apply_connection(gateway: Gateway, stanza: Mapping[str, Any], by: str, why: str) -> None:
    owner = tenant_id(stanza["tenant"]) if "tenant" in stanza else None
    number = gateway.connections.apply(
        Stanza(
            stanza["name"],
            stanza["kind"],
            stanza["adapter"],
            owner,
            stanza["settings"],
            synthetic=stanza.get("synthetic", False),
        ),
        by,
        why,
        gateway.clock.now(),
    )
    say(f"{stanza['name']}: " + ("unchanged" if number is None else f"revision {number}"))


def _apply_practice(gateway: Gateway, stanza: Mapping[str, Any], by: str) -> None:
    number = Ydernummer.parse(stanza["ydernummer"], "practice.ydernummer")
    actor = Actor(ActorKind.ADMIN, by)
    now = gateway.clock.now()
    gateway.practices.set_routes(number, stanza.get("routes", []))
    if gateway.practices.hours(number) == VideoHours():  # what the clinic has set itself stays
        gateway.practices.set_hours(number, hours_of(stanza.get("hours", {})), actor, now)
    gateway.practices.set_profile(
        number,
        agreement=AgreementPolicy(stanza.get("agreement", "recommended")),
        direct_phone=stanza.get("direct_phone", ""),
        synthetic=stanza.get("synthetic", False),
        actor=actor,
        at=now,
    )


def hours_of(stanza: Mapping[str, Any]) -> VideoHours:
    """``monday = ["08:00-12:00", "13:00-15:00"]``; ``always = true`` opens by switch."""
    if stanza.get("always"):
        return VideoHours(switch=True)
    weekly = {day: tuple(_span(text) for text in stanza[name]) for day, name in enumerate(DAYS) if name in stanza}
    return VideoHours(weekly=weekly)


def _span(text: str) -> Span:
    opens, _, closes = text.partition("-")
    try:
        return Span(time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip()))
    except ValueError:
        raise ConfigFault("practice.hours: write spans as 08:00-15:00") from None


@app.command()
def history(name: str) -> None:
    """Every revision of a connection, the newest first."""
    for revision in reading().connections.history(name):
        say(f"{revision.number:>4} {revision.state} {revision.at:%Y-%m-%d %H:%M} {revision.by} {revision.why}")


@app.command()
def pause(context: typer.Context, name: str, why: str) -> None:
    """Planned standstill: deliveries stay due; WHY is what the nurses read."""
    gateway = acting(context, why)
    gateway.connections.pause(name, who(context), why, gateway.clock.now())


@app.command()
def resume(context: typer.Context, name: str, why: str = "resumed") -> None:
    """Take a paused connection into use again."""
    gateway = acting(context, why)
    gateway.connections.resume(name, who(context), why, gateway.clock.now())

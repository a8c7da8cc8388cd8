"""``laegebro check``: is this installation sound? One line for each thing that was tried, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.checking import addresses, connected, servers
from gateway.cli.checking.finding import Finding
from gateway.cli.checking.secrets import secrets_findings
from gateway.cli.opening import reading
from gateway.domain.errors import ConfigFault
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

Part = Callable[[Gateway], Iterator[Finding]]
BY_THE_ROWS: tuple[Part, ...] = (
    connected.house_findings,
    connected.register_findings,
    connected.connection_findings,
    connected.relay_and_worker_findings,
)


def check(
    media_env: Annotated[Path | None, typer.Option("--media-env", help="the media process's file of variables")] = None,
) -> None:
    """Try everything that can be tried and say it line by line; 0 only when all is well.

    Run it as the account of the processes, with the same LAEGEBRO_CONFIG. It changes nothing, and nothing is sent to
    anybody but the questions whether they are there.
    """
    faults = 0
    for finding in findings(lambda: reading(), media_env):
        typer.echo(finding.line)
        faults += bool(finding.fault)
    typer.echo("All is well." if not faults else f"{faults} to mend.")
    raise typer.Exit(1 if faults else 0)


def findings(opened: Callable[[], Gateway], media_env: Path | None = None) -> Iterator[Finding]:
    """Faulty settings are all that can be said where there are some: everything else is found by them."""
    try:
        gateway = opened()
    except ConfigFault as fault:
        yield from (Finding("settings", line) for line in fault.faults)
        return
    yield Finding("settings")
    yield from of_gateway(gateway)
    if media_env is not None:
        from gateway.cli.checking import media

        yield from media.environment_findings(gateway.settings, media_env)
    gateway.engine.dispose()


def of_gateway(gateway: Gateway, parts: Sequence[Part] = ()) -> Iterator[Finding]:
    """All ``PARTS``, or these."""
    sound = True
    for part in parts or PARTS:
        if part in WITH_KEYS and not sound:
            continue  # without its keys nothing more can be asked
        for finding in part(gateway):
            sound = sound and not (finding.fault and finding.what == "secrets")
            yield finding


def of_rows(gateway: Gateway) -> Iterator[Finding]:
    """What stands in the database, where it can be asked."""
    if not servers.has_data(gateway):
        return
    yield from servers.machine_findings(gateway)
    for part in BY_THE_ROWS:
        try:
            yield from part(gateway)
        except DatabaseFault as fault:
            yield Finding("database", f"a question failed ({type(fault).__name__}): look at its log")


def of_servers(gateway: Gateway) -> Iterator[Finding]:
    yield from servers.redis_findings(gateway.settings)
    yield from servers.alarm_findings(gateway.settings)


def of_addresses(gateway: Gateway) -> Iterator[Finding]:
    return addresses.address_findings(gateway.settings)


def of_media(gateway: Gateway) -> Iterator[Finding]:
    from gateway.cli.checking import media  # loads aiohttp, which no other command needs

    yield from media.media_findings(gateway.settings)
    if servers.has_data(gateway):
        yield from media.registered_findings(gateway.settings, gateway.places.nodes())


WITH_KEYS: tuple[Part, ...] = (servers.database_findings, of_rows, of_addresses, of_media)
PARTS: tuple[Part, ...] = (secrets_findings, of_servers, *WITH_KEYS)

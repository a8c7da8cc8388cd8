"""``laegebro synthetic``: is every part of this deployment well? One consultation about nobody says it in one line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from gateway.cli.opening import acting, reading
from gateway.cli.synthetic.choosing import TEST_PERSON, Wish, chosen
from gateway.cli.synthetic.walking import NotWell, Walk, in_words
from gateway.domain.errors import LaegebroError
from gateway.domain.peers.synthetic import RunStep, SyntheticRun
from gateway.store.ground.faults import DatabaseFault
from gateway.wiring import Gateway

PATIENCE = 60.0  # seconds for what workers, relay and peers do
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document instead of a line")]


def synthetic(
    context: typer.Context,
    organisation: Annotated[str, typer.Option(help="CVR of the synthetic organisation")] = "",
    practice: Annotated[str, typer.Option(help="ydernummer of the synthetic practice")] = "",
    citizen: Annotated[str, typer.Option(help="an official test person whom its care system knows")] = TEST_PERSON,
    last: Annotated[bool, typer.Option("--last", help="run nothing; say what the last runs came to")] = False,
    as_json: AsJson = False,
) -> None:
    """Run one synthetic consultation from launch to filed note through workers, relay and media, and say how it went.

    For monitoring: ends with 0 where every part is well, 1 where one is not, and 2 where nothing synthetic is set up.
    """
    if last:
        return _say_last(reading(), as_json)
    gateway = acting(context)
    where = chosen(gateway, Wish(organisation, practice, citizen))
    run, took = _run(gateway, Walk(gateway, where, PATIENCE), where.tenant.name)
    gateway.synthetic_runs.note(run)
    typer.echo(json.dumps(_document(run, took), ensure_ascii=False) if as_json else line_of(run, took))
    raise typer.Exit(0 if run.is_well else 1)


def _run(gateway: Gateway, walk: Walk, organisation: str) -> tuple[SyntheticRun, dict[str, int]]:
    """The run, and how many milliseconds each step took that was well."""
    began_at, began = gateway.clock.now(), time.monotonic()
    took: dict[str, int] = {}
    failed_at, fault = None, ""
    for step, act in walk.steps():
        started = time.monotonic()
        fault = _fault_of(act)
        if fault:
            failed_at = step
            walk.tidy()
            break
        took[str(step)] = _since(started)
    short_id = walk.consultation.short_id if walk.consultation else ""
    return SyntheticRun(gateway.ids.new(), organisation, short_id, began_at, _since(began), failed_at, fault), took


def _fault_of(act: Callable[[], None]) -> str:
    """ "" where it is well."""
    try:
        act()
    except (NotWell, LaegebroError, DatabaseFault) as fault:
        return in_words(fault)
    return ""


def _since(moment: float) -> int:
    return round((time.monotonic() - moment) * 1000)


def line_of(run: SyntheticRun, took: dict[str, int]) -> str:
    parts = " · ".join(f"{step} {each / 1000:.1f}" for step, each in took.items())
    whole = f"{run.milliseconds / 1000:.1f} s"
    if run.is_well:
        return f"well: {run.short_id} in {whole} ({parts})"
    return f"NOT WELL at {run.failed_at} after {whole}: {run.fault}" + (f" ({parts})" if parts else "")


def _say_last(gateway: Gateway, as_json: bool) -> None:
    runs = gateway.synthetic_runs.last()
    if as_json:
        typer.echo(json.dumps([_document(run, {}) for run in runs], ensure_ascii=False))
        return
    for run in runs:
        typer.echo(f"{run.began_at:%Y-%m-%d %H:%M:%SZ} {line_of(run, {}).removesuffix(' ()')}")


def _document(run: SyntheticRun, took: dict[str, int]) -> dict[str, object]:
    steps = {"steps": {str(step): took[step] for step in RunStep if step in took}} if took else {}
    told = asdict(run) | {"id": str(run.id), "began_at": run.began_at.isoformat(), "failed_at": run.failed_at or ""}
    return {"well": run.is_well, **told, **steps}

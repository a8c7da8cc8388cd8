"""``laegebro providers …``: import any register, look a practice up, see, compare and undo imports."""

from __future__ import annotations

from datetime import date
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.opening import Reason, acting, reading, who
from gateway.cli.printing import say
from gateway.cli.registers import REGISTERS, bring_in, lines, roll_back
from gateway.domain.errors import ConcurrentChange, InvalidField, NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import Practice, danish_day
from gateway.masterdata.refusal import RegisterRefused

app = typer.Typer(no_args_is_help=True)


@app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    locations: Annotated[Path | None, typer.Option(help="LocationsCode.csv beside a SOR2 file", exists=True)] = None,
    accept_fewer: Annotated[bool, typer.Option(help="take a SOR file with far fewer units than before")] = False,
    reason: Reason = "",
) -> None:
    """Read a Yderregister, SOR or Sikrede file, whichever it is; one that fails any check changes nothing."""
    gateway = acting(context, reason)
    try:
        report = bring_in(gateway, file, who(context), locations=locations, accept_fewer=accept_fewer)
    except (RegisterRefused, InvalidField) as refusal:
        why = str(refusal) if isinstance(refusal, RegisterRefused) else refusal.reason
        say(f"Refused, nothing changed: {why}")
        raise typer.Exit(1) from None
    except ConcurrentChange:
        say("Refused, nothing changed: another import came first.")
        raise typer.Exit(1) from None
    what = {"yderregister": "practices", "sor": "units", "sikrede": "citizens"}[report.register]
    say(
        f"Imported {report.total} {what} of {report.as_of} ({report.register}): "
        f"{report.added} added, {report.changed} changed, {report.closed} closed."
    )


@app.command()
def find(ydernummer: str) -> None:
    """Show a practice by its ydernummer; leading zeros may be left out."""
    gateway = reading()
    try:
        number = Ydernummer.parse(ydernummer)
    except InvalidField:
        say("A ydernummer has six digits.")
        raise typer.Exit(2) from None
    today = danish_day(gateway.clock.now())
    practice = gateway.providers.find(number, today)
    if practice is None:
        say(f"{number} is not in the register.")
        raise typer.Exit(1)
    say(_described(practice, today, gateway.practices.routes(number)))


def _described(practice: Practice, today: date, routes: object) -> Table:
    table = Table(show_header=False, box=None)
    rows = {
        "ydernummer": str(practice.ydernummer),
        "name": practice.name,
        "address": f"{practice.address}, {practice.postcode} {practice.district}",
        "telephone": practice.phone,
        "speciality": f"{practice.speciality} {practice.speciality_text}",
        "valid": f"{practice.valid_from} – {practice.valid_to or ''}",
        "takes consultations": "yes" if practice.valid_on(today) and practice.is_general_practice else "no",
        "connections": ", ".join(routes) if isinstance(routes, (list, tuple)) and routes else "not connected",
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


@app.command()
def status() -> None:
    """Which registers are in force and how old they are; ends with 3 where one is older than its limit."""
    table = Table("register", "as of", "days", "limit", "rows", "imported", "by", "can go back", box=None)
    told = list(lines(reading()))
    for line in told:
        old, when = line.age, f"{line.imported_at:%Y-%m-%d %H:%M}" if line.imported_at else ""
        days = "" if old.days is None else f"{old.days}{' TOO OLD' if old.too_old else ''}"
        back = "yes" if line.can_roll_back else "no"
        as_of = str(old.as_of or "never imported")
        table.add_row(old.register, as_of, days, str(old.limit), str(line.total), when, line.imported_by, back)
    say(table)
    if any(line.age.too_old for line in told):
        raise typer.Exit(3)


@app.command()
def diff(register: str = "yderregister", limit: int = 200) -> None:
    """What the import in force changed against the one before. Of Sikrede only numbers: its rows name nobody."""
    gateway = reading()
    if _known(register) == "sikrede":
        done = gateway.insured.status()
        counted = "No import." if done is None else f"{done.added} added, {done.changed} changed, {done.closed} closed"
        say(counted)
        return
    changes = gateway.providers.changes() if register == "yderregister" else gateway.sor.changes()
    for kind, number, name in islice(changes, limit):
        say(f"{kind:8} {number:18} {name}", highlight=False)


@app.command()
def rollback(context: typer.Context, register: str = "yderregister", reason: Reason = "") -> None:
    """Go back to the import before the present one."""
    try:
        line = roll_back(acting(context, reason), _known(register), who(context))
    except NotFound:
        say("Nothing to go back to.")
        raise typer.Exit(1) from None
    say(f"{line.age.register}: the register of {line.age.as_of} is in force again.")


def _known(register: str) -> str:
    if register not in REGISTERS:
        say(f"There are {', '.join(REGISTERS)}.")
        raise typer.Exit(2)
    return register

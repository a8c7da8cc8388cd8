"""``laegebro providers …``: import the Yderregister, look a practice up, see and undo imports."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import Practice, danish_day
from gateway.masterdata.refusal import RegisterRefused
from gateway.settings import load
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)
_out = Console()


@app.command("import")
def import_file(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Read a Yderregister file (S1040025); a file that fails any check changes nothing."""
    gateway = Gateway(load())
    try:
        report = gateway.providers.import_file(file, getpass.getuser(), gateway.clock.now())
    except RegisterRefused as refusal:
        _out.print(f"Refused, nothing changed: {refusal}")
        raise typer.Exit(1) from None
    _out.print(
        f"Imported {report.total} practices of {report.opgdato}: "
        f"{report.added} added, {report.changed} changed, {report.closed} closed."
    )


@app.command()
def find(ydernummer: str) -> None:
    """Show a practice by its ydernummer; leading zeros may be left out."""
    gateway = Gateway(load())
    try:
        number = Ydernummer.parse(ydernummer)
    except InvalidField:
        _out.print("A ydernummer has six digits.")
        raise typer.Exit(2) from None
    today = danish_day(gateway.clock.now())
    practice = gateway.providers.find(number, today)
    if practice is None:
        _out.print(f"{number} is not in the register.")
        raise typer.Exit(1)
    _out.print(_described(practice, today, gateway.practices.routes(number)))


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
    """Which file is in force, and how old it is."""
    current = Gateway(load()).providers.status()
    _out.print("No register has been imported." if current is None else str(current))


@app.command()
def rollback() -> None:
    """Go back to the import before the present one."""
    gateway = Gateway(load())
    _out.print(str(gateway.providers.rollback(getpass.getuser(), gateway.clock.now())))

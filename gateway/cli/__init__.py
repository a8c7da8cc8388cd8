"""``laegebro``: everything an operator does, each command writing the same audit row as the console would."""

from __future__ import annotations

import sys

import typer

from gateway.cli import (
    alarms,
    audit,
    certify,
    deliveries,
    demo,
    matters,
    people,
    providers,
    routes,
    show,
    wishes,
)
from gateway.cli.checking.command import check
from gateway.cli.connecting import approvals, connections, contracts, maintenance, samples
from gateway.cli.installing.command import init
from gateway.cli.installing.moving import move
from gateway.cli.keeping import keys, upgrading
from gateway.cli.keeping.dump import dump
from gateway.cli.opening import InTheNameOf
from gateway.cli.organising import auditor, incident, messages, review, setup
from gateway.cli.synthetic.command import synthetic
from gateway.domain.errors import ConfigFault, LaegebroError
from gateway.store.ground.faults import DatabaseFault

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Lægebro – video consultations from the care record."
)
app.add_typer(providers.app, name="providers", help="The register of practices (Yderregister).")
for each in (samples.sample, samples.send_sample, samples.rehearse, contracts.certify, contracts.certified):
    connections.app.command(each.__name__.replace("_", "-"))(each)
app.add_typer(connections.app, name="connections", help="Connected systems and who they belong to.")
app.add_typer(maintenance.app, name="maintenance", help="Planned maintenance of connected systems.")
app.add_typer(approvals.app, name="approvals", help="What waits for a second person.")
app.add_typer(routes.app, name="route", help="By which connections a practice is reached.")
app.add_typer(matters.practices_app, name="practices", help="The practices of an organisation's citizens.")
app.add_typer(people.app, name="people", help="Where employees may see what colleagues share.")
app.add_typer(alarms.app, name="alarms", help="What is wrong, and whether anybody is told.")
app.add_typer(deliveries.app, name="deliveries", help="What is owed to other systems, and its repair.")
app.add_typer(audit.app, name="audit", help="The audit trail: checked, sealed elsewhere, a citizen's own list.")
review.app.command()(auditor.refused)
review.app.command()(auditor.erased)
review.app.command("processing")(auditor.record_of_processing)
app.add_typer(review.app, name="review", help="What an auditor asks: looks, refusals, erasure, who gets what.")
app.add_typer(incident.app, name="incident", help="Whom a fault touched; listed when a second person grants it.")
app.add_typer(messages.app, name="messages", help="Consultations found by what one has in hand.")
app.add_typer(setup.app, name="setup", help="What an organisation decides, from which day it is valid.")
app.add_typer(wishes.app, name="wishes", help="What people wish and report, and the answers.")
app.add_typer(keys.app, name="keys", help="Keys that seal stored values, and their rotation.")
app.command("show")(show.show)
app.command("statistics")(matters.statistics)
app.command("certify")(certify.certify)
app.command("init")(init)
app.command("check")(check)
app.command("move")(move)
app.command("dump")(dump)
app.command("synthetic")(synthetic)
app.command("demo")(demo.demo)
app.add_typer(upgrading.app, name="upgrade", help="The database's schema, and an upgrade announced beforehand.")


@app.callback()
def laegebro(in_the_name_of: InTheNameOf = "") -> None:
    """Every command that changes something writes who did it, what and why into the audit trail."""


def main() -> None:
    """Run; a configuration fault is listed line by line and ends with 2, without a traceback."""
    try:
        app()
    except ConfigFault as fault:
        print(fault, file=sys.stderr)
        raise SystemExit(2) from None
    except LaegebroError as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        raise SystemExit(1) from None
    except DatabaseFault as fault:
        print(f"The database does not answer ({type(fault).__name__}).", file=sys.stderr)
        raise SystemExit(1) from None

"""``laegebro audit``: the trail checked, its heads sealed elsewhere, and a citizen's own list (GDPR art. 15)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.opening import Reason, acting, reading, signature
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault
from gateway.domain.identifiers import CitizenId, parse_citizen_id
from gateway.domain.people import Actor, ActorKind
from gateway.domain.records import AuditRow, Signature
from gateway.domain.trail import NOBODYS, Finding, Head, Report, Tamper
from gateway.evidence import heads as files
from gateway.evidence.access_list import FORMS, AccessList, as_text
from gateway.evidence.audit_events import bundle
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.people.organisations import Tenant
from gateway.wiring import Gateway

app = typer.Typer(no_args_is_help=True)
FOUND = 3  # exit code: the trail does not hold
_SAYS = {
    Tamper.REMOVED: "row {} was removed",
    Tamper.CHANGED: "row {} was changed",
    Tamper.REORDERED: "row {} holds what was another row of its link",
    Tamper.ADDED: "row {} was added behind the chain",
    Tamper.LINK_MISSING: "link {} is missing",
    Tamper.LINK_CHANGED: "link {} was changed",
    Tamper.CUT_OFF: "the chain ends before link {}, which was sealed elsewhere",
    Tamper.OTHER_HEAD: "link {} comes to another head than the one sealed elsewhere",
    Tamper.NOT_SIGNED: "a file of heads is not signed with this key",
}


@app.command()
def verify(
    heads: Annotated[Path | None, typer.Option(help="folder with the signed heads that were kept elsewhere")] = None,
    key: Annotated[Path | None, typer.Option(help="public key in PEM they were signed with; else audit_key")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Check every row and every link; names each row that was removed, changed, exchanged or added. Ends with 3 where
    the trail does not hold."""
    gateway = reading()
    elsewhere, unsigned = _sealed_heads(gateway, heads, key)
    begun = time.monotonic()
    report = gateway.verifying.verify(elsewhere)
    findings = [*unsigned, *report.findings]
    if as_json:
        typer.echo(json.dumps(_plain(report, findings), indent=1))
    else:
        _print(report, findings, time.monotonic() - begun, len(elsewhere))
    if findings:
        raise typer.Exit(FOUND)


@app.command()
def seal(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(help="folder for the signed heads; else audit_heads")] = None,
    reason: Reason = "",
) -> None:
    """Put what waits into the chains, and write the heads as one signed file, which is never written over."""
    gateway = acting(context, reason)
    folder = to or Path(gateway.settings.audit_heads or "")
    if not to and not gateway.settings.audit_heads:
        raise ConfigFault("audit_heads: not set; name a folder with --to")
    key, now = files.key_of(gateway.settings), gateway.clock.now()
    gateway.store.record_audit(_said(gateway, "write", signature(context, reason)))
    gateway.sealing.seal_all()
    ends = gateway.sealing.heads()
    path = files.keep(folder, files.signed(ends, now, key), now, of_the_day=False)
    say(f"{len(ends)} heads: {path or 'written within this second already'}", highlight=False)


@app.command()
def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option(help="file to write; what is there is not written over")],
    number_from: Annotated[
        Path | None, typer.Option(help="file that holds the citizen's number; else it is asked for")
    ] = None,
    form: Annotated[str, typer.Option("--form", help="text, pdf or fhir (AuditEvent, IHE BALP)")] = "text",
    organisation: Annotated[str, typer.Option(help="CVR: only that organisation's log")] = "",
    reason: Reason = "",
) -> None:
    """One citizen's list of who has seen or changed what about her. The number is never an argument: arguments stand in
    the shell's history and in the list of processes."""
    if form not in FORMS:
        raise ConfigFault(f"--form: must be one of {', '.join(FORMS)}")
    if not reason.strip():
        raise ConfigFault("--reason: say why; it stands in the audit trail")
    citizen = parse_citizen_id(number_typed(number_from), path="number")
    gateway = acting(context, reason)
    write_new(to, _exported(gateway, citizen, form, _owner(gateway, organisation), signature(context, reason)))
    say(f"{to}: written.", highlight=False)


def _owner(gateway: Gateway, cvr: str) -> Tenant | None:
    found = gateway.organisations.tenant_by_cvr(cvr) if cvr else None
    if cvr and found is None:
        raise ConfigFault("--organisation: no organisation has this CVR")
    return found


def number_typed(file: Path | None) -> str:
    if file is None:
        return str(typer.prompt("CPR", hide_input=True))
    return _text(file, "--number-from")


def _text(file: Path, option: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise ConfigFault(f"{option}: cannot be read") from None


def _exported(gateway: Gateway, citizen: CitizenId, form: str, owner: Tenant | None, by: Signature) -> bytes:
    """The list in one of its forms. That it was made is itself a row about the citizen, and stands in it."""
    now, tenant = gateway.clock.now(), owner.id if owner else None
    said = _said(gateway, "read", by)
    gateway.store.record_audit(replace(said, tenant=tenant, citizen=citizen))
    rows = SqlAuditTrail(gateway.engine, gateway.vault).of_citizen(citizen, tenant)
    if form == "fhir":
        document = bundle(rows, citizen, now, gateway.settings.public_url)
        return json.dumps(document, ensure_ascii=False, indent=1).encode()
    told = AccessList(rows, citizen.masked, owner.name if owner else "", now)
    if form == "pdf":
        from gateway.evidence.access_pdf import as_pdf  # loads ReportLab

        return as_pdf(told)
    return as_text(told).encode()


def _said(gateway: Gateway, verb: str, by: Signature) -> AuditRow:
    actor = Actor(ActorKind.ADMIN, by.by, role=by.account)
    return AuditRow(gateway.clock.now(), actor, "", verb, by.act, basis=by.reason, channel=by.channel)


def write_new(path: Path, content: bytes) -> None:
    """Readable by its owner alone; an existing file is left as it is."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except OSError as fault:
        raise ConfigFault(f"--to: cannot be written ({fault.strerror})") from fault


def _sealed_heads(gateway: Gateway, folder: Path | None, key: Path | None) -> tuple[Sequence[Head], Sequence[Finding]]:
    """What was sealed elsewhere, and a finding for each file whose signature does not hold."""
    if folder is None:
        return [], []
    paths = files.kept_in(folder)
    if not paths:
        raise ConfigFault(f"--heads: no file {files.NAME}-….jws in that folder")
    public = files.imported(_text(key, "--key"), "--key") if key else files.key_of(gateway.settings)
    heads, unsigned = list[Head](), list[Finding]()
    for path in paths:
        try:
            heads += files.read(path.read_text(encoding="ascii"), public)
        except (files.NotSigned, ValueError):
            say(f"{path.name}: not signed with this key", highlight=False)
            unsigned.append(Finding(Tamper.NOT_SIGNED, NOBODYS, 0))
    return heads, unsigned


def _print(report: Report, findings: Sequence[Finding], took: float, heads: int) -> None:
    for finding in findings:
        whose = "" if finding.chain == NOBODYS else f" (organisation {finding.chain})"
        say(_SAYS[finding.tamper].format(finding.seq) + whose, highlight=False)
    say(
        f"{report.rows} rows in {report.links} links checked in {took:.1f} s against {heads} heads sealed elsewhere; "
        f"{report.expired} expired, {report.waiting} not sealed yet.",
        highlight=False,
    )
    say("The trail holds." if not findings else f"The trail does not hold: {len(findings)} findings.", highlight=False)


def _plain(report: Report, findings: Sequence[Finding]) -> dict[str, object]:
    named = [
        {"what": str(f.tamper), "organisation": str(f.chain), "link" if f.link else "row": f.seq} for f in findings
    ]
    counts = {"rows": report.rows, "links": report.links, "expired": report.expired, "not_sealed": report.waiting}
    return counts | {"holds": not findings, "findings": named}

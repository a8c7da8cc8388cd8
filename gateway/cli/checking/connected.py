"""Who is connected: each connection tried, each organisation and clinic with a door, each practice with a way to it."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.cli.checking.finding import Finding
from gateway.cli.checking.secrets import certificates
from gateway.cli.trial_words import told_in_words
from gateway.connecting.trying import try_out
from gateway.domain.peers.trial import TrialStep
from gateway.domain.practice import danish_day
from gateway.store.peers.connections import ActiveConnection
from gateway.wiring import Gateway


def connection_findings(gateway: Gateway) -> Iterator[Finding]:
    """Up to what the peer says of itself; nothing is written there."""
    active = gateway.connections.active()
    if not active:
        yield Finding("connections", "none is active: laegebro connections apply connections.toml")
    for one in active:
        yield from _tried(one)
        yield from certificates(f"connection {one.name}", dict(one.config), gateway.clock.now())


def _tried(one: ActiveConnection) -> Iterator[Finding]:
    steps = try_out(one.kind, one.adapter, one.name, one.config)
    last = next((step for step in reversed(steps) if step.told or step.step is not TrialStep.CLOCK), steps[-1])
    where = f" ({last.place})" if last.place else ""
    step = f": {last.step}{where}" if last.step is not TrialStep.SETTINGS or last.told else ""
    yield Finding(f"connection {one.name}{step}", told_in_words(last.told))


def house_findings(gateway: Gateway) -> Iterator[Finding]:
    """Organisations, clinics and practices as people meet them."""
    logins = [one for one in gateway.connections.active("identity")]
    owners = {one.owner_tenant for one in gateway.connections.active() if one.kind in ("identity", "eoj")}
    organisations = gateway.organisations
    for tenant in organisations.tenants():
        none = "nobody can start there: it has neither a login (kind identity) nor a care record (kind eoj)"
        yield Finding(f"organisation {tenant.name}", "" if tenant.id in owners else none)
    doors = {str(one.config.get("clinic", "")) for one in logins}
    for clinic in organisations.clinics():
        none = "it has no login: a [[connection]] of kind identity with this clinic, or nobody opens its waiting room"
        yield Finding(f"clinic {clinic.name}", "" if str(clinic.id) in doors else none)
        for number in clinic.ydernumre:
            yield _practice(gateway, number)


def _practice(gateway: Gateway, number: object) -> Finding:
    today = danish_day(gateway.clock.now())
    what = f"practice {number}"
    routed = gateway.practices.routed(number, today)  # type: ignore[arg-type]
    if gateway.providers.status() is not None and gateway.providers.find(number, today) is None:  # type: ignore[arg-type]
        return Finding(what, "is not in the register of practices: mend the number, or import a newer register")
    if routed.claimed_by:
        return Finding(what, f"ambiguous, {' and '.join(routed.claimed_by)} both serve it: name one in its routes")
    return Finding(what, "" if routed.connections else "is reached by no active connection: give it routes")


def register_findings(gateway: Gateway) -> Iterator[Finding]:
    """The register of practices must be there; the others only not be too old."""
    for age in gateway.register_ages():
        if age.as_of is None and age.register == "yderregister":
            yield Finding("register of practices", "was never imported: laegebro providers import FILE")
        elif age.too_old:
            yield Finding(
                f"register {age.register}", f"{age.days} days old, {age.limit} are allowed: import the next one"
            )
        elif age.as_of is not None:
            yield Finding(f"register {age.register}")


def relay_and_worker_findings(gateway: Gateway) -> Iterator[Finding]:
    """Relay and worker say every five seconds that they are alive."""
    heard = {beat.process: beat.at for beat in gateway.figures.present().beats}
    now, most = gateway.figures.now(), gateway.settings.alarm_silent_seconds
    for name in ("relay", "worker"):
        if name not in heard:
            yield Finding(name, f"was never heard of: systemctl start laegebro-{name}")
            continue
        silent = round((now - heard[name]).total_seconds())
        told = f"silent for {silent} s: systemctl status laegebro-{name}"
        yield Finding(name, told if silent > most else "")

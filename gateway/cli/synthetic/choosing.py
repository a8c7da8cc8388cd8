"""Where a synthetic run goes: an organisation, a care system and a practice, each of which must be synthetic (D18)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.errors import ConfigFault, InvalidField, NotFound
from gateway.domain.identifiers import Cpr, Ydernummer
from gateway.store.people.organisations import Tenant
from gateway.wiring import Gateway

TEST_PERSON = "251248-9996"  # Nancy Ann Berggren, one of the official test persons


@dataclass(frozen=True, slots=True)
class Where:
    """Everything named, nothing looked up any more. ``eoj``: the name of the care system's connection."""

    tenant: Tenant
    eoj: str
    practice: Ydernummer
    citizen: Cpr


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command was told; "" leaves the choice to us."""

    cvr: str = ""
    practice: str = ""
    citizen: str = TEST_PERSON


def chosen(gateway: Gateway, wish: Wish) -> Where:
    """``ConfigFault`` where something is missing, or is not synthetic."""
    tenant = _tenant(gateway, wish.cvr)
    return Where(tenant, _care_system(gateway, tenant), _practice(gateway, wish.practice), _citizen(wish.citizen))


def _tenant(gateway: Gateway, cvr: str) -> Tenant:
    found = [each for each in gateway.organisations.tenants() if each.synthetic and cvr in ("", each.cvr)]
    if not found:
        raise ConfigFault(f"organisation: none that is synthetic{f' has CVR {cvr}' if cvr else ''}")
    return found[0]


def _care_system(gateway: Gateway, tenant: Tenant) -> str:
    try:
        name = gateway.peers.eoj_of_tenant(tenant.id)
    except NotFound:
        raise ConfigFault(f"care system: {tenant.name} has none that finds a citizen by the number") from None
    _require_synthetic(gateway, [name])
    return name


def _practice(gateway: Gateway, digits: str) -> Ydernummer:
    ydernummer = _named(digits) if digits else next(_synthetic_practices(gateway), None)
    if ydernummer is None:
        raise ConfigFault("practice: no synthetic clinic answers for a synthetic practice that is reached")
    if not gateway.practices.is_synthetic(ydernummer):
        raise ConfigFault(f"practice: {ydernummer} is not synthetic")
    _require_synthetic(gateway, gateway.practices.routes(ydernummer))
    return ydernummer


def _named(digits: str) -> Ydernummer:
    try:
        return Ydernummer.parse(digits)
    except InvalidField:
        raise ConfigFault("practice: this is no ydernummer") from None


def _synthetic_practices(gateway: Gateway) -> Iterator[Ydernummer]:
    for clinic in gateway.organisations.clinics():
        for ydernummer in clinic.ydernumre if clinic.synthetic else ():
            if gateway.practices.is_synthetic(ydernummer) and gateway.practices.routes(ydernummer):
                yield ydernummer


def _require_synthetic(gateway: Gateway, names: Sequence[str]) -> None:
    real = [name for name in names if not gateway.peers.is_synthetic(name)]
    if real:
        raise ConfigFault(*(f"connection: {name} is not synthetic" for name in real))


def _citizen(number: str) -> Cpr:
    """Never repeated: a number that is no test person's is a real person's."""
    try:
        cpr = Cpr.parse(number)
    except InvalidField:
        raise ConfigFault("citizen: this is no CPR number") from None
    if not cpr.is_official_test_number:
        raise ConfigFault("citizen: only an official test person's number is taken")
    return cpr

"""An organisation's set-up, or the operator's, as the TOML that ``laegebro connections apply`` reads in another
environment; without a secret and without a place where one lies (AD22)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.store.peers.connections import ActiveConnection
from gateway.store.peers.soundness import is_secret
from gateway.store.people.organisations import Tenant
from gateway.store.people.setup.workplaces import KEY
from gateway.wiring import Gateway

_KNOWN_BY_TABLE = ("label", "tenant", "clinic", "serves")  # keys of the stanza itself


def as_toml(gateway: Gateway, tenant: UUID | None) -> str:
    """What is in force. ``tenant`` None: the shared connections."""
    owner = gateway.tenant(tenant) if tenant is not None else None
    mine = [each for each in gateway.connections.active() if each.owner_tenant == tenant]
    head = ["# Secrets are not in this file: write each where a line says so, then apply it with --dry-run first."]
    lines = [*head, *(_organisation(gateway, owner) if owner else ())]
    for each in sorted(mine, key=lambda connection: connection.name):
        lines += _connection(gateway, each, owner)
    return "\n".join(lines) + "\n"


def _organisation(gateway: Gateway, owner: Tenant) -> Iterator[str]:
    yield from ("", "[[tenant]]")
    yield from _pairs({"name": owner.name, "cvr": owner.cvr, "type": owner.type, "kommunekode": owner.kommunekode})
    yield from _pairs({"synthetic": owner.synthetic})
    settings = {key: value for key, value in owner.settings.items() if key != KEY}  # the list has tables of its own
    if settings:
        yield from ("", "[tenant.settings]", *_pairs(settings))
    for place in gateway.organisations.workplaces(owner.id):
        yield from ("", "[[tenant.workplace]]", *_pairs({"name": place.name, "sor": place.sor, "phone": place.phone}))


def _connection(gateway: Gateway, each: ActiveConnection, owner: Tenant | None) -> Iterator[str]:
    yield from ("", "[[connection]]", *_pairs({"name": each.name, "kind": each.kind, "adapter": each.adapter}))
    clinic = gateway.organisations.clinic(UUID(each.config["clinic"])) if each.config.get("clinic") else None
    whose = {"tenant": owner.cvr if owner else "", "clinic": clinic.name if clinic else ""}
    yield from _pairs({"label": each.config.get("label", ""), **whose, "synthetic": each.synthetic})
    if each.config.get("serves"):
        yield f"serves = {_value(each.config['serves'])}"
    own = {key: value for key, value in each.config.items() if key not in _KNOWN_BY_TABLE}
    yield from ("", "[connection.settings]", *_pairs({k: v for k, v in own.items() if not is_secret(k, v)}))
    yield from (f"# {key}: a secret; name here where it lies" for key, value in own.items() if is_secret(key, value))


def _pairs(values: Mapping[str, Any]) -> list[str]:
    """What says nothing is left out."""
    return [f"{json.dumps(key)} = {_value(value)}" for key, value in values.items() if value not in (None, "", False)]


def _value(value: Any) -> str:
    """JSON writes texts, numbers and lists of them as TOML does."""
    if isinstance(value, Mapping):
        inner = (f"{json.dumps(key)} = {_value(each)}" for key, each in value.items() if each is not None)
        return f"{{ {', '.join(inner)} }}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(_value(each) for each in value)}]"
    return json.dumps(value, ensure_ascii=False)

"""Who a verified id token says somebody is, as golden pairs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import adapters.identity.oidc as package
from adapters.identity.oidc import Settings
from adapters.identity.oidc.mapping import login_of
from gateway.domain.errors import InvalidField

EXAMPLES = sorted((Path(package.__file__).parent / "examples").glob("login-*.json"))
SETTINGS = Settings(
    issuer="https://idp.example/realms/fjordby",
    client_id="laegebro",
    right="laegebro-start",
    subject_claim="employee_id",
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_claims_become_a_login(path: Path) -> None:
    pair = json.loads(path.read_text(encoding="utf-8"))
    login, expected = login_of(pair["given"], SETTINGS, "token"), pair["expected"]
    assert (login.subject, login.name) == (expected["subject"], expected["name"])
    ours = {name: login.claims[name] for name in expected["ours"]}
    assert json.loads(json.dumps(ours)) == expected["ours"]


def test_a_provider_cannot_grant_the_right_by_a_claim_of_our_name() -> None:
    login = login_of({"employee_id": "x", "name": "y", "right": True, "roles": []}, SETTINGS, "token")
    assert login.claims["right"] is False


@pytest.mark.parametrize("subject", [None, "", 7, ["FJ-1001"], "a\nb"])
def test_nobody_without_a_stable_id(subject: object) -> None:
    with pytest.raises(InvalidField):
        login_of({"employee_id": subject, "name": "Mette Holm"}, SETTINGS, "token")

"""From a verified id token to who somebody is; pure (OpenID Connect Core 1.0 §3.1.3.7, §5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.identity.oidc.settings import Settings
from adapters.wire.claims import name_of, places_of, text, texts
from gateway.domain.peers.messages import LoginResult

Claims = Mapping[str, Any]


def login_of(claims: Claims, settings: Settings, id_token: str) -> LoginResult:
    """``claims`` come back under our own names beside the provider's, so that no caller needs the settings:
    ``right`` (bool), ``console`` (codes of ConsoleRole), ``role``, ``authorisation``, ``clinic_role``,
    ``workplaces``, ``ydernumre``. Raises ``InvalidField``."""
    held = texts(claims, settings.right_claim)
    ours = {
        "right": settings.right in held,
        "console": tuple(sorted({str(ours) for theirs, ours in settings.console.items() if theirs in held})),
        "role": text(claims, settings.role_claim),
        "authorisation": text(claims, settings.authorisation_claim),
        "clinic_role": text(claims, settings.clinic_role_claim),
        "workplaces": places_of(claims, settings.workplace_claim, settings.workplaces),
        "ydernumre": texts(claims, settings.ydernumre_claim),
    }
    return LoginResult(
        subject=text(claims, settings.subject_claim, required=True),
        name=name_of(claims, settings.name_claim) or text(claims, "preferred_username"),
        claims={**claims, **ours},
        id_token=id_token,
    )

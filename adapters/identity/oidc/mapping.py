"""From a verified id token to who somebody is; pure (OpenID Connect Core 1.0 §3.1.3.7, §5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.identity.oidc.settings import Settings
from adapters.wire.claims import claim, name_of, places_of, text, texts
from gateway.domain.errors import LaunchRefused
from gateway.domain.peers.messages import LoginResult

Claims = Mapping[str, Any]


LEVELS = ("Low", "Substantial", "High")  # NSIS 2.0.1: Lav, Betydelig, Høj


def require_level(claims: Claims, settings: Settings) -> None:
    """``LaunchRefused`` where the id token does not say that she has proved herself as strongly as her organisation
    demands: by context, by method, by level of assurance. What the token does not say counts as not done."""
    demanded = (
        not settings.acr_values or claims.get("acr") in settings.acr_values,
        not settings.amr or bool({*settings.amr} & {*texts(claims, "amr")}),
        not settings.nsis_level or _level(claims, settings) >= LEVELS.index(settings.nsis_level),
    )
    if not all(demanded):
        raise LaunchRefused("identity-level", "identity-level")


def _level(claims: Claims, settings: Settings) -> int:
    """-1 where none is said, or one that nobody knows."""
    said = claim(claims, settings.nsis_claim)
    return LEVELS.index(said) if said in LEVELS else -1


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

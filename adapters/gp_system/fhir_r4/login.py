"""How we prove ourselves to a practice's FHIR endpoint: SMART Backend Services, by key or shared secret."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from adapters.gp_system.fhir_r4.settings import Settings
from adapters.wire.discovery import SMART, Discovery
from adapters.wire.http import PeerHttp
from adapters.wire.oauth.login import BackendServices


def connected(
    name: str, settings: Settings, secrets: Callable[[str], str], clock: Callable[[], datetime]
) -> tuple[PeerHttp, PeerHttp, BackendServices]:
    """The endpoint without a login (where the login itself is fetched), with it, and the login."""
    http = partial(
        PeerHttp,
        name,
        settings.base_url,
        connect_timeout=settings.connect_timeout,
        total_timeout=settings.total_timeout,
    )
    plain = http()
    client = settings.client(secrets)
    login = BackendServices(plain, Discovery(plain, SMART, None), client, settings.scope, clock=clock)
    return plain, http(auth=login), login

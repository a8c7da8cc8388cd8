"""What the benches of launches share: a token is burnt in a store of our own, and what passes is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from adapters.contract.launch_promises import Flaw
from adapters.wire.overhearing import Said, pass_on
from gateway.domain.errors import LaunchRefused, Replayed
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.peers.messages import Envelope
from gateway.domain.scope import SystemScope
from gateway.ports.peers import SignedLaunch
from gateway.store.ground.engine import open_engine, transaction
from gateway.store.ground.once import burn
from gateway.store.migrations.creation import create_schema

Burning = Callable[[UsedToken], None]


@contextmanager
def burning(folder: Path) -> Iterator[Burning]:
    engine = open_engine(f"sqlite:///{folder / 'launches.db'}")
    create_schema(engine)

    def burnt(used: UsedToken) -> None:
        with transaction(engine, SystemScope()) as connection:
            burn(connection, [used])

    try:
        yield burnt
    finally:
        engine.dispose()


def brought(adapter: SignedLaunch, envelope: Envelope, burn: Burning, where: str, flaw: Flaw | None) -> Launch:
    """As our door takes it. The report shows where it was brought and what was wrong with it, never what it says."""
    request = Said(where, envelope.headers, f"({flaw or 'genuine'})".encode())
    try:
        launch, used = adapter.verify(envelope, datetime.now(UTC))
        burn(used)
    except (LaunchRefused, Replayed) as fault:
        pass_on(request, Said(getattr(fault, "public", "replayed")))
        raise
    pass_on(request, Said("opened"))
    return launch

"""At the simulator of every system we call: its trial passes, each invented consultation is said or refused in words,
one is sent, read back and taken away, and on a real connection nothing is sent (AD05, AD06)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.discovery import found_adapters
from gateway.certify.ways import bench_module
from gateway.connecting.sampling import can_send, sample, scenarios_of
from gateway.connecting.trying import try_out
from gateway.domain.errors import NotFound
from gateway.domain.peers.trial import Cause, TrialStep
from gateway.ports.letters import Corresponding
from gateway.store.peers.connections import Revision, RevisionState

SENDERS = [(kind, each.name) for kind in ("gp_system", "eoj") for each in found_adapters(kind)]
SENDERS = [one for one in SENDERS if one[1] not in ("browser", "fhir_pull", "signed_launch")]


def revision(adapter: str, config: dict[str, object], *, synthetic: bool) -> Revision:
    return Revision(1, RevisionState.ACTIVE, adapter, config, synthetic, "test", datetime.now(UTC), "")


@pytest.mark.parametrize(("kind", "name"), SENDERS)
def test_every_system_is_tried_and_sent_a_sample(tmp_path: Path, kind: str, name: str) -> None:
    now = datetime.now(UTC)
    with bench_module(name, kind).bench(tmp_path) as bench:
        config = bench.stanza(tmp_path)
        assert [each.told for each in try_out(kind, name, "peer", config) if each.told] == []
        invented, real = (revision(name, config, synthetic=each) for each in (True, False))
        refused = []
        for scenario in scenarios_of(kind):
            made = sample(kind, "peer", real, scenario, now)
            assert made.exchanges == () and [each.step for each in made.steps] == [TrialStep.RENDER]
            told = made.steps[-1].told
            assert (told is None) is bool(made.rendered)
            if told is not None:
                assert told.cause is Cause.OTHER and told.facts["code"].startswith("cannot: "), (scenario, told)
                refused.append(scenario)
        assert len(refused) < 12 and "danish" not in refused, refused
        with pytest.raises(NotFound):
            sample(kind, "peer", real, "danish", now, send=True)
        if not can_send(kind, "peer", invented):
            assert isinstance(bench.system, Corresponding), "whoever answers by a message of its own"
            return
        sent = sample(kind, "peer", invented, "danish", now, send=True)
        assert [each.told for each in sent.steps if each.told] == [], sent.steps
        assert TrialStep.SEND in [each.step for each in sent.steps] and sent.exchanges
        assert "2512489996" not in str(sent.exchanges) and "eyJ" not in str(sent.exchanges)

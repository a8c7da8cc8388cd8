"""A sample of what a connection sends, and a draft rehearsed: shown without sending, and no word of what waits (AD06,
AD07)."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.oversight import ConsoleRole
from gateway.domain.scope import SystemScope
from gateway.store.peers.connections import Stanza
from tests.support.consultations import KOMMUNE_A
from tests.unit.web.console.console_world import ConsoleWorld

R = ConsoleRole
LINE = "/konsol/forbindelser/line"
NAMES = dict.fromkeys(("our_application", "our_facility", "peer_application", "peer_facility"), "FJORDBY")


@pytest.fixture
def world(tmp_path: Path) -> ConsoleWorld:
    """A practice's line with an entry that waits on it; nobody listens there."""
    made = ConsoleWorld(tmp_path, console_networks="127.0.0.0/8")
    made.connect("line", "gp_system", "hl7v2", None, {"host": "127.0.0.1", "port": 1, "tls": False, **NAMES})
    return made


def test_a_sample_is_shown_as_it_is_sent_and_nothing_leaves_a_real_connection(world: ConsoleWorld) -> None:
    finn = world.administrator(R.OPERATOR, tenant=None, name="Finn")
    assert 'data-testid="open-sample"' in finn.get(LINE)
    page = finn.post(f"{LINE}/proevebesked", {"scenario": "danish"}).get_data(as_text=True)
    assert "MSH|" in page and "Ærø" in page and 'data-step="render" data-code=""' in page
    assert 'data-step="send"' not in page
    sent = finn.post(f"{LINE}/proevebesked/send", {"scenario": "danish"}).get_data(as_text=True)
    assert 'data-step="send" data-code="' in sent and 'data-step="take-away"' not in sent, "the first fault ends it"
    present = world.gateway.connections.present("line")
    assert present is not None
    real = {**present.config, "port": 2}
    stanza = Stanza("line", "gp_system", "hl7v2", None, real, synthetic=False)
    world.gateway.connections.apply(stanza, "test", "real", world.gateway.clock.now())
    assert 'data-testid="send-sample"' not in finn.get(f"{LINE}/proevebesked")
    assert finn.post(f"{LINE}/proevebesked/send", {"scenario": "danish"}).status_code == 404
    assert finn.post(f"{LINE}/proevebesked", {"scenario": "nowhere"}).status_code == 404


def test_a_draft_is_rehearsed_over_the_invented_and_over_what_waits(world: ConsoleWorld) -> None:
    finn = world.administrator(R.OPERATOR, tenant=None, name="Finn")
    waiting = world.owed_to("line", KOMMUNE_A)
    finn.post(f"{LINE}/til-kladde", {"number": "1"})
    same = finn.post(f"{LINE}/kladde/proevekoer").get_data(as_text=True)
    assert 'data-compared="unchanged"' in same and 'data-compared="changed"' not in same
    g = world.gateway
    draft = g.drafts.of("line")
    assert draft is not None
    config = {**draft.revision.config, "charset": "8859/1", "peer_facility": "SKOVBY"}
    g.drafts.save("line", draft.revision.number, config, "test", g.clock.now())
    page = finn.post(f"{LINE}/kladde/proevekoer").get_data(as_text=True)
    row = page.partition(f'data-line="{waiting.short_id}"')[2].partition("</tr>")[0]
    assert 'data-compared="changed"' in row and "MSH|" not in row, "how much differs, and no word of it"
    assert 'data-line="outside-latin" data-compared="now-fails"' in page
    assert 'data-line="cpr" data-compared="changed"' in page and "SKOVBY" in page
    assert g.owed.attempts(g.store.deliveries_of(SystemScope(), waiting.id)[0].id) == []

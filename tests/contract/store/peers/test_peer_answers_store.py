"""What was answered to a practice's message is answered again, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from gateway.domain.records import PeerAnswer
from gateway.store.peers.answers import SqlPeerAnswers
from gateway.store.peers.connections import SqlConnectionBook, Stanza

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
FIRST, SECOND = PeerAnswer(b"\x00asked", b"<a>\xc3\xa6</a>"), PeerAnswer(b"other", b"<b/>")


@pytest.fixture
def answers(store_engine: Engine) -> SqlPeerAnswers:
    book = SqlConnectionBook(store_engine)
    for name in ("torvet", "havnen"):
        book.apply(Stanza(name, "gp_system", "browser", None, {}), "t", "t", NOW)
    return SqlPeerAnswers(store_engine)


def test_the_first_answer_stays(answers: SqlPeerAnswers) -> None:
    assert answers.find("torvet", "m-1") is None
    answers.keep("torvet", "m-1", FIRST, NOW)
    answers.keep("torvet", "m-1", SECOND, NOW)
    assert answers.find("torvet", "m-1") == FIRST
    assert answers.find("havnen", "m-1") is None, "each connection names its own messages"


def test_old_answers_are_forgotten(answers: SqlPeerAnswers) -> None:
    answers.keep("torvet", "old", FIRST, NOW - timedelta(days=15))
    answers.keep("torvet", "new", FIRST, NOW)
    assert answers.forget(NOW - timedelta(days=14)) == 1
    assert answers.find("torvet", "old") is None and answers.find("torvet", "new") == FIRST

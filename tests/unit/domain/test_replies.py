"""What a care system writes back about a note stays unread until an employee says that she has read it."""

from __future__ import annotations

from datetime import timedelta

from gateway.domain.note import replies
from tests.support.consultations import DOCTOR, NOW, NURSE, waiting

LATER = NOW + timedelta(hours=30)


def test_what_came_after_she_looked_stays_unread() -> None:
    sent = waiting()
    answered = replies.arrive(sent, sent.cases[0].id, LATER, DOCTOR)
    looked = replies.read(answered, LATER - timedelta(seconds=1), LATER, NURSE)
    assert looked is answered and looked.cases[0].reply_at == LATER
    read = replies.read(answered, LATER, LATER, NURSE)
    assert read.cases[0].reply_at is None and read.events[-1].kind == "reply-read"
    assert replies.read(read, LATER, LATER, NURSE) is read

"""What a connected system can do: said by its adapter, asked for by the services."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """What a peer can do; a missing one is said aloud, never guessed around."""

    IDEMPOTENT_CREATE = "idempotent-create"  # the same key twice is one
    PROBE = "probe"  # can be asked whether a key arrived
    SEEN = "seen"  # says when a person has looked
    NOTIFIES = "notifies"  # pushes changes to us
    POLLABLE = "pollable"  # answers what changed since a cursor
    ANNOUNCES = "announces"  # is told of agreed consultations by message: keeps no queue, acknowledges later
    REPLACE_NOTE = "replace-note"  # a later version replaces the former
    READ_BACK = "read-back"  # a filed note can be read by another request
    CITIZEN_SEARCH = "citizen-search"
    FILES_BY_NUMBER = "files-by-number"  # a note needs the citizen's number only, and no record found before
    STILLS = "stills"  # takes pictures beside a note
    ACKNOWLEDGES_LATER = "acknowledges-later"  # says what became of a note by a message of its own
    # What the practice's own screen shows of what an employee says.
    SHOWS_MESSAGE = "shows-message"  # what she writes while she waits
    SHOWS_AGREEMENT = "shows-agreement"  # with whom and when
    SHOWS_ROUND = "shows-round"  # of how many citizens
    SHOWS_FORM = "shows-form"  # who talks with the doctor


SHOWN = frozenset(each for each in Capability if each.startswith("shows-"))

"""What is remembered of a Nexus between two calls: which forms are another note's, and how a record is laid out."""

from __future__ import annotations

from adapters.contract import note_samples as notes
from adapters.eoj.nexus import record
from adapters.eoj.nexus.links import SOON, Recent
from adapters.eoj.nexus.record import OpenedForms, Rank


def test_a_form_of_another_case_is_not_opened_again() -> None:
    forms, ours, another = OpenedForms(), notes.message(), notes.message()
    forms.note("1", str(ours.case_key))
    forms.note("2", str(another.case_key))
    assert [forms.rank(form, ours) for form in ("1", "2", "3", "")] == [
        Rank.OURS,
        Rank.ANOTHER,
        Rank.UNKNOWN,
        Rank.UNKNOWN,
    ]


def test_a_later_version_of_the_same_note_is_its_own() -> None:
    forms, first = OpenedForms(), notes.message()
    forms.note("1", str(first.case_key))
    assert forms.rank("1", notes.later(first, "Recept er sendt.")) is Rank.OURS


def test_a_form_without_an_id_of_ours_may_get_one() -> None:
    forms, message = OpenedForms(), notes.message()
    forms.note("1", "")
    assert forms.rank("1", message) is Rank.UNKNOWN
    forms.note("1", str(message.case_key))
    assert forms.rank("1", message) is Rank.OURS


def test_only_the_last_forms_are_remembered() -> None:
    forms, message = OpenedForms(), notes.message()
    for number in range(record.MOST_REMEMBERED + 1):
        forms.note(str(number), "another")
    assert forms.rank("0", message) is Rank.UNKNOWN
    assert forms.rank("1", message) is Rank.ANOTHER


def test_what_was_read_serves_for_ten_seconds_and_absence_never() -> None:
    now, asked = [100.0], []
    recent = Recent(lambda: now[0])

    def read() -> object:
        asked.append(now[0])
        return None if len(asked) == 1 else len(asked)

    found = []
    for at in (100.0, 100.0, 100.0 + SOON - 0.1, 100.0 + SOON):
        now[0] = at
        found.append(recent.of("x", read))
    assert found == [None, 2, 2, 3]


def test_a_fault_is_not_remembered() -> None:
    recent, answers = Recent(), iter([ValueError(), "found"])

    def read() -> str:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    for expected in ("", "found"):
        try:
            assert recent.of("x", read) == expected
        except ValueError:
            assert expected == ""

"""Three working days, row by row: what happens when, and which test shows it or what it waits for.

``python -m tests.support.three_days docs/three-days.md`` writes the table of the documentation; an architecture test
holds the two together. Rows of a day without ``shown_by`` are scripts of
tests/integration/processes/test_three_days.py; the guide's steps are named by the tests themselves.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, replace
from pathlib import Path

SCRIPT = "test_three_days"


@dataclass(frozen=True)
class Row:
    """``shown_by``: names of tests elsewhere; ``waits``: what of the row is not built."""

    at: str
    happens: str
    shown_by: tuple[str, ...] = ()
    waits: str = ""

    @property
    def state(self) -> str:
        if not self.waits:
            return "passes"
        return "in part" if self.shown_by else "waits"


NURSE = (
    Row("06.58", "shared tablet, the night nurse did not log off",
        ("test_d05_logging_off_ends_both_sessions_and_the_next_login_asks_again",)),
    Row("07.05", "prepared in the office for an agreed time, held on the tablet"),
    Row("08.20", "an agency nurse starts for the first time"),
    Row("09.10", "a citizen who cannot consent, a relative who can"),
    Row("09.12", "a citizen says no"),
    Row("09.14", "the wrong record was open"),
    Row("09.40", "in the queue, and nobody looks"),
    Row("09.55", "the doctor rings and she cannot tap in time"),
    Row("10.03", "the picture freezes, call me"),
    Row("10.04", "her own telephone rings during the call",
        ("test_what_is_lost_is_said_on_both_sides_and_comes_back_by_itself",)),
    Row("10.10", "what was agreed is typed and approved"),
    Row("10.12", "she closes the cover and drives"),
    Row("10.30", "a citizen without a number, launched from the record",
        ("test_d02_the_note_of_a_record_without_a_number_is_filed_once",
         "test_d03_without_a_number_the_consent_still_exists")),
    Row("11.15", "one daughter sits beside, another wants in from her own device",
        ("test_d04_others_who_take_part_are_named_with_their_role",
         "test_guests_wait_until_the_doctor_lets_them_in_and_up_to_four_see_each_other")),
    Row("12.00", "a round of several citizens",
        ("test_d02_a_round_shows_both_sides_one_citizen_at_a_time",
         "test_d02_each_citizen_is_talked_about_alone_and_gets_one_note")),
    Row("12.40", "general advice to the staff", ("test_d02_general_advice_has_no_citizen_and_no_note",)),
    Row("13.30", "the citizen talks alone",
        ("test_b04_a_device_with_the_citizen_shows_one_page_and_comes_back_by_the_code",
         "test_d04_without_the_employee_her_section_is_absent_and_cannot_be_written")),
    Row("14.50", "her shift ends while she waits",
        ("test_d07_at_the_end_of_the_shift_a_colleague_takes_the_place_over",)),
    Row("14.55", "the clinic closes before her turn"),
    Row("15.20", "the note is refused and she is off until Tuesday",
        ("test_d07_a_stuck_note_of_an_absent_employee_is_finished_by_a_colleague",)),
    Row("evening", "can I practise", ("test_n23_a_whole_talk_with_the_invented_clinic_and_nothing_is_filed",)),
)  # fmt: skip
CLINIC = (
    Row("07.55", "nobody opens a second program",
        ("test_d08_an_open_browser_clinic_with_nobody_there_says_so_before_the_queue",)),
    Row("08.00", "a call comes while the telephones ring",
        ("test_c04_it_sounds_again_every_two_minutes_until_somebody_has_looked",
         "test_the_list_says_who_from_where_and_why_but_never_the_number")),
    Row("09.05", "the secretary takes it, the doctor talks",
        ("test_a_secretary_takes_the_call_and_names_the_doctor_who_talks",)),
    Row("09.15", "two doctors click", ("test_of_two_at_the_clinic_one_wins_and_the_other_sees_who",)),
    Row("09.16", "two practice numbers in one house",
        ("test_d13_a_house_with_two_numbers_sees_two_municipalities_and_a_region_in_one_list",)),
    Row("09.17", "not our patient"),
    Row("10.30", "the number, one click away and not on the wall",
        ("test_showing_the_number_is_a_request_of_its_own_and_leaves_a_row",)),
    Row("10.31", "the nurse is not at the screen",
        ("test_d10_going_away_and_coming_back_is_told_to_the_practice",
         "test_d10_a_page_that_vanishes_is_lost_since_it_was_last_there_and_back_when_it_is_back")),
    Row("10.40", "a text for the municipality, if the doctor writes one",
        ("test_d12_a_text_the_clinic_has_begun_is_waited_for_and_goes_with_the_note",
         "test_d12_the_clinics_text_after_that_replaces_what_was_filed")),
    Row("10.41", "which fee", ("test_c11_the_possible_fee_follows_who_took_part_and_how",)),
    Row("12.00", "lunch: open and nobody there",
        ("test_a_pause_says_until_when_and_lets_her_wait",
         "test_d08_an_open_browser_clinic_with_nobody_there_says_so_before_the_queue")),
    Row("14.10", "taken in one room, held in another", 
        ("test_d06_the_seat_moves_between_devices_waiting_and_in_the_call",)),
    Row("15.00", "closes with two waiting", ("test_closing_while_somebody_waits_offers_to_take_or_reject_them",)),
    Row("summer", "three weeks closed, another practice covers",
        ("test_a_holiday_names_the_substitute_who_is_chosen_with_one_tap",)),
    Row("any", "two municipalities and a region in one list",
        ("test_d13_a_house_with_two_numbers_sees_two_municipalities_and_a_region_in_one_list",)),
)  # fmt: skip
ADMIN = (
    Row("Mon 08.30", "are my connections well",
        ("test_a_connection_that_does_not_answer_is_first_with_what_the_nurses_see",
         "test_the_overview_turns_by_itself_when_a_connection_is_paused_elsewhere")),
    Row("Mon 09.00", "a nurse says the note is missing",
        ("test_a_timeline_shows_codes_and_times_and_nobody",
         "test_a_read_aloud_id_leads_to_the_course_by_keyboard_alone")),
    Row("Mon 10.00", "a new secret and a new address",
        ("test_d15_a_change_to_one_connection_leaves_the_others_alone",
         "test_a_rollback_is_a_new_revision_with_the_earlier_content",
         "test_what_is_typed_is_kept_with_its_faults_and_nothing_comes_into_force",
         "test_a_colleague_grants_and_both_are_named")),
    Row("Tue 22.00", "the record is upgraded until two",
        ("test_d15_a_paused_connection_keeps_its_rows_due",
         "test_ad12_the_upgrade_night_loses_doubles_and_alarms_nothing",
         "test_ad12_launches_say_so_in_the_administrators_words_and_a_manual_pause_stays")),
    Row("Wed 07.00", "the record answers differently",
        ("test_ad12_a_window_is_planned_held_and_let_go_and_the_page_says_what_differs",)),
    Row("Wed 07.20", "forty notes unknown",
        ("test_with_the_probe_even_a_careless_peer_is_told_once",
         "test_many_are_previewed_then_sent_in_batches_and_a_stop_leaves_the_rest")),
    Row("1 Jan", "a region takes the responsibility over",
        ("test_d13_a_house_with_two_numbers_sees_two_municipalities_and_a_region_in_one_list",
         "test_d13_a_regions_nurse_starts_from_the_municipalitys_record_as_the_regions",
         "test_d13_a_note_of_another_organisations_employee_names_both")),
    Row("Feb, who looked", "the audit visit asks who looked",
        ("test_d14_the_citizens_own_list_comes_out_of_one_query",
         "test_a_month_is_drawn_once_and_no_citizen_is_in_it",
         "test_judged_and_signed_nothing_changes_any_more")),
    Row("Feb, erased", "show that the text is erased",
        ("test_texts_wait_for_the_note_to_be_filed_and_then_go",
         "test_what_is_past_its_day_is_counted_and_a_note_that_is_owed_told_apart")),
    Row("Mar", "a nurse is dismissed at ten",
        ("test_all_her_sessions_end_at_once_and_nobody_elses", "test_what_she_had_open_is_on_her_workplaces_list")),
    Row("any, in production", "a try without a real citizen",
        ("test_d18_test_people_and_real_organisations_do_not_meet",
         "test_d18_a_synthetic_run_is_well_and_its_note_stands_once_in_the_record")),
    Row("any, last week", "a mapping tried: last week's texts are erased, so on invented ones and on what waits now",
        ("test_a_sample_is_sent_the_contract_tried_and_a_draft_rehearsed",
         "test_texts_wait_for_the_note_to_be_filed_and_then_go")),
)  # fmt: skip
GUIDE = (
    Row("1", "log in: choose one's municipality"),
    Row("2", "identify oneself at the municipality's own login"),
    Row("3", "the first time: role and workplace, saved"),
    Row("4", "the citizen's CPR number, or a start from her record ([picture](pictures/record-desktop.png))"),
    Row("5", "consent, on faith and honour ([picture](pictures/start-desktop.png))"),
    Row("6", "microphone, loudspeaker and camera are tried, with advice for the picture"),
    Row("7", "what it is about, for the doctor to read"),
    Row("8", "the number in the queue ([picture](pictures/queue-desktop.png))"),
    Row("9", "whether the clinic is open or closed for video"),
    Row("10", "the doctor accepts: her picture, one's own small ([picture](pictures/call-nurse-desktop.png))"),
    Row("11", "hang up, and log the citizen out ([picture](pictures/receipt-desktop.png))"),
    Row("12", "the citizen talks alone: the device is locked"),
    Row("13", "the clinic sees role, workplace, for whom and why ([picture](pictures/waiting-room-desktop.png))"),
    Row("14", "without a CPR number, where it is agreed with the doctor"),
    Row("15", "add the doctor by ydernummer"),
    Row("16", "«Afvist videokonsultation» comes back ([picture](pictures/rejected-desktop.png))"),
    Row("17", "wishes for changes go to local support"),
)
DAYS = {"nurse": NURSE, "clinic": CLINIC, "admin": ADMIN}
TITLES = {
    "nurse": "The nurse",
    "clinic": "The doctor and the secretary",
    "admin": "The integration administrator",
    "guide": "The replaced app's guide, step by step",
}
HEAD = """# Three working days, row by row

What happens on an ordinary day, and which test shows that the product meets it. *Waits* says what is not built; *in
part* that a test shows some of the row. Written by `python -m tests.support.three_days docs/three-days.md`.
"""


def guided() -> dict[str, list[str]]:
    """By step, the tests that say ``@pytest.mark.guide(step)`` of themselves."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(__file__).parents[1].rglob("test_*.py")):
        if "mark.guide(" not in (text := path.read_text(encoding="utf-8")):
            continue
        for node in ast.parse(text).body:
            for step in _steps_of(node):
                found.setdefault(step, []).append(getattr(node, "name", ""))
    return found


def _steps_of(node: ast.stmt) -> list[str]:
    marks = [each for each in getattr(node, "decorator_list", []) if isinstance(each, ast.Call)]
    return [
        str(ast.literal_eval(step))
        for mark in marks
        if ast.unparse(mark.func) == "pytest.mark.guide"
        for step in mark.args
    ]


def tables() -> dict[str, tuple[Row, ...]]:
    """All of them, the guide's rows with the tests that name them."""
    shown = guided()
    return DAYS | {"guide": tuple(replace(row, shown_by=tuple(shown.get(row.at, ()))) for row in GUIDE)}


def table() -> str:
    parts = [HEAD]
    for day, rows in tables().items():
        parts.append(
            f"## {TITLES[day]}\n\n| when | what happens | shown by | state |\n|---|---|---|---|\n" + _lines(rows)
        )
    return "\n".join(parts)


def _lines(rows: tuple[Row, ...]) -> str:
    return "".join(f"| {row.at} | {row.happens} | {_shown(row)} | {_state(row)} |\n" for row in rows)


def _shown(row: Row) -> str:
    names = row.shown_by or (() if row.waits else (SCRIPT,))
    return "<br>".join(f"`{name}`" for name in names)


def _state(row: Row) -> str:
    return f"{row.state}: {row.waits}" if row.waits else row.state


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(table(), encoding="utf-8")

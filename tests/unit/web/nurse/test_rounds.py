"""A round on the nurse's pages: opened by number and agreement, grown from the records, each citizen for herself."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.consultation import ringing, rounds
from gateway.domain.consultation.aggregate import Consultation, Ending, Kind, Status
from gateway.domain.consultation.case import CitizenCase, ConsentAnswer
from gateway.domain.people import SYSTEM
from tests.unit.web.nurse_world import CPR, DOCTOR, FILLED, NAME, OWN, UNCONNECTED, Nurse, NurseWorld

AGREED = {"agreed_with": "Sekretær Test Jensen", "ydernummer": str(OWN)}
PEOPLE = (("2512489996", "Nancy Ann Berggren"), ("0201609995", "Bruno Test Elmer"), ("0504909995", "Max Test Berggren"))


def opened(world: NurseWorld, nurse: Nurse, kind: str = "round") -> Consultation:
    answer = nurse.post("/ny/gennemgang", kind=kind, **AGREED)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return world.gateway.store.load(world.gateway.access.scope(nurse.session), UUID(answer.location.rsplit("/", 1)[1]))


def added(world: NurseWorld, nurse: Nurse, round_: Consultation, number: int, answer: str = "given") -> CitizenCase:
    """From that citizen's own record into the round."""
    cpr, name = PEOPLE[number]
    draft = world.launched(nurse, cpr=cpr, name=name)
    page = nurse.get(f"/konsultation/{draft.id}").get_data(as_text=True)
    assert f'formaction="/konsultation/{draft.id}/foej-til/{round_.id}"' in page
    fields = {"consent.answer": answer, "reason": f"Kun om nummer {number}: sår på benet"}
    done = nurse.post(f"/konsultation/{draft.id}/foej-til/{round_.id}", **fields)
    assert done.status_code in (200, 303), done.get_data(as_text=True)
    assert world.reload(draft).ending is Ending.ABANDONED
    return world.reload(round_).cases[-1]


def in_talk(world: NurseWorld, nurse: Nurse, round_: Consultation) -> None:
    fields = {name: value for name, value in FILLED.items() if name != "consent"}
    placed = nurse.send(f"/api/v1/consultations/{round_.id}/place", {**fields, "reason": "Gennemgang på plejehjemmet"})
    assert placed.status_code == 200, placed.get_data(as_text=True)
    world.does(round_, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    nurse.send(f"/api/v1/consultations/{round_.id}/answer")
    world.does(round_, lambda c: ringing.start_talk(c, world.later(), SYSTEM))


def discusses(nurse: Nurse, round_: Consultation, case: CitizenCase | None) -> dict[str, object]:
    body = {"case": str(case.id) if case else ""}
    answer = nurse.send(f"/api/v1/consultations/{round_.id}/discuss", body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    document: dict[str, object] = answer.get_json()
    return document


def test_d02_a_round_is_opened_by_number_and_agreement_and_keeps_both(world: NurseWorld, nurse: Nurse) -> None:
    assert nurse.post("/ny/gennemgang", ydernummer=str(OWN)).status_code == 422
    refused = nurse.post("/ny/gennemgang", agreed_with="X", ydernummer=str(UNCONNECTED))
    assert refused.status_code == 422 and "bruger ikke Lægebro" in refused.get_data(as_text=True)
    round_ = opened(world, nurse)
    assert (round_.kind, round_.meant_for, round_.agreed_with) == (Kind.ROUND, OWN, AGREED["agreed_with"])
    page = nurse.get(f"/konsultation/{round_.id}").get_data(as_text=True)
    assert 'data-testid="round-empty"' in page and f'name="ydernummer" value="{OWN}"' in page
    assert 'data-testid="consent-given"' not in page


def test_d02_general_advice_has_no_citizen_and_no_note(world: NurseWorld, nurse: Nurse) -> None:
    advice = opened(world, nurse, "advice")
    assert (advice.kind, advice.cases) == (Kind.GENERAL_ADVICE, ())
    page = nurse.get(f"/konsultation/{advice.id}").get_data(as_text=True)
    assert 'data-testid="advice"' in page and 'data-testid="form-citizen-alone"' not in page
    in_talk(world, nurse, advice)
    assert nurse.send(f"/api/v1/consultations/{advice.id}/hang-up").get_json()["screen"] == "closed"
    over = nurse.get(f"/konsultation/{advice.id}").get_data(as_text=True)
    assert "Der skrives intet notat." in over and world.reload(advice).ending is Ending.HELD_ON_VIDEO


def test_d02_each_citizen_is_talked_about_alone_and_gets_one_note(world: NurseWorld, nurse: Nurse) -> None:
    round_ = opened(world, nurse)
    cases = [added(world, nurse, round_, number) for number in range(3)]
    in_talk(world, nurse, round_)
    assert discusses(nurse, round_, cases[0])["discussed"] == str(cases[0].id)
    document = discusses(nurse, round_, cases[2])
    assert PEOPLE[0][1] not in str(document) and document["discussed"] == str(cases[2].id)
    now = nurse.get(f"/konsultation/{round_.id}/nyt").get_data(as_text=True)
    assert f"Nu taler I om {PEOPLE[2][1]}" in now and "Kun om nummer 2" in now and "Kun om nummer 0" not in now
    nurse.send(f"/konsultation/{round_.id}/notat-kladde", {"text": "Aftalt om to", "case": str(cases[2].id)})
    assert nurse.send(f"/api/v1/consultations/{round_.id}/hang-up").get_json()["screen"] == "note"
    page = nurse.get(f"/konsultation/{round_.id}").get_data(as_text=True)
    assert page.count('data-testid="case-note"') == 2 and 'data-testid="not-reached"' in page
    fields = {f"text.{cases[0].id}": "Aftalt om nul", f"text.{cases[2].id}": "Aftalt om to"}
    assert nurse.post(f"/konsultation/{round_.id}/godkend-flere", case="all", **fields).status_code == 303
    closed = world.reload(round_)
    assert closed.status is Status.CLOSED and closed.cases[1].notes == ()
    for mine, other, said in ((0, 2, "nul"), (2, 0, "to")):
        (note,) = closed.cases[mine].notes
        assert note.employee_text == f"Aftalt om {said}" and note.facts is not None
        assert note.facts.reason == f"Kun om nummer {mine}: sår på benet"
        assert PEOPLE[other][1] not in str(note.facts) and f"nummer {other}" not in str(note.facts)
    assert nurse.get(f"/konsultation/{round_.id}").status_code == 200


def test_d03_one_who_says_no_leaves_the_others_in_the_round(world: NurseWorld, nurse: Nurse) -> None:
    round_ = opened(world, nurse)
    yes, no = added(world, nurse, round_, 0), added(world, nurse, round_, 1, "refused")
    later = added(world, nurse, round_, 2)
    nurse.post(f"/konsultation/{round_.id}/tag-ud", case=str(later.id), reason="refused")
    grown = world.reload(round_)
    assert grown.is_open and grown.cases[0].notes == ()
    for case in grown.cases[1:]:
        (note,) = case.notes
        assert note.facts is not None and note.facts.outcome == "citizen-refused" and note.facts.practice == ""
    in_talk(world, nurse, round_)
    assert nurse.send(f"/api/v1/consultations/{round_.id}/discuss", {"case": str(no.id)}).status_code == 409
    discusses(nurse, round_, yes)
    notes = [d for d in world.gateway.store.deliveries_of(world.gateway.access.scope(nurse.session), round_.id)]
    assert {d.subject for d in notes if d.kind == "note"} == {no.id, later.id}


def test_d03_a_citizen_who_stops_is_wiped_and_the_round_goes_on(world: NurseWorld, nurse: Nurse) -> None:
    round_ = opened(world, nurse)
    first, second = added(world, nurse, round_, 0), added(world, nurse, round_, 1)
    in_talk(world, nurse, round_)
    discusses(nurse, round_, first)
    stopped = nurse.send(f"/api/v1/consultations/{round_.id}/withdraw-consent").get_json()
    assert (stopped["status"], stopped["discussed"]) == ("in-call", None)
    assert nurse.send(f"/api/v1/consultations/{round_.id}/discuss", {"case": str(first.id)}).status_code == 409
    discusses(nurse, round_, second)
    nurse.send(f"/api/v1/consultations/{round_.id}/hang-up")
    nurse.post(f"/konsultation/{round_.id}/godkend-flere", case="all")
    notes = [case.current_note.facts for case in world.reload(round_).cases if case.current_note]
    assert [(f.consent, f.outcome) for f in notes if f] == [("withdrawn", "broken-off"), ("given", "held-on-video")]


def test_the_same_record_twice_is_one_citizen_and_the_wrong_one_goes_out(world: NurseWorld, nurse: Nurse) -> None:
    round_ = opened(world, nurse)
    added(world, nurse, round_, 0)
    assert len({case.id for case in world.reload(round_).cases}) == 1
    again = world.launched(nurse, cpr=CPR, name=NAME)
    fields = {"consent.answer": "given", "reason": "En gang til, samme borger"}
    nurse.post(f"/konsultation/{again.id}/foej-til/{round_.id}", **fields)
    (case,) = world.reload(round_).cases
    nurse.post(f"/konsultation/{round_.id}/tag-ud", case=str(case.id), reason="wrong-citizen")
    (out,) = world.reload(round_).cases
    assert out.taken_out and out.reason == ""
    page = nurse.get(f"/konsultation/{round_.id}").get_data(as_text=True)
    assert NAME not in page and 'data-testid="round-empty"' in page


def test_faults_in_adding_are_shown_on_the_citizens_own_page(world: NurseWorld, nurse: Nurse) -> None:
    round_ = opened(world, nurse)
    draft = world.launched(nurse)
    answer = nurse.post(f"/konsultation/{draft.id}/foej-til/{round_.id}", reason="Sår på benet siden i går")
    assert answer.status_code == 422 and "Vælg, hvem der har givet samtykke" in answer.get_data(as_text=True)
    assert world.reload(round_).cases == () and world.reload(draft).status is Status.DRAFT


def test_in_review_it_is_said_whom_they_did_talk_about(world: NurseWorld, nurse: Nurse) -> None:
    round_ = opened(world, nurse)
    first, second = added(world, nurse, round_, 0), added(world, nurse, round_, 1)
    in_talk(world, nurse, round_)
    nurse.send(f"/api/v1/consultations/{round_.id}/hang-up")
    assert 'data-testid="finish-round"' in nurse.get(f"/konsultation/{round_.id}").get_data(as_text=True)
    nurse.post(f"/konsultation/{round_.id}/droeftet", case=str(second.id), discussed="yes")
    world.does(round_, lambda c: rounds.include(c, first.id, world.later(), SYSTEM))
    nurse.post(f"/konsultation/{round_.id}/droeftet", case=str(first.id))
    kept = world.reload(round_)
    assert kept.cases[0].taken_out and kept.cases[1].current_note is not None
    assert kept.cases[1].consent is not None and kept.cases[1].consent.answer is ConsentAnswer.GIVEN

"""What every care system's adapter keeps when a note is filed, as plain functions; a broken promise is an
``AssertionError``. They run in the tests over every adapter that files notes, and against a vendor's own system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from adapters.contract import eoj_trouble as trouble
from adapters.contract import note_samples as samples
from adapters.contract.bench import Trouble
from adapters.contract.eoj_bench import EojBench
from adapters.contract.note_rule import acknowledged, can
from gateway.domain.capability import Capability
from gateway.domain.errors import PeerCannot, PeerError, PeerRefused
from gateway.domain.identifiers import Cpr
from gateway.domain.note.note import Modality

STARTING = 3  # times as long as a peer may take: the processes have to come up first


@dataclass(frozen=True, slots=True)
class NotePromise:
    """``words``: the promise as a Danish vendor reads it. ``needs``: an ability without which it is none of this
    system's business; ``lags``: asked only of a system whose searches may lag behind."""

    words: str
    keep: Callable[[EojBench], None]
    needs: Capability | None = None
    lags: bool = False
    wire: bool = True

    @property
    def name(self) -> str:
        return self.keep.__name__

    def other(self, bench: EojBench) -> None:
        """Nothing is tried in its place."""

    def exempt(self, bench: EojBench) -> str:
        """Why it is none of this system's business; "" where it is."""
        if not hasattr(bench.system, "file_note"):
            return "this adapter files no notes: they go through the connection that its stanza names"
        if self.needs is not None and not can(bench, self.needs):
            return f"the system does not have the ability «{self.needs}»"
        return "nothing is searched for there" if self.lags and bench.index_lags is None else ""

    def try_on(self, bench: EojBench) -> None:
        self.keep(bench)


def a_note_is_filed_once(bench: EojBench) -> None:
    message = samples.message(bench)
    receipt = acknowledged(bench, message)
    assert receipt.reference, "a receipt names the note"
    assert receipt.received_at is not None and receipt.received_at.tzinfo is not None, "a receipt says when"
    assert bench.copies(message) == 1, f"filed once, and there {bench.copies(message)} times"
    assert bench.in_force(message), "filed, and it does not count"


def a_note_can_be_read_back(bench: EojBench) -> None:
    message = samples.message(bench)
    assert bench.system.read_back(message) is None, "readable before it was filed"
    bench.system.file_note(message)
    back = bench.system.read_back(message)
    assert back is not None and back.filed_at is not None, "filed, and another request does not show it"


def nothing_is_there_before_it_is_filed(bench: EojBench) -> None:
    message = samples.message(bench)
    assert bench.system.probe(message) is None, "found, and never filed"
    assert bench.copies(message) == 0, "asking made a note"
    acknowledged(bench, message)
    assert bench.until(lambda: bench.system.probe(message) is not None), "filed, and not found"


def danish_letters_and_line_breaks_survive(bench: EojBench) -> None:
    text = "Sår på hælen, Ærø.\nMåling: 38,5 °C – «på åben gade»\nÆØÅ æøå é ü & <b> | ^ ~ \\ \" '"
    message = samples.message(bench, replace(samples.APPROVED, employee_text=text))
    acknowledged(bench, message)
    read = bench.text_at_peer(message)
    # Latin-1 channels say a dash plainer; nothing else may be changed or lost.
    assert text in read or text.replace("–", "-") in read, "the text does not read there as it was written"
    assert "Mette Holm" in read and "Lise Hansen" in read, "who wrote and who was spoken with is lost"


def a_long_note_is_whole_or_refused(bench: EojBench) -> None:
    """As long as both texts may be: never cut in silence."""
    text = "".join(f"{number:04d} Sår på venstre skinneben væsker mere end i går.\n" for number in range(38))
    message = samples.message(bench, replace(samples.APPROVED, employee_text=text.strip(), clinic_text=text.strip()))
    try:
        acknowledged(bench, message)
    except (PeerRefused, PeerCannot):
        assert bench.copies(message) == 0, "refused, and there all the same"
        return
    read = bench.text_at_peer(message)
    assert all(read.count(f"{number:04d} Sår") == 2 for number in range(38)), "part of a long note is lost"


def the_same_note_twice_is_one(bench: EojBench) -> None:
    message = samples.message(bench)
    first, again = acknowledged(bench, message), bench.system.file_note(message)
    assert bench.copies(message) == 1, f"filed twice, and there {bench.copies(message)} times"
    assert again.reference == first.reference, "both receipts name the same note"
    if can(bench, Capability.PROBE):
        assert again.replayed, "the second receipt says that it was there"


def notes_of_two_cases_stay_apart(bench: EojBench) -> None:
    one = samples.message(bench)
    other = samples.message(bench, consultation=one.consultation)
    acknowledged(bench, one)
    assert bench.copies(other) == 0, "one note was taken for two"
    acknowledged(bench, other)
    assert (bench.copies(one), bench.copies(other)) == (1, 1), "two citizens' notes are not one and one"


def a_later_version_replaces(bench: EojBench) -> None:
    first = samples.message(bench)
    acknowledged(bench, first)
    second = samples.later(first, "Recept er sendt til apoteket.")
    acknowledged(bench, second)
    assert bench.copies(second) == 1 and bench.in_force(second), "the later version is not what counts"
    assert not bench.in_force(first), "the former version still counts beside it"
    assert "Recept er sendt" in bench.text_at_peer(second), "the later version does not say what is new"


def a_late_first_version_stays_out_of_force(bench: EojBench) -> None:
    """The former version is sent again after its correction: it must not come to life."""
    first = samples.message(bench)
    acknowledged(bench, first)
    second = samples.later(first, "Recept er sendt til apoteket.")
    acknowledged(bench, second)
    bench.system.file_note(first)
    assert bench.copies(first) <= 1, "the former version stands there twice"
    assert bench.in_force(second) and not bench.in_force(first), "what was corrected counts again"


def a_note_that_was_sent_unseen_is_filed_too(bench: EojBench) -> None:
    unnamed = replace(samples.FACTS, clinician="", participants=())
    message = samples.message(bench, replace(samples.APPROVED, facts=unnamed, approved_by=""))
    assert acknowledged(bench, message).received_at is not None, "a note without the doctor's name has no receipt"
    assert bench.copies(message) == 1, "a note without the doctor's name is not there"
    bare = replace(unnamed, practice="", ydernummer="", employee="", employee_role="", modality=Modality.NONE)
    least = samples.message(bench, replace(samples.APPROVED, facts=bare, approved_by="", employee_text=""))
    acknowledged(bench, least)
    acknowledged(bench, samples.later(least, "Borgeren ringer i morgen."))
    assert bench.copies(least) <= 1, "a note that says hardly anything is there twice"


def a_record_that_is_not_there_takes_no_note(bench: EojBench) -> None:
    """Nobody's number and nobody's record: refused, or unknown, but never filed with somebody else."""
    nobody = samples.Subject(f"Patient/{UUID(int=7)}", replace(bench.citizen, identifier=Cpr.parse(bench.nobody)))
    message = samples.message(nobody)
    try:
        acknowledged(bench, message)
    except PeerError:
        assert bench.copies(message) == 0, "refused, and filed all the same"
        return
    raise AssertionError("a note about nobody was taken")


def pictures_are_filed_once_with_their_note(bench: EojBench) -> None:
    message = samples.pictured(samples.message(bench))
    acknowledged(bench, message)
    acknowledged(bench, message)
    assert bench.pictures(message) == 2, f"two pictures were sent, and {bench.pictures(message)} stand there"
    if can(bench, Capability.READ_BACK):
        assert bench.until(lambda: bench.system.read_back(message) is not None), "filed, and not readable there"
    later = samples.pictured(samples.later(message, "Recept er sendt til apoteket."))
    acknowledged(bench, later)
    assert bench.pictures(later) == 2 and bench.copies(later) == 1, "a later version loses or doubles the pictures"


def a_note_without_its_pictures_is_not_whole(bench: EojBench) -> None:
    """Whoever asks whether a note has arrived is told no while a picture of it is missing."""
    bare = samples.message(bench)
    acknowledged(bench, bare)
    whole = samples.pictured(bare)
    if can(bench, Capability.PROBE):
        assert bench.system.probe(whole) is None, "a picture is missing, and the note was said to be there"
    if can(bench, Capability.READ_BACK):
        assert bench.system.read_back(whole) is None, "a picture is missing, and the note was read back as whole"
    acknowledged(bench, whole)
    assert bench.pictures(whole) == 2 and bench.copies(whole) == 1, "what was missing was not filed, or the note twice"


def a_citizen_is_found_by_number(bench: EojBench) -> None:
    number = bench.citizen.identifier
    assert number is not None
    found = bench.system.find_citizen(number)
    assert found is not None and found.record_ref == bench.record, "the citizen's record was not found"
    assert found.citizen.identifier == number, "the record that was found is another citizen's"
    assert bench.system.find_citizen(Cpr.parse(bench.nobody)) is None, "found, though nobody has that number there"


def a_missing_ability_is_said(bench: EojBench) -> None:
    message = samples.message(bench)
    uses: dict[Capability, Callable[[], object]] = {
        Capability.CITIZEN_SEARCH: lambda: bench.system.find_citizen(Cpr.parse(bench.nobody)),
        Capability.READ_BACK: lambda: bench.system.read_back(message),
        Capability.PROBE: lambda: bench.system.probe(message),
    }
    for capability, use in uses.items():
        if can(bench, capability):
            continue
        try:
            use()
        except PeerCannot as fault:
            assert fault.capability == capability, "another ability was named than the one that is missing"
        else:
            raise AssertionError(f"{capability}: missing, and not said")


def a_note_is_filed_through_relay_and_worker(bench: EojBench) -> None:
    """The adapter is built from its stanza, as in every process; a correction follows its first version."""
    with bench.running() as gateway:
        gateway.start_relay()
        first = gateway.owe_note(bench.record, bench.citizen)
        came = any(bench.until(lambda: bench.copies(first) > 0) for _ in range(STARTING))
        assert came, f"the note was never seen at the peer ({gateway.note_faults(first)})"
        if can(bench, Capability.ACKNOWLEDGES_LATER) and not gateway.hears:
            assert bench.copies(first) == 1, "the note stands there more than once"
            return  # the acknowledgement goes to the door of this bench, not to the gateway that runs
        assert bench.until(lambda: gateway.is_done(first)), f"filed, not settled ({gateway.note_faults(first)})"
        second = gateway.correct_note(first)
        assert bench.until(lambda: gateway.is_done(second)), f"not corrected ({gateway.note_faults(second)})"
        assert (bench.copies(first), bench.copies(second)) in ((1, 1), (0, 1)), "a version is missing, or there twice"


PROMISES: tuple[NotePromise, ...] = (
    NotePromise("Et notat journalføres én gang, med tid og reference", a_note_is_filed_once),
    NotePromise("Et notat kan læses tilbage", a_note_can_be_read_back, Capability.READ_BACK),
    NotePromise("Før afsendelse er intet der", nothing_is_there_before_it_is_filed, Capability.PROBE),
    NotePromise("Danske bogstaver og linjeskift bevares", danish_letters_and_line_breaks_survive),
    NotePromise("Et langt notat kommer helt eller slet ikke", a_long_note_is_whole_or_refused),
    NotePromise("Samme notat to gange er ét", the_same_note_twice_is_one),
    NotePromise("To borgeres notater holdes adskilt", notes_of_two_cases_stay_apart),
    NotePromise("En senere version erstatter", a_later_version_replaces, Capability.REPLACE_NOTE),
    NotePromise("En forsinket første version får ikke liv", a_late_first_version_stays_out_of_force,
                Capability.REPLACE_NOTE),
    NotePromise("Et notat uden lægens navn journalføres også", a_note_that_was_sent_unseen_is_filed_too),
    NotePromise("En journal, der ikke findes, får intet notat", a_record_that_is_not_there_takes_no_note),
    *(NotePromise(words, trouble.once_despite(kind)) for words, kind in (
        ("Fejl efter virkning fordobler ikke", Trouble.ERROR_AFTER_EFFECT),
        ("Tabt svar fordobler ikke", Trouble.REPLY_LOST),
        ("Sen virkning fordobler ikke", Trouble.APPLIED_LATE),
    )),
    *(NotePromise(words, trouble.corrected_once_despite(kind), Capability.REPLACE_NOTE) for words, kind in (
        ("Rettelse: fejl efter virkning fordobler ikke", Trouble.ERROR_AFTER_EFFECT),
        ("Rettelse: tabt svar fordobler ikke", Trouble.REPLY_LOST),
        ("Rettelse: sen virkning fordobler ikke", Trouble.APPLIED_LATE),
    )),
    NotePromise("Billeder journalføres én gang med deres notat", pictures_are_filed_once_with_their_note,
                Capability.STILLS),
    NotePromise("Et notat uden sine billeder er ikke helt", a_note_without_its_pictures_is_not_whole,
                Capability.STILLS),
    *(NotePromise(words, trouble.pictured_once_despite(kind), Capability.STILLS) for words, kind in (
        ("Billede: fejl efter virkning fordobler ikke", Trouble.ERROR_AFTER_EFFECT),
        ("Billede: tabt svar fordobler ikke", Trouble.REPLY_LOST),
        ("Billede: sen virkning fordobler ikke", Trouble.APPLIED_LATE),
    )),
    NotePromise("En låst journal ventes der på", trouble.a_lock_is_waited_for),
    NotePromise("Gentagelse uden spørgsmål fordobler ikke", trouble.a_resend_without_asking_does_not_double),
    NotePromise("Et søgeindeks, der halter, fordobler ikke", trouble.once_despite_an_index_that_lags, lags=True),
    NotePromise("Et halende søgeindeks skjuler ikke, hvad der skal rettes",
                trouble.a_correction_finds_its_former_in_an_index_that_lags, Capability.REPLACE_NOTE, lags=True),
    NotePromise("En læsning, der fejler, tager intet tilbage", trouble.a_reading_that_fails_takes_nothing_back,
                Capability.READ_BACK),
    NotePromise("Et afslag er endeligt", trouble.a_refusal_is_definite),
    NotePromise("Optaget betyder, at intet skete", trouble.busy_means_nothing_was_done),
    NotePromise("Ingen forbindelse betyder, at intet skete", trouble.nobody_there_is_certainly_not_done),
    NotePromise("Tavshed er uvished", trouble.silence_is_unknown),
    NotePromise("Det, der er sendt, er uvist, til det vides", trouble.what_was_sent_is_unknown_until_it_is_known),
    NotePromise("Et ubesvaret spørgsmål er intet nej", trouble.a_question_that_fails_is_no_answer),
    NotePromise("En borger findes på sit nummer", a_citizen_is_found_by_number, Capability.CITIZEN_SEARCH),
    NotePromise("Manglende evne siges højt", a_missing_ability_is_said),
    NotePromise("Ingen navne i fejl eller log", trouble.no_name_in_errors_or_logs),
    NotePromise("Et notat journalføres gennem de rigtige processer", a_note_is_filed_through_relay_and_worker),
)  # fmt: skip

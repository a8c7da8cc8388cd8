"""The contract tried on a connection, in words: what came of a promise, how far a run is, why it cannot be tried."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import format_date
from flask_babel import gettext as _

from gateway.certify.connected.telling import LastResult, promise_of
from gateway.certify.run import spoken
from gateway.domain.peers.contract_run import ContractRun, ContractState, Obstacle, Verdict
from gateway.web import languages


def verdict_words() -> Mapping[Verdict, str]:
    return {
        Verdict.KEPT: _("holdt"),
        Verdict.BROKEN: _("brudt"),
        Verdict.NOT_APPLICABLE: _("ikke relevant"),
        Verdict.NOT_TRIED: _("ikke prøvet"),
    }


def contract_state_words() -> Mapping[ContractState, str]:
    return {
        ContractState.ASKED: _("Begynder om lidt"),
        ContractState.RUNNING: _("I gang"),
        ContractState.DONE: _("Slut"),
        ContractState.FAILED: _("Kunne ikke begynde"),
        ContractState.INTERRUPTED: _("Afbrudt"),
    }


def obstacle_words() -> Mapping[Obstacle, str]:
    return {
        Obstacle.REAL: _(
            "Kontraktprøven køres kun mod testsystemer, for den fremkalder fejl med vilje. Denne forbindelse fører til "
            "et rigtigt system."
        ),
        Obstacle.NO_ADDRESS: _("Systemet har ingen adresse, som kontraktprøven kan køres mod."),
        Obstacle.NEEDS_DOOR: _(
            "Systemet svarer med egne beskeder. Imens skal de nå en dør, som konsollen ikke kan åbne. "
            "Kør prøven på en maskine, som testsystemet kan nå:"
        ),
    }


def door_command(kind: str, adapter: str, address: str, name: str) -> str:
    """By which a system is tried that brings its answers to a door."""
    door = f"http://{_('denne-maskine')}:8480/door"
    return f"laegebro certify {kind} {adapter} --url {address} --settings {name}.toml --door {door} --report rapport/"


def promise_words(kind: str, name: str) -> str:
    """A promise in the language of the page."""
    return promise_of(kind, name).words if languages.chosen() == "da" else spoken(name)


def result_words(last: LastResult) -> str:
    """``41 af 43, 30.11.2026, revision 7``, and whether that is what is in force."""
    run = last.run
    told = _(
        "%(kept)s af %(asked)s, %(day)s, revision %(revision)s",
        kept=run.kept, asked=run.asked, day=format_date(run.ended_at, "dd.MM.yyyy"), revision=run.revision,
    )  # fmt: skip
    if run.revision == last.present:
        return str(told)
    older = _("ældre end opsætningen nu, revision %(number)s", number=last.present)
    same = _("nu revision %(number)s med samme opsætning", number=last.present)
    return f"{told} – {older if last.is_changed else same}"


def progress_words(run: ContractRun) -> str:
    return str(_("%(tried)s af %(promises)s løfter er prøvet", tried=run.tried, promises=run.promises))

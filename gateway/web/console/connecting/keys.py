"""A connection's keys, certificates and secrets: which there are, when they end, and the next one put beside (AD14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway.connecting import rotating
from gateway.connecting.drafting import Unsound
from gateway.connecting.reading import SettingFault
from gateway.connecting.rotating import Replacing
from gateway.domain.errors import ConcurrentChange
from gateway.domain.peers.held import REFERENCED, HeldKind
from gateway.peers.published import public_key_of
from gateway.web.acts import Fault, messages
from gateway.web.console.acts import Deed, mount, shown_again, signed
from gateway.web.console.connection import ADDRESS, CHANGERS, mine_to_change
from gateway.web.console.drafts import my_name
from gateway.web.forms import Form
from gateway.web.guards import current_gateway, open_to
from gateway.web.rendering import page
from gateway.web.words.connecting.held import held_words, order_words
from gateway.web.words.settings import fault_words

blueprint = Blueprint("console_keys", __name__)
KEYS = f"{ADDRESS}/noegler"
NEW, GONE, DAY = "new.", "gone.", "day."


class Replaced(Form):
    """``read``: the revision that was on the page. The settings are the adapter's own."""

    read: int = 0


@dataclass(frozen=True)
class Typed:
    """What the page shows beside what is in force: what was typed, and what is wrong with it."""

    texts: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@blueprint.get(KEYS)
@open_to("console", *CHANGERS)
def show(connection: str) -> ResponseReturnValue:
    return _shown(connection, Typed())


def _shown(connection: str, typed: Typed) -> ResponseReturnValue:
    g, line = current_gateway(), mine_to_change(connection)
    basis, held = rotating.basis(g, connection), rotating.held(g, connection)
    configs = [basis.in_force.config if basis.in_force else {}, basis.revision.config]
    keys = {key["kid"]: key for key in map(public_key_of, configs) if key}
    return page(
        "console/connecting/keys.html",
        typed.status,
        line=line,
        read=basis.revision.number,
        draft=g.drafts.of(connection),
        held=held,
        ready={
            each.field.path: rotating.parts_of(each.field, basis.revision.config.get(each.field.path)) for each in held
        },
        typed=typed.texts,
        errors=typed.errors,
        moved=typed.status == 409,
        public={"keys": list(keys.values())} if keys else None,
        is_shown=keys.keys() <= {key["kid"] for key in g.peers.jwks()["keys"]},
        published=f"{g.settings.public_url}/.well-known/jwks.json",
        now=g.clock.now(),
        kinds=held_words(),
        orders=order_words(),
        referenced=REFERENCED,
        HeldKind=HeldKind,
    )


def _replace(form: Replaced, connection: str) -> ResponseReturnValue:
    """Kept only where nothing is wrong with it; then the draft is tried and put in force as any other."""
    mine_to_change(connection)
    replacing = Replacing(
        _posted(NEW), {path: request.form.getlist(GONE + path) for path in _posted(GONE)}, _posted(DAY)
    )
    try:
        rotating.replace(signed("connections replace", ""), connection, form.read, replacing, my_name())
    except Unsound as unsound:
        return _shown(connection, Typed(_harmless(unsound.faults), _errors(unsound.faults), 422))
    except ConcurrentChange:
        return _shown(connection, Typed(_harmless(()), status=409))
    return redirect(url_for("console_drafts.show", connection=connection), 303)


def _posted(prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): text for name, text in request.form.items() if name.startswith(prefix)}


def _harmless(faults: Sequence[SettingFault]) -> dict[str, str]:
    """To be shown again; a private key or a secret written out is not."""
    private = {NEW + each.path for each in faults if each.code == "private-key"}
    texts = {f"{prefix}{path}": text for prefix in (NEW, DAY) for path, text in _posted(prefix).items()}
    sound = ("file:", "env:", "/", "{")
    return {
        name: text for name, text in texts.items() if name not in private and (text.startswith(sound) or DAY in name)
    }


def _errors(faults: Sequence[SettingFault]) -> dict[str, str]:
    told: dict[str, str] = {}
    for each in faults:
        told.setdefault(each.path.partition(".")[0], f"{each.path}: {fault_words(each)}")
    return told


def _again(typed: dict[str, str], faults: Sequence[Fault], connection: str) -> ResponseReturnValue:
    return _shown(connection, Typed(shown_again(typed), messages(faults), 422))


mount(
    blueprint,
    Deed("replace-keys", Replaced, _replace, KEYS, CHANGERS, "connections replace", again=_again),
)

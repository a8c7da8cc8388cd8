"""A line of a table, and the domain's word for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.errors import PeerBusy, PeerError, PeerForbids, PeerIll, PeerRefused, PeerUnclear


class Means(StrEnum):
    """The five things that an answer which is no success can say."""

    REFUSED = "refused"  # the protocol's business rules say no to this message: a person looks at the row
    ILL = "ill"  # our credentials or our address: a person mends the connection, and its rows wait
    FORBIDDEN = "forbidden"  # nothing was done, and this one thing is not allowed us: says nothing of the others
    BUSY = "busy"  # nothing was done, come back
    AGAIN = "again"  # settles nothing: asked for, then sent again


@dataclass(frozen=True, slots=True)
class Line:
    """``said``: the code as it is spelt in the protocol; ``clause``: where it is defined."""

    said: str
    means: Means
    clause: str


def table(*lines: tuple[Means, str, str]) -> Mapping[str, Line]:
    """From (means, codes separated by spaces, clause); a code that stands twice is a fault of ours."""
    found = [Line(code, means, clause) for means, codes, clause in lines for code in codes.split()]
    by_code = {line.said: line for line in found}
    if len(by_code) != len(found):
        raise ValueError("a code stands in two lines")
    return by_code


def meaning(lines: Mapping[str, Line], codes: Iterable[str]) -> Means | None:
    """Of the first code that stands in the table; None where none does."""
    return next((lines[code].means for code in codes if code in lines), None)


def fault_of(means: Means, peer: str, code: str, *, sent: bool, retry_after: int | None = None) -> PeerError:
    """``sent``: it answers something that may have changed the peer. A question that is refused says nothing of the
    row it was asked for, so it only settles nothing."""
    match means:
        case Means.REFUSED if sent:
            return PeerRefused(peer, code)
        case Means.ILL:
            return PeerIll(peer, code, sent)
        case Means.FORBIDDEN:
            return PeerForbids(peer, code, retry_after, sent)
        case Means.BUSY:
            return PeerBusy(peer, code, retry_after, sent)
        case _:
            return PeerUnclear(peer, code, retry_after, sent)

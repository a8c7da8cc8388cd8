"""An entry goes on to another practice, with the moment it has waited since (D1)."""

from __future__ import annotations

from gateway.domain.consultation import transferring
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import Basis, Placement
from gateway.domain.errors import TransitionRefused
from gateway.domain.identifiers import Ydernummer
from gateway.services.act import Acting, F
from gateway.services.queue import doors_of, require_same_world, route_to, waits_until


def transfer(consultation: Consultation, ydernummer: Ydernummer, by: Acting[F]) -> Consultation:
    """The first practice is told that it is over there, the second gets it all; a second click changes nothing.

    The second one is asked on the same terms as at the first placing (services/queue.py): of the same world, open or
    agreed with, and by a connection that may carry it."""
    if not consultation.entry_open:
        raise TransitionRefused("transfer", str(consultation.status), "no-open-entry")
    if consultation.entries[-1].ydernummer == ydernummer:
        return consultation
    route, state = route_to(ydernummer, by), by.ports.practices.state(ydernummer, by.at)
    require_same_world(consultation, state)
    connections = doors_of(consultation, route, by)
    expires_at = waits_until(state, consultation.agreed_at, by.at)
    placement = Placement(by.new, ydernummer, route[0].name, Basis.TRANSFERRED, connections, expires_at)
    return transferring.transfer(consultation, placement, *by.stamp)

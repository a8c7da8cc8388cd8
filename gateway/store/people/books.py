"""Everything that is known about those who log in and about the rooms they talk in, over one engine and one vault."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Engine

from gateway.store.ground.crypto import Vault
from gateway.store.people.approvals import SqlApprovalBook
from gateway.store.people.barrings import SqlBarrings
from gateway.store.people.employees import SqlEmployeeBook
from gateway.store.people.onetime import SqlOneTimeStore
from gateway.store.people.organisations import SqlOrganisationBook
from gateway.store.people.places import SqlPlaceBook
from gateway.store.people.presence import SqlPresenceBook
from gateway.store.people.return_codes import SqlReturnCodes
from gateway.store.people.rooms import SqlRoomBook
from gateway.store.people.sessions import SqlSessionStore
from gateway.store.people.setup.book import SqlSetupBook
from gateway.store.people.wishes import SqlWishBook
from gateway.store.people.workplace_grants import SqlWorkplaceGrants


class PeopleBooks:
    """Each book is made when it is first asked for; whoever inherits brings ``engine`` and ``vault``."""

    @cached_property
    def engine(self) -> Engine:
        raise NotImplementedError

    @cached_property
    def vault(self) -> Vault:
        raise NotImplementedError

    @cached_property
    def organisations(self) -> SqlOrganisationBook:
        return SqlOrganisationBook(self.engine, self.vault)

    @cached_property
    def employees(self) -> SqlEmployeeBook:
        return SqlEmployeeBook(self.engine, self.vault)

    @cached_property
    def workplace_grants(self) -> SqlWorkplaceGrants:
        return SqlWorkplaceGrants(self.engine, self.vault)

    @cached_property
    def barrings(self) -> SqlBarrings:
        return SqlBarrings(self.engine, self.vault)

    @cached_property
    def sessions(self) -> SqlSessionStore:
        return SqlSessionStore(self.engine, self.vault)

    @cached_property
    def return_codes(self) -> SqlReturnCodes:
        return SqlReturnCodes(self.engine, self.vault)

    @cached_property
    def onetime(self) -> SqlOneTimeStore:
        return SqlOneTimeStore(self.engine, self.vault)

    @cached_property
    def presence(self) -> SqlPresenceBook:
        return SqlPresenceBook(self.engine)

    @cached_property
    def rooms(self) -> SqlRoomBook:
        return SqlRoomBook(self.engine)

    @cached_property
    def places(self) -> SqlPlaceBook:
        return SqlPlaceBook(self.engine)

    @cached_property
    def wishes(self) -> SqlWishBook:
        return SqlWishBook(self.engine, self.vault)

    @cached_property
    def approvals(self) -> SqlApprovalBook:
        return SqlApprovalBook(self.engine)

    @cached_property
    def setups(self) -> SqlSetupBook:
        return SqlSetupBook(self.engine)

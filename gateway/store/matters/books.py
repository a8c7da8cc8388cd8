"""What an organisation's own matters are read from, over one engine and one vault."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Engine

from gateway.store.ground.crypto import Vault
from gateway.store.matters.access import SqlAccess
from gateway.store.matters.attended import SqlAttended
from gateway.store.matters.courses import SqlCourses
from gateway.store.matters.erased_months import SqlErasedMonths
from gateway.store.matters.incidents import SqlIncidents
from gateway.store.matters.log_reviews import SqlLogReviews
from gateway.store.matters.looks import SqlLooks
from gateway.store.matters.refusals import SqlRefusals


class MattersBooks:
    """Each book is made when it is first asked for; whoever inherits brings ``engine`` and ``vault``."""

    @cached_property
    def engine(self) -> Engine:
        raise NotImplementedError

    @cached_property
    def vault(self) -> Vault:
        raise NotImplementedError

    @cached_property
    def access_book(self) -> SqlAccess:
        return SqlAccess(self.engine, self.vault)

    @cached_property
    def courses(self) -> SqlCourses:
        return SqlCourses(self.engine)

    @cached_property
    def attended(self) -> SqlAttended:
        return SqlAttended(self.engine)

    @cached_property
    def refusals(self) -> SqlRefusals:
        return SqlRefusals(self.engine, self.vault)

    @cached_property
    def erased_months(self) -> SqlErasedMonths:
        return SqlErasedMonths(self.engine)

    @cached_property
    def incidents(self) -> SqlIncidents:
        return SqlIncidents(self.engine)

    @cached_property
    def looks(self) -> SqlLooks:
        return SqlLooks(self.engine, self.vault)

    @cached_property
    def log_reviews(self) -> SqlLogReviews:
        return SqlLogReviews(self.engine, self.vault)

"""What operations look at and repair, over one engine."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Engine

from gateway.store.watch.alarms import SqlAlarms
from gateway.store.watch.comparing import SqlComparisons
from gateway.store.watch.figures import SqlFigures
from gateway.store.watch.maintaining import SqlMaintenance
from gateway.store.watch.overview import SqlOverview
from gateway.store.watch.owed import SqlOwedBook
from gateway.store.watch.repairs import SqlRepairs
from gateway.store.watch.synthetic import SqlSyntheticRuns


class WatchBooks:
    """Each book is made when it is first asked for; whoever inherits brings ``engine``."""

    @cached_property
    def engine(self) -> Engine:
        raise NotImplementedError

    @cached_property
    def alarms(self) -> SqlAlarms:
        return SqlAlarms(self.engine)

    @cached_property
    def figures(self) -> SqlFigures:
        return SqlFigures(self.engine)

    @cached_property
    def comparisons(self) -> SqlComparisons:
        return SqlComparisons(self.engine)

    @cached_property
    def overview(self) -> SqlOverview:
        return SqlOverview(self.engine)

    @cached_property
    def repairs(self) -> SqlRepairs:
        return SqlRepairs(self.engine)

    @cached_property
    def owed(self) -> SqlOwedBook:
        return SqlOwedBook(self.engine)

    @cached_property
    def synthetic_runs(self) -> SqlSyntheticRuns:
        return SqlSyntheticRuns(self.engine)

    @cached_property
    def maintenance(self) -> SqlMaintenance:
        return SqlMaintenance(self.engine)

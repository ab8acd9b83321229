"""Rows without a date of their own, dated through the rows of another entity that they name.

Belongs here: their date, and which of them wait for a month to be computed again. Does not belong here: what is made of
them (a file a facet).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.entities.registry import ENTITIES


@dataclass(frozen=True)
class Dating:
    """Through which entity rows are dated: what has the same `key` there says when.

    `told_by` is the column of the rollup by which such rows are told from others; each of their sources says its value
    among its constants.
    """

    entity: str
    key: str
    told_by: str

    def dated(self, undated: ir.Table, others: ir.Table, entity: str) -> ir.Table:
        """Rows of `entity` in the month of what dates them, or, if that is later, in the first whose snapshot has them.

        Takes snapshots of months, of each with that of the month before, and silver of the dating entity up to them. Of
        the snapshot of a month the rows are taken that are dated in it, and those dated before it that the snapshot of
        the month before did not have; these came too late for their month, and have no date. Where there is no snapshot
        of the month before, nobody knows which are new.
        """
        theirs, ours = ENTITIES[self.entity].dated_by, ENTITIES[entity].dated_by
        assert theirs, "only what has a date can date"
        assert ours, "what is dated has a column for it"
        # One row a key, or a row would count once for each row of it.
        first = others.group_by(self.key).agg(dated_in=others.month.min(), when=others[theirs].min())
        found = undated.inner_join(first, self.key)
        following = (undated.month + ibis.interval(months=1)).cast("date")
        known = undated.select("customer_id", self.key, month=following).distinct().mutate(known=ibis.literal(True))
        told = undated.select(month=following).distinct().mutate(told=ibis.literal(True))
        found = found.left_join(known, ["customer_id", self.key, "month"]).drop("customer_id_right", "month_right")
        found = found.left_join(told, "month")
        own = found.month == found.dated_in
        late = (found.month > found.dated_in) & found.known.isnull() & found.told.notnull()
        when = own.ifelse(found["when"], ibis.null(found["when"].type()))
        return found.mutate(**{ours: when}).filter(own | late).select(undated.columns)

    def found(self, undated: ir.Table, others: ir.Table, entity: str) -> ir.Table:
        """The rows of snapshots that `dated` takes, as they are there."""
        return undated.semi_join(self.dated(undated, others, entity), ["month", "customer_id", self.key])

    def due(self, latest: ir.Table, others: ir.Table) -> ir.Table:
        """How many rows of the latest snapshot are of each month: due_in (null where nothing dates them), rows.

        Takes silver of the dating entity of all months.
        """
        first = others.group_by(self.key).agg(due_in=others.month.min())
        dated = latest.left_join(first, self.key)
        return dated.group_by("due_in").agg(rows=dated.count())

    def held(self, rollup: ir.Table, kinds: Collection[str], column: str) -> ir.Table:
        """How many such rows, by their `kinds` of `told_by`, a rollup counts in a column: month, rows."""
        mine = rollup.filter(rollup[self.told_by].isin(list(kinds)))
        return mine.group_by("month").agg(rows=mine[column].sum())


def waiting_months(due: Mapping[date, int], held: Mapping[date, int]) -> list[date]:
    """The months that hold fewer rows than are due, if all together do: rows that came late are in a later month."""
    if sum(held.values()) >= sum(due.values()):
        return []
    return [month for month in sorted(due) if due[month] > held.get(month, 0)]

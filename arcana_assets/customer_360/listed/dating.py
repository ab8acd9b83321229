"""Rows without a date of their own, dated through the rows of another entity that they name.

Belongs here: their date, and which of them wait for a month to be computed again. Does not belong here: what is made of
them (a file a facet).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

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
        """Rows of `entity` with a date, in the month of it; those that are in the snapshot of that month.

        Takes a snapshot of each month, and silver of the dating entity.
        """
        theirs, ours = ENTITIES[self.entity].dated_by, ENTITIES[entity].dated_by
        assert theirs, "only what has a date can date"
        assert ours, "what is dated has a column for it"
        # One row a key, or a row would count once for each row of it.
        first = others.group_by("month", self.key).agg(when=others[theirs].min())
        found = undated.inner_join(first, ["month", self.key])
        return found.mutate(**{ours: found["when"]}).select(undated.columns)

    def found(self, undated: ir.Table, others: ir.Table) -> ir.Table:
        """The rows of a snapshot that are dated in its month."""
        return undated.semi_join(others, ["month", self.key])

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
    """The months that hold another number of rows than is due: they have to be computed again."""
    return [month for month in sorted(due) if due[month] != held.get(month, 0)]

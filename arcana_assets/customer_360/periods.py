"""Periods: the months to compute, joined to the months that each of them may know.

`periods` is a table with a row a month to compute: month, window_start (first month of the lookback), later_start
(first month of its later half), ago_3 and ago_12 (the months three and twelve before), begun (first month of the
domain), as_of_day (the day after the last one that the month may know). Belongs here: that join. Does not belong here:
which months a run computes.
"""

import ibis.expr.types as ir


def as_of(rollup: ir.Table, periods: ir.Table) -> ir.Table:
    """Each row of the rollup for each period that may know it; the row's own month as `month_`."""
    known = rollup.rename(month_="month")
    return known.join(periods, [known.month_ <= periods.month])


def in_lookback(rollup: ir.Table, periods: ir.Table, earlier: str = "window_start") -> ir.Table:
    """Each row of the rollup for each period whose lookback holds it; its own month as `month_`.

    `earlier` names another column of the periods to begin with.
    """
    known = rollup.rename(month_="month")
    return known.join(periods, [known.month_ <= periods.month, known.month_ >= periods[earlier]])


def of_month(snapshot: ir.Table, periods: ir.Table) -> ir.Table:
    """Each row of a snapshot for the period whose month it was read in."""
    return snapshot.join(periods, "month")


def whole_months(earlier: ir.DateValue, month: ir.DateValue) -> ir.IntegerValue:
    """Months from the month of a day to another month."""
    return ((month.year() - earlier.year()) * 12 + month.month() - earlier.month()).cast("int64")

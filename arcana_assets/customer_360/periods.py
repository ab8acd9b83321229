"""Periods: the months to compute, and their join to the months that each of them may know.

Belongs here: that table and that join. Does not belong here: which months a run computes (`graph.run`).
"""

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import shifted


def periods_of(as_of_days: Mapping[date, date], domain: CustomerDomain) -> ir.Table:
    """The months to compute, a row each, from the day that each of them is judged as of (`Run.as_of_days`).

    Returns month, window_start (first month of the lookback), later_start (first month of its later half), ago_3 and
    ago_12 (the months three and twelve before), begun (first month of the domain) and as_of_day (the day after the last
    one that the month may know).
    """
    back, months = domain.lookback_months, list(as_of_days)
    firsts = {
        "month": months,
        "window_start": [shifted(month, 1 - back) for month in months],
        "later_start": [shifted(month, 1 - max(back // 2, 1)) for month in months],
        "ago_3": [shifted(month, -3) for month in months],
        "ago_12": [shifted(month, -12) for month in months],
        "begun": [domain.start for _ in months],
        "as_of_day": list(as_of_days.values()),
    }
    return ibis.memtable(pa.table({name: pa.array(days, pa.date32()) for name, days in firsts.items()}))


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

"""What came of customers, and who is left out of them, for all at once: expressions, so that the engine holds them.

Belongs here: the same that `Months` says of the customers it has in memory. Does not belong here: what is made of it
(`results`, `cards`).
"""

from datetime import date

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.consent import PROFILING
from arcana_assets.customer_360.identities import folded_as_of
from arcana_assets.customer_360.revenue import bought_in, outcomes
from arcana_assets.domain.months import shifted
from arcana_assets.predictions.assets.inputs import Months
from arcana_assets.predictions.assets.outcomes import first_days, window_ends

EXACT = "decimal(38, 10)"
"""What is added up in the engine: the sum of floating-point numbers depends on their order."""


def with_what_came(months: Months, rows: ir.Table, month: date, horizon: int, by: date) -> ir.Table:
    """Rows of customers with what `came` of each in the months after a month, as `Months.came_of` says of a part.

    Takes customer_id and other columns, of all customers; the engine holds them.
    """
    activity, accounts = months.whole
    if months.prediction.of_money:
        paid = outcomes(folded_as_of(activity, accounts, month), months.column, month, horizon)
        return _joined(rows, paid.select("customer_id", came="revenue"), 0.0)
    known = folded_as_of(activity, accounts, by)
    if months.unit == "days":
        by = min(by, window_ends(month, months.prediction.horizons[-1], months.unit))
        did = first_days(known.filter(known.month <= by), month, horizon).select("customer_id")
    else:
        last = shifted(month, horizon)
        first = last if months.prediction.target == "leaves" else shifted(month, 1)
        did = known.filter(known.month.between(first, last), bought_in(known, months.column)).select("customer_id")
    came, otherwise = (0.0, 1.0) if months.prediction.target in ("leaves", "silent") else (1.0, 0.0)
    did = did.distinct().mutate(came=ibis.literal(came))
    if accounts is None:
        return _joined(rows, did, otherwise)
    whose = folded_as_of(rows.select("customer_id", _of="customer_id"), accounts, by)
    told = _joined(whose, did, otherwise)
    return _joined(rows, told.select("came", customer_id="_of"), otherwise)


def willing_rows(months: Months, rows: ir.Table, by: date) -> ir.Table:
    """Rows of customers without those of who refused by the end of a month, as `Months.willing` says of a part."""
    if months.listed is None or PROFILING not in months.listed.columns:
        return rows
    no = months.listed.filter(months.listed.month == by, ~months.listed[PROFILING]).select("customer_id")
    whose = folded_as_of(rows.select("customer_id", _of="customer_id"), months.whole[1], by)
    return rows.anti_join(whose.semi_join(no, "customer_id").select(customer_id="_of"), "customer_id")


def _joined(rows: ir.Table, came: ir.Table, otherwise: float) -> ir.Table:
    joined = rows.left_join(came, "customer_id")
    return joined.mutate(came=joined.came.fill_null(otherwise)).select(*rows.columns, "came")

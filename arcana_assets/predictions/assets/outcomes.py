"""Rollups that tell of whom a target came, the window in which it may come, and the months that have one.

Belongs here: which table and column a target is read of, its rows in one form, arithmetic on windows. Does not belong
here: what is known of customers (`inputs`), what a target is learned from (`rows`).
"""

from collections.abc import Collection
from datetime import date, timedelta

import dagster as dg
import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.revenue import revenue_of
from arcana_assets.customer_360.goods.tables import TRANSACTIONS_BY_CATEGORY_MONTHLY
from arcana_assets.customer_360.listed.subscriptions import SUBSCRIPTIONS_MONTHLY
from arcana_assets.customer_360.visitors.tables import COUPONS_MONTHLY, PRESENCE_MONTHLY
from arcana_assets.domain.months import shifted
from arcana_assets.domain.names import as_name
from arcana_assets.domain.settings.predictions import Prediction, Target, Unit
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.tables.table import Table

_OF: dict[Target, tuple[Table, str]] = {
    "visits": (PRESENCE_MONTHLY, "visits"),
    "leaves": (SUBSCRIPTIONS_MONTHLY, "mrr"),
    "uses_coupon": (COUPONS_MONTHLY, "with_coupon"),
    "buys_item_group": (TRANSACTIONS_BY_CATEGORY_MONTHLY, "gross"),
}
"""By target the rollup, and the column that is above 0 where it came; `active` and `silent` are of revenue."""


def activity_of(spec: DomainSpec, prediction: Prediction) -> tuple[dg.AssetKey, str]:
    """The rollup that tells of whom it came, and the column that is above 0 then."""
    found = _OF.get(prediction.target)
    return (spec.key_of(found[0]), found[1]) if found else revenue_of(spec)


def activity_rows(rollup: ir.Table, column: str, prediction: Prediction, categories: Collection[str]) -> ir.Table:
    """The rows of the rollup that are of the target, so that no other column says when it came.

    `categories` are all that there are: of `buys_item_group` those are kept that are spelt as its group is, as columns
    of shares are.
    """
    if prediction.target == "buys_item_group":
        rollup = rollup.filter(rollup.category.isin(group_of(prediction, categories)))
    if prediction.target in ("buys_item_group", "uses_coupon"):
        return rollup.select("customer_id", "month", column)
    return rollup


def group_of(prediction: Prediction, categories: Collection[str]) -> list[str]:
    """The categories that are spelt as the prediction's group is, but for accents and signs; none where none is."""
    wanted = as_name(prediction.item_group or "")
    return sorted(each for each in categories if as_name(each) == wanted)


def window_ends(month: date, horizon: int, unit: Unit) -> date:
    """The month in which the window after a month ends.

    >>> window_ends(date(2011, 1, 1), 30, "days")  # 2 March
    datetime.date(2011, 3, 1)
    >>> window_ends(date(2011, 1, 1), 28, "days")
    datetime.date(2011, 2, 1)
    """
    if unit == "months":
        return shifted(month, horizon)
    return (shifted(month, 1) + timedelta(days=horizon - 1)).replace(day=1)


def first_days(rows: ir.Table, month: date, days: int) -> ir.Table:
    """Who did it within so many days after a month, and on which of them first: customer_id, day (1 is the first one).

    Takes rows by customer and month with `first_day`, null where it did not come.
    """
    begins = shifted(month, 1)
    until = begins + timedelta(days=days - 1)
    after = rows.filter(rows.month > ibis.literal(month), rows.first_day <= ibis.literal(until))
    first = after.group_by("customer_id").agg(first=after.first_day.min())
    return first.select("customer_id", day=first["first"].delta(ibis.literal(begins), unit="day").cast("int64") + 1)


def in_last_days(rows: ir.Table, month: date, days: int) -> ir.Table:
    """Who did it within so many days up to the end of a month: customer_id. Takes rows with `last_day`."""
    since = shifted(month, 1) - timedelta(days=days)
    return rows.filter(rows.month <= ibis.literal(month), rows.last_day >= ibis.literal(since)).select("customer_id")

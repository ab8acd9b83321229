"""The feature matrix: customer 360 as numbers that a model can take, with absence said by columns of its own.

Belongs here: which columns become features and how absence is marked. Does not belong here: scaling and imputing;
those are fitted, so they are part of a model (`segmentation.clustering`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.facets.facet import ABSENT, HAS
from arcana_assets.domain.facets.features import ALWAYS, MAY_BE_ABSENT, OTHER, OWNS, SHARES_ABSENT
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets.domain.names import as_name

_SMALLEST_SHARE = 0.01  # of the customers, for a value to have a column of its own

Indicator = Mapping[date, Sequence[str]]
"""The values that a feature is 1 for, by month; it is null in other months."""


def feature_matrix(customers: ir.Table, blocks: Mapping[str, Mapping[str, Indicator]] | None = None) -> ir.Table:
    """One row for each row of customer 360, numeric columns only (DOUBLE), beside customer_id and month.

    A feature that may be absent stays null and has a column <feature>_absent of 0 or 1. For who bought nothing the
    shares of spend are absent together, which share_absent says. `blocks` are the `indicators` of each encoded column,
    where there is one.
    """
    shares = [name for name in customers.columns if name.startswith(SHARE)]
    columns = {name: customers[name].cast("float64") for name in (*ALWAYS, *MAY_BE_ABSENT, *shares)}
    absent = {name + ABSENT: customers[name].isnull().cast("float64") for name in MAY_BE_ABSENT}
    if shares:
        absent[SHARES_ABSENT] = _all_absent(customers, shares)
    encoded = _encoded(customers, blocks or {})
    return customers.select("customer_id", "month", **columns, **absent, **encoded).order_by("month", "customer_id")


def _all_absent(customers: ir.Table, shares: Sequence[str]) -> ir.FloatingValue:
    """1 for who bought nothing; not by one share: a category that no product has yet is absent for all."""
    return ibis.coalesce(*(customers[name] for name in shares)).isnull().cast("float64")


def listed_features(
    customers: ir.Table, facets: Sequence[str], blocks: Mapping[str, Mapping[str, Indicator]]
) -> ir.Table:
    """One row for each row of customer 360, DOUBLE columns only, beside customer_id and month.

    Takes customer 360 of `listed_customers`, its facets, and for each encoded column its `indicators`. What is absent
    stays null; <facet>_absent, and <feature>_absent for what can be absent by itself, say so with 0 or 1. Indicators
    are 0 or 1: a model that takes a block of them weighs it as a whole (`segmentation.clustering`), for standardised
    one by one they would outweigh every number.
    """
    known = [FACETS[facet] for facet in facets]
    columns = [column for facet in known for column in facet.features]
    shares = [name for name in customers.columns if name.startswith(SHARE)]
    named = {column.name: column for column in columns if not column.pattern}
    features = {name: customers[name].cast("float64") for name in (*named, *shares)}
    for facet in known:
        if not facet.of_everybody:
            features[facet.name + ABSENT] = (~customers[HAS + facet.name]).cast("float64")
    for column in named.values():
        if column.feature == "itself":
            features[column.name + ABSENT] = customers[column.name].isnull().cast("float64")
    if shares:
        features[SHARES_ABSENT] = _all_absent(customers, shares)
    features |= _encoded(customers, blocks)
    return customers.select("customer_id", "month", **features).order_by("month", "customer_id")


def _encoded(customers: ir.Table, blocks: Mapping[str, Mapping[str, Indicator]]) -> dict[str, ir.Value]:
    """The indicators of encoded columns as features."""
    features: dict[str, ir.Value] = {}
    for block, encoded in blocks.items():
        for name, indicator in encoded.items():
            cases = [
                (customers.month == ibis.literal(month), customers[block].isin(list(values)).fill_null(False))
                for month, values in indicator.items()
            ]
            features[name] = ibis.cases(*cases, else_=ibis.null("boolean")).cast("float64")
    return features


def who_may_be_profiled(customers: ir.Table) -> ir.Table:
    """Rows of customer 360 without those of customers who said no to it; all where nobody is asked."""
    if "profiling_opt_in" not in customers.columns:
        return customers
    return customers.filter(customers.profiling_opt_in.fill_null(True))


def with_items(features: ir.Table, owned: ir.Table, items: Mapping[str, Indicator]) -> ir.Table:
    """The features with one more for each item: 1 for customers who own it, else 0; null in months it is not kept for.

    Takes `gold/items_owned` of the same months and the indicators of `item_indicators`.
    """
    if not items:
        return features
    held = {
        name: owned.item_id.isin(sorted({item for values in indicator.values() for item in values})).any()
        for name, indicator in items.items()
    }
    by_customer = owned.group_by("customer_id", "month").agg(**held)
    joined = features.left_join(by_customer, ["customer_id", "month"])
    owns = {
        name: features.month.isin(list(indicator)).ifelse(
            by_customer[name].fill_null(False).cast("float64"), ibis.null("float64")
        )
        for name, indicator in items.items()
    }
    kept = {name: features[name] for name in features.columns}
    return joined.select(**kept, **owns).order_by("month", "customer_id")


def item_indicators(owners: Sequence[tuple[date, str, int]], customers: Mapping[date, int]) -> dict[str, Indicator]:
    """The indicators of items that at least `_SMALLEST_SHARE` of a month's customers own, by name.

    Takes how many own each item, and how many customers there are. Items spelt alike but for accents and signs share
    one.
    """
    kept: dict[str, dict[date, list[str]]] = {}
    for month, item, number in sorted(owners):
        if number >= _SMALLEST_SHARE * customers.get(month, 0):
            kept.setdefault(OWNS + as_name(item), {}).setdefault(month, []).append(item)
    return dict(sorted(kept.items()))


def counted_values(customers: ir.Table, column: str) -> ir.Table:
    """How many customers have each value of a text column, null among them: month, value, customers."""
    return customers.group_by("month", value=customers[column]).agg(customers=customers.count())


def indicators(column: str, counts: Sequence[tuple[date, str | None, int]]) -> dict[str, Indicator]:
    """The indicators of an encoded column, by name. Takes the rows of `counted_values`.

    A month's values of at least `_SMALLEST_SHARE` of its customers have an indicator each, all others share
    `<column>_is_other`: the indicators of a month depend on that month alone. Values spelt alike but for accents and
    signs are one.
    """
    totals, sizes = Counter[date](), Counter[tuple[date, str]]()
    for month, value, customers in counts:
        totals[month] += customers
        if value is not None:
            sizes[month, _spelt(value)] += customers
    kept: dict[str, dict[date, list[str]]] = {}
    for month, value in sorted((month, value) for month, value, _ in counts if value is not None):
        spelt = _spelt(value)
        large = sizes[month, spelt] >= _SMALLEST_SHARE * totals[month]
        kept.setdefault(f"{column}_is_{spelt if large else OTHER}", {}).setdefault(month, []).append(value)
    return dict(sorted(kept.items()))


def _spelt(value: str) -> str:
    """The value as the end of a column's name, which is not that of the column of rare values."""
    name = as_name(value)
    return f"value_{name}" if name == OTHER else name

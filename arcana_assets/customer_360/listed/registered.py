"""What sources of customers state of who is known by what they buy.

Belongs here: adding it to rows of customer 360, tenure among it. Does not belong here: who is a customer (what is
bought says that: `goods.customers`), the master (`master`).
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.listed.master import customers as stated
from arcana_assets.customer_360.listed.master import most_stated
from arcana_assets.customer_360.periods import whole_months
from arcana_assets.domain.facets.registered import AGES, REGISTERED


def with_registered(bought: ir.Table, statements: ir.Table, regions: Mapping[str, Sequence[str]]) -> ir.Table:
    """Rows of customer 360 with the columns of the facet, absent where nothing is stated. Grain unchanged.

    Takes customer 360 of `goods.customers` and silver of all sources of customers in the same months. Who buys and is
    on no list stays, and who is listed and buys nothing makes no row. Nobody is a customer before `since`: tenure
    counts from it where it is stated, and is absent where it is later than the month.
    """
    told = statements.filter(statements.customer_id.notnull())
    born = most_stated(told, ("birth_year",)).drop("differing")
    one = told.mutate(source=ibis.literal(""))  # whose contradictions are, nobody asks here
    known = stated(one, regions).left_join(born, ["customer_id", "month"]).drop("customer_id_right", "month_right")
    months = whole_months(known.since, known.month)
    begun = (months >= 0).fill_null(True)
    age = known.month.year() - known.birth_year
    bands = [(age < end, name) for end, name in AGES]
    values = {name: known[name] for name in REGISTERED.names if name in known.columns} | {
        "since": begun.ifelse(known.since, ibis.null("date")),
        "age_band": (age < 0).ifelse(ibis.null("string"), ibis.cases(*bands, else_=ibis.null("string"))),
    }
    facts = known.select(
        "customer_id",
        "month",
        **{name: values[name] for name in REGISTERED.names},
        _dated=known.since.notnull(),
        _tenure=begun.ifelse(months, ibis.null("int64")),
    )
    joined = bought.left_join(facts, ["customer_id", "month"])
    tenure = joined._dated.fill_null(False).ifelse(joined._tenure, joined.tenure_months)
    kept = {name: joined[name] for name in bought.columns if name not in REGISTERED.names} | {"tenure_months": tenure}
    return joined.select(**kept, **{name: joined[name] for name in REGISTERED.names}).order_by("month", "customer_id")

"""The feature matrix: customer 360 as numbers that a model can take, with absence said by columns of its own.

Belongs here: which columns become features and how absence is marked. Does not belong here: scaling and imputing;
those are fitted, so they are part of a model (`ml`).
"""

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.feature_names import ABSENT, ALWAYS, MAY_BE_ABSENT, SHARE, SHARES_ABSENT


def feature_matrix(customers: ir.Table) -> ir.Table:
    """One row for each row of customer 360, numeric columns only (DOUBLE), beside customer_id and month.

    A feature that may be absent stays null and has a column <feature>_absent of 0 or 1. For who bought nothing the
    shares of spend are absent together, which share_absent says.
    """
    shares = [name for name in customers.columns if name.startswith(SHARE)]
    columns = {name: customers[name].cast("float64") for name in (*ALWAYS, *MAY_BE_ABSENT, *shares)}
    absent = {name + ABSENT: customers[name].isnull().cast("float64") for name in MAY_BE_ABSENT}
    if shares:
        # Not by one of them: a category that no product has yet is absent for all, whatever they bought.
        absent[SHARES_ABSENT] = ibis.coalesce(*(customers[name] for name in shares)).isnull().cast("float64")
    return customers.select("customer_id", "month", **columns, **absent).order_by("month", "customer_id")

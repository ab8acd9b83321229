"""Ratios of customers of whom little is known, drawn towards those of the whole base.

Belongs here: that one formula. Does not belong here: how far a domain draws them (`domain.settings.customers`).

An estimate of a share by its posterior mean under a Beta prior around the base's share, whose weight is fixed rather
than fitted (Efron and Morris 1975 on shrinking many means towards a common one).
"""

import ibis
import ibis.expr.types as ir


def drawn(table: ir.Table, part: ir.NumericValue, whole: ir.NumericValue, weight: float) -> ir.FloatingValue:
    """(part + weight x base) / (whole + weight), where base is part / whole of all rows of the same month.

    Null where there is nothing to divide by.
    """
    base = ibis.window(group_by="month")
    parts, wholes = (value.sum().over(base).cast("float64") for value in (part, whole))
    mean = parts / wholes.nullif(0)
    shares = (part.cast("float64") + weight * mean) / (whole.cast("float64") + weight).nullif(0)
    return shares if weight else part.cast("float64") / whole.cast("float64").nullif(0)

"""In force: in which months rows that are periods count, by their first and their last day.

Belongs here: that a row counts where it was in force on the last day that its month knows. Does not belong here: what
is wrong with a period (`refusal`), what a contract may say of periods (`domain.contract.periods`).

A last day after that one is not known yet: silver of a month has none of it, and a later one changes nothing.
"""

import operator

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import Period, last_known
from arcana_assets.landing.conform.choosing import LEFT_OUT
from arcana_assets.landing.conform.many import joined
from arcana_assets.landing.conform.refusal import of_periods, unreadable
from arcana_assets.landing.conform.rules import ENTITY

NOT_IN_FORCE = "_not_in_force"


def in_force(table: ir.Table, contract: Contract, period: Period) -> ir.Table:
    """Every typed row in the month of its snapshot, with `_not_in_force`, which is left out as well; never null.

    What cannot be read, or is no period, is refused instead, in every month.
    """
    assert contract.periods is not None, "only of periods it can be told when they were in force"
    start, end = (table[ENTITY + name] for name in (contract.periods.start, contract.periods.end))
    end_of_month = (table.month + ibis.interval(months=1) - ibis.interval(days=1)).cast("date")
    last = ibis.least(end_of_month, ibis.literal(last_known(period.as_of, period.timezone)))
    holds = (start <= last) & (end.isnull() | (end >= last))
    away = table[LEFT_OUT] if LEFT_OUT in table.columns else ibis.literal(False)
    wrong = [unreadable(table, contract), *(condition for condition, _ in of_periods(table, contract))]
    idle = ~holds.fill_null(False) & ~joined(operator.or_, wrong) & ~away
    month = {ENTITY + str(contract.schema_.dated_by): table.month}
    return table.mutate(**{LEFT_OUT: away | idle, NOT_IN_FORCE: idle}, **month)

"""Choosing: which typed rows a source is of, by the conditions that its contract says.

Belongs here: evaluating conditions. Does not belong here: what a condition may say (`domain.contract.where`), rows that
are refused (`refusal`).
"""

import operator

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.where import Condition
from arcana_assets.landing.conform.many import joined
from arcana_assets.landing.conform.refusal import unreadable
from arcana_assets.landing.conform.rules import ENTITY

LEFT_OUT = "_left_out"
_COMPARED = {"at_least": operator.ge, "at_most": operator.le, "above": operator.gt, "below": operator.lt}


def chosen(table: ir.Table, contract: Contract) -> ir.Table:
    """Every typed row with `_left_out`, whether it does not meet a condition; never null.

    What is no row, finds nothing where it looks something up, or cannot be read, is not left out: it is refused, and
    says why.
    """
    met = joined(operator.and_, [_met(table[ENTITY + name], each) for name, each in contract.where.items()])
    return table.mutate(**{LEFT_OUT: ~met & ~unreadable(table, contract)})


def _met(value: ir.Value, condition: Condition) -> ir.BooleanValue:
    """Whether a value meets a condition; never null."""

    def among(values: list[object]) -> ir.BooleanValue:
        return value.isin([ibis.literal(each).cast(value.type()) for each in values]).fill_null(False)

    met = list[ir.BooleanValue]()
    for name, said in condition.said.items():
        if name == "in":
            met.append(among(said))
        elif name == "not_in":
            met.append(~among(said))
        elif name == "present":
            met.append(value.notnull() if said else value.isnull())
        else:
            met.append(_COMPARED[name](value, ibis.literal(said).cast(value.type())).fill_null(False))
    return joined(operator.and_, met)

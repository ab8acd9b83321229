"""Rules of a contract as expressions over typed rows.

Belongs here: evaluating and wording one rule of one row. Does not belong here: what rules there are
(`domain.contract.rules`), rules over several rows (`rivals`).
"""

import functools
import operator
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.rules import OPERATORS, Rule
from arcana_assets.engine.primitives import to_local

ENTITY = "entity:"  # prefix of typed columns, which may be spelt like raw ones


def broken(table: ir.Table, rule: Rule, timezone: str) -> ir.BooleanValue:
    """Whether a row breaks a rule; null where it has nothing to break it with."""
    if rule.compare is not None:
        left, right = table[ENTITY + rule.compare.left], table[ENTITY + rule.compare.right]
        return ~getattr(operator, OPERATORS[rule.compare.operator])(left, right)
    value = table[ENTITY + str(rule.column)]
    if rule.nullable is not None:
        return value.isnull()
    if rule.isin is not None:
        return ~value.isin([ibis.literal(allowed).cast(value.type()) for allowed in rule.isin])
    if rule.notin is not None:
        return value.isin([ibis.literal(refused).cast(value.type()) for refused in rule.notin])
    if rule.spells_date is not None:
        spelt, day = rule.spells_date, table[ENTITY + rule.spells_date.of]
        day = to_local(day, timezone) if day.type().is_timestamp() else day
        return value.cast("string").substr(spelt.from_ - 1, spelt.length) != day.strftime(spelt.format)
    if rule.str_matches is not None:
        return ~value.cast("string").re_search(f"^(?:{rule.str_matches})")
    assert rule.in_range is not None
    bounds, broken = rule.in_range, ibis.literal(False)
    if bounds.min is not None:
        low = ibis.literal(bounds.min).cast(value.type())
        broken = broken | ((value < low) if bounds.include_min else (value <= low))
    if bounds.max is not None:
        high = ibis.literal(bounds.max).cast(value.type())
        broken = broken | ((value > high) if bounds.include_max else (value >= high))
    return broken


def worded(table: ir.Table, rule: Rule, texts: Mapping[str, ir.StringValue]) -> ir.StringValue:
    """The reason of a row that breaks a rule: what was demanded, and what was found.

    `texts` are the cleaned texts of mapped columns: a value is quoted as it stood in the file, where it stood there.
    """
    words = f"{', '.join(rule.columns)}: {rule.words()}"
    if rule.nullable is not None:
        return ibis.literal(words)
    values = {name: table[ENTITY + name].cast("string") for name in rule.columns}
    spelt = (
        ibis.coalesce(*([texts[name].substr(0, 80)] if name in texts else []), value, "nothing")
        for name, value in values.items()
    )
    found = functools.reduce(lambda text, value: text + ", " + value, spelt)
    return ibis.literal(f"{words}, found ") + found

"""Rows refused for the sake of another one: an earlier state of the same thing, or a key that several rows have.

Belongs here: which rows are rivals, and the wording. Does not belong here: what is wrong with a row by itself
(`refusal`).
"""

import functools
import operator
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract, OneOfAKey
from arcana_assets.landing.conform.rules import ENTITY

RIVAL = ENTITY + "rival "  # prefix of the marks of such rows


def rivalries(contract: Contract) -> list[tuple[str, str]]:
    """Columns that mark a row as refused for the sake of another one, with the wording."""
    rivalries = []
    if isinstance(contract.deduplicate, OneOfAKey):
        rivalries.append(("key", contract.key, contract.deduplicate.words))
    elif contract.key:
        rivalries.append(("key", contract.key, "must be unique, found in several rows that differ"))
    uniques = (rule for rule in contract.rules if rule.unique)
    rivalries += [(str(index), list(rule.columns), rule.words()) for index, rule in enumerate(uniques)]
    return [(RIVAL + mark, f"{', '.join(columns)}: {words}") for mark, columns, words in rivalries]


def with_rivals(table: ir.Table, contract: Contract, raw: Sequence[str]) -> ir.Table:
    """Marks rows whose key another accepted row has. Rows refused for a reason of their own are no rivals.

    `raw` are the columns that decide between rows of which none is later; the last day of a period decides last, where
    rows agree in all others, for a month must not depend on ends that come after it.
    """
    marks: dict[str, ir.Value] = {}
    ends = _ends(contract)
    # Rows that are left out are rivals of none, like those that are refused.
    aside = [table[name] for name in ("_refused", "_left_out") if name in table.columns]
    out = functools.reduce(operator.or_, aside)
    if contract.key:
        keys = [table[ENTITY + name] for name in contract.key]
        if isinstance(contract.deduplicate, OneOfAKey):
            sort = ibis.desc if contract.deduplicate.keep == "latest" else ibis.asc
            order = [
                sort(table[ENTITY + contract.deduplicate.by], nulls_first=False),
                *(ibis.asc(table[name]) for name in sorted(raw, key=lambda name: (name in ends, name))),
            ]
            rank = ibis.row_number().over(ibis.window(group_by=[table.month, out, *keys], order_by=order))
            marks[RIVAL + "key"] = ~out & (rank > 0)
        else:
            marks[RIVAL + "key"] = ~out & (table.count().over(ibis.window(group_by=[table.month, out, *keys])) > 1)
    for index, rule in enumerate(rule for rule in contract.rules if rule.unique):
        group = [table.month, out, *(table[ENTITY + name] for name in rule.columns)]
        present = functools.reduce(operator.and_, (table[ENTITY + name].notnull() for name in rule.columns))
        marks[f"{RIVAL}{index}"] = ~out & present & (table.count().over(ibis.window(group_by=group)) > 1)
    table = table.mutate(**marks)
    return table.mutate(_refused=functools.reduce(operator.or_, (table[name] for name in marks), table._refused))


def _ends(contract: Contract) -> set[str]:
    """The raw columns that the last day of a period is read from."""
    if contract.periods is None:
        return set()
    end = contract.periods.end
    named = contract.expressions[end].names if end in contract.expressions else (end,)
    return {raw_name(contract.read[each].from_) for each in named if each in contract.read}

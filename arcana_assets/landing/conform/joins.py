"""Joins: typed rows with the columns that they look up in silver of other sources, at most one row there for each.

Belongs here: expressions that find the row of a key, as of a row's time where the other source has dates. Does not
belong here: what a contract may say of a join (`domain.contract.joins`), dates of rows on their way into bronze
(`dating`).
"""

import operator
from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.joins import Join
from arcana_assets.engine.primitives import to_instant
from arcana_assets.landing.conform.many import joined
from arcana_assets.landing.conform.rules import ENTITY

_THERE = ENTITY + "there "  # prefix of columns of the other source, while both are at hand
_SINCE, _UNTIL, _MONTH = (_THERE + name for name in ("since", "until", "month"))


@dataclass(frozen=True)
class Other:
    """Silver of a source that others look up; `dated_by` is the column of its dates, None of a snapshot.

    Its rows have the key of the join once a month, or, with dates, once a month and date: its own contract sees to it.
    """

    rows: ir.Table
    dated_by: str | None


Others = Mapping[str, Other]
"""The sources that a contract looks something up in, by name."""


def found_by(place: int) -> str:
    """The column that says whether the join of this place in the contract found a row; never null."""
    return f"{ENTITY}found {place}"


def as_of_its_time(contract: Contract, join: Join, dated: bool) -> bool:
    """Whether a row finds what held at its time; else it finds what there is in its month."""
    return dated and join is not contract.dating


def looked_up(table: ir.Table, contract: Contract, others: Others, timezone: str) -> ir.Table:
    """Every row with the columns of each join, null where it found none, and whether it did. Grain unchanged.

    Takes rows as `conform.read` gives them. Where the other source has dates a row finds the latest that is not after
    it; a row without a date of its own is of the end of its month. Of a snapshot it finds the row of its own month.
    """
    # What dates the rows first, for the others find what held at that time.
    for place, join in sorted(enumerate(contract.join), key=lambda each: each[1] is not contract.dating):
        table = _looked_up(table, contract, place, others[join.source], timezone)
    return table


def _looked_up(table: ir.Table, contract: Contract, place: int, other: Other, timezone: str) -> ir.Table:
    join = contract.join[place]
    asked = as_of_its_time(contract, join, other.dated_by is not None)
    states, time = _states(other, join, timezone, asked), _time(table, contract, timezone)
    same = [table[ENTITY + here] == states[_key(here)] for here in join.key]
    if asked:
        same += [states[_SINCE] <= time, states[_UNTIL].isnull() | (time < states[_UNTIL])]
    else:
        same.append(table.month == states[_MONTH])
    both = table.left_join(states, same)
    found = joined(operator.and_, [both[_key(here)].notnull() for here in join.key])
    if asked:  # of a row whose date cannot be read that is said, and nothing else
        found = found | _time(both, contract, timezone).isnull()
    values = {ENTITY + here: both[_THERE + "value " + here] for here in join.brought}
    return both.select(*table.columns, **values, **{found_by(place): found})


def _states(other: Other, join: Join, timezone: str, dated: bool) -> ir.Table:
    """The rows of the other source in columns of their own, with the time from which, and until when, each held."""
    rows = other.rows
    keys = {_key(here): rows[there] for here, there in join.key.items()}
    values = {_THERE + "value " + here: rows[there] for here, there in join.brought.items()}
    if not dated:
        return rows.select(**keys, **values, **{_MONTH: rows.month})
    states = rows.select(**keys, **values, **{_SINCE: _instant(rows[str(other.dated_by)], timezone)})
    window = ibis.window(group_by=[states[name] for name in keys], order_by=states[_SINCE])
    return states.mutate(**{_UNTIL: states[_SINCE].lead().over(window)})


def _time(table: ir.Table, contract: Contract, timezone: str) -> ir.TimestampValue:
    """The instant that a row is of; the end of its day, or of its month, where it says no more."""
    date = ENTITY + str(contract.schema_.dated_by)
    if date in table.columns and not table[date].type().is_timestamp():
        end = table[date].cast("timestamp") + ibis.interval(days=1) - ibis.interval(seconds=1)
        return to_instant(end, timezone)
    if date in table.columns:
        return _instant(table[date], timezone)
    end = (table.month.cast("timestamp") + ibis.interval(months=1)) - ibis.interval(seconds=1)
    return to_instant(end, timezone)


def _instant(moment: ir.Value, timezone: str) -> ir.TimestampValue:
    """The beginning of a date where the company is; an instant as it is."""
    return moment if moment.type().is_timestamp() else to_instant(moment.cast("timestamp"), timezone)


def _key(here: str) -> str:
    return f"{_THERE}key {here}"

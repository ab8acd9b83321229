"""Why a single row is refused: what is no value of its type, what is missing, dates out of bounds, rules broken.

Belongs here: conditions and their wording. Does not belong here: rows refused for the sake of another one (`rivals`),
what a rule says (`rules`).
"""

import functools
import operator
from collections.abc import Iterator

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.columns import raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.entities.entity import VALUE_WORDS
from arcana_assets.domain.months import Period
from arcana_assets.engine.primitives import to_instant
from arcana_assets.landing.conform import fields, rules
from arcana_assets.landing.conform.joins import found_by
from arcana_assets.landing.conform.many import joined
from arcana_assets.landing.conform.rules import ENTITY

_Reason = tuple[ir.BooleanValue, ir.StringValue]
"""A condition, and the words on a row that meets it."""

EARLY = "is before the domain's start, "

UNTOLD = ((r"(?s): '.*' is ", ": is "), (r"(?s),? found .*$", ""))
"""What the wording of a reason says of the value found, and what stands there in the kind of it."""


def text_of(rows: ir.Table, contract: Contract, name: str) -> ir.StringValue:
    """The cleaned text of the raw column that an entity column is mapped to; null where a file lacks it."""
    spec = contract.read[name]
    name = raw_name(spec.from_)
    return fields.cleaned(rows[name] if name in rows.columns else ibis.null("string"), spec)


def reasons(table: ir.Table, contract: Contract, period: Period) -> list[_Reason]:
    """Each way in which a single row can be refused, as (condition, wording); conditions are never null."""
    malformed = table._malformed.notnull()
    blank = _blank(table, contract) & ~malformed
    found = [(malformed, ibis.literal("malformed line: ") + table._malformed), (blank, ibis.literal("blank row"))]
    whole = ~(malformed | blank)
    if contract.all_text:  # else the name of a column is no value of its type, which is reason enough
        again = _header(table, contract) & whole
        found.append((again, ibis.literal("repeats the header")))
        whole = whole & ~again
    unread = dict(_unread(table, contract))
    for column in contract.schema_.columns:
        missing = table[ENTITY + column.name].isnull()
        if column.name in unread:
            condition, words = unread.pop(column.name)
            found.append((whole & condition, words))
            missing = missing & ~condition
        elif column.name in contract.joined and contract.joined[column.name].missing == "quarantine":
            # Of a row that found nothing that is said, and no more.
            missing = missing & table[found_by(contract.join.index(contract.joined[column.name]))]
        if contract.requires(column.name):
            found.append((whole & missing, ibis.literal(f"{column.name}: must be present")))
        elif column.derivation == "quantity_times_unit_price" and column.name not in contract.made:
            parts = table[ENTITY + "quantity"].notnull() & table[ENTITY + "unit_price"].notnull()
            found.append(
                (whole & parts & missing, ibis.literal(f"{column.name}: too large for a decimal of 18 digits"))
            )
    found += [(whole & condition, words) for condition, words in unread.values()]
    found += [(whole & condition, words) for condition, words in _not_found(table, contract)]
    found += [(whole & condition, words) for condition, words in _dates(table, contract, period)]
    found += [(whole & condition, words) for condition, words in of_periods(table, contract)]
    texts = {name: text_of(table, contract, name) for name in contract.mapped}
    for rule in contract.rules:
        if not rule.unique:
            found.append(
                (whole & rules.broken(table, rule, period.timezone).fill_null(False), rules.worded(table, rule, texts))
            )
    return found


def spotless(table: ir.Table, contract: Contract, period: Period) -> ir.BooleanValue:
    """Rows with a value in every column that is required or not text, and within all bounds; never null."""
    known = {*contract.made, *contract.schema_.derived}
    values = [
        table[ENTITY + column.name].notnull()
        for column in contract.schema_.columns
        if contract.requires(column.name) or (column.type != "text" and column.name in known)
    ]
    faults = [condition for condition, _ in _dates(table, contract, period)]
    faults += [condition for condition, _ in _not_found(table, contract)]
    faults += [condition for condition, _ in of_periods(table, contract)]
    values += [table[ENTITY + each.to].notnull() for each in contract.helpers if each.kind != "text"]
    faults += [
        rules.broken(table, rule, period.timezone).fill_null(False) for rule in contract.rules if not rule.unique
    ]
    if not any(column.default is None and contract.requires(column.to) for column in contract.columns):
        faults.append(_blank(table, contract))  # a blank row can have all it needs from defaults and constants
    if contract.all_text:
        faults.append(_header(table, contract))
    return joined(operator.and_, [table._malformed.isnull(), *values, *(~fault for fault in faults)])


def unreadable(table: ir.Table, contract: Contract) -> ir.BooleanValue:
    """Rows of which it cannot be told which they are: no rows, blank, without what they look up, or no value of a type.

    Never null.
    """
    malformed = table._malformed.notnull()
    found = [malformed, _blank(table, contract), *([_header(table, contract)] if contract.all_text else [])]
    found += [condition for condition, _ in _not_found(table, contract)]
    return joined(operator.or_, [*found, *(condition for _, (condition, _) in _unread(table, contract))])


def kinds_of_reasons(refused: ir.Table) -> ir.Table:
    """Refused rows by the kind of reason (its words without the value found), `reason, rows`, the most frequent first.

    The twenty most frequent; takes rows of quarantine.
    """
    each = refused.select(reason=refused._reasons.unnest())
    kind = each.reason
    for pattern, instead in UNTOLD:
        kind = kind.re_replace(pattern, instead)
    kinds = each.mutate(reason=kind.substr(0, 100))
    return kinds.group_by("reason").agg(rows=kinds.count()).order_by(ibis.desc("rows"), "reason").limit(20)


def before_start(refused: ir.Table) -> ir.IntegerScalar:
    """How many refused rows are dated before the domain begins; takes rows of quarantine."""
    return early(refused).count()


def early(refused: ir.Table) -> ir.Table:
    """The refused rows that are dated before the domain begins, `month, reason`; takes rows of quarantine."""
    each = refused.select("month", reason=refused._reasons.unnest())
    return each.filter(each.reason.re_search(rf"(?s)' {EARLY}\d{{4}}-\d{{2}}$"))


def of_periods(table: ir.Table, contract: Contract) -> Iterator[_Reason]:
    """Rows that should be periods and have no first day, or end before it; conditions are never null."""
    if contract.periods is None:
        return
    name = contract.periods.start
    start, end = (table[ENTITY + each] for each in (name, contract.periods.end))
    told = [condition for read, (condition, _) in _unread(table, contract) if read == name]
    join = contract.joined.get(name)
    told += [~table[found_by(contract.join.index(join))]] if join and join.missing == "quarantine" else []
    missing = functools.reduce(lambda missing, each: missing & ~each, told, start.isnull())
    yield missing, ibis.literal(f"{name}: must be present")
    found = ibis.literal(f"{contract.periods.words}, found ") + end.cast("string") + ", " + start.cast("string")
    yield (end < start).fill_null(False), found


def _unread(table: ir.Table, contract: Contract) -> Iterator[tuple[str, _Reason]]:
    """Columns and helpers whose text is no value of their type."""
    for name, spec in contract.read.items():
        if (kind := contract.type_of(name)) == "text":
            continue
        text = text_of(table, contract, name)
        wants = VALUE_WORDS[kind] + (f" in {' or '.join(spec.formats)}" if spec.formats else "")
        words = ibis.literal(f"{name}: '") + text.substr(0, 80) + f"' is not {wants}"
        yield name, (text.notnull() & table[ENTITY + name].isnull(), words)


def _not_found(table: ir.Table, contract: Contract) -> Iterator[_Reason]:
    """Rows whose key another source does not have, where such rows are refused."""
    for place, join in enumerate(contract.join):
        if join.missing == "quarantine":
            keys = [table[ENTITY + here].cast("string").substr(0, 80).fill_null("nothing") for here in join.key]
            spelt = functools.reduce(lambda text, value: text + ", " + value, keys)
            yield ~table[found_by(place)], ibis.literal(f"{join.words}, found ") + spelt


def _blank(table: ir.Table, contract: Contract) -> ir.BooleanValue:
    raw = [raw_name(name) for name in contract.raw_columns if raw_name(name) in table.columns]
    return joined(operator.and_, [table[name].fill_null("").strip() == "" for name in raw])


def _header(table: ir.Table, contract: Contract) -> ir.BooleanValue:
    """Rows whose values are the names of their columns, as where files were put one below another; or that are blank.

    Never null. A file may lack columns. Of one column alone nobody could tell.
    """
    named = [name for name in contract.raw_columns if raw_name(name) in table.columns]
    if len(named) < 2:
        return ibis.literal(False)
    return joined(operator.and_, [(table[raw_name(name)].strip() == name.strip()).fill_null(True) for name in named])


def _dates(table: ir.Table, contract: Contract, period: Period) -> Iterator[_Reason]:
    dated_by = contract.schema_.dated_by
    if dated_by is None or not contract.dated:
        return
    event = table[ENTITY + dated_by]
    text = text_of(table, contract, dated_by) if dated_by in contract.mapped else event.cast("string")
    words = ibis.literal(f"{dated_by}: '") + text.substr(0, 80)
    if contract.schema_.column(dated_by).type == "date":  # a day begins when it does where the company is
        event = to_instant(event.cast("timestamp"), period.timezone)
    bounds = (period.begins, period.as_of, period.ends)
    early, late, impossible = (ibis.literal(bound, type="timestamp('UTC')") for bound in bounds)
    yield (event < early).fill_null(False), words + f"' {EARLY}{period.start:%Y-%m}"
    future = (event >= late) & (event < impossible)
    yield future.fill_null(False), words + f"' is in the future as of {period.as_of:%Y-%m-%d %H:%M} UTC"
    # It lies in a month that may be over: what is said of it has to be the same in every run of that month.
    yield (event >= impossible).fill_null(False), words + "' is impossible: too far in the future"

"""Bronze to silver and quarantine: exact duplicates, types, rules, and the reasons of what is refused.

Belongs here: everything that decides whether a raw row becomes a row of its entity. Does not belong here: what the
entity's columns mean (`domain.entities`), how one field is read (`fields`).
"""

import functools
import operator
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract import Contract, LatestWins, Lookup, raw_name
from arcana_assets.domain.entities import EntityColumn
from arcana_assets.domain.months import begins
from arcana_assets.transforms import fields, rules
from arcana_assets.transforms.primitives import to_instant
from arcana_assets.transforms.rules import ENTITY

PROVENANCE = ("_file", "_file_sha256", "_line")
NOT_RAW = ("month", "_copies", "_refused")
RIVAL = ENTITY + "rival "  # prefix of marks of rows that are refused for the sake of another one
END = "\x1f"  # ends each reason while they are one text
WORDS = {
    "integer": "a whole number",
    "decimal": "a number",
    "double": "a number",
    "boolean": "true or false",
    "date": "a date",
    "instant": "a date",
}


@dataclass(frozen=True)
class Period:
    """What rows may be dated: from the domain's first day to the moment as of which the run computes, excluded."""

    start: date
    as_of: datetime
    timezone: str

    @property
    def begins(self) -> datetime:
        """The first instant of the domain, in UTC."""
        return begins(self.start, self.timezone)


def without_duplicates(bronze: ir.Table, empty: Collection[str] = ()) -> ir.Table:
    """Rows that agree in every raw column (and month) once, with `_copies`.

    `empty` are columns known to be null in every row: they tell no row from another, and each of them would cost as
    much as one that does. Provenance is left out as well: carrying the first place of each row along took twice as long
    as telling the rows apart, and only refused rows need it (`quarantine`).
    """
    raw = [name for name in bronze.columns if name not in PROVENANCE]
    distinct = bronze.group_by([name for name in raw if name not in empty]).agg(_copies=bronze.count())
    known = {name: ibis.null("string") if name in empty else distinct[name] for name in raw}
    return distinct.select(**known, _copies=distinct["_copies"])


def read(rows: ir.Table, contract: Contract, period: Period) -> ir.Table:
    """Every row with the entity columns that are read from raw ones or constant, prefixed `entity:`.

    A column is null where its text is no such value.
    """
    values: dict[str, ir.Value] = {}
    for column in contract.schema_.columns:
        kind = fields.TYPES[column.type]
        if column.name in contract.mapped:
            spec = contract.mapped[column.name]
            text = _text(rows, contract, column.name)
            value = fields.typed(text, spec, column.type, contract, period.timezone)
            if spec.default is not None:
                # In place of what is absent only: what cannot be read is refused, not replaced.
                value = text.isnull().ifelse(ibis.literal(spec.default).cast(kind), value)
            values[ENTITY + column.name] = value
        elif column.name in contract.constants:
            values[ENTITY + column.name] = ibis.literal(contract.constants[column.name]).cast(kind)
    return rows.mutate(values)


def completed(table: ir.Table, contract: Contract) -> ir.Table:
    """Every row with all entity columns: those found by a lookup and those derived from others beside those read."""
    values = {name: table[ENTITY + name] for name in contract.schema_.names if ENTITY + name in table.columns}
    found: dict[str, ir.Value] = {}
    for lookup in contract.lookups:
        kind = fields.TYPES[contract.schema_.column(lookup.to).type]
        found[lookup.to] = _looked_up(values[lookup.from_].cast("string"), lookup).cast(kind)
    for column in contract.schema_.columns:
        if column.name not in values and column.name not in found:
            found[column.name] = _derived(column, values).try_cast(fields.TYPES[column.type])
    return table.mutate({ENTITY + name: value for name, value in found.items()})


def typed(rows: ir.Table, contract: Contract, period: Period) -> ir.Table:
    """`read` and `completed` in one expression."""
    return completed(read(rows, contract, period), contract)


def judged(table: ir.Table, contract: Contract, period: Period) -> ir.Table:
    """Every typed row with `_refused`. Grain unchanged: no row is dropped here."""
    refused = functools.reduce(operator.or_, (condition for condition, _ in _reasons(table, contract, period)))
    # Nearly every row has all its values and keeps all rules, which is cheap to see; why a row is refused is not.
    table = table.mutate(_refused=_spotless(table, contract, period).ifelse(ibis.literal(False), refused))
    if not contract.key and not any(rule.unique for rule in contract.rules):
        return table
    return _with_rivals(table, contract)


def sorted_out(judged: ir.Table) -> ir.Table:
    """Every judged row as it goes on: `_refused`, `_copies`, typed columns and, of a refused one, `_row`.

    That is its raw columns; it is null for the others, which saves carrying them along.
    """
    row = ibis.struct({name: judged[name] for name in _raw(judged)})
    typed = [name for name in judged.columns if name.startswith(ENTITY)]
    return judged.select(
        "month", "_refused", "_copies", *typed, _row=judged._refused.ifelse(row, ibis.null(row.type()))
    )


def silver(sorted_rows: ir.Table, contract: Contract) -> ir.Table:
    """Accepted rows in the schema of the entity, with `month` first."""
    kept = sorted_rows.filter(~sorted_rows._refused)
    return kept.select("month", **{name: kept[ENTITY + name] for name in contract.schema_.names})


def refused(sorted_rows: ir.Table, contract: Contract, period: Period) -> ir.Table:
    """Refused rows as they came, with the list of `_reasons`, but for the place that they came from."""
    kept = sorted_rows.filter(sorted_rows._refused)
    raw = {name: kept._row[name] for name in kept._row.type().names}
    rows = kept.select("month", *(name for name in kept.columns if name.startswith(ENTITY)), **raw)
    spelt = [
        condition.fill_null(False).ifelse(words + END, "") for condition, words in _reasons(rows, contract, period)
    ]
    spelt += [
        rows[name].fill_null(False).ifelse(ibis.literal(words + END), "")
        for name, words in _rivalries(contract)
        if name in rows.columns
    ]
    text = functools.reduce(operator.add, spelt)
    return rows.select(
        month=rows.month,
        _reasons=text.substr(0, text.length() - 1).split(END),
        **{name: rows[name] for name in raw},
    )


def quarantine(refused: ir.Table, bronze: ir.Table, empty: Collection[str] = ()) -> ir.Table:
    """Refused rows with the provenance of the first of their copies in bronze; `empty` as in `without_duplicates`."""
    raw = [name for name in bronze.columns if name not in PROVENANCE]
    telling = [name for name in raw if name not in empty]
    copies = bronze.inner_join(refused, [bronze[name].identical_to(refused[name]) for name in telling])
    placed = copies.select(
        _reasons=refused._reasons,
        _place=ibis.struct({name: bronze[name] for name in ("_file", "_line", "_file_sha256")}),
        **{name: bronze[name] for name in telling},
    )
    first = placed.group_by([*telling, "_reasons"]).agg(_place=placed._place.min())
    known = {name: ibis.null("string") if name in empty else first[name] for name in raw if name != "month"}
    places = {name: first._place[name] for name in PROVENANCE}
    return first.select(month=first.month, _reasons=first._reasons, **known, **places)


def _text(rows: ir.Table, contract: Contract, name: str) -> ir.StringValue:
    spec = contract.mapped[name]
    name = raw_name(spec.from_)
    return fields.cleaned(rows[name] if name in rows.columns else ibis.null("string"), spec)


def _looked_up(value: ir.StringValue, lookup: Lookup) -> ir.Value:
    cases = [(value == key, ibis.literal(found)) for key, found in lookup.values.items()]
    cases += [(value.re_search(f"^(?:{pattern.matches})$"), ibis.literal(pattern.value)) for pattern in lookup.patterns]
    return ibis.cases(*cases, else_=ibis.null() if lookup.default is None else ibis.literal(lookup.default))


def _derived(column: EntityColumn, values: dict[str, ir.Value]) -> ir.Value:
    match column.derivation:
        case "quantity_times_unit_price":
            # Ibis takes the product for a DECIMAL(18, 4) already and would leave out the cast that DuckDB needs.
            return (values["quantity"] * values["unit_price"]).cast("decimal(38, 4)")
        case "sale_or_return":
            return ibis.cases(
                (values["quantity"] > 0, "sale"), (values["quantity"] <= 0, "return"), else_=ibis.null("string")
            )
        case "always_true":
            return ibis.literal(True)
    return ibis.null("string")


def _reasons(table: ir.Table, contract: Contract, period: Period) -> list[tuple[ir.BooleanValue, ir.StringValue]]:
    """Each way in which a single row can be refused, as (condition, wording); conditions are never null."""
    malformed = table._malformed.notnull()
    blank = _blank(table, contract) & ~malformed
    reasons = [(malformed, ibis.literal("malformed line: ") + table._malformed), (blank, ibis.literal("blank row"))]
    whole = ~(malformed | blank)
    for column in contract.schema_.columns:
        value = table[ENTITY + column.name]
        if column.name in contract.mapped and column.type != "text":
            text, spec = _text(table, contract, column.name), contract.mapped[column.name]
            wants = WORDS[column.type] + (f" in {' or '.join(spec.formats)}" if spec.formats else "")
            unread = text.notnull() & value.isnull()
            reasons.append(
                (whole & unread, ibis.literal(f"{column.name}: '") + text.substr(0, 80) + f"' is not {wants}")
            )
            missing = text.isnull() & value.isnull()
        else:
            missing = value.isnull()
        if contract.requires(column.name):
            reasons.append((whole & missing, ibis.literal(f"{column.name}: must be present")))
        elif column.derivation == "quantity_times_unit_price" and column.name not in contract.mapped:
            parts = table[ENTITY + "quantity"].notnull() & table[ENTITY + "unit_price"].notnull()
            reasons.append(
                (whole & parts & value.isnull(), ibis.literal(f"{column.name}: too large for a decimal of 18 digits"))
            )
    reasons += [(whole & condition, words) for condition, words in _dates(table, contract, period)]
    texts = {name: _text(table, contract, name) for name in contract.mapped}
    for rule in contract.rules:
        if not rule.unique:
            reasons.append((whole & rules.broken(table, rule).fill_null(False), rules.worded(table, rule, texts)))
    return reasons


def _spotless(table: ir.Table, contract: Contract, period: Period) -> ir.BooleanValue:
    """Rows with a value in every column that is required or not text, and within all bounds; never null."""
    known = {*contract.made, *contract.schema_.derived}
    values = [
        table[ENTITY + column.name].notnull()
        for column in contract.schema_.columns
        if contract.requires(column.name) or (column.type != "text" and column.name in known)
    ]
    faults = [condition for condition, _ in _dates(table, contract, period)]
    faults += [rules.broken(table, rule).fill_null(False) for rule in contract.rules if not rule.unique]
    if not any(column.default is None and contract.requires(column.to) for column in contract.columns):
        faults.append(_blank(table, contract))  # a blank row can have all it needs from defaults and constants
    return functools.reduce(operator.and_, [table._malformed.isnull(), *values, *(~fault for fault in faults)])


def _raw(table: ir.Table) -> list[str]:
    return [name for name in table.columns if not name.startswith(ENTITY) and name not in NOT_RAW]


def _blank(table: ir.Table, contract: Contract) -> ir.BooleanValue:
    raw = [raw_name(name) for name in contract.raw_columns if raw_name(name) in table.columns]
    return functools.reduce(operator.and_, (table[name].fill_null("").strip() == "" for name in raw))


def _dates(table: ir.Table, contract: Contract, period: Period) -> Iterator[tuple[ir.BooleanValue, ir.StringValue]]:
    dated_by = contract.schema_.dated_by
    if dated_by is None or not contract.dated:
        return
    words = ibis.literal(f"{dated_by}: '") + _text(table, contract, dated_by).substr(0, 80)
    event = table[ENTITY + dated_by]
    if contract.schema_.column(dated_by).type == "date":  # a day begins when it does where the company is
        event = to_instant(event.cast("timestamp"), period.timezone)
    early, late = (ibis.literal(bound, type="timestamp('UTC')") for bound in (period.begins, period.as_of))
    yield (event < early).fill_null(False), words + f"' is before the domain's start, {period.start:%Y-%m}"
    yield (event >= late).fill_null(False), words + f"' is in the future as of {period.as_of:%Y-%m-%d %H:%M} UTC"


def _rivalries(contract: Contract) -> list[tuple[str, str]]:
    """Columns that mark a row as refused for the sake of another one, with the wording."""
    rivalries = []
    if isinstance(contract.deduplicate, LatestWins):
        rivalries.append(("key", contract.key, f"superseded by the row with a later {contract.deduplicate.by}"))
    elif contract.key:
        rivalries.append(("key", contract.key, "must be unique, found in several rows that differ"))
    uniques = (rule for rule in contract.rules if rule.unique)
    rivalries += [(str(index), list(rule.columns), rule.words()) for index, rule in enumerate(uniques)]
    return [(RIVAL + mark, f"{', '.join(columns)}: {words}") for mark, columns, words in rivalries]


def _with_rivals(table: ir.Table, contract: Contract) -> ir.Table:
    """Marks rows whose key another accepted row has. Rows refused for a reason of their own are no rivals."""
    marks: dict[str, ir.Value] = {}
    if contract.key:
        keys = [table[ENTITY + name] for name in contract.key]
        if isinstance(contract.deduplicate, LatestWins):
            raw = [table[name] for name in sorted(_raw(table)) if name not in PROVENANCE]
            order = [
                ibis.desc(table[ENTITY + contract.deduplicate.by], nulls_first=False),
                *(ibis.asc(value) for value in raw),
            ]
            rank = ibis.row_number().over(ibis.window(group_by=[table.month, table._refused, *keys], order_by=order))
            marks[RIVAL + "key"] = ~table._refused & (rank > 0)
        else:
            marks[RIVAL + "key"] = ~table._refused & (
                table.count().over(ibis.window(group_by=[table.month, table._refused, *keys])) > 1
            )
    for index, rule in enumerate(rule for rule in contract.rules if rule.unique):
        group = [table.month, table._refused, *(table[ENTITY + name] for name in rule.columns)]
        present = functools.reduce(operator.and_, (table[ENTITY + name].notnull() for name in rule.columns))
        marks[f"{RIVAL}{index}"] = ~table._refused & present & (table.count().over(ibis.window(group_by=group)) > 1)
    table = table.mutate(**marks)
    return table.mutate(_refused=functools.reduce(operator.or_, (table[name] for name in marks), table._refused))

"""Bronze to silver and quarantine: exact duplicates, types, rules, and the reasons of what is refused.

Belongs here: everything that decides whether a raw row becomes a row of its entity. Does not belong here: what the
entity's columns mean (`domain.entities`), how one field is read (`fields`), why a row is refused (`refusal`, `rivals`).
"""

import operator
from collections.abc import Collection

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.columns import Lookup
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.entities.entity import ColumnType, EntityColumn
from arcana_assets.domain.entities.goods import TRANSACTIONS
from arcana_assets.domain.months import Period
from arcana_assets.landing.conform import fields
from arcana_assets.landing.conform.choosing import LEFT_OUT
from arcana_assets.landing.conform.computing import computed
from arcana_assets.landing.conform.in_force import NOT_IN_FORCE
from arcana_assets.landing.conform.many import joined
from arcana_assets.landing.conform.refusal import reasons, spotless, text_of
from arcana_assets.landing.conform.rivals import rivalries, with_rivals
from arcana_assets.landing.conform.rules import ENTITY
from arcana_assets.tables.types import TYPES

PROVENANCE = ("_file", "_file_sha256", "_line")
NOT_RAW = ("month", "_copies", "_refused", LEFT_OUT, NOT_IN_FORCE)
END = "\x1f"  # ends each reason while they are one text


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


def _is_filled_in(rows: ir.Table, contract: Contract) -> ir.BooleanValue:
    """Of raw rows, whether somebody has filled in the form; all have where the contract is of none. Never null.

    A malformed line may be filled in: it is not left out.
    """
    texts = (text_of(rows, contract, name) for name in contract.filled_in)
    given = [text.fill_null("") != "" for text in texts]
    return joined(operator.or_, [rows._malformed.notnull(), *given]) if given else ibis.literal(True)


def not_filled_in(rows: ir.Table, contract: Contract) -> ir.IntegerScalar:
    """How many raw rows of a form nobody has filled in."""
    return rows.filter(~_is_filled_in(rows, contract)).count()


def filled_in(rows: ir.Table, contract: Contract) -> ir.Table:
    """The rows of a form that somebody has filled in; every row where the contract is of none."""
    return rows.filter(_is_filled_in(rows, contract)) if contract.filled_in else rows


def read(rows: ir.Table, contract: Contract, period: Period) -> ir.Table:
    """Every row with the entity columns and helpers that are read from raw ones or constant, prefixed `entity:`.

    A column is null where its text is no such value.
    """
    values: dict[str, ir.Value] = {}
    for name, spec in contract.read.items():
        kind = contract.type_of(name)
        text = text_of(rows, contract, name)
        value = fields.typed(text, spec, kind, contract, period.timezone)
        if spec.default is not None:
            # In place of what is absent only: what cannot be read is refused, not replaced.
            value = text.isnull().ifelse(ibis.literal(spec.default).cast(TYPES[kind]), value)
        values[ENTITY + name] = value
    for name, constant in contract.constants.items():
        values[ENTITY + name] = ibis.literal(constant).cast(TYPES[contract.schema_.column(name).type])
    return rows.mutate(values)


def completed(table: ir.Table, contract: Contract) -> ir.Table:
    """Every row with all entity columns: those found by a lookup and those derived from others beside those read."""
    values = {name: table[ENTITY + name] for name in contract.schema_.names if ENTITY + name in table.columns}
    found: dict[str, ir.Value] = {}
    for lookup in contract.lookups:
        kind = TYPES[contract.schema_.column(lookup.to).type]
        found[lookup.to] = _looked_up(values[lookup.from_].cast("string"), lookup).cast(kind)
    entity = contract.schema_
    kinds = {name: _kind(value) for name, value in {**_typed(table), **found}.items()}
    for name, expression in contract.expressions.items():
        kinds[name] = entity.column(name).type if name in entity.names else expression.type_of(kinds)
        found[name] = computed(expression, {**_typed(table), **found}, kinds[name])
    for column in entity.columns:
        if column.name not in values and column.name not in found:
            found[column.name] = _derived(column, {**values, **found}).try_cast(TYPES[column.type])
    if entity.name == TRANSACTIONS.name and "amount" in contract.made:
        there = {**values, **found}
        # Of what is taken back, totals do not always say the sign.
        found["amount"] = (there["quantity"] < 0).ifelse(-there["amount"].abs(), there["amount"])
    return table.mutate({ENTITY + name: value for name, value in found.items()})


def judged(table: ir.Table, contract: Contract, period: Period) -> ir.Table:
    """Every typed row with `_refused`. Grain unchanged: no row is dropped here."""
    refused = joined(operator.or_, [condition for condition, _ in reasons(table, contract, period)])
    refused = refused & ~table[LEFT_OUT] if LEFT_OUT in table.columns else refused
    # Nearly every row has all its values and keeps all rules, which is cheap to see; why a row is refused is not.
    table = table.mutate(_refused=spotless(table, contract, period).ifelse(ibis.literal(False), refused))
    if not contract.key and not any(rule.unique for rule in contract.rules):
        return table
    return with_rivals(table, contract, [name for name in _raw(table) if name not in PROVENANCE])


def sorted_out(judged: ir.Table) -> ir.Table:
    """Every judged row as it goes on: `_refused`, `_copies`, typed columns and, of a refused one, `_row`.

    `_row` are its raw columns in their order; it is null for the others, which saves carrying them along. A list and no
    struct: that is one column where it is null, not as many as the raw ones. Where the contract says which rows the
    source is of, `_left_out` comes along, and of periods `_not_in_force`.
    """
    row = ibis.array([judged[name] for name in _raw(judged)])
    typed = [name for name in judged.columns if name.startswith(ENTITY)]
    left_out = [name for name in (LEFT_OUT, NOT_IN_FORCE) if name in judged.columns]
    return judged.select(
        "month", "_refused", "_copies", *left_out, *typed, _row=judged._refused.ifelse(row, ibis.null(row.type()))
    )


def silver(sorted_rows: ir.Table, contract: Contract) -> ir.Table:
    """Accepted rows in the schema of the entity, with `month` first."""
    kept = sorted_rows.filter(~sorted_rows._refused)
    kept = kept.filter(~kept[LEFT_OUT]) if LEFT_OUT in kept.columns else kept
    return kept.select("month", **{name: kept[ENTITY + name] for name in contract.schema_.names})


def refused(sorted_rows: ir.Table, bronze: ir.Table, contract: Contract, period: Period) -> ir.Table:
    """Refused rows as they came, with the list of `_reasons`, but for the place that they came from."""
    kept = sorted_rows.filter(sorted_rows._refused)
    names = [name for name in _raw(bronze) if name not in PROVENANCE]
    raw = {name: kept._row[index] for index, name in enumerate(names)}
    rows = kept.select("month", *(name for name in kept.columns if name.startswith(ENTITY)), **raw)
    spelt = [condition.fill_null(False).ifelse(words + END, "") for condition, words in reasons(rows, contract, period)]
    spelt += [
        rows[name].fill_null(False).ifelse(ibis.literal(words + END), "")
        for name, words in rivalries(contract)
        if name in rows.columns
    ]
    text = joined(operator.add, spelt)
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


def _typed(table: ir.Table) -> dict[str, ir.Value]:
    """The typed columns of rows, entity columns and others, by name."""
    return {name.removeprefix(ENTITY): table[name] for name in table.columns if name.startswith(ENTITY)}


def _kind(value: ir.Value) -> ColumnType:
    given = value.type().copy(nullable=True)
    return next((kind for kind, each in TYPES.items() if each == given), "text")


def _looked_up(value: ir.StringValue, lookup: Lookup) -> ir.Value:
    cases = [(value == key, ibis.literal(found)) for key, found in lookup.values.items()]
    cases += [(value.re_search(f"^(?:{pattern.matches})$"), ibis.literal(pattern.value)) for pattern in lookup.patterns]
    return ibis.cases(*cases, else_=ibis.null() if lookup.default is None else ibis.literal(lookup.default))


def _derived(column: EntityColumn, values: dict[str, ir.Value]) -> ir.Value:
    match column.derivation:
        case "quantity_times_unit_price":
            # Ibis takes the product for a DECIMAL(18, 4) already and would leave out the cast that DuckDB needs.
            product = (values["quantity"] * values["unit_price"]).cast("decimal(38, 4)")
            # What is taken back comes to less than nothing, and was paid less its discount.
            back, paid = values["quantity"] < 0, -product.abs()
            if "discount" not in values:
                return back.ifelse(paid, product)
            off = values["discount"].fill_null(0)
            return back.ifelse(ibis.least(paid + off, 0), product - off)
        case "sale_or_return":
            return ibis.cases(
                (values["quantity"] > 0, "sale"), (values["quantity"] < 0, "return"), else_=ibis.null("string")
            )
        case "amount_by_quantity":
            amount = values.get("amount", ibis.null("decimal(18, 4)")).cast("float64")
            return (amount / values["quantity"].nullif(0)).abs().round(4)
        case "always_true":
            return ibis.literal(True)
    return values.get(column.instead or "", ibis.null("string"))


def _raw(table: ir.Table) -> list[str]:
    return [name for name in table.columns if not name.startswith(ENTITY) and name not in NOT_RAW]

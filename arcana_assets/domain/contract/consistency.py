"""Whether the parts of a contract agree with each other and with the entity.

Belongs here: what no single key can tell. Does not belong here: what one key may say (`contract`, `columns`, `rules`).
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from arcana_assets.domain.contract.columns import Scalar, SourceColumn, raw_name
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.formats import WORKBOOK_SUFFIXES, SqlFormat
from arcana_assets.domain.contract.rules import Rule
from arcana_assets.domain.entities.entity import VALUE_WORDS, ColumnType
from arcana_assets.domain.entities.subscribers import SUBSCRIPTIONS
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.names import checked_name
from arcana_assets.domain.yaml.explanations import Place, kind_of
from arcana_assets.domain.yaml.file import read_yaml, spell

_Problem = tuple[Place, str]

NUMBERS = ("integer", "decimal", "double")
_DATES = ("date", "instant")


def load_contract(path: Path) -> Contract:
    """The contract in the YAML file at `path`.

    Raises ContractError: wrong keys and types, unknown entities and columns, columns mapped twice, keys, rules and
    lookups of columns that do not exist, formats for columns that are no dates; each with file, line, nearest name.
    """
    file = read_yaml(path)
    contract = file.parse(Contract)
    contract = contract.model_copy(update={"name": contract.name or path.stem})
    problems = _problems_of(contract)
    try:
        checked_name(contract.name)
    except ValueError as bad:
        problems = [(("name",), str(bad)), *problems]
    file.refuse(problems)
    return contract


def _problems_of(contract: Contract) -> list[_Problem]:
    """What is wrong, each with its place in the file; empty for a contract that can be acted on."""
    checks = (
        _landing,
        _query,
        _workbook,
        _columns,
        _ignored,
        _constants,
        _lookups,
        _key,
        _filled_in,
        _rules,
        _required,
        _periods,
    )
    return [problem for check in checks for problem in check(contract)]


def _landing(contract: Contract) -> Iterator[_Problem]:
    landing = contract.landing
    if landing.deliveries == "latest" and landing.files not in (None, 1):
        problem = f"of the latest delivery one file is read, so 'files' can only be 1, found {landing.files}"
        yield ("landing", "files"), problem + "; for a delivery in several files set 'deliveries: all'"
    if contract.complete_within is not None and not contract.dated:
        yield ("complete_within",), "rows of this source have no date, so no month of it ends early; leave it out"


def _query(contract: Contract) -> Iterator[_Problem]:
    if not isinstance(contract.format, SqlFormat):
        return
    pattern = contract.landing.pattern
    if not re.fullmatch(r"[^*?\[\]{}]+/\*\.parquet", pattern):
        problem = f"rows of a query are put into a folder of their own, such as '{contract.entity}/*.parquet'"
        yield ("landing", "pattern"), f"{problem}; found '{pattern}'"
    if contract.landing.deliveries != "latest":
        problem = "each file holds all rows of the query, so only the newest counts; set 'deliveries: latest'"
        yield ("landing", "deliveries"), problem


def _workbook(contract: Contract) -> Iterator[_Problem]:
    if contract.workbook is None:
        return
    if contract.format.kind != "csv":
        yield ("workbook",), f"a source in csv can come as a workbook too, this one is in {contract.format.kind}"
    pattern = contract.landing.pattern
    ending = re.split(r"[*?\]]", PurePosixPath(pattern).name)[-1].lower().removesuffix(".gz")
    if PurePosixPath(f"_{ending}").suffix not in ("", *WORKBOOK_SUFFIXES):
        yield ("landing", "pattern"), f"'{pattern}' finds no workbook; end it in '.*', or leave out 'workbook'"
    for index, column in enumerate(contract.columns):
        if column.formats and all("%z" in form for form in column.formats):
            problem = "a date cell of a workbook has no offset from UTC; add a format without '%z' as well"
            yield ("columns", index, "formats"), problem


def _columns(contract: Contract) -> Iterator[_Problem]:
    entity, seen = contract.schema_, dict[str, Place]()
    listed = [(("columns", index), column) for index, column in enumerate(contract.columns)]
    listed += [(("helpers", index), column) for index, column in enumerate(contract.helpers)]
    for place, column in listed:
        if column.to in seen:
            yield (*place, "to"), f"'{column.to}' is mapped twice, first in {spell(seen[column.to])}"
        seen.setdefault(column.to, place)
        if place[0] == "helpers":
            if column.to in entity.names:
                yield (*place, "to"), f"{entity.name} has the column '{column.to}'; map it in 'columns'"
        elif column.to not in entity.names:
            yield _no_column(contract, column.to, (*place, "to"))
            continue
        kind = entity.column(column.to).type if column.to in entity.names else column.kind
        if column.type is not None and column.type not in VALUE_WORDS:
            yield (*place, "type"), f"'{column.type}' is no type" + nearest(column.type, VALUE_WORDS)
        elif column.type is not None and column.type != kind:
            yield (*place, "type"), f"'{column.to}' is {kind} in {entity.name}, found '{column.type}'"
        else:
            yield from _reading(contract, column, kind, place)


def _reading(contract: Contract, column: SourceColumn, kind: ColumnType, place: Place) -> Iterator[_Problem]:
    """How the values of a column are written, and whether that is of use for its type."""
    if kind in _DATES and not column.formats:
        yield place, f"'{column.to}' ({kind}) needs 'formats', such as ['%Y-%m-%d']"
    if kind not in _DATES and column.formats:
        yield (*place, "formats"), f"'{column.to}' ({kind}) is no date and takes no 'formats'"
    if column.zone is not None and (kind not in _DATES or all("%z" in form for form in column.formats)):
        why = "has an offset in all its formats" if kind in _DATES else f"({kind}) is no date"
        yield (*place, "zone"), f"'{column.to}' {why} and takes no 'zone'"
    for mark in ("decimal", "thousands"):
        if kind not in NUMBERS and getattr(column, mark) is not None:
            yield (*place, mark), f"'{column.to}' ({kind}) is no number and takes no '{mark}'"
    decimal, thousands = column.decimal or contract.format.decimal, column.thousands or contract.format.thousands
    if decimal == thousands and kind in NUMBERS:
        yield place, f"'{decimal}' cannot be both the decimal and the thousands mark of '{column.to}'"
    if column.to == contract.schema_.dated_by and column.default is not None:
        yield (*place, "default"), f"'{column.to}' puts rows into months and takes no 'default'"
    else:
        yield from fitting(column.default, kind, (*place, "default"))


def _ignored(contract: Contract) -> Iterator[_Problem]:
    places: dict[str, Place] = {}
    for list_, columns in (("columns", contract.columns), ("helpers", contract.helpers)):
        for index, column in enumerate(columns):
            places.setdefault(column.from_, (list_, index, "from"))
    for index, name in enumerate(contract.ignored):
        if name in places:
            yield ("ignored", index), f"'{name}' is mapped in {spell(places[name][:2])} and ignored too"
        if name in contract.ignored[:index]:
            yield ("ignored", index), f"'{name}' is ignored twice"
    first: dict[str, str] = {}
    places |= {
        name: ("ignored", index) for index, name in reversed([*enumerate(contract.ignored)]) if name not in places
    }
    for name in contract.raw_columns:
        other = first.setdefault(raw_name(name).lower(), name)
        if other != name:
            yield (
                places[name],
                f"'{name}' and '{other}' would be one column of the lake, which knows no upper and lower case",
            )


def _constants(contract: Contract) -> Iterator[_Problem]:
    for name, value in contract.constants.items():
        if name not in contract.schema_.names:
            yield _no_column(contract, name, ("constants", name))
            continue
        if name in contract.mapped:
            yield ("constants", name), f"'{name}' is mapped in columns and a constant too"
        yield from fitting(value, contract.schema_.column(name).type, ("constants", name))


def _lookups(contract: Contract) -> Iterator[_Problem]:
    made = {**dict.fromkeys(contract.mapped, "mapped in columns"), **dict.fromkeys(contract.constants, "a constant")}
    for index, lookup in enumerate(contract.lookups):
        place: Place = ("lookups", index)
        if lookup.from_ not in contract.mapped:
            problem = f"'{lookup.from_}' is not a mapped column"
            yield (*place, "from"), problem + nearest(lookup.from_, contract.mapped)
        if lookup.to in made:
            yield (*place, "to"), f"'{lookup.to}' is {made[lookup.to]} and found by a lookup too"
        made.setdefault(lookup.to, f"found by lookups[{index}]")
        if lookup.to not in contract.schema_.names:
            yield _no_column(contract, lookup.to, (*place, "to"))
            continue
        kind = contract.schema_.column(lookup.to).type
        for text, value in lookup.values.items():
            yield from fitting(value, kind, (*place, "values", text))
        for number, pattern in enumerate(lookup.patterns):
            yield from fitting(pattern.value, kind, (*place, "patterns", number, "value"))
        yield from fitting(lookup.default, kind, (*place, "default"))


def _key(contract: Contract) -> Iterator[_Problem]:
    for index, name in enumerate(contract.key):
        yield from _known(contract, [name], ("key", index))
        if name in contract.key[:index]:
            yield ("key", index), f"'{name}' is in the key twice"
    if contract.deduplicate != "exact":
        yield from _known(contract, [contract.deduplicate.by], ("deduplicate", "by"))
        if not contract.key:
            yield ("deduplicate",), "one row of a key is kept, so the contract needs a 'key'"


def _filled_in(contract: Contract) -> Iterator[_Problem]:
    for index, name in enumerate(contract.filled_in):
        if name not in contract.mapped:
            yield ("filled_in", index), f"'{name}' is not a mapped column" + nearest(name, contract.mapped)
        if name in contract.filled_in[:index]:
            yield ("filled_in", index), f"'{name}' is named twice"


def _rules(contract: Contract) -> Iterator[_Problem]:
    for index, rule in enumerate(contract.rules):
        place: Place = ("rules", index)
        wrong = list(_known(contract, rule.columns, (*place, "column" if rule.column is not None else rule.check)))
        yield from wrong
        if rule.column is not None and not wrong:
            yield from _rule_values(rule, contract.schema_.column(rule.column).type, place)
            if rule.spells_date is not None and contract.schema_.column(rule.spells_date.of).type not in _DATES:
                yield (*place, "spells_date", "of"), f"'{rule.spells_date.of}' is no date"


def _rule_values(rule: Rule, kind: ColumnType, place: Place) -> Iterator[_Problem]:
    for check in ("isin", "notin"):
        for number, value in enumerate(getattr(rule, check) or []):
            yield from fitting(value, kind, (*place, check, number))
    if rule.in_range is not None:
        if kind == "boolean":
            yield (*place, "in_range"), f"'{rule.column}' is true or false and has no range"
            return
        for bound in ("min", "max"):
            yield from fitting(getattr(rule.in_range, bound), kind, (*place, "in_range", bound))


def _required(contract: Contract) -> Iterator[_Problem]:
    entity = contract.schema_
    for column in entity.columns:
        if column.required and not {column.name, column.instead} & contract.made and not contract.derives(column.name):
            yield ("columns",), f"{entity.name} requires '{column.name}', and no column is mapped to it"
    if entity.dated_by in contract.made - contract.mapped.keys() - contract.joined.keys():
        yield ("columns",), f"'{entity.dated_by}' puts rows into months, so a column of the file must be mapped to it"


def _periods(contract: Contract) -> Iterator[_Problem]:
    at, entity = ("periods",), contract.schema_
    if contract.periods is None:
        return
    if entity.name != SUBSCRIPTIONS.name:
        yield at, f"periods are of {SUBSCRIPTIONS.name}, whose rows are of months; this source is of {entity.name}"
        return
    if entity.dated_by in contract.made:
        yield at, f"'{entity.dated_by}' says the month of a row, and periods say its months; leave one of them out"
    if "mrr" not in contract.made:
        yield at, "what a row brings in a month is its 'mrr', and no column is mapped to it; map or compute it"
    landing = contract.landing
    if landing.deliveries == "all" and re.search(r"[*?\[]", landing.pattern):
        problem = "an older file would keep running what has ended since; set 'deliveries: latest'"
        yield ("landing",), f"{problem}, or name one file, which each delivery overwrites"
    if contract.periods.start == contract.periods.end:
        yield (*at, "end"), f"'{contract.periods.end}' is the first day and the last one; name two columns"


def _known(contract: Contract, names: Iterable[str], place: Place) -> Iterator[_Problem]:
    """Columns of the entity that the contract or a derivation gives a value."""
    stood_in = {column.name for column in contract.schema_.columns if column.instead in contract.made}
    available = contract.made | {*contract.schema_.derived} | stood_in
    for name in names:
        if name not in contract.schema_.names:
            yield _no_column(contract, name, place)
        elif name not in available:
            yield place, f"'{name}' has no value here: no column is mapped to it"


def _no_column(contract: Contract, name: str, place: Place) -> _Problem:
    entity = contract.schema_
    return place, f"{entity.name} has no column '{name}'" + nearest(name, entity.names)


def fitting(value: Scalar | None, kind: ColumnType, place: Place) -> Iterator[_Problem]:
    """Nothing where `value` can be one of the column's type."""
    if value is None or _is_a(value, kind):
        return
    quotes = "; put it in quotes" if kind == "text" and not isinstance(value, list | dict) else ""
    wants = "a date such as '2010-12-31'" if kind in _DATES else VALUE_WORDS[kind]
    yield place, f"expected {wants}, found {kind_of(value)}{quotes}"


def _is_a(value: Any, kind: ColumnType) -> bool:
    match kind:
        case "text":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "date" | "instant":
            return isinstance(value, str) and bool(re.match(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", value))
        case "integer":
            return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
    return isinstance(value, int | float) and not isinstance(value, bool)

"""From a file to a contract: its columns, marks, key and lookups, a comment beside each, what a person must fill in.

Belongs here: what one contract says. Does not belong here: which entity the file is of (`entities`), the domain around
it (`domain`), the text of the YAML (`writing`).
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.domain.contract.columns import EXCEL_SERIAL, NO_KEY
from arcana_assets.domain.entities.entity import EntityColumn
from arcana_assets.domain.names import LAYERS, as_name
from arcana_assets.drafting.dates import Dates
from arcana_assets.drafting.entities import FITS, SURE, Match, Picked, fit_of, picked_of, speaks_of_a_customer
from arcana_assets.drafting.guess import Guess, vocabulary
from arcana_assets.drafting.reading import Written
from arcana_assets.drafting.values import Values

FEW_TWICE = 0.01  # share of rows beyond the first of a key that a draft's key may refuse
AGREES = 0.97  # of the rows, for a total to be quantity times price
MANY = 20  # orders from which on it is no accident that nobody has two
SHARES = 100  # different values that a column of shares has at most
MET = 0.5  # share of the codes of a file that the list of them has, below which something is wrong
HELD = 0.8  # share of the values of a key that another file has, for it to be looked up there
FEW_CODES = 5  # from which on codes that another file has are no accident
CUSTOMERS = "customers"


@dataclass(frozen=True)
class Tabled:
    """Files of one shape: how the first is written, all rows that were read, and the columns of these.

    `decimal` is the mark that people of the domain's language write.
    """

    name: str
    files: tuple[Path, ...]
    written: Written
    table: pa.Table
    values: tuple[Values, ...]
    malformed: int = 0
    decimal: str = "."


@dataclass
class Source:
    """A drafted contract.

    `format`, `columns` and `tail` are what it says, each entry with its comment; `to_fill_in` is what a person must do
    before it can be loaded, `to_look_at` what one should. `joins` are columns that another file has, by that file and
    the key; the date may be among them (`dated_elsewhere`).
    """

    name: str
    tabled: Tabled
    picked: Picked
    pattern: str
    format: dict[str, Any] = field(default_factory=dict)
    format_comments: list[str] = field(default_factory=list)
    columns: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    tail: list[tuple[str, Any, str]] = field(default_factory=list)
    to_fill_in: list[str] = field(default_factory=list)
    to_look_at: list[str] = field(default_factory=list)
    joins: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    dated_elsewhere: Dates | None = None

    @property
    def entity(self) -> str:
        """The entity it is conformed to."""
        return self.picked.entity

    @property
    def finished(self) -> bool:
        """Whether it can be loaded as it is."""
        return not self.to_fill_in

    @property
    def made(self) -> set[str]:
        """The columns of the entity that it gives a value."""
        constants: dict[str, Any] = next((value for key, value, _ in self.tail if key == "constants"), {})
        joined = [name for key, value, _ in self.tail if key == "join" for name in value["columns"]]
        return {column["to"] for column, _ in self.columns} | {*constants, *joined}

    @property
    def dates(self) -> Dates | None:
        """What puts its rows into months; None of a snapshot."""
        match = self.picked.columns.get(self.picked.schema.dated_by or "")
        return self.dated_elsewhere if match is None else match.values.dates

    @property
    def monthly(self) -> bool:
        """Whether its rows belong to the month of a date, so that its files add up."""
        schema = self.picked.schema
        return schema.dated_by is not None and (schema.dated_by in self.picked.columns or not schema.state)


def source_of(tabled: Tabled, others: Sequence[Tabled]) -> Source | None:
    """The contract of a file's entity; None where no entity fits. `others` are the other files, for what this lacks."""
    picked = picked_of(tabled.values, tabled.name)
    return None if picked is None else drafted(tabled, picked, others)


def drafted(tabled: Tabled, picked: Picked, others: Sequence[Tabled], name: str | None = None) -> Source:
    """The contract of a file as one of an entity."""
    named = name or safe_name(tabled.name, picked.entity)
    suffix = tabled.files[0].suffix.lower()
    source = Source(named, tabled, picked, f"{tabled.name}/*{suffix}")
    source.to_fill_in += tabled.written.faults
    decimal = _format(source)
    columns, constants = dict(picked.columns), dict[str, Any]()
    words = vocabulary()["entities"][picked.entity]
    for column, value in words.get("without", {}).items():
        if column not in columns:
            named = words.get("by_file", {}).get(column, {})
            said = {*as_name(tabled.name).split("_")}
            constants[column] = next((each for each, known in named.items() if said & {*known}), value)
            source.to_look_at.append(f"no column says {column}, so that each row has {constants[column]}")
    if picked.entity == "transactions":
        _sums(source, columns, constants)
    if picked.entity == "products" and "name" not in columns and "product_id" in columns:
        columns["name"] = columns["product_id"]
        source.to_look_at.append("no column names the products, so that their codes stand for their names")
    for column, match in sorted(columns.items(), key=lambda each: each[1].values.place):
        source.columns.append(_column(source, picked.schema.column(column), match, decimal))
    taken = {match.values.place for match in columns.values()}
    left = [each for each in tabled.values if each.place not in taken]
    if left:
        told = "; ".join(f"{each.name}: {each.words()}" for each in left)
        source.tail.append(
            ("ignored", [each.name for each in left], f"of no use to the platform, or not known: {told}")
        )
    if constants:
        source.tail.append(("constants", constants, "no column says it"))
    _key(source, columns, words)
    if "lookups" in words and words["lookups"]["from"] in columns:
        _lookup(source, columns[words["lookups"]["from"]].values, words["lookups"])
    source.to_fill_in += [_lacking(source, each, others) for each in picked.lacking]
    if picked.entity == "orders":
        _one_an_order(source, columns, others)
    dates = [f"'{each.name}'" for each in left if each.kind == "date"]
    if picked.entity == "subscriptions" and "billed_on" not in columns and dates:
        source.to_look_at.append(
            f"no column says the month, so that each row counts in every month, whatever {' and '.join(dates)} say; "
            "where a row has its begin and its end, make it one of contracts, with signed_on and cancelled_on"
        )
    if picked.entity == "transactions" and "customer_id" not in columns:
        source.to_look_at.append(
            "no column says who bought, so that there are no customers" + _elsewhere(source, "customer_id", others)
        )
    return source


def meet(sources: Sequence[Source], column: str) -> None:
    """Brings codes that several files have to one spelling, those of the file that lists them being the right ones.

    A file whose codes are hardly among them is told of, for a person to find out why.
    """
    holding = [each for each in sources if any(said["to"] == column for said, _ in each.columns)]
    lists = [each for each in holding if each.entity in (CUSTOMERS, "products", "stores") and _once(each, column)]
    if not lists:
        return
    known = {code for each in lists for code in _codes(each, column)}
    for source in holding:
        mine = _codes(source, column)
        if source in lists or not mine or len(mine & known) >= MET * len(mine):
            continue
        for step, spell in _spellings(mine).items():
            if len({spell(code) for code in mine} & known) >= HELD * len({spell(code) for code in mine}):
                said = next(said for said, _ in source.columns if said["to"] == column)
                said["clean"].append({"remove_suffix": step[1]} if isinstance(step, tuple) else step)
                source.to_look_at.append(f"{column}: codes are those of {lists[0].name} only after {step}")
                break
        else:
            share = len(mine & known) / len(mine)
            source.to_look_at.append(
                f"{column}: {share:.0%} of {len(mine):,} codes are in {' or '.join(each.name for each in lists)}; "
                "another spelling, or another code?"
            )


def by_values(source: Source, sources: Sequence[Source], others: Sequence[Tabled]) -> Source:
    """The source, its customers found by their codes where no header tells of them, else as it was."""
    taken = {match.values.place for match in source.picked.columns.values()}
    if "customer_id" in source.picked.columns or "customer_id" not in source.picked.schema.names:
        return source
    lists = [each for each in sources if each.entity == CUSTOMERS and _once(each, "customer_id")]
    known = {code for each in lists for code in _codes(each, "customer_id")}
    for values in source.tabled.values:
        codes = _plain(source.tabled, values) if values.place not in taken and values.kind != "empty" else set()
        spells: list[Callable[[str], str]] = [str, *_spellings(codes).values()]
        if len(codes) >= FEW_CODES and any(
            len({spell(c) for c in codes} & known) >= HELD * len(codes) for spell in spells
        ):
            columns = {**source.picked.columns, "customer_id": Match(values, FITS)}
            lacking = tuple(name for name in source.picked.lacking if name != "customer_id")
            found = drafted(source.tabled, replace(source.picked, columns=columns, lacking=lacking), others)
            found.to_look_at.append(
                f"'{values.name}' is taken for the customer: its codes are those of {lists[0].name}"
            )
            return found
    return source


def _once(source: Source, column: str) -> bool:
    """Whether a source has a row a code, and so lists them."""
    values = source.picked.columns[column].values
    return values.distinct >= 0.9 * values.present


def _codes(source: Source, column: str) -> set[str]:
    """The codes of a column, after the cleaning steps that the contract has so far."""
    said = next((said for said, _ in source.columns if said["to"] == column), None)
    match = source.picked.columns.get(column)
    if said is None or match is None:
        return set()
    found = [*_plain(source.tabled, match.values)]
    for step in said["clean"]:
        if step == "upper":
            found = [code.upper() for code in found]
        elif isinstance(step, dict) and "remove_suffix" in step:
            found = [code.removesuffix(step["remove_suffix"]) for code in found]
    return {*found}


def _plain(tabled: Tabled, values: Values) -> set[str]:
    """The values of a column as they came, blanks around them left out."""
    found = pc.unique(pc.drop_null(pc.utf8_trim_whitespace(tabled.table.column(values.place)))).to_pylist()
    return {code for code in found if code and code not in values.nothing}


def _spellings(codes: set[str]) -> dict[Any, Callable[[str], str]]:
    """Cleaning steps by which codes may become those of another file, the simplest first."""
    found: dict[Any, Callable[[str], str]] = {"upper": str.upper, "strip_leading_zeros": lambda code: code.lstrip("0")}
    found["digits_only"] = lambda code: re.sub(r"\D+", "", code)
    for length in (1, 2, 3):
        ends = Counter(code[-length:] for code in codes if len(code) > length)
        if ends and (most := ends.most_common(1)[0])[1] >= AGREES * len(codes):
            found["remove_suffix", most[0]] = partial(_without_end, end=most[0])
    return found


def _without_end(code: str, end: str) -> str:
    return code.removesuffix(end)


def safe_name(text: str, otherwise: str) -> str:
    """A name that a source can have: of its file, else of its entity."""
    name = as_name(text, otherwise)
    name = name if re.match(r"[a-z]", name) else otherwise
    return f"{name}_file" if name in LAYERS else name


def _format(source: Source) -> str:
    """Puts the format of the file into the contract; returns its decimal mark."""
    written = source.tabled.written
    source.format = dict(written.form)
    source.format_comments += [f"{part}: {guess.words()}" for part, guess in written.guesses.items()]
    numbers = [each.marks for each in source.tabled.values if each.numeric]
    point, comma = sum(each.point for each in numbers), sum(each.comma for each in numbers)
    groups = {each.groups for each in numbers if each.groups and (each.point or each.comma)}
    usual = "." if written.form.get("delimiter", ",") == "," else source.tabled.decimal
    guess = _decimal(point, comma, usual)
    if guess.value == ",":
        source.format["decimal"] = ","
    if thousands := groups - {guess.value}:
        source.format["thousands"] = min(thousands)
    if numbers:
        source.format_comments.append(f"decimal mark: '{guess.value}', {guess.words()}")
    return str(guess.value)


def _decimal(point: int, comma: int, usual: str) -> Guess:
    if comma and point:
        mark, other = (",", ".") if comma > point else (".", ",")
        why = f"{max(comma, point):,} numbers have '{mark}', {min(comma, point):,} have '{other}'"
        return Guess(mark, "likely", f"{why}; a column that differs says so")
    if comma or point:
        return Guess("," if comma else ".", "sure", f"{comma or point:,} numbers have it, none the other")
    return Guess(usual, "unsure", "no number has a fraction")


def _column(source: Source, column: EntityColumn, match: Match, decimal: str) -> tuple[dict[str, Any], str]:
    values = match.values
    said: dict[str, Any] = {"from": values.name, "to": column.name}
    clean: list[Any] = ["trim"]
    if values.prefix and values.numeric:
        clean += [{"remove_prefix": values.prefix}, "trim"]
    is_id = column.name.endswith("_id")
    if is_id and values.floated and values.kind == "decimal":
        clean.append({"remove_suffix": ".0"})
    if is_id and values.mixed_case:
        clean.append("upper")
    elif column.type == "text" and not is_id and values.kind == "text":
        clean.append("lower" if values.mixed_case and values.top else "collapse_blanks")
    said["clean"] = clean
    if values.nothing and not ({*values.nothing} <= {*NO_KEY} and is_id):
        said["null_values"] = [*values.nothing]
    sure = "sure" if match.score >= 0.9 else "likely" if match.score >= SURE - 0.15 else "unsure"
    notes = [values.words()]
    if column.type in ("date", "instant"):
        said["formats"] = [EXCEL_SERIAL] if values.dates is None else [*values.dates.formats.value]
        if values.dates is not None:
            notes.append(f"format {values.dates.formats.words()}")
            if source.format["kind"] == "xlsx" and values.dates.fits < 1:
                said["formats"].append(EXCEL_SERIAL)
                notes.append("what is no date may be one that has lost its style")
            if values.dates.ambiguous or values.dates.formats.sure == "unsure":
                source.to_look_at.append(f"'{values.name}' ({column.name}): {values.dates.formats.words()}")
    elif column.type in ("integer", "decimal", "double"):
        notes += _marks(source, said, values, decimal)
    if column.type == "integer" and values.kind == "decimal" and not values.floated:
        source.to_look_at.append(
            f"'{values.name}' has fractions and {column.name} takes whole numbers: rows are refused"
        )
    others = f"; or: {', '.join(match.others)}" if match.others else ""
    return said, f"{sure}: {'; '.join(notes)}{others}"


def _marks(source: Source, said: dict[str, Any], values: Values, decimal: str) -> list[str]:
    marks, notes = values.marks, list[str]()
    mine = "," if marks.comma > marks.point else "." if marks.point else ""
    if mine and mine != decimal:
        said["decimal"] = mine
        notes.append(f"decimal mark '{mine}' here")
    if marks.groups and not mine and marks.open:
        # `1.234` in a file of decimal points is a number with three decimals.
        if marks.groups == decimal:
            notes.append(f"unsure: '{marks.groups}' stands before three digits each time; read as the decimal mark")
        else:
            said["thousands"] = marks.groups
            notes.append(f"unsure: '{marks.groups}' stands before three digits each time; read as thousands")
        source.to_look_at.append(f"'{values.name}': {notes[-1]}")
    elif marks.groups and marks.groups != source.format.get("thousands") and marks.groups != (mine or decimal):
        said["thousands"] = marks.groups
    elif mine and mine != decimal and source.format.get("thousands") == mine:
        said["thousands"] = decimal
    return notes


def _sums(source: Source, columns: dict[str, Match], constants: dict[str, Any]) -> None:
    """Quantity, price and total of a line: the platform takes whole pieces, and the price of one or the total."""
    discount = columns.get("discount")
    if discount is not None and _is_share(discount.values):
        columns.pop("discount")
        source.to_look_at.append(
            f"'{discount.values.name}' is a share and no money, and is not read; where prices are before it, say the "
            "total with `computed: {amount: ...}`"
        )
    total, price, quantity = (columns.get(name) for name in ("amount", "unit_price", "quantity"))
    fractions = quantity is not None and quantity.values.kind == "decimal" and not quantity.values.floated
    if total is not None and price is None and quantity is not None and not fractions:
        source.to_look_at.append(
            f"no column has the price of one piece: '{total.values.name}' is taken for the total of the line; if it is "
            "the price of one, map it to unit_price"
        )
    elif total is not None and (price is None or fractions):
        dropped = [each.values.name for each in (price, quantity) if each is not None]
        why = "quantities have fractions" if fractions else "no column has the price of one piece"
        source.to_look_at.append(
            f"{why}: '{total.values.name}' is taken for the price of one piece and each row for one"
            + (f"; {' and '.join(dropped)} are not read" if dropped else "")
        )
        columns["unit_price"] = total
        columns.pop("quantity", None)
        constants["quantity"] = 1
        columns.pop("amount")
    elif total is not None and price is not None:
        columns.pop("amount")
        if not _is_product(source.tabled, total.values, price.values, quantity.values if quantity else None):
            source.to_look_at.append(
                f"'{total.values.name}' is not quantity times '{price.values.name}', and is not read: the total of the "
                "whole order, or after a discount? If it is the line's, map it to amount"
            )


def _one_an_order(source: Source, columns: Mapping[str, Match], others: Sequence[Tabled]) -> None:
    """Tells of customers who are another one in each order, and of the code of a person beside theirs."""
    mine = columns["customer_id"].values if "customer_id" in columns else None
    if mine is None or not mine.unique or mine.rows < MANY:
        return
    beside = next(
        (
            f": {other.files[0].name} has '{each.name}' beside it"
            for other in others
            if any(as_name(theirs.name) == as_name(mine.name) for theirs in other.values)
            for each in other.values
            if as_name(each.name) != as_name(mine.name) and speaks_of_a_customer(each.name)
        ),
        "",
    )
    source.to_look_at.append(
        f"'{mine.name}' is another one in each order, so that nobody buys twice; is a person's code elsewhere{beside}?"
    )


def _is_share(values: Values) -> bool:
    """Whether what is taken off is a share, such as 0.2: no more than 1, and few different ones."""
    return values.kind == "decimal" and values.lowest >= 0 and 0 < values.highest <= 1 and values.distinct <= SHARES


def _is_product(tabled: Tabled, total: Values, price: Values, quantity: Values | None) -> bool:
    totals, prices = (_numbers(tabled.table.column(each.place), each) for each in (total, price))
    pieces = _numbers(tabled.table.column(quantity.place), quantity) if quantity else pa.scalar(1.0)
    gap = pc.abs(pc.subtract(totals, pc.multiply(prices, pieces)))
    agrees = pc.less_equal(gap, 0.011)
    return (pc.mean(pc.cast(agrees, pa.float64())).as_py() or 0.0) >= AGREES


def _numbers(column: pa.ChunkedArray, values: Values) -> pa.Array:
    text = pc.utf8_trim_whitespace(column)
    if values.prefix:
        text = pc.utf8_trim_whitespace(pc.replace_substring(text, values.prefix, ""))
    if values.marks.comma > values.marks.point:
        text = pc.replace_substring(pc.replace_substring(text, ".", ""), ",", ".")
    elif values.marks.groups == ",":
        text = pc.replace_substring(text, ",", "")
    spelt = pc.match_substring_regex(text, r"^[+-]?\d*\.?\d+$")
    return pc.cast(pc.if_else(spelt, text, pa.scalar(None, pa.string())), pa.float64())


def _key(source: Source, columns: Mapping[str, Match], words: Mapping[str, Any]) -> None:
    """The first set of columns that makes rows unique, rows that are the same throughout left out."""
    table = source.tabled.table
    rows = table.group_by(table.column_names).aggregate([]).num_rows
    tried = [key for key in words.get("key", []) if all(name in columns for name in key)]
    for key in tried:
        places = [str(columns[name].values.place) for name in key]
        twice = rows - table.select(places).group_by(places).aggregate([]).num_rows
        if not rows or twice > FEW_TWICE * rows:
            continue
        if (latest := words.get("latest")) in columns:
            why = f"of {twice:,} rows that share it the latest counts" if twice else "no two rows share it"
            source.tail.append(("key", key, why))
            source.tail.append(("deduplicate", {"by": latest}, "a row comes again when it was touched"))
            return
        why = (
            f"unsure: {twice:,} rows share one with another row, and will be refused"
            if twice
            else "no two rows share it"
        )
        source.tail.append(("key", key, f"{why}, of {rows:,}"))
        if twice:
            source.to_look_at.append(f"key {', '.join(key)}: {twice:,} of {rows:,} rows share one, and will be refused")
        return
    if tried:
        source.tail.append(("", None, f"no key: {' and '.join(', '.join(key) for key in tried)}: not unique"))


def _lookup(source: Source, values: Values, said: Mapping[str, Any]) -> None:
    """What a status means, by the words that are known."""
    found = dict[str, bool]()
    lowered = any(column["to"] == said["from"] and "lower" in column["clean"] for column, _ in source.columns)
    for meaning, words in said["values"].items():
        for value in values.top:
            if value.lower() in words:
                found[value.lower() if lowered else value] = bool(meaning)
    left = [value for value in values.top if value.lower() not in {each.lower() for each in found}]
    if not found:
        source.to_look_at.append(
            f"'{values.name}': which of its values mean {said['to']}? None is a word that is known"
        )
        return
    lookup = {"to": said["to"], "from": said["from"], "values": found}
    lookup |= {"default": said["default"]} if "default" in said else {}
    comment = f"unsure: {len(left)} other values are {said.get('default', 'neither')}" if left else "by known words"
    source.tail.append(("lookups", [lookup], comment))


def _lacking(source: Source, column: str, others: Sequence[Tabled]) -> str:
    return f"{source.entity} requires {column}, and no column of the file seems to be it" + _elsewhere(
        source, column, others
    )


def _elsewhere(source: Source, column: str, others: Sequence[Tabled]) -> str:
    """Where else the column is, and by which key it could be looked up there: where it fits best, if in several."""
    fits = [
        (fit_of(each, source.entity, column, other.name), other, each)
        for other in others
        if other is not source.tabled
        for each in other.values
    ]
    for fit, other, found in sorted(fits, key=lambda each: -each[0]):
        if fit < FITS:
            break
        for mine in source.tabled.values:
            for theirs in other.values:
                if mine.kind != "empty" and theirs.place != found.place and _same_key(source, mine, other, theirs):
                    source.joins.setdefault((other.name, mine.name), []).append(column)
                    if column == source.picked.schema.dated_by:
                        source.dated_elsewhere = found.dates
                    return (
                        f". {other.files[0].name} has it as '{found.name}', by its column '{theirs.name}', which is "
                        f"'{mine.name}' here: look it up there, or have both in one file"
                    )
    return ""


def _same_key(source: Source, mine: Values, other: Tabled, theirs: Values) -> bool:
    """Whether a column of another file is one's own, a row a value, by name and by values."""
    if as_name(mine.name) != as_name(theirs.name) or theirs.present == 0 or theirs.distinct < 0.98 * theirs.present:
        return False
    column = pc.drop_null(source.tabled.table.column(mine.place))
    held = pc.is_in(column, value_set=pc.drop_null(other.table.column(theirs.place)).combine_chunks())
    return bool(len(column)) and pc.mean(pc.cast(held, pa.float64())).as_py() >= HELD

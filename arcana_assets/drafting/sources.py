"""From a file to a contract: its columns, marks, key and lookups, a comment beside each, what a person must fill in.

Belongs here: what one contract says. Does not belong here: which entity the file is of (`entities`), the numbers of a
line (`totals`), codes that several files have (`codes`), the domain around it (`domain`), the YAML (`writing`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.domain.contract.columns import EXCEL_SERIAL, NO_KEY
from arcana_assets.domain.entities.entity import EntityColumn
from arcana_assets.domain.names import LAYERS, as_name
from arcana_assets.drafting.entities import (
    FITS,
    SURE,
    Match,
    Picked,
    fit_of,
    picked_of,
    speaks_of_a_customer,
    speaks_of_the_end,
)
from arcana_assets.drafting.guess import Guess, vocabulary
from arcana_assets.drafting.source import Source, Tabled
from arcana_assets.drafting.totals import with_totals
from arcana_assets.drafting.values import Values

FEW_TWICE = 0.01  # share of rows beyond the first of a key that a draft's key may refuse
MANY = 20  # orders from which on it is no accident that nobody has two
HELD = 0.8  # share of the values of a key that another file has, for it to be looked up there


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
    if tabled.repeats:
        lines = "1 line repeats" if tabled.repeats == 1 else f"{tabled.repeats:,} lines repeat"
        source.to_look_at.append(f"{lines} the header, and will be refused: were files put one below another?")
    _format(source)
    columns, constants = dict(picked.columns), dict[str, Any]()
    words = vocabulary()["entities"][picked.entity]
    for column, value in words.get("without", {}).items():
        if column not in columns:
            named = words.get("by_file", {}).get(column, {})
            said = {*as_name(tabled.name).split("_")}
            constants[column] = next((each for each, known in named.items() if said & {*known}), value)
            source.to_look_at.append(f"no column says {column}, so that each row has {constants[column]}")
    if picked.entity == "transactions":
        with_totals(source, columns, constants)
    if picked.entity == "products" and "name" not in columns and "product_id" in columns:
        columns["name"] = columns["product_id"]
        source.to_look_at.append("no column names the products, so that their codes stand for their names")
    for column, match in sorted(columns.items(), key=lambda each: each[1].values.place):
        source.columns.append(column_of(source, picked.schema.column(column), match))
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
    if picked.entity == "subscriptions" and not {"billed_on", "started_on"} & columns.keys() and dates:
        source.to_look_at.append(
            f"no column says the month, so that each row counts in every month, whatever {' and '.join(dates)} say; "
            "where a row has its first and its last day, say them as `periods`"
        )
    if picked.entity == "transactions" and "customer_id" not in columns:
        source.to_look_at.append(
            "no column says who bought, so that there are no customers" + _elsewhere(source, "customer_id", others)
        )
    return source


def safe_name(text: str, otherwise: str) -> str:
    """A name that a source can have: of its file, else of its entity."""
    name = as_name(text, otherwise)
    name = name if re.match(r"[a-z]", name) else otherwise
    return f"{name}_file" if name in LAYERS else name


def _format(source: Source) -> None:
    """Puts the format of the file into the contract, with its decimal mark."""
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


def _decimal(point: int, comma: int, usual: str) -> Guess:
    if comma and point:
        mark, other = (",", ".") if comma > point else (".", ",")
        why = f"{max(comma, point):,} numbers have '{mark}', {min(comma, point):,} have '{other}'"
        return Guess(mark, "likely", f"{why}; a column that differs says so")
    if comma or point:
        return Guess("," if comma else ".", "sure", f"{comma or point:,} numbers have it, none the other")
    return Guess(usual, "unsure", "no number has a fraction")


def column_of(source: Source, column: EntityColumn, match: Match) -> tuple[dict[str, Any], str]:
    """What a contract says of a column of its file as one of such a type, and the comment beside it."""
    values, decimal = match.values, str(source.format.get("decimal", "."))
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
        if column.name == source.picked.schema.dated_by and speaks_of_the_end(values.name):
            source.to_look_at.append(
                f"'{values.name}' is taken for {column.name}, because no date fits better, and its name is of an end: "
                "is it the day that a row belongs to?"
            )
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

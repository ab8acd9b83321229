"""The section of a source on the reference page: its files, its columns, its rules, and what goes to quarantine.

Belongs here: arranging what a contract says. Does not belong here: the reasons of refusals (`refusals`), the rest of
the page (`domain_page`).
"""

from collections.abc import Iterator

from arcana_assets.catalogue.refusals import refusals
from arcana_assets.domain.column import MONEY
from arcana_assets.domain.contract.columns import EXCEL_SERIAL, Lookup, SourceColumn, split_step
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.joins import Join
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.entities.entity import EntityColumn
from arcana_assets.domain.entities.registry import ENTITIES
from arcana_assets.presentation.markdown import bullets, codes, markdown_table


def source_section(contract: Contract, domain: CustomerDomain) -> Iterator[str]:
    """The blocks of one source, in Markdown."""
    entity = contract.schema_
    needed = "at least one is required" if contract.landing.required else "there may be none"
    dated = f"dated by `{entity.dated_by}`: a row belongs to the month of its local date"
    counted = "they add up" if contract.landing.deliveries == "all" else "only the one whose path sorts last is read"
    parts = f"; a delivery has {contract.landing.files} of them" if contract.landing.files else ""
    yield f"### {contract.name}"
    yield f"{contract.description}."
    yield bullets(
        f"Entity: [`{entity.name}`](#{entity.name}-entity)"
        if ENTITIES[contract.entity].columns
        else "Entity: a reference, which other sources look up",
        f"Files: `{contract.landing.pattern}` below the landing of the domain; {needed}; {counted}{parts}",
        f"Format: {contract.format.words()}",
        *([f"Workbooks, where a file comes as XLSX: {contract.workbook.words()}"] if contract.workbook else []),
        f"Rows: {dated if contract.dated else _snapshot(contract)}",
        *(
            [f"A month that is over: its newest row lies within {days} days of its end, or it stays open at that day"]
            if (days := contract.watched_days)
            else []
        ),
        f"Duplicates: {_duplicates(contract)}",
        *([f"Known and not used: {codes(contract.ignored)}"] if contract.ignored else []),
    )
    yield markdown_table(
        ("in the file", "becomes", "type", "unit", "cleaning", "read as", "absent when", "in its place"),
        [_mapping(column, contract, domain.currency) for column in contract.sought],
    )
    made = [f"`{name}`: always `{_value(value)}`" for name, value in contract.constants.items()]
    made += [f"`{lookup.to}`: from `{lookup.from_}`: {_lookup(lookup)}" for lookup in contract.lookups]
    made += [
        f"`{column.name}`: {column.description}"
        for column in entity.columns
        if column.derivation and column.name not in contract.made
    ]
    made += [_join(join) for join in contract.join]
    made += [f"`{name}`: `{text}`" for name, text in contract.computed.items()]
    if made:
        yield "Columns that are in no file:"
        yield bullets(*made)
    if contract.filled_in:
        yield (
            f"Files are forms: a row in which none of {codes(contract.filled_in)} is filled in is counted, and "
            "neither kept nor refused."
        )
    if contract.where:
        yield "The source is of rows with all of this; others are counted, and neither kept nor refused:"
        yield bullets(*(f"`{name}` {condition.words()}" for name, condition in contract.where.items()))
    if contract.rules:
        yield "Rules:"
        yield bullets(*(f"{codes(rule.columns)} {rule.words()}" for rule in contract.rules))
    yield f"Goes to `{domain.name}/quarantine/{contract.name}`, as it came, with one or more of these reasons:"
    yield bullets(*(f"`{reason}`" for reason in refusals(contract, domain.start)))
    yield f"Where more than {contract.refused_share:.0%} of a run's rows go there, `few_rows_refused` warns."


def _snapshot(contract: Contract) -> str:
    snapshot = "a snapshot, which belongs to each month that it is read in"
    if contract.periods is None:
        return snapshot
    days = f"from `{contract.periods.start}` to `{contract.periods.end}`, absent while it runs"
    return f"{snapshot}; of it a month keeps the rows that were in force on its last day, {days}, and counts the others"


def _duplicates(contract: Contract) -> str:
    key = codes(contract.key)
    exact = "rows that agree in every column count once"
    if contract.deduplicate != "exact":
        kept = f"the one with the {contract.deduplicate.keep} `{contract.deduplicate.by}`"
        return f"{exact}; of the rows that share {key}, {kept} is kept"
    return f"{exact}; {key} must then be unique" if contract.key else exact


def _mapping(column: SourceColumn, contract: Contract, currency: str) -> tuple[str, ...]:
    entity = contract.schema_
    declared = entity.column(column.to) if column.to in entity.names else EntityColumn(column.to, column.kind, "")
    steps = [split_step(step) for step in column.clean]
    read_as = [f"`{form}`" + (" (days since 1899-12-30)" if form == EXCEL_SERIAL else "") for form in column.formats]
    read_as += [f"{mark} `{sign}`" for mark in ("decimal", "thousands") if (sign := getattr(column, mark))]
    read_as += [f"in `{column.zone}`"] if column.zone else []
    absent = ["empty", *(f"`{value}`" for value in column.null_values or ())]
    absent += ["words such as `NULL`"] if column.is_an_id and column.null_values is None else []
    return (
        f"`{column.from_}`" + (" (may be missing)" if column.optional else ""),
        f"`{column.to}`"
        + (" (required)" if declared.required else "")
        + ("" if column in contract.columns else " (helper)"),
        declared.type,
        declared.unit.replace(MONEY, currency),
        ", ".join(name.replace("_", " ") + (f" `{text}`" if text else "") for name, text in steps),
        ", ".join(read_as),
        ", ".join(absent),
        "" if column.default is None else f"`{_value(column.default)}`",
    )


def _join(join: Join) -> str:
    there = [here if here == name else f"{here} ({name} there)" for here, name in join.brought.items()]
    key = [here if here == name else f"{here} ({name} there)" for here, name in join.key.items()]
    otherwise = "goes to quarantine" if join.missing == "quarantine" else "is kept without them"
    words = f"{codes(there)}: from the source `{join.source}`, by {codes(key)}"
    return f"{words}; a row whose key that source does not have {otherwise}"


def _lookup(lookup: Lookup) -> str:
    said = [f"`{text}` is `{_value(value)}`" for text, value in lookup.values.items()]
    said += [f"what matches `{pattern.matches}` is `{_value(pattern.value)}`" for pattern in lookup.patterns]
    said += ["anything else is absent" if lookup.default is None else f"anything else is `{_value(lookup.default)}`"]
    return "; ".join(said)


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

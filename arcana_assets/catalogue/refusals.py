"""Which rows of a source go to quarantine, in the words of the reasons they are given there.

Belongs here: the list for readers. Does not belong here: judging rows (`landing.conform`); a test holds the two
together.
"""

from collections.abc import Iterator
from datetime import date

from arcana_assets.domain.contract.columns import SourceColumn
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.entities.entity import VALUE_WORDS, EntityColumn


def refusals(contract: Contract, start: date) -> list[str]:
    """The reasons a row can be given, with `…` for what was found. `start` is the first month of the domain."""
    return [
        "malformed line: …",
        "blank row",
        *(["repeats the header"] if contract.all_text and len(contract.raw_columns) > 1 else []),
        *(reason for column in contract.schema_.columns for reason in _of_column(contract, column)),
        *(_unread(each.kind, each) for each in contract.helpers if each.kind != "text"),
        *(f"{join.words}, found …" for join in contract.join if join.missing == "quarantine"),
        *_of_dates(contract, start),
        *_of_periods(contract),
        *(_of_rule(rule.columns, rule.words(), rule.nullable is None) for rule in contract.rules if not rule.unique),
        *_of_rivals(contract),
    ]


def _of_column(contract: Contract, column: EntityColumn) -> Iterator[str]:
    spec = contract.mapped.get(column.name)
    if spec is not None and column.type != "text":
        yield _unread(column.type, spec)
    if contract.requires(column.name) and not (spec is not None and spec.default is not None):
        yield f"{column.name}: must be present"
    if column.derivation == "quantity_times_unit_price" and column.name not in contract.made:
        yield f"{column.name}: too large for a decimal of 18 digits"


def _unread(kind: str, spec: SourceColumn) -> str:
    forms = f" in {' or '.join(spec.formats)}" if spec.formats else ""
    return f"{spec.to}: '…' is not {VALUE_WORDS[kind]}{forms}"


def _of_dates(contract: Contract, start: date) -> Iterator[str]:
    if contract.dated:
        yield f"{contract.schema_.dated_by}: '…' is before the domain's start, {start:%Y-%m}"
        yield f"{contract.schema_.dated_by}: '…' is in the future as of …"
        yield f"{contract.schema_.dated_by}: '…' is impossible: too far in the future"


def _of_periods(contract: Contract) -> Iterator[str]:
    if contract.periods:
        yield f"{contract.periods.start}: must be present"
        yield f"{contract.periods.words}, found …"


def _of_rule(columns: tuple[str, ...], words: str, says_found: bool) -> str:
    return f"{', '.join(columns)}: {words}" + (", found …" if says_found else "")


def _of_rivals(contract: Contract) -> Iterator[str]:
    key = ", ".join(contract.key)
    if contract.deduplicate != "exact":
        yield f"{key}: {contract.deduplicate.words}"
    elif contract.key:
        yield f"{key}: must be unique, found in several rows that differ"
    for rule in contract.rules:
        if rule.unique:
            yield _of_rule(rule.columns, rule.words(), False)

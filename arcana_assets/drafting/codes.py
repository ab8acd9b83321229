"""Codes that several files have: one spelling of them, and columns that are found by them alone.

Belongs here: whose codes are whose, and the cleaning steps between them. Does not belong here: columns that are found
by their headers (`entities`), what is looked up by a code (`joining`).
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow.compute as pc

from arcana_assets.drafting.entities import FITS, Match
from arcana_assets.drafting.source import Source, Tabled
from arcana_assets.drafting.sources import HELD, drafted
from arcana_assets.drafting.values import Values

CUSTOMERS = "customers"
MET = 0.5  # share of the codes of a file that the list of them has, below which something is wrong
FEW_CODES = 5  # from which on codes that another file has are no accident
ENDS = 0.97  # of the codes, for an end to be cut off them


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
        if ends and (most := ends.most_common(1)[0])[1] >= ENDS * len(codes):
            found["remove_suffix", most[0]] = partial(_without_end, end=most[0])
    return found


def _without_end(code: str, end: str) -> str:
    return code.removesuffix(end)

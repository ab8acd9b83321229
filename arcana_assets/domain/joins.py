"""Joins of a domain: whether each source has what others look up in it, and never more than one row of a key.

Belongs here: what two contracts tell together. Does not belong here: what a join may say (`contract.joins`), looking up
(`landing.conform.joins`).
"""

from collections.abc import Iterator, Mapping

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.joins import Join
from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.yaml.explanations import Place

_Problem = tuple[Place, str]
_MOMENTS = ("date", "instant")


def types_of(contract: Contract, sources: Mapping[str, Contract]) -> dict[str, ColumnType]:
    """Every column that a source has before anything is computed, and its type: read, constant, looked up or joined.

    Those that another source does not have are left out.
    """
    entity = contract.schema_
    given = {*contract.read, *contract.constants, *(each.to for each in contract.lookups), *contract.joined}
    kinds: dict[str, ColumnType] = {name: entity.column(name).type for name in entity.names if name in given}
    kinds |= {each.to: each.kind for each in contract.helpers}
    for join in contract.join:
        there = sources[join.source].schema_ if join.source in sources else None
        for here, name in join.brought.items():
            if there is not None and name in there.names and here not in entity.names:
                kinds[here] = there.column(name).type
    return kinds


def unjoinable(contract: Contract, sources: Mapping[str, Contract]) -> Iterator[_Problem]:
    """What is wrong with the joins of a source, each with its place in its file."""
    there_before = {*contract.read, *contract.constants, *(each.to for each in contract.lookups)}
    for index, join in enumerate(contract.join):
        at: Place = ("join", index)
        for name in join.brought:
            if name in there_before:
                yield (*at, "columns"), f"'{name}' is there without this join; leave it out, or give it another name"
        if join.source == contract.name:
            yield (*at, "source"), "a source looks nothing up in itself"
        elif join.source not in sources:
            problem = f"no other source of the domain has the name '{join.source}'"
            yield (*at, "source"), problem + nearest(join.source, [*(sources.keys() - {contract.name})])
        elif path := _circle(contract.name, join.source, sources):
            yield (*at, "source"), f"this join goes round in a circle: {' -> '.join(path)}; leave one of them out"
        else:
            kinds = {name: kind for name, kind in types_of(contract, sources).items() if name in there_before}
            yield from _key(join, sources[join.source], kinds, at)
            yield from _columns(contract, join, sources[join.source], at)
        there_before |= {*join.brought}
    if (dating := contract.dating) is not None and dating.source in sources:
        yield from _dates(contract, dating, sources[dating.source])


def _key(join: Join, other: Contract, kinds: Mapping[str, ColumnType], at: Place) -> Iterator[_Problem]:
    wrong = False
    for here, there in join.key.items():
        if here not in kinds:
            problem = f"'{here}' is no column that the files of this source have; map it in 'columns' or in 'helpers'"
            yield (*at, "on"), problem + nearest(here, kinds, listed=False)
        elif there not in other.made:
            yield (*at, "on"), f"{other.name} has no column '{there}'" + nearest(there, other.made)
        elif kinds[here] != (kind := other.schema_.column(there).type):
            yield (*at, "on"), f"'{here}' is {kinds[here]} here, and '{there}' is {kind} in {other.name}"
        else:
            continue
        wrong = True
    unique = [name for name in other.key if name != other.schema_.dated_by]
    if not wrong and {*unique} != {*join.key.values()}:
        found = f"which has the key {', '.join(other.key)}" if other.key else "which has no key"
        problem = f"a row could find several rows of {other.name}, {found}"
        yield (*at, "on"), problem + f"; look up by its key, or set 'key: [{', '.join(join.key.values())}]' there"


def _columns(contract: Contract, join: Join, other: Contract, at: Place) -> Iterator[_Problem]:
    entity = contract.schema_
    for here, there in join.brought.items():
        if there not in other.made:
            yield (*at, "columns"), f"{other.name} has no column '{there}'" + nearest(there, other.made)
        elif here in entity.names and entity.column(here).type != (kind := other.schema_.column(there).type):
            problem = (
                f"'{here}' is {entity.column(here).type} in {entity.name}, and '{there}' is {kind} in {other.name}"
            )
            yield (*at, "columns"), problem
        elif here not in entity.names and here not in contract.used:
            problem = f"{entity.name} has no column '{here}', and neither 'where', 'computed' nor a join names it"
            yield (*at, "columns"), problem + nearest(here, entity.names, listed=False)


def _dates(contract: Contract, join: Join, other: Contract) -> Iterator[_Problem]:
    """A date that puts rows into months is looked up in the files of the other source, before anything is silver."""
    at: Place = ("join", contract.join.index(join))
    date = str(contract.schema_.dated_by)
    if join.missing == "keep":
        yield (*at, "missing"), f"'{date}' puts rows into months, so a row without it cannot be kept; use quarantine"
    if join.brought[date] != other.schema_.dated_by or other.dating is not None or not other.dated:
        problem = f"'{date}' puts rows into months, so the files of {other.name} must have what dates that source, too"
        yield (*at, "columns"), problem
    if other.schema_.dated_by in other.key:
        problem = f"a row could find several dates in {other.name}, which has the key {', '.join(other.key)}"
        yield (*at, "on"), f"{problem}; set 'key: [{', '.join(join.key.values())}]' there"
    for here, there in join.key.items():
        if here not in contract.read or there not in other.mapped:
            yield (
                (*at, "on"),
                f"'{date}' is looked up by this key, so the files of both sources must have it as a column",
            )


def _circle(first: str, then: str, sources: Mapping[str, Contract]) -> list[str]:
    """The way from a source over `then` back to itself; empty where there is none."""
    ways = [[first, then]]
    seen = {then}
    while ways:
        way = ways.pop()
        for join in sources[way[-1]].join if way[-1] in sources else ():
            if join.source == first:
                return [*way, first]
            if join.source not in seen:
                seen.add(join.source)
                ways.append([*way, join.source])
    return []

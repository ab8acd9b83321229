"""What a source computes, chooses its rows by and tells periods by: whether the columns and types are there.

Belongs here: what a contract and the sources that it looks into tell together. Does not belong here: the grammar of
expressions (`contract.expressions`), what a condition may say (`contract.where`).
"""

from collections.abc import Iterator, Mapping

from arcana_assets.domain.contract.consistency import fitting
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.expressions import ExpressionError, fits, read_expression
from arcana_assets.domain.contract.periods import Periods
from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.joins import types_of
from arcana_assets.domain.yaml.explanations import Place

_Problem = tuple[Place, str]


def miscomputed(contract: Contract, sources: Mapping[str, Contract]) -> Iterator[_Problem]:
    """What is wrong with `computed`, `where` and `periods` of a source whose joins are right, each with its place."""
    kinds, entity = types_of(contract, sources), contract.schema_
    for name, text in contract.computed.items():
        at: Place = ("computed", name)
        if name in kinds:
            yield at, f"'{name}' is there without it; leave it out, or give it another name"
            continue
        try:
            kind = read_expression(text).type_of(kinds)
        except ExpressionError as wrong:
            yield at, str(wrong)
            continue
        if name not in entity.names:
            if name not in contract.used:
                problem = f"{entity.name} has no column '{name}', and neither 'where' nor another expression names it"
                yield at, problem + nearest(name, entity.names, listed=False)
        elif not fits(kind, wanted := entity.column(name).type):
            whole = "; round it" if wanted == "integer" and kind == "decimal" else ""
            yield at, f"'{name}' is {wanted} in {entity.name}, and this comes to {kind}{whole}"
        kinds[name] = entity.column(name).type if name in entity.names else kind
    kinds |= {name: entity.column(name).type for name in entity.derived if name not in kinds}
    for name in contract.where:
        yield from _chosen(contract, name, kinds)
    if contract.periods is not None:
        for key, name in (("start", contract.periods.start), ("end", contract.periods.end)):
            yield from _day(name, kinds, ("periods", key))
        yield from _foreseeing(contract, contract.periods)


def _foreseeing(contract: Contract, periods: Periods) -> Iterator[_Problem]:
    """What a row is or says by its last day: in a month before that day nobody knew it."""
    made, expressions = _made_of(contract, periods.end), contract.expressions
    raw = {contract.read[name].from_ for name in made & {*contract.read}}
    told = made | {column.to for column in contract.sought if column.from_ in raw}
    told -= _made_of(contract, periods.start)
    problem = f"is told by the last day, '{periods.end}', which nobody knew in the months before it"
    for name, expression in expressions.items():
        if name not in made and told & {*expression.names}:
            told.add(name)
            yield ("computed", name), f"'{name}' {problem}; compute it of columns that stay as they are"
    for name in contract.where:
        if name in told:
            yield ("where", name), f"'{name}' {problem}; leave it out: `periods` says in which months a row counts"


def _made_of(contract: Contract, name: str) -> set[str]:
    """A column and all that it is computed from."""
    expression = contract.expressions.get(name)
    return {name}.union(*(_made_of(contract, each) for each in expression.names if each != name) if expression else ())


def _day(name: str, kinds: Mapping[str, ColumnType], at: Place) -> Iterator[_Problem]:
    if name not in kinds:
        problem = f"there is no column '{name}' here; map it in 'columns', or in 'helpers' if the entity has none"
        yield at, problem + nearest(name, kinds, listed=False)
    elif kinds[name] != "date":
        yield at, f"'{name}' is {kinds[name]}, and a period is told in days; say 'type: date' and its 'formats'"


def _chosen(contract: Contract, name: str, kinds: Mapping[str, ColumnType]) -> Iterator[_Problem]:
    at: Place = ("where", name)
    if name not in kinds:
        problem = f"there is no column '{name}' here; map it in 'columns', or in 'helpers' if the entity has none"
        yield at, problem + nearest(name, kinds, listed=False)
        return
    for check, said in contract.where[name].said.items():
        if check in ("in", "not_in"):
            for number, value in enumerate(said):
                yield from fitting(value, kinds[name], (*at, check, number))
        elif check != "present":
            if kinds[name] == "boolean":
                yield (*at, check), f"'{name}' is true or false and has no range; use 'in: [true]'"
            else:
                yield from fitting(said, kinds[name], (*at, check))

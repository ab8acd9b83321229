"""The contract of a source: where its files land, how they are written, and what their columns become.

One model of these files drives the reader, the casts, the quarantine reasons, the metadata and lineage in the UI, the
checks and the reference page. Does not belong here: doing any of that.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from arcana_assets.domain.entities import ENTITIES, Entity, EntityColumn
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.formats import Format
from arcana_assets.domain.rules import Rule
from arcana_assets.domain.yaml_file import Strict, YamlFile, read_yaml

Scalar = str | int | float | bool


class Landing(Strict):
    """Which files belong to the source, below the landing folder of its domain."""

    pattern: str = Field(description="a glob such as `transactions/*.csv`, relative to the landing of the domain")
    required: bool = Field(True, description="false: no file at all is an empty table, not an error")

    @field_validator("pattern")
    @classmethod
    def _stays_inside(cls, pattern: str) -> str:
        parts = PurePosixPath(pattern).parts
        if not parts or PurePosixPath(pattern).is_absolute() or ".." in parts or "://" in pattern or "\\" in pattern:
            raise ValueError(f"'{pattern}' must be a path below the landing of the domain, without '..' or a scheme")
        return pattern


class Column(Strict):
    """From a raw column to a column of the entity.

    Cleaning steps run in the order given, before anything else; a value in `null_values` (and an empty one) is absent.
    """

    from_: str = Field(alias="from", description="the header as it stands in the file")
    to: str = Field(description="the entity's column")
    type: str | None = Field(None, description="the entity's type, repeated for the reader; must agree with it")
    clean: list[str | dict[str, str]] = Field([], description="trim, upper, lower, collapse_blanks, digits_only, strip_leading_zeros, remove_suffix: x, remove_prefix: x")
    null_values: list[str] = []
    formats: list[str] = Field([], description="strftime formats of dates, tried in this order")
    decimal: Literal[".", ","] | None = Field(None, description="decimal mark, where it is not the file's")
    thousands: Literal[".", ",", " ", "'"] | None = Field(None, description="thousands mark, where it is not the file's")
    default: Scalar | None = Field(None, description="in place of an absent value")
    optional: bool = Field(False, description="true: a file may come without this column")

    @field_validator("clean")
    @classmethod
    def _known_steps(cls, steps: list[str | dict[str, str]]) -> list[str | dict[str, str]]:
        for step in steps:
            name, argument = split_step(step)
            known = STEPS_WITH_ARGUMENT if argument is not None else STEPS
            if name not in known:
                raise ValueError(f"unknown cleaning step '{name}'" + nearest(name, known))
        return steps


STEPS = ("trim", "upper", "lower", "collapse_blanks", "digits_only", "strip_leading_zeros")
STEPS_WITH_ARGUMENT = ("remove_suffix", "remove_prefix")


RESERVED = ("month", "filename", "_file", "_file_sha256", "_line", "_malformed", "_text")


def raw_name(header: str) -> str:
    """A header as a column of bronze: verbatim, unless bronze needs that name itself."""
    return f"{header}_" if header.lower() in RESERVED else header


def split_step(step: str | dict[str, str]) -> tuple[str, str | None]:
    """The name of a cleaning step and its argument, None where it takes none."""
    if isinstance(step, str):
        return step, None
    if len(step) != 1:
        raise ValueError(f"a cleaning step with an argument is one 'name: argument', found {step}")
    return next(iter(step.items()))


class Pattern(Strict):
    """A value given to texts that match a regular expression in full."""

    matches: str
    value: Scalar

    @field_validator("matches")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as bad:
            raise ValueError(f"'{pattern}' is not a regular expression: {bad}") from None
        return pattern


class Lookup(Strict):
    """A column found from another one: by exact value first, then by pattern, else the default."""

    to: str
    from_: str = Field(alias="from", description="a column of the entity that the contract maps")
    values: dict[str, Scalar] = {}
    patterns: list[Pattern] = []
    default: Scalar | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Lookup":
        if not self.values and not self.patterns:
            raise ValueError("a lookup needs 'values' or 'patterns'")
        return self


class LatestWins(Strict):
    """Of the rows that share the key, the one with the latest `by` is kept; the others go to quarantine."""

    by: str = Field(description="the column whose greatest value wins")


class Contract(Strict):
    """A source: its files, their format, its columns, its rules."""

    entity: str
    description: str
    landing: Landing
    format: Format
    columns: list[Column] = Field(min_length=1)
    ignored: list[str] = Field([], description="raw columns that are known and not mapped")
    key: list[str] = Field([], description="columns that make a row unique")
    deduplicate: Literal["exact"] | LatestWins = Field("exact", description="exact, or {by: column}: latest of the key wins")
    rules: list[Rule] = []
    constants: dict[str, Scalar] = {}
    lookups: list[Lookup] = []
    name: str = Field("", description="the source's name; the file's name where left out")

    @property
    def schema_(self) -> Entity:
        """The entity that the source is conformed to."""
        return ENTITIES[self.entity]

    @property
    def monthly(self) -> bool:
        """Whether rows are dated, so that the tables are partitioned by month; else the source is a snapshot."""
        return self.schema_.dated_by is not None

    @property
    def mapped(self) -> dict[str, Column]:
        """Entity column to the raw column it comes from."""
        return {column.to: column for column in self.columns}

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """Headers that the contract knows, mapped or ignored, in its order."""
        return (*(column.from_ for column in self.columns), *self.ignored)

    def origin(self, column: str) -> tuple[str, ...]:
        """The raw columns that an entity column is made from."""
        if column in self.mapped:
            return (self.mapped[column].from_,)
        for lookup in self.lookups:
            if lookup.to == column:
                return self.origin(lookup.from_)
        sources = {"quantity_times_unit_price": ("quantity", "unit_price"), "sale_or_return": ("quantity",)}
        derivation = self.schema_.column(column).derivation
        return tuple(raw for source in sources.get(derivation or "", ()) for raw in self.origin(source))


def load_contract(path: Path) -> Contract:
    """The contract in the YAML file at `path`.

    Raises ContractError: wrong keys and types, unknown entities and columns, columns mapped twice, keys, rules and
    lookups of columns that do not exist, formats for columns that are no dates; each with file, line, nearest name.
    """
    file = read_yaml(path)
    contract = file.parse(Contract)
    contract = contract.model_copy(update={"name": contract.name or path.stem})
    if contract.entity not in ENTITIES:
        raise file.error(("entity",), f"unknown entity '{contract.entity}'" + nearest(contract.entity, ENTITIES))
    if not re.fullmatch(r"[a-z][a-z0-9_]*", contract.name):
        raise file.error(("name",), f"'{contract.name}' is not a table name: lower case letters, digits and _ only")
    _check_columns(file, contract)
    _check_references(file, contract)
    return contract


def _check_columns(file: YamlFile, contract: Contract) -> None:
    entity = contract.schema_
    seen: dict[str, Any] = {}
    for index, column in enumerate(contract.columns):
        place = ("columns", index)
        declared = _entity_column(file, entity, column.to, (*place, "to"))
        for kind, name in (("to", column.to), ("from", column.from_)):
            if (kind, name) in seen:
                first = seen[kind, name]
                raise file.error((*place, kind), f"'{name}' is mapped twice, first in columns[{first}]")
            seen[kind, name] = index
        if column.type is not None and column.type != declared.type:
            raise file.error((*place, "type"), f"'{column.to}' is {declared.type} in {entity.name}, found '{column.type}'")
        if bool(column.formats) != (declared.type in ("date", "instant")):
            wants = "needs 'formats', such as ['%Y-%m-%d']" if not column.formats else "is no date and takes no 'formats'"
            raise file.error((*place, "formats") if column.formats else place, f"'{column.to}' ({declared.type}) {wants}")
    for index, name in enumerate(contract.ignored):
        if ("from", name) in seen:
            raise file.error(("ignored", index), f"'{name}' is mapped in columns[{seen['from', name]}] and ignored too")


def _check_references(file: YamlFile, contract: Contract) -> None:
    entity, mapped = contract.schema_, contract.mapped
    for name in contract.constants:
        _entity_column(file, entity, name, ("constants", name))
        if name in mapped:
            raise file.error(("constants", name), f"'{name}' is mapped in columns and a constant too")
    for index, lookup in enumerate(contract.lookups):
        _entity_column(file, entity, lookup.to, ("lookups", index, "to"))
        if lookup.from_ not in mapped:
            problem = f"'{lookup.from_}' is not a mapped column" + nearest(lookup.from_, mapped)
            raise file.error(("lookups", index, "from"), problem)
    for index, name in enumerate(contract.key):
        _entity_column(file, entity, name, ("key", index))
    if isinstance(contract.deduplicate, LatestWins):
        _entity_column(file, entity, contract.deduplicate.by, ("deduplicate", "by"))
        if not contract.key:
            raise file.error(("deduplicate",), "the latest of a key wins, so the contract needs a 'key'")
    for index, rule in enumerate(contract.rules):
        check = next(key for key in ("compare", "unique", "column") if key == "column" or getattr(rule, key) is not None)
        for name in rule.columns:
            _entity_column(file, entity, name, ("rules", index, check if rule.column is None else "column"))
    made = {*mapped, *contract.constants, *(lookup.to for lookup in contract.lookups)}
    for declared in entity.columns:
        if declared.required and declared.name not in made:
            raise file.error(("columns",), f"{entity.name} requires '{declared.name}', and no column is mapped to it")


def _entity_column(file: YamlFile, entity: Entity, name: str, place: tuple[str | int, ...]) -> EntityColumn:
    try:
        return entity.column(name)
    except KeyError:
        raise file.error(place, f"{entity.name} has no column '{name}'" + nearest(name, entity.names)) from None

"""An asset of declared tables: its outputs, the check that each table is as declared, and the rows on their way.

Belongs here: what every asset that makes tables of the lake has in common. Does not belong here: how rows are written
(`io_manager`), what a table declares (`tables`).
"""

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from inspect import isgenerator
from typing import Any

import dagster as dg

from arcana_assets.graph.checks import verdict
from arcana_assets.graph.failures import bounded
from arcana_assets.graph.spec import DomainSpec, each_once
from arcana_assets.lake.rows import Writable
from arcana_assets.pseudonyms.names import Shown
from arcana_assets.tables.table import OF_SOURCES, Table

AS_DECLARED = "as_declared"
ON_EVENTS = "arcana/on_events"  # tag of what is computed on the engine of events

Events = Iterator[dg.Output | dg.AssetCheckResult]
"""What the function of an asset yields."""


@dataclass
class DeclaredRows:
    """Rows, the table that they are of, and what the UI shows of them.

    The IO manager writes the rows, tells Dagster what there is to tell, and leaves here what it found of their key.
    """

    table: Table
    rows: Writable
    by_month: bool
    metadata: Mapping[str, Any] = field(default_factory=dict)
    doubled_keys: int | None = None


def table_asset(
    spec: DomainSpec,
    name: str,
    tables: Mapping[str, Table],
    *,
    ins: Mapping[str, dg.AssetIn] | None = None,
    deps: Sequence[dg.AssetKey] = (),
    checks: Sequence[dg.AssetCheckSpec] = (),
    by_month: Collection[str] = (),
    on_events: bool = False,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Makes an asset of a function that yields, or returns, the rows of tables, each under the name of its output.

    Rows that are not of the declared columns and types are not written, and the step fails; two rows with one key fail
    the blocking check AS_DECLARED, so nothing is computed from them. Of the tables in `by_month`, expressions are
    computed one month after the other. What is `on_events` is read, computed and written with the engine of events,
    which its function asks for as `events`.

    Raises ValueError where two inputs are of one table.
    """
    each_once(name, ins or {})

    def made(function: Callable[..., Any]) -> dg.AssetsDefinition:
        @bounded
        @functools.wraps(function)
        def compute(*args: Any, **kwargs: Any) -> Iterator[Any]:
            result = function(*args, **kwargs)
            if not isgenerator(result):
                (only,) = tables
                yield from _told(spec, dg.Output(result, only), tables, by_month)
                return
            with closing(result) as events:
                for event in events:
                    yield from _told(spec, event, tables, by_month) if isinstance(event, dg.Output) else (event,)

        return dg.multi_asset(
            name=f"{spec.domain.name}_{name}",
            ins=dict(ins or {}),
            deps=list(deps),
            outs={output: spec.out(table) for output, table in tables.items()},
            check_specs=[*(_check_spec(spec, table) for table in tables.values()), *checks],
            op_tags={**({ON_EVENTS: "true"} if on_events else {}), **spec.naming(_shown(tables))} or None,
            **spec.options,
        )(compute)

    return made


def _shown(tables: Mapping[str, Table]) -> Shown:
    """Whatever is not of a source is beyond silver."""
    return "as_is" if all(table.layer in OF_SOURCES for table in tables.values()) else "beyond"


def _check_spec(spec: DomainSpec, table: Table) -> dg.AssetCheckSpec:
    words = "Every column has its declared type"
    if table.key:
        words += f", and no two rows of the run have the same {', '.join(table.key)}"
    return dg.AssetCheckSpec(AS_DECLARED, asset=spec.key_of(table), blocking=True, description=words)


def _told(spec: DomainSpec, event: dg.Output, tables: Mapping[str, Table], by_month: Collection[str]) -> Events:
    """The output with its table, and, once it is written, the check."""
    table = tables[event.output_name]
    declared = DeclaredRows(table, event.value, event.output_name in by_month, event.metadata)
    yield dg.Output(declared, event.output_name)
    doubled, key = declared.doubled_keys, ", ".join(table.key)
    if doubled is None:
        raise dg.Failure(
            description=f"{table.title} was not written by the lake's IO manager, so nothing is known of its key. Give "
            "the deployment's `io_manager`, or one that says what it found.",
            allow_retries=False,
        )
    fine = f"one row a {key}" if key else "rows are kept as they came, without a key"
    words = f"{doubled} values of {key} stand in more than one row" if doubled else fine
    yield verdict(spec.key_of(table), AS_DECLARED, not doubled, words, blocking=True)

"""The IO manager: what assets return goes into the lake, what they ask for comes out of it, for any range of months.

Belongs here: Dagster's partitions, metadata and failures around `Lake`. Does not belong here: Delta and DuckDB.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.domain.months import months_between, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.columns import COLUMN_SCHEMA, ROWS_WRITTEN, declared_columns, written_columns
from arcana_assets.graph.failures import failures
from arcana_assets.graph.leases import Leases
from arcana_assets.graph.lineage import column_lineage
from arcana_assets.graph.table_asset import ON_EVENTS, DeclaredRows
from arcana_assets.lake.commits import VERSION, Inputs, Known, Mixture, Written, mixtures
from arcana_assets.lake.errors import LakeError
from arcana_assets.lake.glue import Glue, GlueError
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.names import SNAPSHOT, table_name
from arcana_assets.lake.reading import table_of
from arcana_assets.lake.written import WriteResult
from arcana_assets.pseudonyms.kept import begin, refuse_left
from arcana_assets.pseudonyms.names import CUSTOMERS, PSEUDONYMS, Columns, Names, Naming
from arcana_assets.pseudonyms.renamed import Owners, owned, pseudonymous
from arcana_assets.tables.table import OF_SOURCES

MONTHS_BACK = "arcana/months_back"  # input metadata: load as many months before those of the run, too


@dataclass(frozen=True)
class LakeIOManager(dg.IOManager):
    """Writes the declared rows of assets, which are Ibis or pyarrow tables, readers or frames; loads Ibis tables.

    A partitioned asset writes exactly the months of the run in one commit, an unpartitioned one its snapshot. A
    partitioned input is loaded in the months its partition mapping names, and, with input metadata MONTHS_BACK, that
    many before them from the first partition on; each must have been materialized;
    an unpartitioned asset gets every month there is of a monthly input.

    In a domain with pseudonyms a step sees customers as its tag says (`pseudonyms.names`), whatever its function asks.

    An asset ON_EVENTS reads and writes with the engine of events, every other one with the engine of this process.

    It has no settings but its resources, and is no configurable one: Dagster 1.13 sets up nested resources
    through a call of its own that it deprecates. `io_manager_of` gives it to a run, and takes it back.
    """

    lake: Lake
    engine: Engine
    events: EventEngine
    leases: Leases
    glue: Glue | None = None
    _away: set[str] = field(default_factory=set)
    _known: dict[str, Known] = field(default_factory=dict)
    _inputs: dict[tuple[str, str], dict[str, Written]] = field(default_factory=dict)
    _names: dict[str, Names | None] = field(default_factory=dict)
    _owners: dict[str, Owners] = field(default_factory=dict)

    def mixtures(self, run_id: str, step: str, months: Sequence[date]) -> list[Mixture]:
        """Those behind what a step was given, in its months, as `commits.mixtures` finds them."""
        known = self._known.setdefault(run_id, {})
        return mixtures(self.lake.root, self.read_by(run_id, step), months, step, known)

    def read_by(self, run_id: str, step: str) -> dict[str, Written]:
        """The names of the tables that a step was given, and how often their months had been written by then."""
        return self._inputs.get((run_id, step), {})

    def handle_output(self, context: dg.OutputContext, obj: DeclaredRows | None) -> None:
        if obj is None:
            return
        months = _months(context.asset_partition_keys) if context.has_asset_partitions else None
        table, key = obj.table, context.asset_key.path
        step = context.step_context
        with failures(step.previous_attempt_count):
            self._names_of(step, key[0])
            written = self.lake.write(
                key,
                obj.rows,
                months,
                engine=self._engine_of(step),
                run_id=context.run_id,
                by_month=obj.by_month,
                declared=table.schema_of,
                unique=table.key,
                inputs=self._of_months(context.run_id, step.step.key, months),
                permitted=partial(self.leases.permitted, step.instance, context.run_id, key[0]),
            )
        obj.doubled_keys = written.doubled
        self._register(context, key, table.about)
        metadata = {**self._metadata(context, obj, written), **obj.metadata}
        if months is None:
            context.add_output_metadata(metadata)
        else:
            _add_partition_metadata(context, written, metadata)

    def load_input(self, context: dg.InputContext) -> ir.Table:
        months = None
        if context.has_asset_partitions and context.step_context.entity_partitions_def is not None:
            months = _months(context.asset_partition_keys)
            if back := _plain(context.definition_metadata.get(MONTHS_BACK, 0)):
                first = date.fromisoformat(
                    context.asset_partitions_def.get_first_partition_key() or months[0].isoformat()
                )
                months = months_between(max(first, shifted(months[0], -back)), months[-1])
        with failures(context.step_context.previous_attempt_count):
            rows, written = self.lake.read_and_count(
                context.asset_key.path, months, self._engine_of(context.step_context)
            )
            rows = self._named(context.step_context, context.asset_key, rows)
        step = context.step_context
        self._inputs.setdefault((step.run_id, step.step.key), {})[table_name(context.asset_key.path)] = written
        return rows

    def _named(self, step: Any, key: dg.AssetKey, rows: ir.Table) -> ir.Table:
        """Rows as a step is to see customers: the one place where tables beyond silver get pseudonyms, and files for
        people codes.
        """
        names, of_source = self._names_of(step, key.path[0]), key.path[1] in OF_SOURCES
        if names is None:
            return rows
        naming, engine = Naming.heard(step.op_def.tags[PSEUDONYMS]), self._engine_of(step)
        if naming.shown != ("beyond" if of_source else "people"):
            return rows
        # Whoever declares no columns of customers fails here, and shows none.
        columns = Columns.heard(_plain(step.job_def.asset_layer.get(key).metadata[CUSTOMERS]))
        if of_source:
            return pseudonymous(rows, columns, names, engine)
        owners = self._owners.setdefault(names.domain, Owners(self.lake, names, naming.silver))
        return owned(rows, columns, owners, engine)

    def _names_of(self, step: Any, domain: str) -> Names | None:
        """The pseudonyms of a domain, none where it has none; asked once a run, before a table is read or written."""
        if domain not in self._names:
            if PSEUDONYMS not in step.op_def.tags:
                refuse_left(domain, self.lake)
                self._names[domain] = None
            else:
                self._names[domain] = begin(domain, self.lake, step.run_id)
        return self._names[domain]

    def _engine_of(self, step: Any) -> EventEngine:
        return self.events if ON_EVENTS in step.op_def.tags else self.engine

    def _register(self, context: dg.OutputContext, key: Sequence[str], about: str) -> None:
        """The rows are there whether or not others can look the table up: what the catalogue refuses is a warning."""
        if self.glue is None or context.run_id in self._away:
            return
        try:
            done = self.glue.register(key, self.lake.uri(key), self.lake.open(key), about)
        except (GlueError, LakeError) as refused:
            context.log.warning(f"{table_name(key)} is not told to the Glue catalogue: {refused}")
            if (
                isinstance(refused, GlueError) and refused.away
            ):  # to wait for it at every table would take longer than to make them
                self._away.add(context.run_id)
            return
        if done != "unchanged":
            context.log.info(f"{table_name(key)} in the Glue catalogue: {done}")

    def _of_months(self, run_id: str, step: str, months: Sequence[date] | None) -> Inputs:
        """What a table was made of, for its commit. Of months before those that it writes nothing is compared later."""
        kept = {VERSION, SNAPSHOT, *(f"{month:%Y-%m}" for month in months or ())}
        return {
            name: {each: times for each, times in written.items() if each in kept}
            for name, written in self.read_by(run_id, step).items()
        }

    def _metadata(self, context: dg.OutputContext, obj: DeclaredRows, written: WriteResult) -> dict[str, Any]:
        key, columns = context.asset_key.path, written_columns(obj.table, written.schema)
        metadata: dict[str, Any] = {
            "dagster/row_count": written.table_rows,
            ROWS_WRITTEN: written.rows,
            "dagster/uri": self.lake.uri(key),
            "delta_version": written.version,
            "files": written.files,
            "bytes": written.bytes,
        }
        if columns != declared_columns(obj.table):  # else the UI shows those of the definition
            metadata[COLUMN_SCHEMA] = columns
        if written.rows_by_month:
            metadata["rows_by_month"] = {f"{month:%Y-%m}": rows for month, rows in written.rows_by_month.items()}
        if isinstance(obj.rows, ir.Table):
            metadata["dagster/column_lineage"] = lineage_of(obj.rows)
        return metadata


def io_manager_of(
    lake: Lake, engine: Engine, events: EventEngine | None = None, glue: Glue | None = None
) -> dg.IOManagerDefinition:
    """The IO manager as a resource, which holds the domain of a run from its first step to its end.

    Without an engine of `events`, `engine` is that, too.
    """

    def of_a_run(_: dg.InitResourceContext) -> Iterator[LakeIOManager]:
        manager = LakeIOManager(lake, engine, events or engine, Leases(lake.root), glue)
        try:
            yield manager
        finally:
            manager.leases.give_back()

    return dg.IOManagerDefinition(
        of_a_run,  # type: ignore[arg-type]  # a generator, which Dagster takes and does not say
        description="Writes tables of the lake, holds their domain meanwhile, and reads them.",
    )


def _months(partition_keys: Iterable[str]) -> list[date]:
    return [date.fromisoformat(key) for key in partition_keys]


def _add_partition_metadata(context: dg.OutputContext, written: WriteResult, metadata: Mapping[str, Any]) -> None:
    """A range of months is one run: each month's event says its own numbers, and the last one all that is of the run.

    Columns, lineage and pictures are tens of kilobytes; said of every month again they were most of the event log.
    """
    for month, rows in written.rows_by_month.items():
        of_month = {
            "dagster/partition_row_count": rows,
            "files": written.files_by_month.get(month, 0),
            "bytes": written.bytes_by_month.get(month, 0),
            "delta_version": written.version,
        }
        context.step_context.add_asset_metadata(
            {**(metadata if month == max(written.rows_by_month) else {}), **of_month},
            asset_key=context.asset_key,
            partition_key=month.isoformat(),
        )


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, dg.MetadataValue) else value


def lineage_of(expr: ir.Table) -> dg.TableColumnLineage:
    """Which columns of the lake's tables the columns of an expression are made of."""
    origins = column_lineage(expr, table_of)
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(asset_key=dg.AssetKey(list(leaf)), column_name=name) for leaf, name in sorted(found)
            ]
            for column, found in origins.items()
            if found
        }
    )

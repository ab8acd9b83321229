"""Tables of the database: gold tables of a month, counted and summed up there before they take their place.

Belongs here: which gold tables feed which table, what its check says, what the UI is told. Does not belong here: rows
(`warehouse.rows`), how a month takes its place (`warehouse.postgres`, `warehouse.sqlite`).
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.catalogue.tables import table_named
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.columns import ROWS_WRITTEN
from arcana_assets.graph.files_asset import files_asset
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.io_manager import LakeIOManager
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.commits import VERSION, Written
from arcana_assets.lake.names import table_name
from arcana_assets.warehouse.columns import Dialect, columns_of
from arcana_assets.warehouse.month import MonthOfTable, NotEveryRow, Rows, Taken, Told
from arcana_assets.warehouse.tables import WarehouseTable
from arcana_assets.warehouse.warehouse import Warehouse

EVERY_ROW = "every_row_in_the_database"
CUSTOMER = "id_cliente"


def warehouse_asset(spec: DomainSpec, table: WarehouseTable, dialect: Dialect) -> dg.AssetsDefinition:
    """A table of the database as an asset."""
    domain, key, gold = spec.domain, spec.key("warehouse", table.name), table_named(table.gold[0], spec.domain.facets)
    names = {each: table_name(spec.key("gold", each)) for each in table.gold}
    main, about = names[table.gold[0]], table.about or f"{gold.about} A row is {gold.grain}."

    @files_asset(
        spec,
        table.name,
        f"For BI tools and SQL, the table {table.name} of the database. {about}",
        {dialect},
        layer="warehouse",
        group="warehouse_customers" if CUSTOMER in table.key else "warehouse",
        ins={name: with_history(spec.key("gold", name), int(name in table.before)) for name in table.gold},
        checks=[
            dg.AssetCheckSpec(
                EVERY_ROW,
                asset=key,
                blocking=True,
                description="Rows, values and sums in the database are those of gold; told before a month is replaced",
            )
        ],
    )
    def publish(
        context: dg.AssetExecutionContext, engine: Engine, warehouse: Warehouse, **tables: ir.Table
    ) -> Iterator[Any]:
        run, run_id = Run.of(context, domain), context.run.run_id
        query = engine.query(table.rows(*(tables[name] for name in table.gold)))
        columns = columns_of(table, gold, query.schema, domain.language)
        rows = Rows(Told(table, about, columns, domain.cluster_columns, domain.language), query)
        writings, taken, wrong = _Writings.of(context, list(names.values())), dict[str, Taken](), list[str]()
        with warehouse.opened(domain.name) as database:
            for month in run.months:
                made_of = writings.made_of({name: table.months_of(each, month) for each, name in names.items()})
                part = MonthOfTable(rows, month, made_of, writings.version(main), run_id)
                try:
                    taken[month.isoformat()] = database.take(part)
                except NotEveryRow as error:
                    wrong.append(str(error))
        count = sum(each.rows for each in taken.values())
        yield verdict(key, EVERY_ROW, not wrong, "; ".join(wrong) or f"{count} rows", {"rows": count}, blocking=True)
        if wrong:
            raise dg.Failure(description="; ".join(wrong), allow_retries=False)
        for month_key, each in taken.items():
            told_of = {"dagster/partition_row_count": each.rows, "was_there_already": each.kept}
            of_run = {ROWS_WRITTEN: count, "dagster/uri": database.place} if month_key == max(taken) else {}
            context.add_asset_metadata({**of_run, **told_of}, asset_key=key, partition_key=month_key)
        yield dg.MaterializeResult(asset_key=key)

    return publish


@dataclass(frozen=True)
class _Writings:
    """Which writings of its gold tables a step read. Nothing is known of tables of another place than the lake."""

    ids: Mapping[str, str]
    read: Mapping[str, Written]

    @classmethod
    def of(cls, context: dg.AssetExecutionContext, names: Sequence[str]) -> "_Writings":
        step = context.op_execution_context
        manager = step.resources.io_manager
        if not isinstance(manager, LakeIOManager):
            return cls({}, {})
        ids = {name: str(manager.lake.open(name.split("/")).metadata().id) for name in names}
        return cls(ids, manager.read_by(step.run_id, step.op.name))

    def made_of(self, months: Mapping[str, Collection[date]]) -> str:
        """By table, its id and how often these of its months had been written, as JSON; nothing where it is not known.

        A table that was removed and made anew counts from one again, but has another id.
        """
        if not self.ids:
            return ""
        counted = {
            name: [self.ids[name], {f"{month:%Y-%m}": self.read[name].get(f"{month:%Y-%m}") for month in of}]
            for name, of in months.items()
        }
        return json.dumps(counted, sort_keys=True)

    def version(self, name: str) -> int:
        """The Delta version of a table; 0 where it is not known."""
        return self.read.get(name, {}).get(VERSION, 0)

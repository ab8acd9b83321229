"""What all assets of a domain share: keys, groups, owners, kinds, partitions, retries, and the months of a run.

Belongs here: anything that would otherwise be said once an asset, the month arithmetic of a run included. Does not
belong here: what an asset computes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.entities import Entity
from arcana_assets.domain.gold_columns import describe
from arcana_assets.domain.months import as_of_day, month_at, months_between, shifted
from arcana_assets.resources.lake_io import MONTHS_BACK
from arcana_assets.transforms.refusal import Period

AS_OF_TAG = "arcana/as_of"
SCHEDULED_TAG = ".dagster/scheduled_execution_time"
RANGE_TAGS = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
EVERYTHING = 1200  # months; history is clipped at the first month of the domain
SQL = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18, 4)",
    "double": "DOUBLE",
    "date": "DATE",
    "boolean": "BOOLEAN",
}
INSTANT = "TIMESTAMP WITH TIME ZONE"

# For what passes by itself, such as a rival commit or a file still being delivered; errors that do not, say so.
RETRIES = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)


@dataclass(frozen=True)
class DomainSpec:
    """A domain and where it is defined, as the makers of its assets need it."""

    domain: CustomerDomain
    folder: Path

    @property
    def months(self) -> dg.MonthlyPartitionsDefinition:
        """All months of the domain, the open one included."""
        return dg.MonthlyPartitionsDefinition(
            start_date=self.domain.start.isoformat(), timezone=self.domain.timezone, end_offset=1
        )

    def key(self, layer: str, table: str) -> dg.AssetKey:
        """The key of a table, which is also its place in the lake."""
        return dg.AssetKey([self.domain.name, layer, table])

    def silvers(self, entity: str, dated: bool | None = None) -> dict[str, dg.AssetIn]:
        """An input for each source that is conformed to an entity; of those with dates only, or without only."""
        return {
            f"of_{each.name}": dg.AssetIn(self.key("silver", each.name))
            for each in self.domain.sources_of(entity)
            if dated is None or each.dated == dated
        }

    def out(
        self, layer: str, table: str, description: str, *, columns: dg.TableSchema | None = None, **metadata: Any
    ) -> dg.AssetOut:
        """An asset of one table: description, owners, kinds, tags, links, columns, and freshness where it is gold."""
        return dg.AssetOut(
            key=self.key(layer, table),
            description=description,
            group_name=f"{self.domain.name}_{layer}",
            owners=self.domain.owners,
            kinds={"deltalake", "duckdb" if layer in ("bronze", "silver", "quarantine") else "python"},
            tags={"domain": self.domain.name, "layer": layer},
            freshness_policy=self.freshness if layer in ("gold", "models") else None,
            metadata={
                **({"dagster/column_schema": columns} if columns else gold_columns(layer, table, self.domain.facets)),
                **self.links(table if layer not in ("gold", "models") else None),
                **metadata,
            },
        )

    def files_out(self, name: str, description: str, kinds: set[str]) -> dg.AssetOut:
        """An asset of published files: nothing for the IO manager."""
        return dg.AssetOut(
            key=self.key("published", name),
            dagster_type=dg.Nothing,
            description=description,
            group_name=f"{self.domain.name}_published",
            owners=self.domain.owners,
            kinds=kinds,
            tags={"domain": self.domain.name, "layer": "published"},
            freshness_policy=self.freshness,
            metadata=self.links(None),
        )

    @property
    def freshness(self) -> dg.FreshnessPolicy:
        """Gold is refreshed in the night before its deadline."""
        nightly = self.domain.nightly
        window = timedelta(hours=(nightly.fresh_by - nightly.hour) % 24 or 24)
        return dg.FreshnessPolicy.cron(
            deadline_cron=f"0 {nightly.fresh_by} * * *", lower_bound_delta=window, timezone=self.domain.timezone
        )

    @property
    def options(self) -> dict[str, Any]:
        """What the computation of every asset shares.

        One run does any range of months, and one run of a domain goes at a time.
        """
        return {
            "partitions_def": self.months,
            "backfill_policy": dg.BackfillPolicy.single_run(),
            "retry_policy": RETRIES,
            "pool": self.domain.name,
        }

    def links(self, source: str | None) -> dict[str, Any]:
        """The YAML that an asset is made from."""
        contract = self.folder / "sources" / f"{source}.yaml"
        return {
            "defined_in": dg.MetadataValue.path(
                str(contract if source and contract.exists() else self.folder / "defs.yaml")
            )
        }


@dataclass(frozen=True)
class Run:
    """The months of a run and the moment as of which it computes."""

    months: tuple[date, ...]
    moment: datetime
    domain: CustomerDomain

    @classmethod
    def of(cls, context: dg.AssetExecutionContext, domain: CustomerDomain) -> "Run":
        """Months are the partitions of the run; the moment is when the run was due, or made.

        Fails, for good, where the run asks for a month that the domain does not have.
        """
        run = cls((), _moment(context), domain)
        asked = [context.run.tags[tag] for tag in RANGE_TAGS if tag in context.run.tags] or [context.partition_key]
        first, last = (date.fromisoformat(key[:10]) for key in (asked[0], asked[-1]))
        if not domain.start <= first <= last < run.end:
            raise dg.Failure(
                description=f"{domain.name} has the months {spell_months([domain.start, shifted(run.end, -1)])}; "
                f"the run asks for {spell_months(sorted({first, last}))}. "
                "Ask for months among them, or change 'start' in the domain's defs.yaml.",
                allow_retries=False,
            )
        return cls(tuple(months_between(first, last)), run.moment, domain)

    @property
    def end(self) -> date:
        """The month after the open one: rows dated from there on are not yet due."""
        return shifted(month_at(self.moment, self.domain.timezone), 1)

    def judged(self, month: date) -> date:
        """The month at whose end it is seen what came of earlier ones: this one, or the one before while it is open.

        So a night compares whole months, and what it finds does not change through the open one.
        """
        return month if shifted(month, 1) < self.end else shifted(month, -1)

    @property
    def period(self) -> Period:
        """What rows may be dated.

        A month that is over holds no row beyond its end, so the moment of the run bounds them all.
        """
        return Period(self.domain.start, self.moment, self.domain.timezone)


def _moment(context: dg.AssetExecutionContext) -> datetime:
    tags: Mapping[str, str] = context.run.tags
    for tag in (AS_OF_TAG, SCHEDULED_TAG):
        if tag in tags:
            try:
                moment = datetime.fromisoformat(tags[tag])
            except ValueError:
                raise dg.Failure(
                    description=f"the tag {tag} of this run is '{tags[tag]}'; expected a moment such as "
                    "2011-05-20T00:00:00+00:00",
                    allow_retries=False,
                ) from None
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    record = context.instance.get_run_record_by_id(context.run.run_id)
    assert record is not None, "a run that executes is recorded in its instance"
    made = record.create_timestamp
    return made.astimezone(UTC)


def periods(run: Run) -> pa.Table:
    """The months of a run as transforms take them: see `transforms.periods`."""
    domain, back = run.domain, run.domain.lookback_months
    firsts = {
        "month": run.months,
        "window_start": [shifted(month, 1 - back) for month in run.months],
        "later_start": [shifted(month, 1 - max(back // 2, 1)) for month in run.months],
        "ago_3": [shifted(month, -3) for month in run.months],
        "ago_12": [shifted(month, -12) for month in run.months],
        "begun": [domain.start for _ in run.months],
        "as_of_day": [as_of_day(month, run.moment, domain.timezone) for month in run.months],
    }
    return pa.table({name: pa.array(days, pa.date32()) for name, days in firsts.items()})


def entity_columns(entity: Entity) -> dg.TableSchema:
    """The columns of an entity as the UI shows them."""
    return dg.TableSchema(
        [
            dg.TableColumn("month", "DATE", description="First day of the month, local time"),
            *(
                dg.TableColumn(
                    column.name,
                    SQL.get(column.type, INSTANT),
                    description=column.description + (f" ({column.unit})" if column.unit else ""),
                    constraints=dg.TableColumnConstraints(nullable=not column.required),
                )
                for column in entity.columns
            ),
        ]
    )


def gold_columns(layer: str, table: str, facets: Sequence[str]) -> dict[str, dg.TableSchema]:
    """The columns of a gold table or model as the UI shows them, in a domain with these facets.

    Those known at run time only are described by the IO manager.
    """
    if layer not in ("gold", "models"):
        return {}
    known = describe(table if layer == "gold" else f"{layer}/{table}", facets).values()
    columns = [
        dg.TableColumn(column.name, SQL.get(column.type, INSTANT), description=column.explained)
        for column in known
        if not column.pattern
    ]
    return {"dagster/column_schema": dg.TableSchema(columns)}


def lineage(columns: Mapping[str, Iterable[tuple[dg.AssetKey, str]]]) -> dg.TableColumnLineage:
    """Column lineage said by hand, for what no expression shows: files, frames and arrays."""
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(asset_key=key, column_name=source) for key, source in sources]
            for name, sources in columns.items()
        }
    )


def together(sources: Mapping[str, ir.Table]) -> ir.Table:
    """The rows of all sources of an entity: they have its columns, whatever their files look like."""
    first, *others = sources.values()
    return ibis.union(first, *others, distinct=False) if others else first


def with_history(key: dg.AssetKey, months_back: int = EVERYTHING) -> dg.AssetIn:
    """An input of the run's months and the `months_back` before them, from the domain's first month on.

    Not a TimeWindowPartitionMapping: with one, a backfill of 13 months asks for every later month up to today as well,
    because each of them looks back on those 13.
    """
    return dg.AssetIn(key, metadata={MONTHS_BACK: months_back})


def spell_months(months: Sequence[date]) -> str:
    """`2010-12` or `2010-12 to 2011-03`."""
    if not months:
        return "no month"
    return f"{months[0]:%Y-%m}" + (f" to {months[-1]:%Y-%m}" if len(months) > 1 else "")

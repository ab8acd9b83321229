"""The master of customers, and how the customers of every other source are those of the master.

Belongs here: the checks that nobody is lost and strangers are counted. Does not belong here: what is computed
(`transforms.facets.master`), the rollups (`facets`).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360.listed import master
from arcana_assets.customer_360.tables import CUSTOMERS, SOURCE_COVERAGE
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import together
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake

ONE_ROW, AGREE, KNOWN = "one_row_a_customer", "statements_agree", "customers_are_listed"
MOST_ORPHANS = 0.05  # of a source's rows in a run, before its coverage warns
MOST_CONTRADICTIONS = 0.05  # of the customers


def master_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The master and its coverage."""
    return [_master(spec), _coverage(spec)]


def _master(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "customers")

    @table_asset(
        spec,
        "customers",
        {"customers": CUSTOMERS},
        ins=spec.silvers("customers"),
        checks=[
            dg.AssetCheckSpec(
                ONE_ROW, asset=key, blocking=True, description="Each customer that silver lists has one row"
            ),
            dg.AssetCheckSpec(
                AGREE,
                asset=key,
                description=f"Rows contradict each other about at most {MOST_CONTRADICTIONS:.0%} of the customers",
            ),
        ],
    )
    def customers(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Iterator[Any]:
        months = list(Run.of(context, domain).months)
        with failures():
            listing = together({each.name: sources[f"of_{each.name}"] for each in domain.listing})
            statements = master.of_listed(together(sources), listing)
            yield dg.Output(master.customers(statements, domain.regions), "customers")
            listed = engine.backend.execute(listing.select("customer_id", "month").distinct().count())
            kept = lake.read(key.path, months, engine)
            told = engine.backend.to_pyarrow(
                kept.agg(
                    customers=kept.select("customer_id", "month").distinct().count().as_scalar(),
                    contradicted=(kept.contradictions > 0).sum(),
                )
            ).to_pylist()[0]
            rows, contradicted = lake.rows(key.path, months), told["contradicted"] or 0
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=ONE_ROW,
            passed=rows == listed == told["customers"],
            description=f"{listed} customers in silver, {rows} rows of {told['customers']} customers in the master "
            "(customers counted once a month)",
        )
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=AGREE,
            passed=contradicted <= MOST_CONTRADICTIONS * max(rows, 1),
            severity=dg.AssetCheckSeverity.WARN,
            description=f"rows contradict each other about {contradicted} of {rows} customers; the value that most "
            "rows state was taken",
        )

    return customers


def _coverage(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "source_coverage")
    sources = {
        name: contract
        for name, contract in domain.sources.items()
        if contract not in domain.listing and "customer_id" in contract.schema_.names
    }

    @table_asset(
        spec,
        "source_coverage",
        {"coverage": SOURCE_COVERAGE},
        ins={
            "listed": dg.AssetIn(spec.key("gold", "customers")),
            **{f"of_{name}": dg.AssetIn(spec.key("silver", name)) for name in sources},
        },
        checks=[
            dg.AssetCheckSpec(
                KNOWN,
                asset=key,
                description=f"At most {MOST_ORPHANS:.0%} of the rows of each source are of customers not in the master",
            )
        ],
    )
    def coverage(
        context: dg.AssetExecutionContext, engine: Engine, listed: ir.Table, **silvers: ir.Table
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        months = ibis.memtable(pa.table({"month": pa.array(run.months, pa.date32())}))
        with failures():
            tables = [
                engine.backend.to_pyarrow(master.coverage(name, contract.entity, silvers[f"of_{name}"], listed, months))
                for name, contract in sources.items()
            ]
        table = pa.concat_tables(tables).sort_by([("month", "ascending"), ("source", "ascending")])
        yield dg.Output(table, "coverage", metadata={"sources": dg.MetadataValue.md(_by_source(table))})
        totals = table.group_by("source").aggregate([("rows", "sum"), ("orphan_rows", "sum")]).to_pylist()
        orphans = [row for row in totals if row["orphan_rows_sum"] > MOST_ORPHANS * row["rows_sum"]]
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=KNOWN,
            passed=not orphans,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(
                f"{row['source']}: {row['orphan_rows_sum']} of {row['rows_sum']} rows are of customers that the master "
                "does not list"
                for row in sorted(orphans, key=lambda row: row["source"])
            )
            or f"no source has more; {sum(row['orphan_rows_sum'] for row in totals)} rows in all",
            metadata={row["source"]: row["orphan_rows_sum"] for row in totals},
        )

    return coverage


def _by_source(coverage: pa.Table) -> str:
    """Coverage of the last month, as Markdown."""
    last = max(coverage["month"].to_pylist())
    rows = [row for row in coverage.to_pylist() if row["month"] == last]
    head = "| source | rows | customers | orphan rows | orphan customers | master covered |"
    return f"{head}\n|---|---|---|---|---|---|\n" + "\n".join(
        f"| {row['source']} | {row['rows']} | {row['customers']} | {row['orphan_rows']} | {row['orphan_customers']} | "
        f"{row['covered_share'] or 0:.1%} |"
        for row in rows
    )

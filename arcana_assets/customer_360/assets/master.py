"""The master of customers, and how the customers of every other source are those of the master.

Belongs here: the checks that nobody is lost and strangers are counted. Does not belong here: what is computed
(`listed.master`), the rollups (`listed_rollups`).
"""

import dagster as dg
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360.assets.checks import one_row, one_row_spec
from arcana_assets.customer_360.assets.identities import IDENTITIES, identity_ins, under_customers
from arcana_assets.customer_360.assets.silver import silver_ins
from arcana_assets.customer_360.identities import folded
from arcana_assets.customer_360.listed import master
from arcana_assets.customer_360.listed.master import CUSTOMERS, SOURCE_COVERAGE
from arcana_assets.customer_360.periods import periods_of
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.inputs import together
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.markdown import markdown_table

AGREE, KNOWN = "statements_agree", "customers_are_listed"
MOST_ORPHANS = 0.05  # of a source's rows in a run, before its coverage warns
MOST_CONTRADICTIONS = 0.05  # of the customers


def master_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The master and its coverage."""
    return [_master(spec), _coverage(spec)]


def _master(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key_of(CUSTOMERS)
    agree = f"Rows contradict each other about at most {MOST_CONTRADICTIONS:.0%} of the customers"

    @table_asset(
        spec,
        "customers",
        {"customers": CUSTOMERS},
        ins={**spec.silvers("customers"), **identity_ins(spec)},
        checks=[
            one_row_spec(key, "Each customer that silver lists, and who was one by then, has one row"),
            dg.AssetCheckSpec(AGREE, asset=key, description=agree),
        ],
    )
    def customers(context: dg.AssetExecutionContext, lake: Lake, engine: Engine, **sources: ir.Table) -> Events:
        run, identities = Run.of(context, domain), sources.pop(IDENTITIES, None)
        listing = folded(together({each.name: sources[f"of_{each.name}"] for each in domain.listing}), identities)
        told = {name: rows.mutate(source=ibis.literal(name)) for name, rows in sources.items()}
        statements = master.of_listed(folded(together(told), identities), listing)
        begun = master.begun(statements, periods_of(run.as_of_days, domain))
        mine = ["customer_id", "month"]
        yield dg.Output(master.customers(statements.semi_join(begun, mine), domain.regions), "customers")
        listed = engine.backend.execute(listing.select(mine).distinct().semi_join(begun, mine).count())
        yield one_row(key, listed, "silver", run, lake)
        kept = lake.read(key.path, list(run.months), engine)
        yield _agree(key, engine.backend.execute((kept.contradictions > 0).sum()) or 0, listed)

    return customers


def _agree(key: dg.AssetKey, contradicted: int, customers: int) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=AGREE,
        passed=contradicted <= MOST_CONTRADICTIONS * customers,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"rows contradict each other about {contradicted} of {customers} customers; the value that most "
        "rows state was taken",
    )


def _coverage(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key_of(SOURCE_COVERAGE)
    others = [each for _, each in sorted(domain.sources.items()) if each not in domain.listing]
    sources = [each for each in others if "customer_id" in each.schema_.names]
    known = f"At most {MOST_ORPHANS:.0%} of the rows of each source are of customers not in the master"

    @table_asset(
        spec,
        "source_coverage",
        {"coverage": SOURCE_COVERAGE},
        ins={"listed": dg.AssetIn(spec.key_of(CUSTOMERS)), **silver_ins(spec, sources), **identity_ins(spec)},
        checks=[dg.AssetCheckSpec(KNOWN, asset=key, description=known)],
    )
    def coverage(context: dg.AssetExecutionContext, engine: Engine, listed: ir.Table, **silvers: ir.Table) -> Events:
        run = Run.of(context, domain)
        months = ibis.memtable(pa.table({"month": pa.array(run.months, pa.date32())}))
        rows = {
            source.name: under_customers(source.entity, silvers[f"of_{source.name}"], silvers) for source in sources
        }
        each = [master.coverage(one.name, one.entity, rows[one.name], listed, months) for one in sources]
        table = pa.concat_tables([engine.backend.to_pyarrow(one) for one in each])
        table = table.sort_by([("month", "ascending"), ("source", "ascending")])
        yield dg.Output(table, "coverage", metadata={"sources": dg.MetadataValue.md(_by_source(table))})
        yield _known(key, master.orphans(table))

    return coverage


def _known(key: dg.AssetKey, orphans: dict[str, tuple[int, int]]) -> dg.AssetCheckResult:
    """`orphans` are the rows of strangers and all rows of each source."""
    many = [
        f"{source}: {strange} of {rows} rows are of customers that the master does not list"
        for source, (strange, rows) in orphans.items()
        if strange > MOST_ORPHANS * rows
    ]
    total = sum(strange for strange, _ in orphans.values())
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=KNOWN,
        passed=not many,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(many) or f"no source has more; {total} rows in all",
        metadata={source: strange for source, (strange, _) in orphans.items()},
    )


def _by_source(coverage: pa.Table) -> str:
    """Coverage of the last month, as Markdown."""
    last = max(coverage["month"].to_pylist())
    names = ("source", "rows", "customers", "orphan_rows", "orphan_customers")
    rows = [
        (*(row[name] for name in names), f"{row['covered_share'] or 0:.1%}")
        for row in coverage.to_pylist()
        if row["month"] == last
    ]
    return markdown_table((*(name.replace("_", " ") for name in names), "master covered"), rows)

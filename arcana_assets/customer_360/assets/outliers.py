"""Outliers of a domain before customer 360 is made, the check that they are few, and that its flags remove nobody.

Belongs here: which tables they are found in, and what is said of them. Does not belong here: the rules (`outliers`),
the flags on their way into customer 360 (`goods.customers`, `listed_customers`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.customer_360.assets.facets import facet_inputs, made_facet
from arcana_assets.customer_360.assets.identities import identity_ins, under_customers
from arcana_assets.customer_360.assets.silver import silver_ins, silver_rows
from arcana_assets.customer_360.computation import Computation
from arcana_assets.customer_360.goods.reversals import lines_of_a_size
from arcana_assets.customer_360.goods.tables import TRANSACTIONS_MONTHLY
from arcana_assets.customer_360.listed.registry import computations_of
from arcana_assets.customer_360.outliers.customers import Usual, outlying_customers
from arcana_assets.customer_360.outliers.events import outlying_events
from arcana_assets.customer_360.outliers.flags import flagged_customers
from arcana_assets.customer_360.outliers.measured import measured_buyers, measured_listed
from arcana_assets.customer_360.outliers.tables import OF_CUSTOMERS, OUTLIERS, RULES, measures_of, revenue_in
from arcana_assets.customer_360.periods import periods_of
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.domain.settings.outliers import Outliers
from arcana_assets.engine.blocks import blocks, drawn
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.events import EventEngine
from arcana_assets.graph.checks import plotted, verdict
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.markdown import markdown_table
from arcana_assets.tables.frames import as_table

FEW, NOBODY_LEAVES = "few_outliers", "flags_remove_nobody"
LINES_AT_ONCE = 1_000_000  # of sales, of as many months together
AT_ONCE = 100_000  # customers who are compared in memory, and a sample of more of them
MOST = 0.05  # of the customers, by one rule; above it the rule is wrong, not the customers


def outlier_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The table of customers and events that stand out."""
    domain, key, sales = spec.domain, spec.key_of(OUTLIERS), spec.domain.sources_of(TRANSACTIONS)
    few = f"No rule flags more than {MOST:.0%} of the customers of a month by one measure; else the rule is wrong"

    @table_asset(
        spec,
        "outliers",
        {"outliers": OUTLIERS},
        ins={**_measured_ins(spec), **silver_ins(spec, sales), **identity_ins(spec)},
        checks=[dg.AssetCheckSpec(FEW, asset=key, description=few)],
    )
    def outliers(context: dg.AssetExecutionContext, engine: Engine, **inputs: ir.Table) -> Events:
        run, frames, customers = Run.of(context, domain), list[pd.DataFrame](), dict[object, int]()
        measures = [name for names in measures_of(domain.facets).values() for name in names]
        with _measured(spec, run, engine, inputs) as measured:
            for month in run.months:
                mine = measured.filter(measured.month == month)
                customers[month] = int(engine.value(mine.count()))
                told = _outlying(engine, mine, customers[month], measures, domain.outliers)
                frames += [rows.assign(month=month) for rows in told]
        table = as_table(frames, OUTLIERS)
        silver = silver_rows(inputs, sales)
        if silver is not None:
            silver = under_customers("transactions", silver, inputs)
            for months in _together(engine, silver, run.months):
                table = pa.concat_tables([table, _events(engine, silver, months, domain)])
        order = [(name, "ascending") for name in ("month", "grain", "rule", "key", "measure")]
        counted = _by_rule(table)
        plotted(context, key, {month: _plotted(counted, month) for month in run.months})
        last = counted[counted["month"] == run.months[-1]].drop(columns="month")
        by_rule = markdown_table(("grain", "rule", "measure", "rows"), last.itertuples(index=False))
        yield dg.Output(table.sort_by(order), "outliers", metadata={"by_rule": dg.MetadataValue.md(by_rule)})
        yield _few(key, counted, customers)

    return [outliers]


def _outlying(
    engine: Engine, customers: ir.Table, count: int, measures: Sequence[str], settings: Outliers
) -> Iterator[pd.DataFrame]:
    """The outliers of a month; of many customers a sample says what is usual, and blocks of all are held against it."""
    if count <= AT_ONCE:
        yield outlying_customers(_frame(engine, customers), measures, settings)
        return
    usual = Usual.of(_frame(engine, drawn(customers, AT_ONCE, settings.seed, count)), measures, settings)
    paid, name = 0.0, revenue_in(measures)
    if name is not None:  # as decimals: the sum of floating-point numbers depends on their order
        amounts = ibis.greatest(customers[name].fill_null(0.0), 0.0).cast("decimal(38, 6)")
        paid = float(engine.value(amounts.sum()))
    for block in blocks(customers, AT_ONCE, engine):
        yield usual.outlying(_frame(engine, block.of(customers)), paid)


def _together(engine: Engine, silver: ir.Table, months: Sequence[date]) -> Iterator[list[date]]:
    """Months whose lines are few enough to be compared by one query; a month of more of them alone."""
    counted = engine.small(silver.group_by("month").agg(rows=silver.count())).to_pylist()
    of, mine, rows = {each["month"]: int(each["rows"]) for each in counted}, list[date](), 0
    for month in months:
        if mine and rows + of.get(month, 0) > LINES_AT_ONCE:
            yield mine
            mine, rows = [], 0
        mine, rows = [*mine, month], rows + of.get(month, 0)
    yield mine


def _events(engine: Engine, silver: ir.Table, months: Sequence[date], domain: CustomerDomain) -> pa.Table:
    mine = silver.filter(silver.month.isin(list(months)))
    with engine.cache(lines_of_a_size(mine)) as undone:
        found = engine.backend.to_pyarrow(outlying_events(mine, undone, domain.outliers, domain.timezone))
    return found.cast(OUTLIERS.arrow)


def _frame(engine: Engine, customers: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = engine.backend.to_pyarrow(customers).to_pandas()
    return frame


def nobody_leaves_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check that customer 360 with flags has the rows that it has without."""
    words = "Customer 360 has the rows that it has without flags, and flags as many customers as gold/outliers"
    return dg.AssetCheckSpec(NOBODY_LEAVES, asset=key, blocking=True, description=words)


def nobody_leaves(
    key: dg.AssetKey, without: int, outliers: ir.Table, run: Run, lake: Lake, engine: EventEngine
) -> dg.AssetCheckResult:
    """`without` are the customers that the table is made of, counted once a month, whoever stands out."""
    kept = lake.read(key.path, list(run.months), engine)
    rows, flagged = lake.rows(key.path, list(run.months)), engine.value(kept.is_outlier.sum()) or 0
    mine = outliers.filter(outliers.month.isin(list(run.months)))
    expected = engine.value(flagged_customers(mine))
    return verdict(
        key,
        NOBODY_LEAVES,
        (rows, flagged) == (without, expected),
        f"{rows} rows with flags, {without} without; {flagged} flagged, {expected} in {OUTLIERS.title} (customers "
        "counted once a month)",
        {"rows": rows, "without_flags": without, "flagged": int(flagged), "outliers": int(expected)},
        blocking=True,
    )


def _computations(spec: DomainSpec) -> list[Computation]:
    return [made for made in computations_of(spec.domain) if made.entity in measures_of(spec.domain.facets)]


def _measured_ins(spec: DomainSpec) -> dict[str, dg.AssetIn]:
    if spec.domain.customers_from == "transactions":
        return {"monthly": with_history(spec.key_of(TRANSACTIONS_MONTHLY), spec.domain.lookback_months - 1)}
    return {"master": dg.AssetIn(spec.key("gold", "customers")), **facet_inputs(spec, _computations(spec))}


@contextmanager
def _measured(spec: DomainSpec, run: Run, engine: Engine, inputs: Mapping[str, ir.Table]) -> Iterator[ir.Table]:
    """A row for each row that customer 360 will have, with the measures of the domain."""
    domain = spec.domain
    with ExitStack() as kept:
        if domain.customers_from == "transactions":
            periods = periods_of(run.as_of_days, domain)
            yield kept.enter_context(engine.cache(measured_buyers(inputs["monthly"], periods)))
            return
        facets = {
            made.entity: kept.enter_context(engine.cache(made_facet(made, domain, inputs, run.as_of_days)))
            for made in _computations(spec)
        }
        yield measured_listed(inputs["master"], facets)


def _by_rule(table: pa.Table) -> pd.DataFrame:
    names = ["month", "grain", "rule", "measure"]
    frame: pd.DataFrame = table.select(names).to_pandas().groupby(names, as_index=False).size()
    return frame


def _plotted(counted: pd.DataFrame, month: object) -> dict[str, float | int]:
    """Rows of each rule, those that found nothing among them, so that plots are whole."""
    sizes = counted[counted["month"] == month].groupby("rule")["size"].sum()
    return {rule: int(sizes.get(rule, 0)) for rule in RULES}


def _few(key: dg.AssetKey, counted: pd.DataFrame, customers: Mapping[object, int]) -> dg.AssetCheckResult:
    """`customers` are those of each month."""
    mine = counted[counted["grain"] == OF_CUSTOMERS]
    shares = mine["size"] / mine["month"].map(customers)
    many = [
        f"{row.month:%Y-%m}: {row.rule} flags {share:.1%} of the customers by {row.measure}"
        for row, share in zip(mine.itertuples(index=False), shares, strict=True)
        if share > MOST
    ]
    most = float(shares.max()) if len(shares) else 0.0
    told = "; ".join(many) or f"no rule flags more than {most:.1%} of the customers by one measure"
    hint = "; see `outliers` of the domain's defs.yaml" if many else ""
    return verdict(key, FEW, not many, told + hint, {"largest_share": most})

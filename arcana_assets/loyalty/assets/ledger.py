"""Loyalty: the conditions of each programme and the ledger of its members, month after month.

Belongs here: which tables feed the ledger, the chain from one month to the next, its checks. Does not belong here: what
conditions are and who meets them (`ml.loyalty_conditions`), what moves a customer (`ml.loyalty_ledger`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.customer_360.assets.revenue import revenue_of
from arcana_assets.domain.months import months_between, shifted, spelled
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.month_chain import ChainGap, require_month_before
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.lake.lake import Lake
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.assets.ledger_month import Found, LedgerMonth, advanced, customers_and_segments, frames_of

ADDS_UP, BOUGHT = "ledger_adds_up", "members_bought_in_the_lookback"
SHARE, CHURN, FIDELITY = "revenue_share_within_limits", "churn_within_limits", "conditions_tell_the_segment"

TABLES = {
    "members": tables.MEMBERS,
    "conditions": tables.CONDITIONS,
    "summary": tables.SUMMARY,
    "eligibility": tables.ELIGIBILITY,
}


class Asked(dg.Config):
    """Run config of the ledger: `find_anew: true` finds the conditions of the run's months again.

    It is kept with the months, so that a month computed again is the same; `find_anew: false` takes it back.
    """

    find_anew: bool | None = None


def loyalty_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The ledger of all programmes of a domain, their conditions, and who can be a member at all."""
    domain, key, (revenue, _) = spec.domain, spec.key("gold", "loyalty_members"), revenue_of(spec)

    @table_asset(
        spec,
        "loyalty",
        TABLES,
        ins={
            "customers": dg.AssetIn(spec.key("gold", "customer_360")),
            "segments": dg.AssetIn(spec.key("gold", "segments")),
            "monthly": with_history(revenue, domain.lookback_months - 1),
        },
        checks=[
            dg.AssetCheckSpec(
                ADDS_UP, asset=key, blocking=True, description="Members before + entered - left = members now"
            ),
            dg.AssetCheckSpec(
                BOUGHT,
                asset=key,
                blocking=True,
                description="In months that are over no member is without a purchase in the lookback",
            ),
            dg.AssetCheckSpec(SHARE, asset=key, description="Members have a share of the revenue within its limits"),
            dg.AssetCheckSpec(CHURN, asset=key, description="No more members left in a month than is usual"),
            dg.AssetCheckSpec(
                FIDELITY, asset=key, description="Who meets the conditions and who is in the segment are much the same"
            ),
        ],
    )
    def loyalty(
        context: dg.AssetExecutionContext,
        config: Asked,
        lake: Lake,
        engine: Engine,
        customers: ir.Table,
        segments: ir.Table,
        monthly: ir.Table,
    ) -> Iterator[Any]:
        run = Run.of(context, domain)
        parts: dict[str, list[pa.Table]] = {name: [] for name in TABLES}
        made: list[tuple[date, Programme, LedgerMonth]] = []
        with failures():
            before = _month_before(spec, lake, engine, run)
            asked = _asked_before(spec, lake, engine, run.months)
            for month in run.months:
                everyone = customers_and_segments(domain, customers, monthly, segments, engine, month)
                chain = {}
                for programme in domain.programmes:
                    by = asked.get((month, programme.name)) if config.find_anew is None else None
                    by = context.run.run_id if config.find_anew else by
                    done = advanced(spec, programme, month, everyone, before.get(programme.name), run, by)
                    chain[programme.name] = (done.ledger, done.conditions)
                    made.append((month, programme, done))
                    for name, frame in frames_of(month, programme, done).items():
                        parts[name].append(frame)
                before = chain
            later = lake.materialized_months(key.path, months_between(shifted(run.months[-1], 1), run.end))
        if later := [month for month in later if month < run.end]:
            context.log.warning(
                f"The ledgers of {spelled(later)} went on from what {run.months[-1]:%Y-%m} was before this run; "
                "materialize them again, the first one first"
            )
        for name, rows in parts.items():
            table = pa.concat_tables(rows)
            metadata = {"dagster/column_lineage": _lineage(spec, table.schema)}
            yield dg.Output(table, name, metadata=metadata | (_metadata(made) if name == "members" else {}))
        yield from _checks(key, made, run)

    return loyalty


def _month_before(
    spec: DomainSpec, lake: Lake, engine: Engine, run: Run
) -> dict[str, tuple[pd.DataFrame, list[Found]]]:
    """The ledger and the conditions of the month before the run, by programme; none in the domain's first month.

    Raises ChainGap where that month was never computed, or without a programme that has earlier months.
    """
    key, conditions = (spec.key("gold", table) for table in ("loyalty_members", "loyalty_conditions"))
    first = run.months[0]
    if first == spec.domain.start:
        return {}
    require_month_before(lake, key, spec.domain.start, first)
    before = shifted(first, -1)
    earlier = lake.materialized_months(key.path, months_between(spec.domain.start, before))
    chains = _chains(spec, lake, engine, earlier)
    ledgers = engine.backend.to_pyarrow(lake.read(key.path, [before], engine)).to_pandas()
    kept = engine.backend.to_pyarrow(lake.read(conditions.path, [before], engine)).to_pylist()
    found = {}
    for programme in spec.domain.programmes:
        if not (chain := chains.get(programme.name)):
            continue  # a new one, which begins here
        if before not in chain:
            raise ChainGap(
                f"{'/'.join(key.path)}: {first:%Y-%m} goes on from the ledger of '{programme.name}' of {before:%Y-%m}, "
                f"which was computed without that programme. Materialize "
                f"{spelled(months_between(shifted(max(chain), 1), before))} of this asset again first, in order."
            )
        found[programme.name] = (
            ledgers[ledgers["programme"] == programme.name].reset_index(drop=True),
            _kept(programme, [row for row in kept if row["programme"] == programme.name], spec),
        )
    return found


def _chains(spec: DomainSpec, lake: Lake, engine: Engine, months: Sequence[date]) -> dict[str, set[date]]:
    """The months of which each programme has a summary: those that were computed with it."""
    table = lake.read(spec.key("gold", "loyalty_summary").path, list(months), engine)
    rows = engine.backend.to_pyarrow(table.select("month", "programme")).to_pylist()
    chains: dict[str, set[date]] = {}
    for row in rows:
        chains.setdefault(row["programme"], set()).add(row["month"])
    return chains


def _kept(programme: Programme, rows: Sequence[Mapping[str, Any]], spec: DomainSpec) -> list[Found]:
    """The conditions of a table's rows, as weak for who stays as the programme says now; none of other measures."""
    from arcana_assets.loyalty.programme.conditions import condition, measures_of

    measures = measures_of(programme, spec.domain.currency, spec.domain.lookback_months)
    if any(row["measure"] not in measures for row in rows):
        return []
    return [
        (condition(measures[row["measure"]], row["enter_at"], programme.keep), row["found_month"], row["found_in_run"])
        for row in rows
    ]


def _asked_before(spec: DomainSpec, lake: Lake, engine: Engine, months: Sequence[date]) -> dict[tuple[date, str], str]:
    """The runs that found conditions anew, by month and programme, as earlier runs of these months kept them."""
    key = spec.key("gold", "loyalty_conditions")
    if not (kept := lake.materialized_months(key.path, list(months))):
        return {}
    table = lake.read(key.path, kept, engine)
    mine = table.filter(table.found_in_run.notnull(), table.found_month == table.month)
    rows = engine.backend.to_pyarrow(mine.select("month", "programme", "found_in_run")).to_pylist()
    return {(row["month"], row["programme"]): row["found_in_run"] for row in rows}


def _metadata(made: Sequence[tuple[date, Programme, LedgerMonth]]) -> dict[str, Any]:
    """The movement of the run's months, as a table."""
    lines = [
        "| mês | programa | membros | entraram | saíram | em risco | candidatos | receita |",
        "|---|---|" + "---|" * 6,
    ]
    for month, programme, done in made:
        rows = done.rows
        share = "" if rows["revenue_share"] is None else f"{rows['revenue_share']:.1%}"
        counts = " | ".join(str(rows[name]) for name in ("members", "entered", "left", "at_risk", "candidates"))
        lines.append(f"| {month:%m/%Y} | {programme.title} | {counts} | {share} |")
    last = {programme.name: done for _, programme, done in made}
    return {
        "movement": dg.MetadataValue.md("\n".join(lines)),
        **{f"conditions_{name}": done.rows["note"] for name, done in last.items()},
    }


def _lineage(spec: DomainSpec, schema: pa.Schema) -> dg.TableColumnLineage:
    """All columns come of who paid what, of what conditions may name and rules exclude by, and of the segments."""
    domain, customers = spec.domain, spec.key("gold", "customer_360")
    named = {name for each in domain.programmes for name in (*each.measures, *(rule.column for rule in each.exclude))}
    sources = [(customers, name) for name in ("customer_id", *sorted(named))]
    sources += [revenue_of(spec), (spec.key("gold", "segments"), "segment_id")]
    return lineage({name: sources for name in schema.names if name not in ("month", "programme")})


def _checks(
    key: dg.AssetKey, made: Sequence[tuple[date, Programme, LedgerMonth]], run: Run
) -> Iterator[dg.AssetCheckResult]:
    def result(check: str, wrong: list[str], right: str, *, warn: bool = True) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            asset_key=key,
            check_name=check,
            passed=not wrong,
            severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
            description="; ".join(wrong) or right,
            metadata={"months": len(wrong)},
        )

    off, idle, shares, churn, unfaithful = [], [], [], [], []
    for month, programme, done in made:
        of, rows, (was, entered, left, now) = f"{programme.name} {month:%Y-%m}", done.rows, done.balance
        if was + entered - left != now:
            off.append(f"{of}: {was} + {entered} - {left} is not {now}")
        if done.idle and run.judged(month) == month:
            idle.append(f"{of}: {done.idle} members bought nothing in the lookback")
        low, high = programme.revenue_share
        if now and rows["revenue_share"] is not None and not low <= rows["revenue_share"] <= high:
            shares.append(f"{of}: {rows['revenue_share']:.1%} of the revenue, expected {low:.0%} to {high:.0%}")
        if was and left / was > programme.maximum_churn:
            churn.append(f"{of}: {left} of {was} members left, expected {programme.maximum_churn:.0%} at most")
        if rows["f1"] is not None and rows["f1"] < programme.fidelity:
            unfaithful.append(f"{of}: F1 {rows['f1']:.2f} against {rows['segment']}, expected {programme.fidelity:g}")
    yield result(ADDS_UP, off, "Every ledger adds up", warn=False)
    yield result(BOUGHT, idle, "Every member bought something in the lookback", warn=False)
    yield result(SHARE, shares, "Within limits")
    yield result(CHURN, churn, "Within limits")
    yield result(
        FIDELITY, unfaithful, "Conditions tell the segment; run with `find_anew: true` where they no longer do"
    )

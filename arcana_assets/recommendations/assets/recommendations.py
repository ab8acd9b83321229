"""Recommendations: for each customer the items that the month's best recommender finds, with evidence and reason.

Belongs here: the assets, their lineage and their checks. Does not belong here: the lines of a month
(`recommended_lines`), which recommender serves (`recommendation_evaluation`), what came of lists
(`recommendation_results`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.customer_360.items import grouped
from arcana_assets.domain.months import as_of_day
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import together, with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.recommendations.assets.lines import MADE, lines_of

FEEDBACK = "recommendation_feedback"  # the entity of answers
NEVER_OWNED, DISTINCT = "no_item_already_bought", "no_item_twice"
BEATS_POPULARITY = "what_serves_is_no_worse_than_popularity"
COVERED, SPREAD = "customers_are_covered", "no_item_for_everybody"
LEAST_COVERED = 0.9  # of the customers who own something


def recommendation_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """The recommendations of a domain, those held out, what segments do not buy yet, and what was left out."""
    domain, key = spec.domain, spec.key("gold", "recommendations")
    back = max(offers.cool_off.months.values())
    answers = {name: with_history(spec.key("silver", name), back) for name in _sources(spec)}

    @table_asset(
        spec,
        "recommendations",
        MADE,
        ins={
            **{
                name: dg.AssetIn(spec.key("gold", table))
                for name, table in (
                    ("owned", "items_owned"),
                    ("segments", "segments"),
                    ("customers", "customer_360"),
                    ("evaluation", "recommendation_evaluation"),
                )
            },
            **answers,
        },
        checks=[
            dg.AssetCheckSpec(
                NEVER_OWNED,
                asset=key,
                blocking=True,
                description="No customer is recommended what the customer owns",
            ),
            dg.AssetCheckSpec(
                DISTINCT, asset=key, blocking=True, description="No customer is recommended one item twice"
            ),
            dg.AssetCheckSpec(
                BEATS_POPULARITY,
                asset=key,
                blocking=True,
                description="The recommender that served has no lower nDCG at 10 than popularity by the leaderboard",
            ),
            dg.AssetCheckSpec(
                COVERED,
                asset=key,
                description=f"At least {LEAST_COVERED:.0%} of who owns something has a recommendation, held out or not",
            ),
            dg.AssetCheckSpec(
                SPREAD, asset=key, description=f"No item is recommended to more than {offers.most_recommended:.0%}"
            ),
        ],
    )
    def recommendations(context: dg.AssetExecutionContext, engine: Engine, **tables: ir.Table) -> Iterator[Any]:
        run = Run.of(context, domain)
        feedback = feedback_of(spec, {name: tables.pop(name) for name in answers})
        if feedback is not None:
            tables["feedback"] = feedback
        with failures():
            made = [
                lines_of(month, as_of_day(month, run.moment, domain.timezone), spec, offers, engine, tables)
                for month in run.months
            ]
            whole = {name: pa.concat_tables(each.tables[name] for each in made) for name in MADE}
            if unknown := sorted({item for each in made for item in each.unknown}):
                context.log.warning(f"The rules of recommendations name items that nobody owns: {', '.join(unknown)}")
            for month, each in zip(run.months, made, strict=True):
                if each.instead_of:
                    context.log.warning(
                        f"{month:%Y-%m}: {each.instead_of} cannot serve a catalogue or base as it is now; the best one "
                        "of the leaderboard that can does"
                    )
            lists = pa.concat_tables([whole["recommendations"], whole["recommendations_held_out"]])
            counted = _counted(lists, tables["owned"], engine)
        for name, table in whole.items():
            yield dg.Output(table, name, metadata=_metadata(spec, name, table))
        worse = [f"{month:%Y-%m}" for month, each in zip(run.months, made, strict=True) if each.worse]
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=BEATS_POPULARITY,
            passed=not worse,
            description=f"Popularity is better in {', '.join(worse)}" if worse else "No month is served by worse",
        )
        yield from _checks(key, lists, counted, offers)

    return recommendations


def feedback_of(spec: DomainSpec, sources: Mapping[str, ir.Table]) -> ir.Table | None:
    """The answers of all sources, of items as they are owned, by their groups; None where no answers are collected."""
    if not sources:
        return None
    answers = together(sources)
    return answers.mutate(item_id=grouped(answers.item_id, spec.domain.items.group_of))


def _sources(spec: DomainSpec) -> list[str]:
    """The sources of answers."""
    return [source.name for source in spec.domain.sources_of(FEEDBACK)]


def _metadata(spec: DomainSpec, name: str, table: pa.Table) -> dict[str, Any]:
    found: dict[str, Any] = {"dagster/column_lineage": _lineage(spec, table.schema.names)}
    if name == "recommendations":
        found |= {
            "customers": len(set(table.column("customer_id").to_pylist())),
            "items": len(set(table.column("item_id").to_pylist())),
        }
    return found


def _checks(
    key: dg.AssetKey, lists: pa.Table, counted: tuple[int, int, int], offers: Recommendations
) -> Iterator[dg.AssetCheckResult]:
    pairs = lists.select(["month", "customer_id", "item_id"]).to_pandas()
    repeated, owners, reached = counted
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=COVERED,
        passed=reached >= LEAST_COVERED * owners,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{reached} of {owners} customers x months who own something",
    )
    most = pairs.groupby(["month", "item_id"]).size().groupby("month").max()
    of = pairs.groupby("month")["customer_id"].nunique()
    share = float((most / of).max()) if len(pairs) else 0.0
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=SPREAD,
        passed=share <= offers.most_recommended,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"The most recommended item goes to {share:.1%} of the customers",
    )
    yield dg.AssetCheckResult(asset_key=key, check_name=NEVER_OWNED, passed=repeated == 0, metadata={"rows": repeated})
    twice = int(pairs.duplicated().sum())
    yield dg.AssetCheckResult(asset_key=key, check_name=DISTINCT, passed=twice == 0, metadata={"rows": twice})


def _counted(lists: pa.Table, owned: ir.Table, engine: Engine) -> tuple[int, int, int]:
    """Recommended items that the same customer owns as of the same month; who owns something; those with a list."""
    lines, owner = ibis.memtable(lists.select(["customer_id", "month", "item_id"])), ["customer_id", "month"]
    owners = owned.select(*owner).distinct()
    found = (
        lines.semi_join(owned, [*owner, "item_id"]).count(),
        owners.count(),
        owners.semi_join(lines, owner).count(),
    )
    repeated, all_, reached = (int(engine.backend.execute(each)) for each in found)
    return repeated, all_, reached


def _lineage(spec: DomainSpec, columns: list[str]) -> dg.TableColumnLineage:
    owned, segments, evaluation = (
        spec.key("gold", name) for name in ("items_owned", "segments", "recommendation_evaluation")
    )
    evidence = [(owned, "item_id"), (owned, "recent"), (segments, "persona")]
    known = {
        "customer_id": [(segments, "customer_id")],
        "month": [(segments, "month")],
        "item_id": [(owned, "item_id")],
        "item_name": [(owned, "item_name")],
        "antecedent_name": [(owned, "item_name")],
        "segment": [(segments, "persona")],
        "recommender": [(evaluation, "recommender")],
        "probability": [(evaluation, "calibration"), *evidence],
        "ticket": [(owned, "value"), (segments, "persona")],
        "potential": [(owned, "value"), *evidence],
        "expected_value": [(owned, "value"), (evaluation, "calibration"), *evidence],
    }
    return lineage({name: known.get(name, evidence) for name in columns})

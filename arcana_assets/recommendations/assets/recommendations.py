"""The asset of recommendations: the lists, those held out, what segments do not buy yet, what was left out.

Belongs here: what is read for them, their lineage, their checks and what a run says of them. Does not belong here: the
tables of a month (`recommendations.month`), which recommender serves (`recommendations.evaluation`), what came of lists
(`recommendations.results`).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.domain.months import as_of_day
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.recommendations.assets.inputs import Inputs, answers_in
from arcana_assets.recommendations.month import MADE, MonthOfLines, lines_of_month
from arcana_assets.recommendations.tables import RECOMMENDATIONS

READ = {
    "owned": "items_owned",
    "segments": "segments",
    "customers": "customer_360",
    "evaluation": "recommendation_evaluation",
}
NEVER_OWNED, DISTINCT = "no_item_already_bought", "no_item_twice"
BEATS_POPULARITY = "what_serves_is_no_worse_than_popularity"
COVERED, SPREAD = "customers_are_covered", "no_item_for_everybody"
LEAST_COVERED = 0.9  # of the customers who own something


def recommendation_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """The recommendations of a domain, those held out, what segments do not buy yet, and what was left out."""
    domain = spec.domain

    @table_asset(
        spec,
        RECOMMENDATIONS.name,
        MADE,
        ins={
            **{name: dg.AssetIn(spec.key("gold", table)) for name, table in READ.items()},
            **answers_in(spec, max(offers.cool_off.months.values())),
        },
        checks=_check_specs(spec, offers),
    )
    def recommendations(context: dg.AssetExecutionContext, engine: Engine, **tables: ir.Table) -> Iterator[Any]:
        run, inputs = Run.of(context, domain), Inputs(spec, offers, engine, tables)
        with failures():
            made = {
                month: lines_of_month(inputs.of_month(month, as_of_day(month, run.moment, domain.timezone)), offers)
                for month in run.months
            }
        for words in _warnings(made):
            context.log.warning(words)
        for name in MADE:
            table = pa.concat_tables(each.tables[name] for each in made.values())
            yield dg.Output(table, name, metadata=_metadata(spec, name, table))
        yield from _check_results(spec, made, offers)

    return recommendations


def _check_specs(spec: DomainSpec, offers: Recommendations) -> list[dg.AssetCheckSpec]:
    key = spec.key_of(RECOMMENDATIONS)
    blocking = {
        NEVER_OWNED: "No customer is recommended what the customer owns",
        DISTINCT: "No customer is recommended one item twice",
        BEATS_POPULARITY: "The recommender that served has no lower nDCG at 10 than popularity by the leaderboard",
    }
    warning = {
        COVERED: f"At least {LEAST_COVERED:.0%} of who owns something has a recommendation, held out or not",
        SPREAD: f"No item is recommended to more than {offers.most_recommended:.0%}",
    }
    return [
        dg.AssetCheckSpec(name, asset=key, blocking=name in blocking, description=words)
        for name, words in (blocking | warning).items()
    ]


def _check_results(
    spec: DomainSpec, made: Mapping[date, MonthOfLines], offers: Recommendations
) -> Iterator[dg.AssetCheckResult]:
    key, counts = spec.key_of(RECOMMENDATIONS), [each.counts for each in made.values()]
    worse = [f"{month:%Y-%m}" for month, each in made.items() if each.served.worse]
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=BEATS_POPULARITY,
        passed=not worse,
        description=f"Popularity is better in {', '.join(worse)}" if worse else "No month is served by worse",
    )
    owners, reached = sum(each.owners for each in counts), sum(each.reached for each in counts)
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=COVERED,
        passed=reached >= LEAST_COVERED * owners,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{reached} of {owners} customers x months who own something",
    )
    most = max(each.most for each in counts)
    yield dg.AssetCheckResult(
        asset_key=key,
        check_name=SPREAD,
        passed=most <= offers.most_recommended,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"The most recommended item goes to {most:.1%} of the customers",
    )
    wrong = {NEVER_OWNED: sum(each.owned for each in counts), DISTINCT: sum(each.twice for each in counts)}
    for name, rows in wrong.items():
        yield dg.AssetCheckResult(asset_key=key, check_name=name, passed=not rows, metadata={"rows": rows})


def _warnings(made: Mapping[date, MonthOfLines]) -> Iterator[str]:
    if unknown := sorted({item for each in made.values() for item in each.unknown}):
        yield f"The rules of recommendations name items that nobody owns: {', '.join(unknown)}"
    for month, each in made.items():
        if each.served.instead_of:
            yield (
                f"{month:%Y-%m}: {each.served.instead_of} cannot serve a catalogue or base as it is now; the best one "
                "of the leaderboard that can does"
            )


def _metadata(spec: DomainSpec, name: str, table: pa.Table) -> dict[str, Any]:
    found: dict[str, Any] = {"dagster/column_lineage": _lineage(spec, table.schema.names)}
    if name == "recommendations":
        found |= {
            "customers": len(set(table.column("customer_id").to_pylist())),
            "items": len(set(table.column("item_id").to_pylist())),
        }
    return found


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

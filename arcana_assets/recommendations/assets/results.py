"""Results of recommendations: what sellers say came of them, and what customers with lists buy beyond those without.

Belongs here: acceptance and lift as tables, and answers about nobody or nothing. Does not belong here: their arithmetic
(`ml.recommendation_value`), the cool-off that answers bring (`recommendations`).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.presentation.notation import count, percent
from arcana_assets.recommendations.assets.recommendations import FEEDBACK, feedback_of
from arcana_assets.recommendations.tables import ACCEPTANCE, LIFT
from arcana_assets.tables.frames import as_table, from_rows

KNOWN = "answers_are_of_known_customers_and_items"


def recommendation_results_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """Acceptance of offers, and the lift of lists over the held-out customers."""
    domain, key = spec.domain, spec.key("gold", "recommendation_acceptance")
    back = domain.lookback_months
    silver = [spec.key("silver", each.name) for each in spec.domain.sources_of(FEEDBACK)]
    answers = {f"of_{key.path[-1]}": with_history(key, back - 1) for key in silver}
    ins = {"recommendations": with_history(spec.key("gold", "recommendations"), back)}
    for name, table in (("owned", "items_owned"), ("segments", "segments")):
        ins[name] = with_history(spec.key("gold", table), offers.horizon_months + 1)

    @table_asset(
        spec,
        "recommendation_results",
        {"acceptance": ACCEPTANCE, "lift": LIFT},
        ins={**ins, **answers},
        checks=[dg.AssetCheckSpec(KNOWN, asset=key, description="Answers are of known customers and items, and agree")],
    )
    def results(context: dg.AssetExecutionContext, engine: Engine, **tables: ir.Table) -> Iterator[Any]:
        run = Run.of(context, domain)
        feedback = feedback_of(spec, {name: tables.pop(name) for name in answers})
        with failures():
            told = [_acceptance(month, spec, offers, engine, feedback, tables) for month in run.months]
            lifts = [_lift(month, run.judged(month), spec, offers, engine, tables) for month in run.months]
        rows = pd.concat([table for table, _ in told], ignore_index=True)
        yield dg.Output(
            as_table([rows], ACCEPTANCE),
            "acceptance",
            metadata={"dagster/column_lineage": _lineage(ACCEPTANCE.arrow, silver)},
        )
        yield dg.Output(
            from_rows(lifts, LIFT),
            "lift",
            metadata={
                "reason": lifts[-1]["reason"],
                "dagster/column_lineage": _lineage(LIFT.arrow, [spec.key("gold", "items_owned")]),
            },
        )
        strange = [f"{month:%Y-%m}: {words}" for month, (_, words) in zip(run.months, told, strict=True) if words]
        yield dg.AssetCheckResult(
            asset_key=key,
            check_name=KNOWN,
            passed=not strange,
            severity=dg.AssetCheckSeverity.WARN,
            description="; ".join(strange) or "Every answer is of a known customer and item",
        )

    return results


def _acceptance(
    month: date,
    spec: DomainSpec,
    offers: Recommendations,
    engine: Engine,
    feedback: ir.Table | None,
    tables: Mapping[str, ir.Table],
) -> tuple[pd.DataFrame, str]:
    """The rows of a month, and what is strange about answers, in words.

    An item was on the customer's list if that of the month before the offer holds it: the list of the month itself is
    made without what was answered in it. Answers about who or what is not known are no part of it; of two that differ
    on one day the one counts that holds an item back longer, as it does in the cool-off.
    """
    from arcana_assets.recommendations.value import acceptance

    if feedback is None:
        return pd.DataFrame(columns=ACCEPTANCE.arrow.names), ""
    first = shifted(month, 1 - spec.domain.lookback_months)
    mine = feedback.filter(feedback.month >= first, feedback.month <= month)
    pair = ["customer_id", "item_id"]
    lists = tables["recommendations"].select(*pair, listed_month=tables["recommendations"].month)
    joined = mine.left_join(lists, [*pair, lists.listed_month == mine.month - ibis.interval(months=1)])
    offered = joined.group_by(*pair, "offered_at", "outcome").agg(listed=joined.listed_month.notnull().any())
    put = tables["segments"]
    put = put.filter(put.month == month, put.segmentation == offers.segmentation)
    placed = offered.left_join(put.select("customer_id", segment="persona"), "customer_id").drop("customer_id_right")
    answers = engine.backend.to_pyarrow(placed.order_by(*pair, "offered_at", "outcome")).to_pandas()
    owned = tables["owned"].filter(tables["owned"].month == month)
    owners, items = (set(engine.backend.to_pyarrow(owned.select(name).distinct())[name].to_pylist()) for name in pair)
    # Who bought nothing in the lookback has no segment, and is a customer all the same.
    strangers = answers["segment"].isna() & ~answers["customer_id"].isin(owners)
    things = ~answers["item_id"].isin(items)
    words = [
        f"{len(found)} answers of {found.nunique()} unknown {what}, such as '{found.iloc[0]}'"
        for what, found in (
            ("customers", answers.loc[strangers, "customer_id"]),
            ("items", answers.loc[things, "item_id"]),
        )
        if len(found)
    ]
    known = answers[~strangers & ~things]
    longest = known.assign(holds=known["outcome"].map(offers.cool_off.months)).sort_values("holds", kind="stable")
    settled = longest.drop_duplicates([*pair, "offered_at"], keep="last")
    if differing := len(longest) - len(settled):
        words.append(f"{differing} answers that differ from another of the same day")
    return acceptance(settled).assign(month=month), " and ".join(words)


def _lift(
    month: date,
    judged: date,
    spec: DomainSpec,
    offers: Recommendations,
    engine: Engine,
    tables: Mapping[str, ir.Table],
) -> dict[str, Any]:
    """The row of a month: of all who were customers at the time of the lists, whether they adopted anything since.

    Neither lists nor answers decide who is counted and what counts, only who is held out: customers were put into the
    two groups by chance, and nothing else tells them apart (intention to treat).
    """
    from arcana_assets.recommendations.value import difference, held_out

    back = shifted(judged, -offers.horizon_months)
    row: dict[str, Any] = dict.fromkeys(LIFT.arrow.names) | {"month": month}
    if not offers.held_out:
        return row | {"reason": "Nenhum cliente fica sem lista (`held_out` é 0): não há com quem comparar."}
    if back < spec.domain.start:
        return row | {"reason": f"As listas ainda não têm {offers.horizon_months} meses."}
    put, owned, pair = tables["segments"], tables["owned"], ["customer_id", "item_id"]
    everyone = put.filter(put.month == back, put.segmentation == offers.segmentation).select("customer_id").distinct()
    before, now = (owned.filter(owned.month == when).select(*pair) for when in (back, judged))
    adopted = everyone.semi_join(now.anti_join(before, pair), "customer_id").mutate(adopted=True)
    joined = everyone.left_join(adopted, "customer_id")
    counted = joined.select("customer_id", adopted=joined.adopted.fill_null(False)).order_by("customer_id")
    found = engine.backend.to_pyarrow(counted).to_pandas()
    kept = held_out(found["customer_id"].tolist(), offers.held_out, spec.domain.name)
    groups = [(int(found.loc[mine, "adopted"].sum()), int(mine.sum())) for mine in (~kept, kept)]
    (adopters, customers), (other_adopters, others) = groups
    row |= {"listed_month": back, "adopters": adopters, "customers": customers}
    row |= {"held_out_adopters": other_adopters, "held_out_customers": others}
    if not customers or not others:
        return row | {"reason": f"Um dos grupos não tem clientes em {back:%m/%Y}."}
    lift, low, high = difference(*groups)
    share, other = adopters / customers, other_adopters / others
    beyond = "não se distingue do acaso" if low <= 0 <= high else "vai além do acaso"
    return row | {
        "share": share,
        "held_out_share": other,
        "lift": lift,
        "lift_low": low,
        "lift_high": high,
        "reason": f"{percent(share)} de {count(customers)} clientes com lista adotaram um item novo, contra "
        f"{percent(other)} de {count(others)} sem lista; a diferença {beyond}.",
    }


def _lineage(schema: pa.Schema, keys: list[dg.AssetKey]) -> dg.TableColumnLineage:
    return lineage({name: [(key, "item_id") for key in keys] for name in schema.names if name != "month"})

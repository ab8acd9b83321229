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

from arcana_assets.assets.recommendations import FEEDBACK
from arcana_assets.assets.spec import DomainSpec, Run, lineage, together, with_history
from arcana_assets.domain.entities import OUTCOMES
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings import Recommendations
from arcana_assets.ml.notation import count, percent
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake_io import failures

KNOWN = "answers_are_of_known_customers_and_items"
ACCEPTANCE = pa.schema(
    [
        ("month", pa.date32()),
        ("segment", pa.string()),
        ("listed", pa.bool_()),
        ("offers", pa.int64()),
        *((name, pa.int64()) for name in OUTCOMES),
        *((name, pa.float64()) for name in ("won_share", "won_share_low", "won_share_high")),
    ]
)
LIFT = pa.schema(
    [
        ("month", pa.date32()),
        ("listed_month", pa.date32()),
        *((name, pa.int64()) for name in ("customers", "adopters")),
        ("share", pa.float64()),
        *((name, pa.int64()) for name in ("held_out_customers", "held_out_adopters")),
        ("held_out_share", pa.float64()),
        *((name, pa.float64()) for name in ("lift", "lift_low", "lift_high")),
        ("reason", pa.string()),
    ]
)


def recommendation_results_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """Acceptance of offers, and the lift of lists over the held-out customers."""
    domain, key = spec.domain, spec.key("gold", "recommendation_acceptance")
    back = domain.lookback_months
    silver = [spec.key("silver", each.name) for each in spec.domain.sources_of(FEEDBACK)]
    answers = {f"of_{key.path[-1]}": with_history(key, back - 1) for key in silver}
    lists = {
        name: with_history(spec.key("gold", name), max(back, offers.horizon_months))
        for name in ("recommendations", "recommendations_held_out")
    }

    @dg.multi_asset(
        name=f"{domain.name}_recommendation_results",
        ins={
            **lists,
            **answers,
            "owned": dg.AssetIn(spec.key("gold", "items_owned")),
            "segments": dg.AssetIn(spec.key("gold", "segments")),
        },
        outs={
            "acceptance": spec.out(
                "gold",
                "recommendation_acceptance",
                "What came of offers in the lookback, by segment and by whether the item was on the customer's list.",
            ),
            "lift": spec.out(
                "gold",
                "recommendation_lift",
                f"Share of customers who got a listed item in the {offers.horizon_months} months since, with lists and "
                "held out, and the difference.",
            ),
        },
        check_specs=[
            dg.AssetCheckSpec(KNOWN, asset=key, description="Answers are of customers and items that the domain knows")
        ],
        **spec.options,
    )
    def results(context: dg.AssetExecutionContext, engine: Engine, **tables: ir.Table) -> Iterator[Any]:
        run = Run.of(context, domain)
        collected = {name: tables.pop(name) for name in answers}
        feedback = together(collected) if collected else None
        with failures():
            told = [_acceptance(month, spec, offers, engine, feedback, tables) for month in run.months]
            lifts = [_lift(month, spec, offers, engine, tables) for month in run.months]
        rows = pd.concat([table for table, _ in told], ignore_index=True)
        yield dg.Output(
            pa.Table.from_pandas(rows[ACCEPTANCE.names], schema=ACCEPTANCE, preserve_index=False),
            "acceptance",
            metadata={"dagster/column_lineage": _lineage(ACCEPTANCE, silver)},
        )
        yield dg.Output(
            pa.Table.from_pylist(lifts, schema=LIFT),
            "lift",
            metadata={
                "reason": lifts[-1]["reason"],
                "dagster/column_lineage": _lineage(LIFT, [spec.key("gold", name) for name in lists]),
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
    """The rows of a month, and which answers are about somebody or something unknown, in words.

    An item was on the customer's list if that of the month of the offer, or of the month before, holds it.
    """
    from arcana_assets.ml.recommendation_value import acceptance

    if feedback is None:
        return pd.DataFrame(columns=ACCEPTANCE.names), ""
    first = shifted(month, 1 - spec.domain.lookback_months)
    mine = feedback.filter(feedback.month >= first, feedback.month <= month)
    lists, pair = tables["recommendations"], ["customer_id", "item_id"]
    lists = lists.select(*pair, listed_month=lists.month)
    joined = mine.left_join(lists, pair)
    then = (joined.listed_month <= joined.month) & (joined.listed_month >= joined.month - ibis.interval(months=1))
    offered = joined.group_by(*pair, "offered_at", "outcome").agg(listed=then.fill_null(False).any())
    put = tables["segments"]
    put = put.filter(put.month == month, put.segmentation == offers.segmentation)
    placed = offered.left_join(put.select("customer_id", segment="persona"), "customer_id").drop("customer_id_right")
    answers = engine.backend.to_pyarrow(placed.order_by(*pair, "offered_at", "outcome")).to_pandas()
    owned = tables["owned"].filter(tables["owned"].month == month)
    items = set(engine.backend.to_pyarrow(owned.select("item_id").distinct())["item_id"].to_pylist())
    strangers = answers.loc[answers["segment"].isna(), "customer_id"]
    things = answers.loc[~answers["item_id"].isin(items), "item_id"]
    words = [
        f"{len(found)} answers of {found.nunique()} unknown {what}, such as '{found.iloc[0]}'"
        for what, found in (("customers", strangers), ("items", things))
        if len(found)
    ]
    return acceptance(answers).assign(month=month), " and ".join(words)


def _lift(
    month: date, spec: DomainSpec, offers: Recommendations, engine: Engine, tables: Mapping[str, ir.Table]
) -> dict[str, Any]:
    """The row of a month."""
    from arcana_assets.ml.recommendation_value import difference

    back = shifted(month, -offers.horizon_months)
    row: dict[str, Any] = dict.fromkeys(LIFT.names) | {"month": month}
    if not offers.held_out:
        return row | {"reason": "Nenhum cliente fica sem lista (`held_out` é 0): não há com quem comparar."}
    if back < spec.domain.start:
        return row | {"reason": f"As listas ainda não têm {offers.horizon_months} meses."}
    owned = tables["owned"].filter(tables["owned"].month == month).select("customer_id", "item_id", bought=True)
    groups = []
    for name in ("recommendations", "recommendations_held_out"):
        lists = tables[name].filter(tables[name].month == back).select("customer_id", "item_id")
        joined = lists.left_join(owned, ["customer_id", "item_id"])
        each = joined.group_by("customer_id").agg(bought=joined.bought.fill_null(False).any())
        [found] = engine.backend.to_pyarrow(each.agg(adopters=each.bought.sum(), customers=each.count())).to_pylist()
        groups.append((int(found["adopters"] or 0), int(found["customers"])))
    given, kept = groups
    lift, low, high = difference(given, kept)
    row |= {"listed_month": back, "adopters": given[0], "customers": given[1]}
    row |= {"held_out_adopters": kept[0], "held_out_customers": kept[1]}
    if not given[1] or not kept[1]:
        return row | {"reason": f"Um dos grupos não tem clientes em {back:%m/%Y}."}
    shares = {"share": given[0] / given[1], "held_out_share": kept[0] / kept[1]}
    beyond = "não se distingue do acaso" if low <= 0 <= high else "vai além do acaso"
    return (
        row
        | shares
        | {
            "lift": lift,
            "lift_low": low,
            "lift_high": high,
            "reason": f"{percent(shares['share'])} de {count(given[1])} clientes com lista compraram um item dela, "
            f"contra {percent(shares['held_out_share'])} de {count(kept[1])} sem lista; a diferença {beyond}.",
        }
    )


def _lineage(schema: pa.Schema, keys: list[dg.AssetKey]) -> dg.TableColumnLineage:
    return lineage({name: [(key, "item_id") for key in keys] for name in schema.names if name != "month"})

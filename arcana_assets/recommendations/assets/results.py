"""The asset of results: acceptance of offers, and the lift of lists over the customers held out.

Belongs here: what is read for them, their lineage and the check of answers. Does not belong here: their arithmetic
(`recommendations.results`), the cool-off that answers bring (`eligibility`).
"""

from collections.abc import Iterable

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.assets.inputs import Inputs, answer_keys, answers_in
from arcana_assets.recommendations.results import results_of_month
from arcana_assets.recommendations.tables import ACCEPTANCE, HELD_OUT, LIFT, RECOMMENDATIONS
from arcana_assets.tables.frames import as_table, from_rows
from arcana_assets.tables.table import Table

KNOWN = "answers_are_of_known_customers_and_items"


def recommendation_results_asset(spec: DomainSpec, offers: Recommendations) -> dg.AssetsDefinition:
    """Acceptance of offers, and the lift of lists over the held-out customers."""
    domain, key = spec.domain, spec.key_of(ACCEPTANCE)

    @table_asset(
        spec,
        "recommendation_results",
        {"acceptance": ACCEPTANCE, "lift": LIFT},
        ins={
            "recommendations": with_history(spec.key_of(RECOMMENDATIONS)),
            "kept_back": with_history(spec.key_of(HELD_OUT)),
            "owned": with_history(spec.key("gold", "items_owned")),
            "segments": with_history(spec.key("gold", "segments")),
            **answers_in(spec, domain.lookback_months - 1),
        },
        checks=[dg.AssetCheckSpec(KNOWN, asset=key, description="Answers are of known customers and items, and agree")],
    )
    def results(context: dg.AssetExecutionContext, engine: Engine, **tables: ir.Table) -> Events:
        run, inputs = Run.of(context, domain), Inputs(spec, offers, engine, tables)
        language = language_of(domain.language)
        found = {
            month: results_of_month(inputs.of_results(month, run.judged(month)), offers, domain.start, language)
            for month in run.months
        }
        made = list(found.values())
        yield dg.Output(
            as_table([each.acceptance for each in made], ACCEPTANCE),
            "acceptance",
            metadata=_lineage(ACCEPTANCE, answer_keys(spec).values()),
        )
        yield dg.Output(
            from_rows([each.lift for each in made], LIFT),
            "lift",
            metadata={"reason": str(made[-1].lift["reason"]), **_lineage(LIFT, [spec.key("gold", "items_owned")])},
        )
        strange = "; ".join(f"{month:%Y-%m}: {each.strange}" for month, each in found.items() if each.strange)
        yield verdict(key, KNOWN, not strange, strange or "Every answer is of a known customer and item")

    return results


def _lineage(table: Table, keys: Iterable[dg.AssetKey]) -> dict[str, dg.TableColumnLineage]:
    sources = [(key, "item_id") for key in keys]
    found = lineage({name: sources for name in table.arrow.names if name != "month"})
    return {"dagster/column_lineage": found}

"""Migration: who went from which segment to which since the month before.

Belongs here: which tables feed it, its checks and what the UI shows. Does not belong here: what is counted
(`movement.migration`), whether it adds up (`movement.balance`), how it is said (`movement.words`).
"""

from typing import Any

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.checks import plotted, verdict
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.segmentation.assets.checks import findings, said
from arcana_assets.segmentation.movement.balance import Sizes, balance, customers_moved
from arcana_assets.segmentation.movement.migration import axes_of, customers_value, segment_migration
from arcana_assets.segmentation.movement.words import jumps, largest_moves, outside_limits
from arcana_assets.segmentation.tables import MIGRATION, SEGMENTS

ADDS_UP, WITHIN_LIMITS = "migration_adds_up", "segments_within_share_limits"
NO_JUMPS = "no_persona_jumps"


def migration_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The moves of each month, a row a pair of segments of a segmentation."""
    domain, key = spec.domain, spec.key_of(MIGRATION)

    @table_asset(
        spec,
        "segment_migration",
        {"migration": MIGRATION},
        ins={
            "segments": with_history(spec.key_of(SEGMENTS), 1),
            "features": with_history(spec.key("gold", "feature_matrix"), 1),
        },
        checks=_checks(key),
    )
    def migration(context: dg.AssetExecutionContext, engine: Engine, segments: ir.Table, features: ir.Table) -> Events:
        run = Run.of(context, domain)
        computed = segment_migration(segments, customers_value(features, axes_of(domain)), run.months)
        with engine.cache(computed) as table:
            moves = engine.backend.to_pyarrow(table).to_pandas()
            sums, wrong = balance(moves, _sizes(segments, engine), run.months)
            metadata: dict[str, Any] = {"largest_moves": dg.MetadataValue.md(largest_moves(moves))}
            of = {month: customers_moved(moves[moves["month"] == month]) for month in run.months}
            plotted(
                context, key, {month: {f"moved_{name}": n for name, n in each.items()} for month, each in of.items()}
            )
            yield dg.Output(table, "migration", metadata=metadata)
        found = said(wrong) or "A migração soma os clientes do mês e os do mês anterior em cada segmentação"
        yield verdict(key, ADDS_UP, not wrong, found, sums, blocking=True)
        limits = {segmentation.name: segmentation.share_limits for segmentation in domain.segmentations}
        yield findings(key, WITHIN_LIMITS, outside_limits(moves, limits), "Todas as personas dentro dos limites")
        yield findings(key, NO_JUMPS, jumps(moves), "Nenhuma persona mudou mais de 10 pontos percentuais")

    return migration


def _checks(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    words = {
        ADDS_UP: "Cada cliente do mês, e cada um do mês anterior, está em exatamente uma linha da migração",
        WITHIN_LIMITS: "Cada persona tem uma parcela dos clientes dentro dos seus limites",
        NO_JUMPS: "A parcela de nenhuma persona mudou mais de 10 pontos percentuais desde o mês anterior",
    }
    return [
        dg.AssetCheckSpec(name, asset=key, blocking=name == ADDS_UP, description=text) for name, text in words.items()
    ]


def _sizes(segments: ir.Table, engine: Engine) -> Sizes:
    """Customers of each month and segmentation, each counted once, however often they are listed."""
    counted = segments.group_by("month", "segmentation").agg(customers=segments.customer_id.nunique())
    rows = engine.backend.to_pyarrow(counted).to_pylist()
    return {(row["month"], row["segmentation"]): row["customers"] for row in rows}

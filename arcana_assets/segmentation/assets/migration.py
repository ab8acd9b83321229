"""Movement: who went from which segment to which, and how far features are from those that the models were fitted on.

Belongs here: which tables feed the two, their checks and what the UI shows. Does not belong here: what is counted
(`transforms.migration`) and measured (`ml.drift`), how it is said (`ml.movement`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.failures import failures
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import table_asset
from arcana_assets.segmentation.assets.drift import _drift
from arcana_assets.segmentation.assets.metadata import _said, _warning
from arcana_assets.segmentation.movement.migration import customers_value, segment_migration
from arcana_assets.segmentation.tables import MIGRATION

ADDS_UP, WITHIN_LIMITS = "migration_adds_up", "segments_within_share_limits"
NO_JUMPS = "no_persona_jumps"
Sizes = Mapping[tuple[date, str], int]


def segment_movement_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Moves between segments and drift of features; none in a domain without segmentations."""
    return [_migration(spec), _drift(spec)] if spec.domain.segmentations else []


def _migration(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "segment_migration")

    @table_asset(
        spec,
        "segment_migration",
        {"migration": MIGRATION},
        ins={
            "segments": with_history(spec.key("gold", "segments"), 1),
            "features": with_history(spec.key("gold", "feature_matrix"), 1),
        },
        checks=[
            dg.AssetCheckSpec(
                ADDS_UP,
                asset=key,
                blocking=True,
                description="Cada cliente do mês, e cada um do mês anterior, está em exatamente uma linha da migração",
            ),
            dg.AssetCheckSpec(
                WITHIN_LIMITS,
                asset=key,
                description="Cada persona tem uma parcela dos clientes dentro dos seus limites",
            ),
            dg.AssetCheckSpec(
                NO_JUMPS,
                asset=key,
                description="A parcela de nenhuma persona mudou mais de 10 pontos percentuais desde o mês anterior",
            ),
        ],
    )
    def migration(
        context: dg.AssetExecutionContext, engine: Engine, segments: ir.Table, features: ir.Table
    ) -> Iterator[Any]:
        from arcana_assets.segmentation.movement.words import jumps, largest_moves, outside_limits

        run = Run.of(context, domain)
        axes = {segmentation.name: segmentation.axis for segmentation in domain.segmentations}
        axes |= {each.name: axes[each.of[0]] for each in domain.combinations}
        limits = {segmentation.name: segmentation.share_limits for segmentation in domain.segmentations}
        computed = segment_migration(segments, customers_value(features, axes), run.months)
        with failures(), engine.cache(computed) as table:
            moves = engine.backend.to_pyarrow(table).to_pandas()
            sizes = _sizes(segments, engine)
            metadata: dict[str, Any] = {
                "largest_moves": dg.MetadataValue.md(largest_moves(moves)),
                **{f"moved_{name}": moved for name, moved in _moved(moves).items()},
            }
            yield dg.Output(table, "migration", metadata=metadata)
        yield _adds_up(key, moves, sizes, run.months)
        yield _warning(key, WITHIN_LIMITS, outside_limits(moves, limits), "Todas as personas dentro dos limites")
        yield _warning(key, NO_JUMPS, jumps(moves), "Nenhuma persona mudou mais de 10 pontos percentuais")

    return migration


def _moved(moves: pd.DataFrame) -> dict[str, int]:
    """Customers there in both months who are in another segment than before, by segmentation."""
    there = moves[moves["from_segment_id"].notna() & moves["to_segment_id"].notna()]
    other = there[there["from_segment_id"] != there["to_segment_id"]]
    found = other.groupby("segmentation")["customers"].sum()
    return {str(name): int(found.get(name, 0)) for name in sorted(moves["segmentation"].unique())}


def _sizes(segments: ir.Table, engine: Engine) -> Sizes:
    """Customers of each month and segmentation, each counted once, however often they are listed."""
    counted = segments.group_by("month", "segmentation").agg(customers=segments.customer_id.nunique())
    rows = engine.backend.to_pyarrow(counted).to_pylist()
    return {(row["month"], row["segmentation"]): row["customers"] for row in rows}


def _adds_up(key: dg.AssetKey, moves: pd.DataFrame, sizes: Sizes, months: Sequence[date]) -> dg.AssetCheckResult:
    """Whether the moves of each month and segmentation have the customers of the two months that they lie between."""
    metadata, wrong = dict[str, int](), list[str]()
    names = sorted({name for _, name in sizes} | set(moves["segmentation"]))
    for side, back, words in (("to", 0, "no mês"), ("from", 1, "no mês anterior")):
        there = moves[moves[f"{side}_segment_id"].notna()]
        sums: dict[Any, Any] = there.groupby(["month", "segmentation"])["customers"].sum().to_dict()
        for name in names:
            found = {month: int(sums.get((month, name), 0)) for month in months}
            expected = {month: sizes.get((shifted(month, -back), name), 0) for month in months}
            wrong += [
                f"{month:%Y-%m}, {name}: {found[month]} clientes na migração, {expected[month]} {words}"
                for month in months
                if found[month] != expected[month]
            ]
            metadata |= {f"{name}_{side}": sum(found.values()), f"{name}_{side}_expected": sum(expected.values())}
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=ADDS_UP,
        passed=not wrong,
        description=_said(wrong) or "A migração soma os clientes do mês e os do mês anterior em cada segmentação",
        metadata=metadata,
    )

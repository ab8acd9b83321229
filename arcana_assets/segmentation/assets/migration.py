"""Migration: who went from which segment to which since the month before.

Belongs here: which tables feed it, its checks and what the UI shows. Does not belong here: what is counted
(`movement.migration`), whether it adds up (`movement.balance`), how it is said (`movement.words`).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from arcana_assets.engine.blocks import Block, blocks
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import plotted, verdict
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.io_manager import lineage_of
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.segmentation.assets.checks import findings, said
from arcana_assets.segmentation.movement.balance import Sizes, balance, customers_moved
from arcana_assets.segmentation.movement.migration import (
    axes_of,
    customers_value,
    moves_of,
    segment_migration,
    summed,
)
from arcana_assets.segmentation.movement.words import jumps, largest_moves, outside_limits
from arcana_assets.segmentation.tables import MIGRATION, SEGMENTS

AT_ONCE = 100_000  # customers whose segments of a month are joined to those of the month before
ADDS_UP, WITHIN_LIMITS = "migration_adds_up", "segments_within_share_limits"
NO_JUMPS = "no_persona_jumps"


def migration_asset(spec: DomainSpec) -> dg.AssetsDefinition:
    """The moves of each month, a row a pair of segments of a segmentation."""
    domain, key, language = spec.domain, spec.key_of(MIGRATION), language_of(spec.domain.language)

    @table_asset(
        spec,
        "segment_migration",
        {"migration": MIGRATION},
        ins={
            "segments": with_history(spec.key_of(SEGMENTS), 1),
            "features": with_history(spec.key("gold", "feature_matrix"), 1),
        },
        checks=_checks(key, language),
    )
    def migration(context: dg.AssetExecutionContext, engine: Engine, segments: ir.Table, features: ir.Table) -> Events:
        run = Run.of(context, domain)
        values = customers_value(features, axes_of(domain))
        # Joined block by block, it takes no more memory however many customers there are.
        parts = blocks(features, AT_ONCE * (len(run.months) + 1), engine)
        counted = [engine.small(moves_of(part.of(segments), part.of(values), run.months)) for part in parts]
        table = engine.small(summed(ibis.memtable(pa.concat_tables(counted))))
        moves = table.to_pandas()
        sums, wrong = balance(moves, _sizes(segments, parts, engine), run.months, language)
        metadata: dict[str, Any] = {
            "largest_moves": dg.MetadataValue.md(largest_moves(moves, language=language)),
            "dagster/column_lineage": lineage_of(segment_migration(segments, values, run.months)),
        }
        of = {month: customers_moved(moves[moves["month"] == month]) for month in run.months}
        plotted(context, key, {month: {f"moved_{name}": n for name, n in each.items()} for month, each in of.items()})
        yield dg.Output(table, "migration", metadata=metadata)
        found = said(wrong, language) or language.say("segmentation.moves.adds_up")
        yield verdict(key, ADDS_UP, not wrong, found, sums, blocking=True)
        limits = {segmentation.name: segmentation.share_limits for segmentation in domain.segmentations}
        outside, within = outside_limits(moves, limits, language), language.say("segmentation.moves.all_within")
        yield findings(key, WITHIN_LIMITS, outside, within, language)
        calm = language.say("segmentation.moves.no_jumps")
        yield findings(key, NO_JUMPS, jumps(moves, language), calm, language)

    return migration


def _checks(key: dg.AssetKey, language: Language) -> list[dg.AssetCheckSpec]:
    words = {
        ADDS_UP: language.say("segmentation.moves.check_adds_up"),
        WITHIN_LIMITS: language.say("segmentation.moves.check_within"),
        NO_JUMPS: language.say("segmentation.moves.check_jumps"),
    }
    return [
        dg.AssetCheckSpec(name, asset=key, blocking=name == ADDS_UP, description=text) for name, text in words.items()
    ]


def _sizes(segments: ir.Table, parts: Sequence[Block], engine: Engine) -> Sizes:
    """Customers of each month and segmentation, each counted once, however often they are listed."""
    found = Counter[tuple[date, str]]()
    for part in parts:
        mine = part.of(segments)
        counted = mine.group_by("month", "segmentation").agg(customers=mine.customer_id.nunique())
        for row in engine.small(counted).to_pylist():
            found[row["month"], row["segmentation"]] += row["customers"]
    return found

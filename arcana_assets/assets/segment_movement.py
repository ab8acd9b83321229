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
import pyarrow as pa

from arcana_assets.assets.later_revenue import customers_of, shaping
from arcana_assets.assets.segmentation_models import fitted_models
from arcana_assets.assets.spec import DomainSpec, Run, lineage, with_history
from arcana_assets.domain.feature_names import expanded
from arcana_assets.domain.months import shifted
from arcana_assets.domain.segmentations import Segmentation
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake_io import failures
from arcana_assets.transforms.migration import customers_value, segment_migration

ADDS_UP, WITHIN_LIMITS = "migration_adds_up", "segments_within_share_limits"
NO_JUMPS, KEEP = "no_persona_jumps", "features_keep_their_distribution"
SAID = 6  # findings in the description of a check; the metadata have all
DRIFT = pa.schema(
    [
        ("month", pa.date32()),
        ("segmentation", pa.string()),
        ("feature", pa.string()),
        ("psi", pa.float64()),
        ("ks", pa.float64()),
        ("missing_share_before", pa.float64()),
        ("missing_share_now", pa.float64()),
        ("median_before", pa.float64()),
        ("median_now", pa.float64()),
        ("customers_before", pa.int64()),
        ("customers_now", pa.int64()),
        ("fitted_month", pa.date32()),
        ("drifted", pa.bool_()),
        ("note", pa.string()),
    ]
)
Sizes = Mapping[tuple[date, str], int]


def segment_movement_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """Moves between segments and drift of features; none in a domain without segmentations."""
    return [_migration(spec), _drift(spec)] if spec.domain.segmentations else []


def _migration(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "segment_migration")

    @dg.multi_asset(
        name=f"{domain.name}_segment_migration",
        ins={
            "segments": with_history(spec.key("gold", "segments"), 1),
            "features": with_history(spec.key("gold", "feature_matrix"), 1),
        },
        outs={
            "migration": spec.out(
                "gold",
                "segment_migration",
                "How many customers went from which segment to which since the month before, and what they are worth.",
            )
        },
        check_specs=[
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
        **spec.options,
    )
    def migration(
        context: dg.AssetExecutionContext, engine: Engine, segments: ir.Table, features: ir.Table
    ) -> Iterator[Any]:
        from arcana_assets.ml.movement import jumps, largest_moves, outside_limits

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


def _drift(spec: DomainSpec) -> dg.AssetsDefinition:
    domain, key = spec.domain, spec.key("gold", "feature_drift")

    @dg.multi_asset(
        name=f"{domain.name}_feature_drift",
        ins={
            "features": dg.AssetIn(spec.key("gold", "feature_matrix")),
            **{f"model_{s.name}": dg.AssetIn(spec.key("models", s.name)) for s in domain.segmentations},
        },
        outs={
            "drift": spec.out(
                "gold",
                "feature_drift",
                "How far each feature of a model lies from what it was in the month the model was fitted on.",
            )
        },
        check_specs=[
            dg.AssetCheckSpec(
                KEEP, asset=key, description="Nenhum atributo se afastou da base em que o modelo foi ajustado"
            )
        ],
        **spec.options,
    )
    def drift(
        context: dg.AssetExecutionContext, engine: Engine, features: ir.Table, **models: ir.Table
    ) -> Iterator[Any]:
        from arcana_assets.ml.movement import drift_table, drifted_features

        run, measured = Run.of(context, domain), list[pd.DataFrame]()
        with failures():
            fitted = {s.name: fitted_models(models[f"model_{s.name}"], engine) for s in domain.segmentations}
            fitted_on = {s.name: _fitted_months(models[f"model_{s.name}"], engine) for s in domain.segmentations}
            for month in run.months:
                frame = customers_of(features, engine, month)
                for segmentation in domain.segmentations:
                    if model := fitted[segmentation.name].get(month):
                        found = _measured(segmentation, frame, model)
                        fit = fitted_on[segmentation.name][month]
                        measured.append(found.assign(month=month, segmentation=segmentation.name, fitted_month=fit))
        parts = [pa.Table.from_pandas(part[DRIFT.names], schema=DRIFT, preserve_index=False) for part in measured]
        table = pa.concat_tables([DRIFT.empty_table(), *parts])
        rows = table.to_pandas()
        largest = rows[rows["month"] == run.months[-1]].groupby("segmentation")["psi"].max().dropna()
        metadata: dict[str, Any] = {f"largest_psi_{name}": float(psi) for name, psi in largest.items()}
        metadata |= {"drift": dg.MetadataValue.md(drift_table(rows)), "dagster/column_lineage": _drift_lineage(spec)}
        yield dg.Output(table, "drift", metadata=metadata)
        limits = {segmentation.name: segmentation.refit.psi for segmentation in domain.segmentations}
        yield _warning(key, KEEP, drifted_features(rows, limits), "Todos os atributos perto da base do modelo")

    return drift


def _measured(segmentation: Segmentation, frame: pd.DataFrame, model: Any) -> pd.DataFrame:
    """The drift of the model's features among the customers who would shape a model of the month."""
    from arcana_assets.ml.drift import drift

    wanted = expanded(segmentation.features, frame.columns)
    found = drift(model.references, shaping(segmentation, frame), wanted)
    return found.assign(drifted=found["psi"] > segmentation.refit.psi)


def _fitted_months(models: ir.Table, engine: Engine) -> dict[date, date]:
    rows = engine.backend.to_pyarrow(models.select("month", "fitted_month")).to_pylist()
    return {row["month"]: row["fitted_month"] for row in rows}


def _drift_lineage(spec: DomainSpec) -> dg.TableColumnLineage:
    models = [spec.key("models", each.name) for each in spec.domain.segmentations]
    features = spec.key("gold", "feature_matrix")
    named = sorted({name for each in spec.domain.segmentations for name in each.features if not name.endswith("*")})
    before, now = [(model, "model") for model in models], [(features, name) for name in named]
    origins = {
        **{name: [*before, *now] for name in ("psi", "ks", "drifted")},
        **dict.fromkeys(("feature", "missing_share_before", "median_before", "customers_before"), before),
        **dict.fromkeys(("missing_share_now", "median_now"), now),
        "fitted_month": [(model, "fitted_month") for model in models],
    }
    return lineage(origins)


def _warning(key: dg.AssetKey, name: str, findings: Sequence[str], fine: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not findings,
        severity=dg.AssetCheckSeverity.WARN,
        description=_said(findings) or fine,
        metadata={"count": len(findings), "findings": dg.MetadataValue.md("\n".join(f"- {each}" for each in findings))},
    )


def _said(findings: Sequence[str]) -> str:
    more = f" E mais {len(findings) - SAID}." if len(findings) > SAID else ""
    return " ".join(f"{each}." for each in findings[:SAID]) + more

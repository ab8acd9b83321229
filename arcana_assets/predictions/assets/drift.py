"""Drift of what serves: warnings that features or results are not what they were when it was chosen.

Belongs here: the two checks and what they say. Does not belong here: the distances (`predictions.drift`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.graph.checks import verdict
from arcana_assets.predictions.drift import fell_short
from arcana_assets.presentation.markdown import bullets

KEEP, RESULTS_HOLD = "features_keep_their_distribution", "results_hold"
Row = Mapping[str, Any]
_SAID = 6  # findings in the description of a check; the metadata have all


def drift_specs(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """What is checked of what serves; both only warn."""
    return [
        dg.AssetCheckSpec(
            KEEP, asset=key, description="Features of the month lie where they lay in the months learned from"
        ),
        dg.AssetCheckSpec(
            RESULTS_HOLD, asset=key, description="What came of what was said is as good as the hold-outs that chose it"
        ),
    ]


def drift_verdicts(
    key: dg.AssetKey, predictions: Sequence[Prediction], month: date, drift: Sequence[Row], results: Sequence[Row]
) -> Iterator[dg.AssetCheckResult]:
    """Both checks of a month. Takes the rows of `prediction_drift` and `prediction_results` of its run."""
    far = sorted((row for row in drift if row["month"] == month and row["drifted"]), key=lambda row: -row["psi"])
    moved = [
        f"{row['prediction']}, {row['horizon']} {row['unit']} ahead: {row['feature']} has PSI {row['psi']:.2f}, "
        f"median {_number(row['median_before'])} then and {_number(row['median_now'])} now"
        for row in far
    ]
    yield _told(key, KEEP, moved, "No feature lies far from where it lay in the months learned from")
    by_name = {each.name: each for each in predictions}
    short = [
        f"{row['prediction']}, {row['horizon']} {row['unit']} ahead, said as of {row['made_in']:%Y-%m}: {said}"
        for row in results
        if row["month"] == month
        for said in fell_short(row, by_name[row["prediction"]])
    ]
    yield _told(key, RESULTS_HOLD, short, "Results are as the hold-outs were, or none is known yet")


def _number(value: float | None) -> str:
    """A median; of a feature that nobody has there is none."""
    return "none" if value is None else f"{value:.4g}"


def _told(key: dg.AssetKey, name: str, found: Sequence[str], fine: str) -> dg.AssetCheckResult:
    more = f"; and {len(found) - _SAID} more" if len(found) > _SAID else ""
    said = "; ".join(found[:_SAID]) + more
    return verdict(key, name, not found, said or fine, {"findings": dg.MetadataValue.md(bullets(*found))})

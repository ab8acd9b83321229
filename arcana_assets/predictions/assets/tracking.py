"""Tracked models of a prediction: the fits of a run of months handed over to MLflow, and where it keeps them.

Belongs here: which rows are handed over, and the warning. Does not belong here: what is told of a fit
(`predictions.tracked.fits`), how MLflow keeps it (`tracking`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from arcana_assets import __version__
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.predictions.champion import LAST
from arcana_assets.predictions.tracked.fits import metrics, parameters, served_json, texts
from arcana_assets.presentation.language import language_of
from arcana_assets.tracking.fits import TrackedFit
from arcana_assets.tracking.tracking import Tracking, TrackingUnavailable

TRACKED = "fits_are_tracked"
SERVED_MODEL = Path(__file__).parents[1] / "tracked" / "served_model.py"
Row = Mapping[str, Any]


def tracked_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """What is checked of the hand-over; it only warns, for the fit itself is in the lake."""
    return dg.AssetCheckSpec(TRACKED, asset=key, description="MLflow kept every fit, where fits are tracked")


@dataclass(frozen=True)
class FitsOfRun:
    """The fits of a prediction in the months of a run. What the lake says that MLflow has is not handed over again."""

    spec: DomainSpec
    prediction: Prediction
    lake: Lake
    run_id: str
    tracking: Tracking

    def kept(
        self, rows: Sequence[Row], there: Mapping[tuple[date, int], Row]
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """The rows with where MLflow keeps the fit of each, and what it refused; a horizon is handed over at once.

        `there` are the rows that earlier runs made, by month and horizon. A month that is open has no fit of its own,
        and where nothing was learned there is none.
        """
        told, problems = [{**row, "tracked": self._known(row, there)} for row in rows], list[str]()
        if not self.tracking.enabled:
            return told, problems
        for horizon in self.prediction.horizons:
            mine = [row for row in told if row["horizon"] == horizon and _is_fit(row) and row["tracked"] is None]
            try:
                kept = self.tracking.record([self._fit(row) for row in mine])
            except TrackingUnavailable as error:
                problems.append(str(error))
                break  # the others would wait as long for the same
            for row, where in zip(mine, kept, strict=True):
                at = {"at": self._place, "run": where.url or where.run_id, "version": where.model_version or ""}
                row["tracked"] = json.dumps(at)
        return told, problems

    def tell(self, context: dg.AssetExecutionContext, key: dg.AssetKey, rows: Sequence[Row]) -> None:
        """Says in the metadata of each month where its fits are kept."""
        for row in rows:
            if row["tracked"] is not None:
                run = json.loads(row["tracked"])["run"]
                said = {f"mlflow_run_{row['horizon']}": dg.MetadataValue.url(run) if "://" in run else run}
                context.add_asset_metadata(said, asset_key=key, partition_key=row["month"].isoformat())

    def verdict(self, key: dg.AssetKey, problems: Sequence[str]) -> dg.AssetCheckResult:
        """The warning of what MLflow refused."""
        fine = "Every fit is kept" if self.tracking.enabled else "Fits are not tracked"
        return verdict(key, TRACKED, not problems, " ".join(problems) or fine, {"horizons": len(problems)})

    def _known(self, row: Row, there: Mapping[tuple[date, int], Row]) -> str | None:
        """Where an earlier run says that MLflow keeps the same fit; None where it is another one, or gone."""
        before = there.get((row["month"], row["horizon"]))
        if before is None or before.get("tracked") is None or served_json(before) != served_json(row):
            return None
        at = json.loads(before["tracked"])["at"]
        stands = not self.tracking.enabled or (at == self._place and self.tracking.stands(*self._named(row)))
        return str(before["tracked"]) if stands else None

    @property
    def _place(self) -> str:
        return self.tracking.uri or self.tracking.lake

    def _named(self, row: Row) -> tuple[str, str]:
        return self.spec.domain.name, f"{self.prediction.name}_{row['horizon']}"

    def _fit(self, row: Row) -> TrackedFit:
        domain, name = self._named(row)
        table = (domain, "gold", "feature_matrix")
        return TrackedFit(
            domain=domain,
            name=name,
            month=row["month"],
            role="champion",
            dagster_run_id=self.run_id,
            code_version=__version__,
            dataset={
                "table": self.lake.uri(table),
                "version": self.lake.open(table).version(),
                "rows": row["rows"],
                "digest": row["digest"],
            },
            parameters=parameters(self.prediction, row),
            metrics=metrics(row),
            texts=texts(row, language_of(self.spec.domain.language)),
            model_json=served_json(row),
            model_code=SERVED_MODEL,
            kind="prediction",
        )


def _is_fit(row: Row) -> bool:
    """Whether candidates were fitted in the month itself: the last period is one of them."""
    if not row["champion"] or row["made_in"] != row["month"]:
        return False
    model = json.loads(row["model"])
    return model["note"] is None and LAST in model["candidates"]

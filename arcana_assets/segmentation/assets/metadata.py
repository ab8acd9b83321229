"""What the UI shows of models and segments: how k was chosen, sizes, pictures, and the lineage of columns.

Belongs here: metadata of tables already computed. Does not belong here: the assets (`segmentation`), how a picture is
drawn (`ml.segment_profiles`).
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd

from arcana_assets.domain.facets.features import MEAN, OWNS
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.presentation.labels import label_of


def fit_metadata(selection: pd.DataFrame, row: Mapping[str, Any]) -> dict[str, Any]:
    """What was tried for a month, what was chosen and why; and the scores, where there are any, to plot over the runs.

    Takes the selection of k, a row a k tried, and the month's row of the models.
    """
    chosen: dict[str, Any] = {"reason": row["reason"], "k": row["k"]}
    if len(selection):  # of a month that was only scored the one before it has the table
        chosen |= {"selection": dg.MetadataValue.md(_markdown(selection))}
    if row["silhouette"] is None:
        return chosen
    return chosen | {
        "silhouette": float(row["silhouette"]),
        "smallest_share": float(row["smallest_share"]),
        "customers": row["customers"],
    }


def sizes(shapes: Mapping[str, pd.DataFrame]) -> str:
    """The size of each segment, as Markdown, from the profiles by segmentation."""
    lines = ["| segmentation | segment | customers | share |", "|---|---|---|---|"]
    for name, shape in shapes.items():
        lines += [f"| {name} | {row.persona} | {row.customers} | {row.share:.1%} |" for row in shape.itertuples()]
    return "\n".join(lines)


def picture_metadata(shapes: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The picture of each profile, within the Markdown itself: a run log keeps no files."""
    from arcana_assets.segmentation.pictures.profile import profile_picture

    pictures = {name: b64encode(profile_picture(shape, _labels(shape))).decode() for name, shape in shapes.items()}
    return {
        f"profile_{name}": dg.MetadataValue.md(f"![{name}](data:image/png;base64,{picture})")
        for name, picture in pictures.items()
    }


def _labels(shape: pd.DataFrame) -> dict[str, str]:
    """Labels of the features; an item owned is called by its own name."""
    features = [name.removeprefix(MEAN) for name in shape.columns if name.startswith(MEAN)]
    return {
        name: name.removeprefix(OWNS).replace("_", " ").capitalize() if name.startswith(OWNS) else label_of(name)
        for name in features
    }


def segments_lineage(spec: DomainSpec) -> dg.TableColumnLineage:
    """Which features and models the columns of the segments come from."""
    features = spec.key("gold", "feature_matrix")
    models = [spec.key("models", each.name) for each in spec.domain.segmentations]
    named = {name for each in spec.domain.segmentations for name in each.features}
    used = sorted(name for name in named if not name.endswith("*"))  # which those are is known by the data alone
    found = [*((features, name) for name in used), *((model, "model") for model in models)]
    return lineage(
        {
            "customer_id": [(features, "customer_id")],
            "month": [(features, "month")],
            "segment_id": found,
            "persona": [(model, "model") for model in models],
            "distance": found,
        }
    )


def _markdown(frame: pd.DataFrame) -> str:
    head = "| " + " | ".join(frame.columns) + " |\n|" + "---|" * len(frame.columns)
    rows = [
        "| " + " | ".join(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row) + " |"
        for row in frame.itertuples(index=False)
    ]
    return "\n".join([head, *rows])


KEEP = "features_keep_their_distribution"
SAID = 6  # findings in the description of a check; the metadata have all


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

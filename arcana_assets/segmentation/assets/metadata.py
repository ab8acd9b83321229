"""What the UI shows of models and segments: how k was chosen, sizes, pictures, and the lineage of columns.

Belongs here: metadata of tables already computed. Does not belong here: the assets (`models`, `segments`), how a
picture is drawn (`segmentation.pictures`).
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pandas as pd

from arcana_assets.domain.facets.features import MEAN, OWNS
from arcana_assets.graph.columns import lineage
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.presentation.charts import Chart
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.presentation.markdown import image, markdown_table
from arcana_assets.presentation.png import png, small
from arcana_assets.segmentation.pictures.profile import profile_chart

_MOST_BYTES = 44_000  # of a picture; as base64 it is a third more


def fit_metadata(selection: pd.DataFrame, row: Mapping[str, Any]) -> dict[str, Any]:
    """What was tried for a month, what was chosen and why.

    Takes the selection of k, a row a k tried, and the month's row of the models.
    """
    chosen: dict[str, Any] = {"reason": row["reason"]}
    if len(selection):  # of a month that was only scored the one before it has the table
        cells = [
            [f"{each:.4g}" if isinstance(each, float) else each for each in tried]
            for tried in selection.itertuples(index=False)
        ]
        chosen |= {"selection": dg.MetadataValue.md(markdown_table(list(selection.columns), cells))}
    return chosen


def fit_numbers(row: Mapping[str, Any]) -> dict[str, float | int]:
    """The number of segments, and the scores where there are any, of a month's row of the models, to be plotted."""
    if row["silhouette"] is None:
        return {"k": row["k"]}
    return {
        "k": row["k"],
        "silhouette": float(row["silhouette"]),
        "smallest_share": float(row["smallest_share"]),
        "customers": row["customers"],
    }


def sizes(shapes: Mapping[str, pd.DataFrame]) -> str:
    """The size of each segment, as Markdown, from the profiles by segmentation."""
    rows = [
        (name, row.persona, row.customers, f"{row.share:.1%}")
        for name, shape in shapes.items()
        for row in shape.itertuples()
    ]
    return markdown_table(("segmentation", "segment", "customers", "share"), rows)


def picture_metadata(shapes: Mapping[str, pd.DataFrame], language: Language = DEFAULT) -> dict[str, Any]:
    """The picture of each profile, within the Markdown itself: a run log keeps no files."""
    charts = {name: profile_chart(shape, _labels(shape, language), language=language) for name, shape in shapes.items()}
    return {f"profile_{name}": embedded(chart, png(chart)) for name, chart in charts.items()}


def embedded(chart: Chart, picture: bytes) -> dg.MetadataValue:
    """The picture of a chart, smaller where it is large, with the words that stand for it, or these alone."""
    fitting = small(picture, _MOST_BYTES)
    return dg.MetadataValue.md(chart["description"] if fitting is None else image(chart["description"], fitting))


def _labels(shape: pd.DataFrame, language: Language) -> dict[str, str]:
    """Labels of the features; an item owned is called by its own name."""
    features = [name.removeprefix(MEAN) for name in shape.columns if name.startswith(MEAN)]
    return {
        name: name.removeprefix(OWNS).replace("_", " ").capitalize()
        if name.startswith(OWNS)
        else label_of(name, language)
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

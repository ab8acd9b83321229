"""Cutting: a base without groups as segments all the same, and its cuts once more a month later.

Belongs here: which cut a segmentation has. Does not belong here: the cuts themselves (`clustering.cuts`), what they are
called (`personas`), whether there are groups (`fitting`).
"""

from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.facets.features import is_share
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.clustering.candidates import measured
from arcana_assets.segmentation.clustering.clusterers import Clusterer, UnusableClustering
from arcana_assets.segmentation.clustering.cuts import FEWEST, by_axis, by_largest_lift
from arcana_assets.segmentation.clustering.preprocessing import Preprocessing, matrix_of
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.segmentation.personas.by_shares import naming


def cut(
    points: np.ndarray, ordered: pd.DataFrame, preprocessing: Preprocessing, settings: Segmentation
) -> tuple[Clusterer, dict[str, Any]]:
    """Cuts of customers who form no groups, and their row of the selection table."""
    names, least = settings.personas.shares, max(FEWEST, settings.gate.minimum_share * len(points))
    columns = [name for name in preprocessing.names if is_share(name)]
    try:
        if names is not None and columns:
            columns = naming(columns, names)
            clusterer = by_largest_lift(points, preprocessing, columns, least, settings.k[1])
        else:
            axis = matrix_of(ordered, [settings.axis])[:, 0]
            clusterer = by_axis(points, axis, settings.cuts, settings.seed, least)
    except UnusableClustering:
        clusterer = Clusterer("kmeans", {"k": 1}, points.mean(axis=0)[None, :])
    language = language_of(settings.language)
    (row,) = measured(points, [clusterer], settings.seed, 0, language=language)
    fine, say = clusterer.k > 1, language.say
    parameter = say("segmentation.cuts", k=row["k"]) if fine else say("segmentation.no_cuts")
    refused = "" if fine else say("segmentation.one_cut")
    return clusterer, row | {"parameter": parameter, "refused_for": refused, "admissible": fine, "chosen": True}


def by_lift_again(
    points: np.ndarray, before: SegmentationModel, preprocessing: Preprocessing, settings: Segmentation
) -> Clusterer:
    """The largest lift of the same shares over the base as it is now, its groups in the order that they had.

    Raises UnusableClustering where one of the shares is nobody's any more.
    """
    held = before.clusterer.arrays
    columns = [preprocessing.names[int(place)] for place in held["places"]]
    made = by_largest_lift(points, preprocessing, columns, 0.0, before.k)
    if made.k < before.k:
        raise UnusableClustering(f"{before.k - made.k} of the shares that customers stood out by are nobody's now")
    groups = held["groups"].astype("int64").tolist()
    (rest,) = set(range(made.k)) - set(groups)
    # Group i of the new one is the column i; its place among the segments is the one it had.
    order = [*groups, rest]
    return made.reordered([order.index(place) for place in range(made.k)])

"""Labels: customers whose persona somebody stated, and the classifier that learns from them as a further candidate.

Belongs here: whose labels count as of a month, what is too few, whether the classifier serves. Does not belong here:
the classifier itself (`clustering.likelihood.classifier`), the clusterings that it competes with (`fitting`), ids and
names (`continuity`, `named`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.language import Language, language_of
from arcana_assets.segmentation.clustering.candidates import MEASURES, measured
from arcana_assets.segmentation.clustering.clusterer_data import LABELLED, algorithm_of
from arcana_assets.segmentation.clustering.clusterers import Clusterer
from arcana_assets.segmentation.clustering.gate import FEWEST, refused_for
from arcana_assets.segmentation.clustering.likelihood.classifier import fitted_classifier, out_of_fold
from arcana_assets.segmentation.clustering.points import NOISE, means_of
from arcana_assets.segmentation.clustering.preprocessing import matrix_of
from arcana_assets.segmentation.clustering.stability import adjusted_rand_index
from arcana_assets.segmentation.clustering.threads import one_thread
from arcana_assets.segmentation.models.customers import ordered_of
from arcana_assets.segmentation.models.fitting import order_by
from arcana_assets.segmentation.models.model import KINDS, SegmentationModel
from arcana_assets.segmentation.models.named import named_by_label

LEAST = 30  # labelled customers of each persona
DRAWS, SURE = 200, 0.05  # bootstrap samples of the labelled; share of them in which the classifier may be no better


def labels_of(rows: pd.DataFrame) -> pd.Series:
    """The persona of each labelled customer: the latest one, none where two were stated on that day.

    Takes customer_id, persona and labelled_on, a row a statement, up to the end of a month.
    """
    told = rows.drop_duplicates(["customer_id", "persona", "labelled_on"])
    latest = told[told["labelled_on"] == told.groupby("customer_id")["labelled_on"].transform("max")]
    clear = latest.drop_duplicates("customer_id", keep=False)
    return clear.set_index("customer_id")["persona"].astype(str).sort_index()


def with_labels(
    model: SegmentationModel,
    shaping: pd.DataFrame,
    settings: Segmentation,
    labels: pd.Series,
    stated: pd.DataFrame | None = None,
) -> SegmentationModel:
    """The model, or the classifier where it agrees better with the labels; what was tried has its row either way.

    Takes the customers who shape a fit and the persona of those who are labelled, by customer; where the customers are
    a sample, `stated` are all who would shape the fit and are labelled. The classifier is judged
    by customers that it did not learn from, with the adjusted Rand index; it serves where that is more than the index
    of the segments with the same labels, and stays so in 95 % of bootstrap samples of the labelled. The groups are then
    the personas as they were labelled, in the order of the axis.
    """
    ordered = ordered_of(shaping, model.name, model.features)
    among = ordered if stated is None or stated.empty else ordered_of(stated, model.name, model.features)
    named = among[among["customer_id"].map(labels).notna().to_numpy()]
    known = named["customer_id"].map(labels)
    sizes = known.value_counts().sort_index()
    row = dict.fromkeys(MEASURES) | {"algorithm": LABELLED, "k": len(sizes), "silhouette_customers": 0}
    language = language_of(settings.language)
    say, number = language.say, language.number
    stated_by = say("segmentation.labels.stated", labels=len(named), personas=len(sizes))
    row |= {"noise_share": 0.0, "parameter": stated_by}
    row |= {"admissible": False, "chosen": False}
    if lacking := _lacking(sizes, language):
        return _beside(model, row | {"refused_for": lacking})
    names = [str(each) for each in sizes.index]
    places = known.map({name: place for place, name in enumerate(names)}).to_numpy(dtype="int64")
    points, of_named = model.preprocessing.points(ordered), model.preprocessing.points(named)
    with one_thread():
        learnt = fitted_classifier(of_named, places, len(names))
        told = out_of_fold(of_named, places, len(names))
    clusterer = Clusterer(LABELLED, {"k": len(names)}, np.zeros((len(names), points.shape[1])), vars(learnt))
    groups = clusterer.labels(points)
    centres = means_of(points, groups, len(names))
    # Of a persona that nobody is given, those of whom it was stated.
    centres = np.where(np.isnan(centres), means_of(of_named, places, len(names)), centres)
    clusterer = replace(clusterer, centres=centres)
    served = model.assign(named)["segment_id"].to_numpy()
    agreement, other = adjusted_rand_index(places, told), adjusted_rand_index(places, served)
    (measures,) = measured(points, [clusterer], settings.seed, 0, language=language)
    # Two personas are two because somebody said so; and labels need not lie apart to be labels.
    broken = refused_for(measures | {"k": max(len(names), FEWEST), "silhouette": 0.0}, settings.gate, language)
    cuts = say("segmentation.cuts", k=model.k)
    against = algorithm_of(model.clusterer.algorithm, language) if model.form == KINDS else cuts
    told_by = {"other": against, "mine": number(agreement, 2), "theirs": number(other, 2)}
    if not broken and not _is_sure(places, told, served, settings.seed):
        broken = say("segmentation.labels.no_better", **told_by)
    row |= measures | {"parameter": row["parameter"], "refused_for": broken, "admissible": not broken}
    row |= {"label_agreement": agreement}
    beside = _beside(model, row, other)
    if broken:
        return beside
    order = order_by(matrix_of(ordered, [settings.axis])[:, 0], groups, clusterer)
    said = say("segmentation.labels.chosen", stated=stated_by, **told_by)
    chosen = row | {"chosen": True}
    selection = (*(each | {"chosen": False} for each in beside.selection[:-1]), chosen)
    taken = replace(
        beside,
        clusterer=clusterer.reordered(order),
        segment_ids=tuple(range(NOISE + 1, len(names) + 1)),
        next_segment_id=len(names) + 1,
        measures=chosen | {"form": KINDS, "labels": [names[place] for place in order]},
        selection=selection,
        reason=said,
    )
    return named_by_label(taken, ordered, settings.personas)[0]


def _lacking(sizes: pd.Series, language: Language) -> str:
    """What the labels lack, as a sentence; nothing where they are enough."""
    say, few = language.say, {name: int(size) for name, size in sizes.items() if size < LEAST}
    if sizes.empty:
        return say("segmentation.labels.few_personas", least=LEAST)
    if len(sizes) == 1:
        (name,), (size,) = sizes.index, sizes.to_list()
        return say("segmentation.labels.one_persona", least=LEAST, name=name, labels=int(size))
    if not few:
        return ""
    lacking = (say("segmentation.labels.lacking_of", labels=LEAST - size, name=name) for name, size in few.items())
    return say("segmentation.labels.lacking", lacking=", ".join(lacking), least=LEAST)


def _is_sure(labels: np.ndarray, told: np.ndarray, served: np.ndarray, seed: int) -> bool:
    """Whether the classifier agrees better in nearly all bootstrap samples of the labelled customers."""
    draw = np.random.default_rng(seed)
    worse = 0
    for _ in range(DRAWS):
        drawn = draw.integers(0, len(labels), len(labels))
        mine, other = (adjusted_rand_index(labels[drawn], each[drawn]) for each in (told, served))
        worse += mine <= other
    return worse <= SURE * DRAWS


def _beside(model: SegmentationModel, row: dict[str, Any], agreement: float | None = None) -> SegmentationModel:
    """The model with the classifier's row among what was tried, and its own agreement in the row that was chosen."""
    tried: Sequence[dict[str, Any]] = [
        each | {"label_agreement": agreement if each["chosen"] else None} for each in model.selection
    ]
    return replace(model, selection=(*tried, {"label_agreement": None} | row))

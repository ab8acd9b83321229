"""Tracked fits: which fits of a month are kept for good, and what is told of each beside its model.

Belongs here: parameters, measures, texts and pictures of a fit, the digest of what it was fitted on. Does not belong
here: how MLflow keeps it (`tracking`), which fit serves a month (`models.champion`).
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.models.champion import Decision
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.segmentation.pictures.profile import profile_picture
from arcana_assets.segmentation.pictures.selection import selection_picture
from arcana_assets.segmentation.profiles.profile import profile

_MEASURES = (
    *("silhouette", "calinski_harabasz", "davies_bouldin", "smallest_share", "largest_share", "noise_share"),
    *("stability", "inertia"),
)


@dataclass(frozen=True)
class FitOfMonth:
    """A fit in its role, as `tracking.fits` keeps it; texts, and the pictures (PNG) drawn of it, are by file name."""

    role: str
    parameters: Mapping[str, str | int | float]
    metrics: Mapping[str, float]
    texts: Mapping[str, str]
    model_json: str
    draw: Callable[[], Mapping[str, bytes]] | None


def fits_of_month(
    segmentation: Segmentation, month: date, decision: Decision, everyone: pd.DataFrame
) -> Iterator[FitOfMonth]:
    """The fits of a month: the one that serves it, if it is new, the one that waits, and all others.

    `everyone` has a row a customer, with all features. Only what serves or waits has pictures: nobody looks at those of
    the others, whose measures are in the table of what was tried.
    """
    fits = [("champion", decision.model)] if decision.outcome not in ("scored", "kept") else []
    fits += [("challenger", decision.challenger)] if decision.challenger is not None else []
    for role, model in [*fits, *(("candidate", model) for model in decision.others)]:
        yield FitOfMonth(
            role,
            _parameters(segmentation, model, decision),
            _metrics(role, model, decision),
            _texts(segmentation, role, model, decision),
            model.to_json(),
            None if role == "candidate" else partial(_pictures, segmentation, month, model, decision, everyone),
        )


def _parameters(
    segmentation: Segmentation, model: SegmentationModel, decision: Decision
) -> dict[str, str | int | float]:
    return {
        "algorithm": model.clusterer.algorithm,
        **model.clusterer.settings,
        "segments": model.clusterer.k,
        "features": ", ".join(model.features),
        "axis": model.axis,
        "seed": model.seed,
        "outcome": decision.outcome,
        "settings": json.dumps(segmentation.model_dump(exclude={"personas"}), ensure_ascii=False, default=str),
    }


def _metrics(role: str, model: SegmentationModel, decision: Decision) -> dict[str, float]:
    """Measures of a fit; the share of customers that it moved, or would, is not known of candidates."""
    share = {"champion": decision.moved, "challenger": decision.challenger_moves}.get(role)
    return {
        **{name: float(model.measures[name]) for name in _MEASURES if model.measures.get(name) is not None},
        "customers": float(model.customers),
        **({} if share is None else {"moved_share": float(share)}),
    }


def _texts(segmentation: Segmentation, role: str, model: SegmentationModel, decision: Decision) -> dict[str, str]:
    say = language_of(segmentation.language).say
    centres = [
        {"segment_id": segment, **dict(zip(model.features, centre.tolist(), strict=True))}
        for segment, centre in zip(model.segment_ids, model.centres, strict=True)
    ]
    return {
        f"{say('tracked.reason')}.txt": (decision.reason if role == "champion" else model.reason) + "\n",
        f"{say('tracked.selection')}.csv": _csv(list(decision.selection)),
        f"{say('tracked.centres')}.csv": _csv(centres),
        "personas.csv": _csv(list(model.personas)),
    }


def _pictures(
    segmentation: Segmentation, month: date, model: SegmentationModel, decision: Decision, everyone: pd.DataFrame
) -> dict[str, bytes]:
    columns, language = list(model.features), language_of(segmentation.language)
    shapes = profile(everyone, model.assign(everyone), columns, language=language)
    labels = {name: label_of(name, language) for name in columns}
    pictures = {f"{language.say('tracked.profile')}.png": profile_picture(shapes, labels, language)}
    if decision.selection:
        of = f"{segmentation.name.replace('_', ' ')}, {language.short_month(month)}"
        title = language.say("segmentation.pictures.selection_short", of=of)
        drawn = selection_picture(pd.DataFrame(decision.selection), title, language)
        pictures[f"{language.say('tracked.selection')}.png"] = drawn
    return pictures


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()

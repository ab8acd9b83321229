"""Names apart: segments that would get one name are one segment, for the clustering was too fine.

Belongs here: merging segments of one name. Does not belong here: what a segment is called (`named`), fitting
(`fitting`), what becomes of segments from one month to the next (`continuity`).
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.clustering.candidates import measured
from arcana_assets.segmentation.clustering.clusterer_data import LARGEST_LIFT
from arcana_assets.segmentation.clustering.gate import refused_for
from arcana_assets.segmentation.models.continuity import Event
from arcana_assets.segmentation.models.customers import ordered_of
from arcana_assets.segmentation.models.model import KINDS, SegmentationModel
from arcana_assets.segmentation.models.named import named, named_by_label, named_by_share, personas_of, same_names
from arcana_assets.segmentation.personas.persona import Persona


def with_names_apart(
    model: SegmentationModel,
    shaping: pd.DataFrame,
    everyone: pd.DataFrame,
    settings: Segmentation,
    kept: Sequence[Persona] = (),
) -> tuple[SegmentationModel, tuple[Event, ...]]:
    """The model with names, no two of which are the same: segments of one name are merged, and the rest fitted again.

    Takes the customers who shape a fit, all customers of the month, by whom segments are named, and the names of the
    month before, of which a model with other ids has none. The merged segment has the id of its largest part; an event
    says in which segment most customers of one that is gone are. Where all have one name the model passes no gate.
    """
    if not model.can_group(everyone):
        return model, ()
    if model.clusterer.algorithm == LARGEST_LIFT:
        return named_by_share(model, settings.personas), ()
    if model.labels:
        return named_by_label(model, everyone, settings.personas, kept)
    events = list[Event]()
    while True:
        called, renamed = named(model, everyone, settings.personas, settings.axis_label, kept)
        alike = same_names(called.personas)
        if alike and len(alike[0]) == model.clusterer.k:  # one segment is none
            say = language_of(settings.language).say
            refused = {"admissible": False, "refused_for": say("segmentation.apart.one_name")}
            tried = tuple(row | refused if row["chosen"] else row for row in called.selection)
            told = say("segmentation.apart.none_left")
            reason = called.reason if told in called.reason else f"{called.reason} {told}".strip()
            none = replace(called, measures=called.measures | refused, selection=tried, reason=reason)
            return none, (*events, *renamed)
        if not alike:
            return called, (*events, *renamed)
        model, merged = _merged(called, alike, shaping, everyone, settings)
        events += merged


def with_names_of_now(
    model: SegmentationModel, everyone: pd.DataFrame, settings: Segmentation
) -> tuple[SegmentationModel, tuple[Event, ...]]:
    """The model in use with names as of the month and the segments that it has; its own where two would have one."""
    if model.clusterer.algorithm == LARGEST_LIFT:
        called, renamed = named_by_share(model, settings.personas), tuple[Event, ...]()
    elif model.labels:
        called, renamed = named_by_label(model, everyone, settings.personas)
    else:
        called, renamed = named(model, everyone, settings.personas, settings.axis_label, personas_of(model))
    return (model, ()) if same_names(called.personas) else (called, renamed)


def _merged(
    model: SegmentationModel,
    alike: Sequence[Sequence[int]],
    shaping: pd.DataFrame,
    everyone: pd.DataFrame,
    settings: Segmentation,
) -> tuple[SegmentationModel, list[Event]]:
    """The model with the segments of each set as one, which K-Means, where it made them, fits once more."""
    ordered = ordered_of(shaping, model.name, model.features)
    points = model.preprocessing.points(ordered)
    before = model.assign(everyone)["segment_id"]
    sizes = before.value_counts()
    into = {id_: id_ for id_ in model.segment_ids}
    for ids in alike:
        largest = max(ids, key=lambda id_: (int(sizes.get(id_, 0)), -id_))
        into |= dict.fromkeys(ids, largest)
    kept = [id_ for id_ in model.segment_ids if into[id_] == id_]
    places = [kept.index(into[id_]) for id_ in model.segment_ids]
    clusterer = model.clusterer.merged(places, points, model.seed)
    language, refits = language_of(settings.language), settings.gate.refits if model.form == KINDS else 0
    (row,) = measured(points, [clusterer], model.seed, refits, language=language)
    broken = refused_for(row, settings.gate, language) if model.form == KINDS else ""
    say, found = language.say, {"kept": len(kept), "of": len(model.segment_ids)}
    told = {
        # Of the groups that were found, and of the cuts after them, as many names may be left.
        "parameter": say(f"segmentation.apart.{'of_groups' if model.form == KINDS else 'of_cuts'}", **found),
        "refused_for": broken,
        "admissible": not broken,
        "chosen": True,
    }
    reason = f"{model.reason} {say('segmentation.apart.merged', **found)}"
    merged = replace(
        model,
        clusterer=clusterer,
        segment_ids=tuple(kept),
        personas=(),
        measures=row | told | {"form": model.form},
        selection=(*({**each, "chosen": False} for each in model.selection), row | told),
        reason=reason if model.selection else model.reason,
    )
    after = merged.assign(everyone)["segment_id"]
    events = []
    for gone in sorted(set(model.segment_ids) - set(kept)):
        went = after[before == gone].value_counts().sort_index()
        heir = int(went.index.to_numpy()[went.to_numpy().argmax()]) if len(went) else into[gone]
        events.append(Event("merged", gone, heir, int(sizes.get(gone, 0))))
    return merged, events

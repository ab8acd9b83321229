"""Names of a model's segments: by where the customers of a month lie, kept while that allows it.

Belongs here: giving a model its personas. Does not belong here: what a position is called (`personas`), which segments
there are (`fitting`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from arcana_assets.domain.settings.personas import Personas, ShareNames
from arcana_assets.domain.words import read_in
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.clustering.points import NOISE
from arcana_assets.segmentation.models.continuity import Event
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.segmentation.personas.by_shares import name_by_shares
from arcana_assets.segmentation.personas.naming import name_segments
from arcana_assets.segmentation.personas.persona import Persona
from arcana_assets.segmentation.personas.positions import positions


def named(
    model: SegmentationModel,
    customers: pd.DataFrame,
    settings: Personas,
    axis_label: str,
    kept: Sequence[Persona] = (),
) -> tuple[SegmentationModel, tuple[Event, ...]]:
    """The model with a persona for each of its segments, and an event for each segment of `kept` with a new name.

    Takes the customers of the month, a row each, and the personas of the month before. Where a segment is empty names
    stay as they were; one that never had a name is called by its id. Raises UnusableFeatures for a column that the
    names need and the customers lack.
    """
    found = pd.Series(model.assign(customers)["segment_id"].to_numpy(), index=customers.index)
    empty = set(model.segment_ids) - set(found.tolist())
    last = [each for each in kept if each.segment_id in model.segment_ids]
    if empty and len(last) == len(model.segment_ids):
        ungrouped = [Persona(NOISE, settings.ungrouped, None, None, None, True)] if model.has_noise else []
        return replace(model, personas=_rows([*last, *ungrouped])), ()
    columns = list(dict.fromkeys([*model.features, *settings.features, model.axis]))
    table = positions(customers, found, columns)
    personas, renamings = name_segments(table, settings, model.axis, axis_label, kept)
    say = language_of(settings.language).say
    personas += [
        Persona(each, say("segmentation.persona.empty", id=str(each)), None, None, None, False)
        for each in sorted(empty)
    ]
    if model.has_noise and NOISE not in found.tolist():
        personas.append(Persona(NOISE, settings.ungrouped, None, None, None, True))
    sizes = dict(zip(table["segment_id"].tolist(), table["customers"].tolist(), strict=True))
    events = tuple(
        Event("renamed", each.segment_id, None, sizes[each.segment_id], f"{each.before} → {each.after}: {each.why}")
        for each in renamings
    )
    called = replace(model, personas=_rows(personas))
    if not called.has_noise:  # whoever bought too little is among those who are nothing in particular
        called = replace(called, personas=tuple(row for row in called.personas if row["segment_id"] != NOISE))
    return called, events


def named_by_share(model: SegmentationModel, settings: Personas) -> SegmentationModel:
    """The model of the largest lift with the name of each segment's share, and that of the others where none is."""
    with read_in(settings.language):
        names = settings.shares or ShareNames()
    held = model.clusterer.arrays
    shares = {
        int(group): [model.features[int(place)]] for group, place in zip(held["groups"], held["places"], strict=True)
    }
    personas = [
        Persona(id_, name_by_shares(found := shares.get(at, []), names), "&".join(found) or None, None, None, True)
        for at, id_ in enumerate(model.segment_ids)
    ]
    return replace(model, personas=_rows(personas))


def named_by_label(
    model: SegmentationModel, customers: pd.DataFrame, settings: Personas, kept: Sequence[Persona] = ()
) -> tuple[SegmentationModel, tuple[Event, ...]]:
    """The model with its labels as names, and an event for each segment of `kept` that was called otherwise.

    Takes the customers of the month. What to do with a persona is what the domain says of a rule of the same name.
    """
    sizes: Mapping[Any, int] = model.assign(customers)["segment_id"].value_counts().to_dict() if kept else {}
    names = dict(zip(model.segment_ids, model.labels, strict=True))
    personas = [Persona(id_, name, name, None, None, True) for id_, name in names.items()]
    if model.has_noise:
        personas.append(Persona(NOISE, settings.ungrouped, None, None, None, True))
    by_labels = language_of(settings.language).say("segmentation.labels.named")
    events = tuple(
        Event(
            "renamed",
            each.segment_id,
            None,
            sizes.get(each.segment_id, 0),
            f"{each.persona} → {names[each.segment_id]}: {by_labels}",
        )
        for each in kept
        if names.get(each.segment_id, each.persona) != each.persona
    )
    return replace(model, personas=_rows(personas)), events


def same_names(personas: Sequence[Mapping[str, Any]]) -> list[tuple[int, ...]]:
    """The ids of segments that share a name, a tuple a name."""
    by_name = dict[str, list[int]]()
    for row in personas:
        by_name.setdefault(row["persona"], []).append(row["segment_id"])
    return [tuple(ids) for ids in by_name.values() if len(ids) > 1]


def personas_of(model: SegmentationModel) -> tuple[Persona, ...]:
    """The personas of a model, as `name_segments` takes them."""
    return tuple(Persona(**row) for row in model.personas)


def _rows(personas: Sequence[Persona]) -> tuple[dict[str, Any], ...]:
    return tuple(asdict(each) for each in sorted(personas, key=lambda each: each.segment_id))

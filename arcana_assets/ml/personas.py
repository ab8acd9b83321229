"""Personas: where segments lie in the base, and names that business people can tell apart and find again next month.

Belongs here: positions, names unique and kept over months, what to do by persona. Does not belong here: what a
position is called (`persona_rules`, `persona_names`), paragraphs and rules of membership (`explanations`).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.personas import Personas
from arcana_assets.domain.publications import LIFT, MEAN, MEDIAN
from arcana_assets.ml.persona_names import (
    PERCENTILE,
    Choice,
    Persona,
    Renaming,
    UnusableSegments,
    by_order,
    by_shares,
)
from arcana_assets.ml.persona_rules import by_rules
from arcana_assets.ml.pictures.drawing import UNGROUPED
from arcana_assets.ml.preprocessing import feature_matrix

__all__ = [
    "UNGROUPED_NAME",
    "Persona",
    "Renaming",
    "UnusableSegments",
    "actions_of",
    "base_means",
    "name_segments",
    "positions",
]

UNGROUPED_NAME = "Sem Grupo"


def positions(frame: pd.DataFrame, segments: pd.Series, features: Sequence[str]) -> pd.DataFrame:
    """Where each segment lies in the base; a row a segment, ordered by segment_id.

    Takes one row a customer and the segment_id of each, in the same index. Returns segment_id, customers, share, and
    for each feature mean_<f>, median_<f>, lift_<f> (mean of the segment over mean of the base, missing where the base
    mean is not positive) and percentile_<f>: the mean mid-rank percentile, 0 to 1, of its customers' known values among
    all known values of the base. Missing and infinite values are left out. Row order is of no account.

    Raises UnusableSegments where the indexes differ or a segment is missing, UnusableFeatures for a missing or
    non-numeric column.
    """
    if not frame.index.equals(segments.index):
        raise UnusableSegments(
            f"{len(frame)} customers and {len(segments)} segments are not the same rows; give both one index"
        )
    if segments.isna().any():
        raise UnusableSegments(
            f"{int(segments.isna().sum())} customers have no segment; give them the id {UNGROUPED}, which is nobody's"
        )
    values = feature_matrix(frame, features) if features else np.empty((len(frame), 0))
    ranks = np.column_stack([_percentiles(column) for column in values.T]) if features else values
    ids = segments.to_numpy(dtype="int64")
    base = [_mean(column) for column in values.T]
    rows = []
    for segment in np.unique(ids):
        inside = ids == segment
        row: dict[str, float] = {
            "segment_id": int(segment),
            "customers": int(inside.sum()),
            "share": float(inside.mean()),
        }
        for at, name in enumerate(features):
            column = values[inside, at]
            mean = _mean(column)
            row[MEAN + name] = mean
            row[MEDIAN + name] = float(np.median(column[~np.isnan(column)])) if not np.isnan(mean) else math.nan
            row[LIFT + name] = mean / base[at] if base[at] > 0 else math.nan
            row[PERCENTILE + name] = _mean(ranks[inside, at])
        rows.append(row)
    kinds = (MEAN, MEDIAN, LIFT, PERCENTILE)
    named = ["segment_id", "customers", "share", *(kind + name for name in features for kind in kinds)]
    return pd.DataFrame(rows, columns=pd.Index(named))


def base_means(frame: pd.DataFrame, features: Sequence[str]) -> dict[str, float]:
    """The mean of each feature over all customers with a known value; NaN where nobody has one."""
    if not features:
        return {}
    return {name: _mean(column) for name, column in zip(features, feature_matrix(frame, features).T, strict=True)}


def name_segments(
    positions: pd.DataFrame, settings: Personas, axis: str, axis_label: str, kept: Sequence[Persona] = ()
) -> tuple[list[Persona], list[Renaming]]:
    """The persona of each segment, ordered by segment_id, and the segments that are called otherwise than before.

    Takes what `positions` made, the feature that orders segments and its name in personas ("Receita"), and all personas
    of the month before. By rules, by shares, or, without both, by order on the axis. A kept segment keeps its whole
    name while its position allows it; the others take the number of their natural place, else the next free one, and a
    name given before is told apart by a figure. No two segments have one name or number. Segment 0, of customers in no
    group, is always `Sem Grupo`.

    Raises UnusableSegments where a segment stands twice, or for a column that naming needs and positions lack.
    """
    _require(positions, settings, axis)
    rows: list[dict[str, Any]] = [
        {str(key): value for key, value in row.items()} for row in positions.to_dict("records")
    ]
    grouped = [row for row in rows if row["segment_id"] != UNGROUPED]
    before = {persona.segment_id: persona for persona in kept if persona.segment_id != UNGROUPED}
    if settings.rules:
        choices = by_rules(grouped, settings, axis, before)
    elif settings.shares is not None:
        choices = by_shares(grouped, settings.shares, axis, before)
    else:
        choices = by_order(grouped, axis, axis_label, settings.slack, before)
    personas, reasons = _told_apart(choices, before, settings.with_numbers)
    renamed = [
        Renaming(each.segment_id, before[each.segment_id].persona, each.persona, reasons[each.segment_id])
        for each in sorted(personas, key=lambda each: each.segment_id)
        if each.segment_id in before and before[each.segment_id].persona != each.persona
    ]
    if len(grouped) < len(rows):
        personas.append(Persona(UNGROUPED, UNGROUPED_NAME, None, None, None, True))
    return sorted(personas, key=lambda each: each.segment_id), renamed


def actions_of(persona: Persona, settings: Personas) -> list[str]:
    """What to do with the customers of a persona: what its rule says, else the settings under its name.

    Names are looked up whole, then without number, then without the figure of a repeated name.
    """
    rule = settings.rule(persona.rule)
    if rule is not None and rule.actions:
        return list(rule.actions)
    once = persona.name.rstrip("0123456789").rstrip() or persona.name
    for listed in (settings.shares.actions if settings.shares else {}, settings.actions):
        for name in (persona.persona, persona.name, once):
            if name in listed:
                return list(listed[name])
    return []


def _require(positions: pd.DataFrame, settings: Personas, axis: str) -> None:
    wanted = ["segment_id", MEAN + axis, PERCENTILE + axis]
    wanted += [kind + name for name in settings.features for kind in (MEAN, LIFT, PERCENTILE)]
    for name in wanted:
        if name not in positions.columns:
            raise UnusableSegments(
                f"positions have no column '{name}'{nearest(name, positions.columns)}. "
                "Naming needs the axis and every feature that a rule looks at; make the positions with them."
            )
    if positions["segment_id"].duplicated().any():
        twice = positions.loc[positions["segment_id"].duplicated(), "segment_id"].iloc[0]
        raise UnusableSegments(f"segment {twice} stands twice in the positions; give one row a segment")


def _told_apart(
    choices: Sequence[Choice], before: Mapping[int, Persona], numbered: bool
) -> tuple[list[Persona], dict[int, str]]:
    """Personas with names and numbers of their own, and why each is not called as before."""
    names, numbers = {UNGROUPED_NAME.casefold()}, set[int]()
    personas, reasons, others = [], {}, []
    ordered = sorted(choices, key=lambda choice: choice.order)
    for choice in sorted(choices, key=lambda choice: choice.segment_id):
        old = before.get(choice.segment_id)
        why = choice.why or "A configuração dos nomes mudou."
        if old is not None and choice.keeps and (old.number is not None) == numbered:
            if old.name.casefold() not in names and old.number not in numbers:
                names.add(old.name.casefold())
                numbers |= {old.number} if old.number is not None else set()
                text, id_ = old.persona, choice.segment_id
                personas.append(Persona(id_, text, choice.rule, choice.level, old.number, choice.confident))
                continue
            why = "Outro segmento já tem esse nome ou esse número."
        reasons[choice.segment_id] = why
        others.append(choice)
    for place, choice in enumerate(ordered, start=1):
        if choice not in others:
            continue
        number = None
        if numbered:
            number = next(each for each in range(place, place + len(numbers) + 1) if each not in numbers)
            numbers.add(number)
        time = next(each for each in range(1, len(names) + 2) if choice.name(each).casefold() not in names)
        names.add(choice.name(time).casefold())
        text = choice.name(time) if number is None else f"{number:02d}-{choice.name(time)}"
        personas.append(Persona(choice.segment_id, text, choice.rule, choice.level, number, choice.confident))
    return personas, reasons


def _percentiles(values: np.ndarray) -> np.ndarray:
    """The mid-rank of each known value among all known ones, 0 to 1; NaN stays."""
    known = ~np.isnan(values)
    ordered = np.sort(values[known])
    below, upto = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return np.where(known, (below + upto) / (2 * max(len(ordered), 1)), np.nan)


def _mean(values: np.ndarray) -> float:
    # Sorted first, so that the rounding of the sum does not depend on row order.
    known = np.sort(values[~np.isnan(values)])
    return float(known.mean()) if len(known) else math.nan

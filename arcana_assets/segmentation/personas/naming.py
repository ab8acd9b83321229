"""Naming: names that business people can tell apart and find again next month.

Belongs here: the personas of all segments of a month, what to do by persona. Does not belong here: where segments lie
(`positions`), what a position is called (`by_rules`, `by_shares`).
"""

from collections.abc import Sequence

import pandas as pd

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.features import LIFT, MEAN, PERCENTILE
from arcana_assets.domain.settings.personas import Personas, numbers_given
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.clustering.points import NOISE
from arcana_assets.segmentation.personas.by_rules import by_rules
from arcana_assets.segmentation.personas.by_shares import by_shares
from arcana_assets.segmentation.personas.persona import Persona, Renaming, UnusableSegments


def name_segments(
    positions: pd.DataFrame, settings: Personas, axis: str, axis_label: str, kept: Sequence[Persona] = ()
) -> tuple[list[Persona], list[Renaming]]:
    """The persona of each segment, ordered by segment_id, and the segments that are called otherwise than before.

    Takes what `positions` made, the feature that orders segments and its name in personas ("Receita"), and the personas
    of the month before whose names may be kept. By rules, by shares, or, without both, by level on the axis. The number
    of a name is its place among `names_given`, whatever segments a month has. Each segment is named by where it lies,
    whatever the others are called: two may share a name, and are then one kind to who reads it. Segment 0, of customers
    in no group, is always `Personas.ungrouped`.

    Raises UnusableSegments where a segment stands twice, or for a column that naming needs and positions lack.
    """
    settings = settings.on_axis(axis_label)
    _require(positions, settings, axis)
    numbers, language = numbers_given(settings), language_of(settings.language)
    changed = language.say("segmentation.persona.changed")
    before = {persona.segment_id: persona for persona in kept if persona.segment_id != NOISE}
    personas, renamed = [], []
    for record in positions.sort_values("segment_id").to_dict("records"):
        row = {str(name): value for name, value in record.items()}
        id_ = int(row["segment_id"])
        if id_ == NOISE:
            personas.append(Persona(NOISE, settings.ungrouped, None, None, None, True))
            continue
        old = before.get(id_)
        found = (
            by_shares(row, settings.shares, old, language) if settings.shares else by_rules(row, settings, axis, old)
        )
        number = numbers.get(found.name)
        text = found.name if number is None else f"{number:02d}-{found.name}"
        personas.append(Persona(id_, text, found.rule, found.level, number, found.confident))
        if old is not None and old.persona != text:
            renamed.append(Renaming(id_, old.persona, text, found.why or changed))
    return personas, renamed


def actions_of(persona: Persona, settings: Personas) -> list[str]:
    """What to do with the customers of a persona: what its rule says, else the settings, by its name or the whole."""
    rule = next((each for each in settings.rules if each.name == persona.rule), None)
    if rule is not None and rule.actions:
        return list(rule.actions)
    for listed in (settings.shares.actions if settings.shares else {}, settings.actions):
        for name in (persona.persona, persona.name):
            if name in listed:
                return list(listed[name])
    return []


def _require(positions: pd.DataFrame, settings: Personas, axis: str) -> None:
    looked_at = dict.fromkeys([*settings.features, axis] if settings.rules else [])
    wanted = ["segment_id", *(kind + name for name in looked_at for kind in (MEAN, LIFT, PERCENTILE))]
    for name in wanted:
        if name not in positions.columns:
            raise UnusableSegments(
                f"positions have no column '{name}'{nearest(name, positions.columns)}. "
                "Naming needs the axis and every feature that a rule looks at; make the positions with them."
            )
    if positions["segment_id"].duplicated().any():
        twice = positions.loc[positions["segment_id"].duplicated(), "segment_id"].iloc[0]
        raise UnusableSegments(f"segment {twice} stands twice in the positions; give one row a segment")

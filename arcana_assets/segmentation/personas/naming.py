"""Naming: names that business people can tell apart and find again next month.

Belongs here: names and numbers unique and kept over months, what to do by persona. Does not belong here: where segments
lie (`positions`), what a position is called (`by_rules`, `by_shares`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.features import LIFT, MEAN, PERCENTILE
from arcana_assets.domain.settings.personas import UNGROUPED_NAME, Personas
from arcana_assets.segmentation.clustering.points import NOISE
from arcana_assets.segmentation.personas.by_rules import by_rules
from arcana_assets.segmentation.personas.by_shares import by_shares
from arcana_assets.segmentation.personas.persona import Choice, Persona, Renaming, UnusableSegments


def name_segments(
    positions: pd.DataFrame, settings: Personas, axis: str, axis_label: str, kept: Sequence[Persona] = ()
) -> tuple[list[Persona], list[Renaming]]:
    """The persona of each segment, ordered by segment_id, and the segments that are called otherwise than before.

    Takes what `positions` made, the feature that orders segments and its name in personas ("Receita"), and all personas
    of the month before. By rules, by shares, or, without both, by level on the axis. A kept segment keeps its whole
    name while its position allows it; the others take the number of their natural place, else the next free one, and a
    name given before is told apart by a figure. No two segments have one name or number. Segment 0, of customers in no
    group, is always `Sem Grupo`.

    Raises UnusableSegments where a segment stands twice, or for a column that naming needs and positions lack.
    """
    _require(positions, settings, axis)
    rows: list[dict[str, Any]] = [
        {str(key): value for key, value in row.items()} for row in positions.to_dict("records")
    ]
    grouped = [row for row in rows if row["segment_id"] != NOISE]
    before = {persona.segment_id: persona for persona in kept if persona.segment_id != NOISE}
    if settings.shares is not None:
        choices = by_shares(grouped, settings.shares, axis, before)
    else:
        choices = by_rules(grouped, settings.on_axis(axis, axis_label), axis, before)
    personas, reasons = _told_apart(choices, before, settings.with_numbers)
    renamed = [
        Renaming(each.segment_id, before[each.segment_id].persona, each.persona, reasons[each.segment_id])
        for each in sorted(personas, key=lambda each: each.segment_id)
        if each.segment_id in before and before[each.segment_id].persona != each.persona
    ]
    if len(grouped) < len(rows):
        personas.append(Persona(NOISE, UNGROUPED_NAME, None, None, None, True))
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

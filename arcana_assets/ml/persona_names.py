"""Names of segments from their positions, by the categories that stand out or by order on the axis.

Belongs here: what a persona is, the two ways that need no rules. Does not belong here: rules (`persona_rules`), names
that no two segments share (`personas`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.feature_names import SHARE, SHARES_ABSENT
from arcana_assets.domain.personas import ShareNames
from arcana_assets.domain.publications import LIFT, MEAN, label_of
from arcana_assets.ml.notation import number, percent

Row = Mapping[str, Any]  # one of `personas.positions`
PERCENTILE = "percentile_"
LIFT_SLACK = 0.1  # of a lift's or a share's limit: nearer to it than that is thin evidence
SHARE_STAYS = 0.8  # of the limits: a category may fall to that before the segment is renamed
JOINT = "&"  # between the columns that give a name
_LEVELS = {
    2: ("Alta", "Baixa"),
    3: ("Alta", "Média", "Baixa"),
    4: ("Alta", "Média Alta", "Média Baixa", "Baixa"),
    5: ("Alta", "Média Alta", "Média", "Média Baixa", "Baixa"),
    6: ("Muito Alta", "Alta", "Média Alta", "Média Baixa", "Baixa", "Muito Baixa"),
    7: ("Muito Alta", "Alta", "Média Alta", "Média", "Média Baixa", "Baixa", "Muito Baixa"),
}


class UnusableSegments(ArcanaError):
    """Raised when segments, customers and what is asked of them do not go together."""


@dataclass(frozen=True)
class Persona:
    """The name of a segment, and where it comes from.

    `persona` is the whole name, number included. `rule` is the rule that gave it, or, of names by shares, the columns
    that did, joined with `&`. `confident` is False where the name rests on thin evidence.
    """

    segment_id: int
    persona: str
    rule: str | None
    level: str | None
    number: int | None
    confident: bool

    @property
    def name(self) -> str:
        """The name without its number."""
        return self.persona if self.number is None else self.persona.removeprefix(f"{self.number:02d}-")


@dataclass(frozen=True)
class Renaming:
    """A segment that is called otherwise than the month before; `why` is a sentence in Portuguese."""

    segment_id: int
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Choice:
    """The name that fits a segment, before it is told apart from others.

    `order` is the natural place among all segments; `keeps` says that last month's name still fits, `why` why it does
    not.
    """

    segment_id: int
    text: str
    order: tuple[float, ...]
    rule: str | None
    level: str | None
    confident: bool
    keeps: bool = False
    why: str = ""

    def name(self, time: int = 1) -> str:
        """The name where it is given for the so many-th time."""
        return self.text + (f" {time}" if time > 1 else "")


def by_shares(rows: Sequence[Row], names: ShareNames, axis: str, kept: Mapping[int, Persona]) -> list[Choice]:
    """A choice for each segment by the one or two categories whose share and lift reach the limits.

    A name is kept while its categories reach 80 % of the limits and no other, which is as much above them, would do
    better. Where nothing stands out the name is never confident.
    """
    columns = sorted(key.removeprefix(MEAN) for key in (rows[0] if rows else ()) if key.startswith(MEAN + SHARE))
    columns = [name for name in columns if name != SHARES_ABSENT and name.removeprefix(SHARE) not in names.leave_out]
    choices = []
    for row in rows:
        found, before = _standing_out(row, columns, names), kept.get(row["segment_id"])
        why = _shares_left(row, before, columns, names) if before else ""
        keeps = before is not None and not why
        if before and keeps:
            found = before.rule.split(JOINT) if before.rule else []
        near = (_standing_out(row, columns, names, 1 - LIFT_SLACK), _standing_out(row, columns, names, 1 + LIFT_SLACK))
        sure = bool(found) and near == (found, found)
        order = (-known(row[MEAN + axis], -math.inf), row["segment_id"])
        rule = JOINT.join(found) or None
        choices.append(Choice(row["segment_id"], _shares_text(found, names), order, rule, None, sure, keeps, why))
    return choices


def by_order(rows: Sequence[Row], axis: str, label: str, slack: float, kept: Mapping[int, Persona]) -> list[Choice]:
    """A choice for each segment by its place on the axis, the highest mean first.

    Two segments keep the order of last month until their mean percentiles are further apart than `slack`. `kept` are
    all personas of that month. A name is confident whose neighbours are further away than that.
    """
    last = {text: place for place, text in enumerate(names_by_order(len(kept), label))}
    rank = {each: last[persona.name] for each, persona in kept.items() if persona.name in last}
    order = sorted(rows, key=lambda row: (-known(row[MEAN + axis], -math.inf), row["segment_id"]))
    at = {row["segment_id"]: known(row[PERCENTILE + axis], 0.0) for row in rows}
    ids = settled([row["segment_id"] for row in order], rank, at, slack)
    choices, means = [], {row["segment_id"]: row[MEAN + axis] for row in rows}
    for place, (each, text) in enumerate(zip(ids, names_by_order(len(ids), label), strict=True)):
        beside = ids[max(place - 1, 0) : place] + ids[place + 1 : place + 2]
        sure = len(ids) == 1 or all(abs(at[each] - at[other]) > slack + 1e-9 for other in beside)
        sure = sure and (len(ids) == 1 or not math.isnan(means[each]))
        why = ""
        if len(kept) != len(ids):
            why = f"Os segmentos passaram de {len(kept)} para {len(ids)}, e com isso a escala dos nomes mudou."
        elif each in rank and rank[each] != place:
            why = (
                f"Passou do {rank[each] + 1}º para o {place + 1}º lugar em {label_of(axis)}: média "
                f"{number(means[each])}, percentil médio {percent(at[each], 0)}."
            )
        choices.append(Choice(each, text, (place,), None, None, sure, why=why))
    return choices


def settled(ids: Sequence[int], rank: Mapping[int, int], at: Mapping[int, float], slack: float) -> list[int]:
    """The ids in their order, but for neighbours that had the other one last month and are at most `slack` apart."""
    ids = list(ids)
    while True:
        swapped = next(
            (
                place
                for place, (one, other) in enumerate(pairwise(ids))
                if one in rank and other in rank and rank[one] > rank[other]
                if abs(at[one] - at[other]) <= slack + 1e-9
            ),
            None,
        )
        if swapped is None:
            return ids
        ids[swapped : swapped + 2] = reversed(ids[swapped : swapped + 2])


def names_by_order(k: int, label: str) -> list[str]:
    """The names of k segments from the highest on the axis to the lowest, without numbers, all different."""
    if k <= 1:
        return ["Base Única"] * k
    if k in _LEVELS:
        return [f"{level} {label}" for level in _LEVELS[k]]
    return [f"{label} Nível {place} de {k}" for place in range(1, k + 1)]


def known(value: float, otherwise: float) -> float:
    """The value, or what stands for it where it is missing."""
    return otherwise if math.isnan(value) else float(value)


def times(lift: float) -> str:
    """A lift in words: `0,5 vez`, `3 vezes`."""
    text = number(lift)
    return f"{text} {'vezes' if abs(lift) >= 2 else 'vez'}"


def _standing_out(row: Row, columns: Sequence[str], names: ShareNames, factor: float = 1.0) -> list[str]:
    """The strongest one or two of the columns that reach the limits times `factor`, in the order of a name."""
    reached = [name for name in columns if _reaches(row, name, names, factor)]
    strongest = sorted(reached, key=lambda name: (-row[MEAN + name], name))[:2]
    listed = list(names.labels)

    def place(name: str) -> tuple[int, str]:
        end = name.removeprefix(SHARE)
        return (listed.index(end) if end in listed else len(listed), name)

    return sorted(strongest, key=place)


def _reaches(row: Row, column: str, names: ShareNames, factor: float) -> bool:
    share, lift = row[MEAN + column], row[LIFT + column]
    # A share cannot pass 1, however strict the limit.
    return bool(share >= min(names.at_least * factor, 1) - 1e-9 and lift >= names.lift_at_least * factor - 1e-9)


def _shares_left(row: Row, before: Persona, columns: Sequence[str], names: ShareNames) -> str:
    """Why the segment is no longer called as before; empty where it still is."""
    named = before.rule.split(JOINT) if before.rule else []
    gone = [name for name in named if name not in columns]
    if gone:
        return f"A categoria '{_category(gone[0], names)}' não dá mais nome a segmentos."
    if not before.name.startswith(_shares_text(named, names)):
        return "A configuração dos nomes mudou."
    for name in named:
        if not _reaches(row, name, names, SHARE_STAYS):
            return f"{_measured(row, name, names)}; o nome pede ao menos {_limits(names)}."
    if not named or not all(_reaches(row, name, names, 1) for name in named):
        for name in columns:
            if name not in named and _reaches(row, name, names, 1 / SHARE_STAYS):
                return f"{_measured(row, name, names)}, bem acima do que dá nome a um segmento: {_limits(names)}."
    return ""


def _measured(row: Row, column: str, names: ShareNames) -> str:
    share, lift = row[MEAN + column], row[LIFT + column]
    compared = f", {times(lift)} a média da base" if math.isfinite(lift) else ""
    return f"{_category(column, names)} é {percent(share)} do gasto{compared}"


def _limits(names: ShareNames) -> str:
    return f"{percent(names.at_least, 0)} e {times(names.lift_at_least)} a média"


def _shares_text(columns: Sequence[str], names: ShareNames) -> str:
    if not columns:
        return names.none
    text = names.one if len(columns) == 1 else names.two
    for place, column in enumerate(columns):
        text = text.replace(f"{{{place}}}", _category(column, names))
    return text


def _category(column: str, names: ShareNames) -> str:
    """What a category is called in a name: its label, else the end of its column, `Casa_Jardim`."""
    end = column.removeprefix(SHARE)
    return names.labels.get(end) or "_".join(word.capitalize() for word in end.split("_"))

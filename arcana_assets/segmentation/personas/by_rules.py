"""Names of segments by rules: the first one that fits, and a level that tells segments of one rule apart.

Belongs here: which rule and level a position asks for, and whether last month's still fits. Does not belong here: what
rules can say (`domain.settings.personas`), numbers and repeated names (`naming`).
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from arcana_assets.domain.facets.features import LIFT, MEAN, PERCENTILE
from arcana_assets.domain.settings.personas import LEVEL, PersonaRule, Personas, Position
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.notation import percent
from arcana_assets.segmentation.personas.persona import (
    LIFT_SLACK,
    Choice,
    Persona,
    Row,
    known,
    times,
)


@dataclass(frozen=True)
class _Member:
    """A segment and its rule: `held` is last month's persona where its rule still fits, else `why` says why not."""

    row: Row
    rule: PersonaRule
    confident: bool
    held: Persona | None
    why: str


def by_rules(rows: Sequence[Row], settings: Personas, axis: str, kept: Mapping[int, Persona]) -> list[Choice]:
    """A choice for each segment: the first rule whose conditions all hold, else the one without conditions.

    A rule is kept while it holds with its limits loosened by `slack` (of a lift: by 10 %) and none before it holds with
    limits as much tightened; a level as `_levelled` says. A name is confident that a change of that size leaves as it
    is, and with it a level in whose band the segment lies. A condition on what is not known does not hold.
    """
    members = [_member(row, settings, kept.get(row["segment_id"])) for row in rows]
    choices = []
    for place, rule in enumerate(settings.rules):
        mine = [member for member in members if member.rule is rule]
        if rule.level_of is not None:
            choices += _levelled(place, rule, rule.level_of, mine, settings)
            continue
        for member in mine:
            order = (place, 0, -known(member.row[MEAN + axis], -math.inf), member.row["segment_id"])
            keeps = member.held is not None
            found = (member.row["segment_id"], rule.name, order, rule.name, None, member.confident)
            choices.append(Choice(*found, keeps, member.why))
    return choices


def levels_of(values: Sequence[float], limits: Sequence[float], fixed: Mapping[int, int] | None = None) -> list[int]:
    """The level, from 0, of each of some percentiles in their order; `limits` are where each level from 1 up begins.

    Levels never fall. As few as can be are given twice, then percentiles lie outside the bands of their levels by the
    least squared distance, then nearest to the middle of the bands, then low; exact, by dynamic programming. `fixed`
    are places whose level stands already, themselves not falling.
    """
    fixed, edges = fixed or {}, [0.0, *limits, 1.0]

    @cache
    def best(place: int, last: int) -> tuple[float, float, float, tuple[int, ...]]:
        if place == len(values):
            return 0.0, 0.0, 0.0, ()
        value, found = values[place], [(math.inf, math.inf, math.inf, tuple[int, ...]())]
        for level in range(max(last, 0), len(edges) - 1):
            if fixed.get(place, level) == level:
                low, high = edges[level], edges[level + 1]
                twice, outside, aside, after = best(place + 1, level)
                # Rounded, so that what is equal by arithmetic is equal.
                outside = round(outside + max(low - value, value - high, 0) ** 2, 12)
                aside = round(aside + (value - (low + high) / 2) ** 2, 12)
                found.append((twice + (level == last), outside, aside, (level, *after)))
        return min(found)

    return list(best(0, -1)[3])


def _member(row: Row, settings: Personas, before: Persona | None) -> _Member:
    natural, why, held = _fitting(row, settings, 0), "", None
    rule = natural
    if before is not None:
        last = settings.rule(before.rule)
        why = f"A regra '{before.rule}' não existe mais." if last is None and before.rule else ""
        if last is not None and not (why := _left(row, settings, last)):
            rule, held = last, before
    sure = all(_fitting(row, settings, loosened) is rule for loosened in (-1, 0, 1))
    return _Member(row, rule, sure, held, why)


def _fitting(row: Row, settings: Personas, loosened: int) -> PersonaRule:
    rest = next(rule for rule in settings.rules if not rule.when)
    return next((rule for rule in settings.rules if rule.when and _fits(row, rule, settings.slack, loosened)), rest)


def _fits(row: Row, rule: PersonaRule, slack: float, loosened: int) -> bool:
    return all(
        _holds(row[kind + feature], least, limit, kind, slack * loosened)
        for feature, position in rule.when.items()
        for kind, least, limit in _limits(position)
    )


def _limits(position: Position) -> Iterator[tuple[str, bool, float]]:
    """(beginning of the column, whether the limit is the least, limit)."""
    for kind, name in ((PERCENTILE, "percentile"), (LIFT, "lift")):
        for least, end in ((True, "at_least"), (False, "at_most")):
            limit = getattr(position, f"{name}_{end}")
            if limit is not None:
                yield kind, least, limit


def _holds(value: float, least: bool, limit: float, kind: str, slack: float) -> bool:
    margin = slack if kind == PERCENTILE else math.copysign(LIFT_SLACK * abs(limit), slack) if slack else 0.0
    return bool(value >= limit - margin - 1e-9 if least else value <= limit + margin + 1e-9)


def _left(row: Row, settings: Personas, rule: PersonaRule) -> str:
    """Why the rule of last month no longer names the segment; empty where it does."""
    for feature, position in rule.when.items():
        for kind, least, limit in _limits(position):
            if not _holds(row[kind + feature], least, limit, kind, settings.slack):
                return f"{_measured(row, feature, kind)}; o nome pede {_asked(kind, least, limit)}."
    before = settings.rules[: settings.rules.index(rule)] if rule.when else settings.rules
    for other in before:
        if other.when and _fits(row, other, settings.slack, -1):
            found = [
                f"{_measured(row, feature, kind)} (pede {_asked(kind, least, limit)})"
                for feature, position in other.when.items()
                for kind, least, limit in _limits(position)
            ]
            return f"Passou a caber em '{_bare(other)}': {'; '.join(found)}."
    return ""


def _measured(row: Row, feature: str, kind: str) -> str:
    value = row[kind + feature]
    if math.isnan(value):
        return f"{label_of(feature)}: sem dado"
    told = f"percentil médio {percent(value, 0)}" if kind == PERCENTILE else f"{times(value)} a média da base"
    return f"{label_of(feature)}: {told}"


def _asked(kind: str, least: bool, limit: float) -> str:
    return f"{'ao menos' if least else 'no máximo'} {percent(limit, 0) if kind == PERCENTILE else times(limit)}"


def _bare(rule: PersonaRule) -> str:
    return " ".join(rule.name.replace(LEVEL, "").split())


def _levelled(
    place: int, rule: PersonaRule, feature: str, members: Sequence[_Member], settings: Personas
) -> list[Choice]:
    """Choices with a level. One of last month is kept that would not change, or that the segment has not left for good:
    within its band, widened by `slack`, and in order with the others; neighbours may be out of order by `slack`. Where
    the rule names all segments, none is kept that gives a level twice which all of them could do without."""
    levels, limits, slack = settings.levels, settings.limits, settings.slack
    by_id = {member.row["segment_id"]: member for member in members}
    at = {id_: known(member.row[PERCENTILE + feature], 0.0) for id_, member in by_id.items()}
    rising = sorted(by_id, key=lambda id_: (at[id_], known(by_id[id_].row[MEAN + feature], -math.inf), id_))
    last = {id_: each.held.level for id_, each in by_id.items() if each.held is not None}
    held = {id_: levels.index(level) for id_, level in last.items() if level in levels}
    whys = {id_: "A configuração dos níveis mudou." for id_ in last if id_ not in held}
    while True:
        ids = _settled(rising, held, at, slack)
        natural = dict(zip(ids, levels_of([at[id_] for id_ in ids], limits), strict=True))
        lost = {
            id_: why
            for id_ in held
            if natural[id_] != held[id_] and (why := _level_left(id_, ids, at, held, feature, settings))
        }
        if not lost and len(settings.rules) == 1:
            lost = _crowding(ids, held, at, limits, natural)
        if not lost:
            break
        whys |= lost
        held = {id_: level for id_, level in held.items() if id_ not in lost}
    fixed = {ids.index(id_): level for id_, level in held.items()}
    final = levels_of([at[id_] for id_ in ids], limits, fixed)
    before, after = rule.name.split(LEVEL)
    choices = []
    for order, (id_, level) in enumerate(zip(ids, final, strict=True)):
        member, text = by_id[id_], levels[level]
        sure = (
            member.confident
            and level == bisect_right(limits, at[id_])
            and not math.isnan(member.row[PERCENTILE + feature])
        )
        found = (id_, before + text + after, (place, order), rule.name, text, sure)
        choices.append(Choice(*found, last.get(id_) == text, member.why or whys.get(id_, "")))
    return choices


def _crowding(
    ids: Sequence[int],
    held: Mapping[int, int],
    at: Mapping[int, float],
    limits: Sequence[float],
    natural: Mapping[int, int],
) -> dict[int, str]:
    """Those of a level that is given twice only because they keep it, where nobody keeping any would give fewer."""
    final = levels_of([at[id_] for id_ in ids], limits, {ids.index(id_): level for id_, level in held.items()})
    if len(set(final)) >= len(set(natural.values())):
        return {}
    twice = {level for level in final if final.count(level) > 1}
    words = "O nível daria o mesmo nome a dois segmentos, e há níveis para todos."
    return {id_: words for id_, level in held.items() if level in twice and natural[id_] != level}


def _settled(ids: Sequence[int], rank: Mapping[int, int], at: Mapping[int, float], slack: float) -> list[int]:
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


def _level_left(
    id_: int, ids: Sequence[int], at: Mapping[int, float], held: Mapping[int, int], feature: str, settings: Personas
) -> str:
    """Why a segment does not keep its level; empty where it does. `ids` are in order of the feature."""
    levels, slack, label = settings.levels, settings.slack, label_of(feature)
    level, told = held[id_], percent(at[id_], 0)
    for other in ids:
        above = ids.index(id_) > ids.index(other)
        if other in held and (level < held[other] if above else level > held[other]):
            return (
                f"{label}: percentil médio {told}, agora {'acima' if above else 'abaixo'} do segmento de nível "
                f"{levels[held[other]]} ({percent(at[other], 0)})."
            )
    low, high = [0.0, *settings.limits, 1.0][level : level + 2]
    if low - slack - 1e-9 <= at[id_] <= high + slack + 1e-9:
        return ""
    band = f"{percent(low, 0)} a {percent(high, 0)}"
    return f"{label}: percentil médio {told}, fora da faixa de {levels[level]} ({band})."

"""Names of segments by shares: the one or two categories in which a segment stands out from the base.

Belongs here: which categories stand out, and whether last month's still do. Does not belong here: what the settings can
say (`domain.settings.personas`).
"""

import math
from collections.abc import Sequence

from arcana_assets.domain.facets.features import LIFT, MEAN, SHARES_ABSENT
from arcana_assets.domain.settings.personas import ShareNames
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.personas.persona import THIN, Choice, Persona, Row, times

_STAYS = 0.8  # of the limits: a category may fall to that before the segment is renamed
_JOINT = "&"  # between the columns that give a name


def by_shares(row: Row, names: ShareNames, before: Persona | None, language: Language = DEFAULT) -> Choice:
    """The name of a segment by the one or two categories whose share and lift reach the limits.

    Last month's is kept while its categories reach 80 % of the limits and no other, which is as much above them, would
    do better. Where nothing stands out the name is never confident.
    """
    columns = naming([key.removeprefix(MEAN) for key in row if key.startswith(MEAN + names.of[:-1])], names)
    found = _standing_out(row, columns, names)
    why = "" if before is None else _left(row, before, columns, names, language)
    if before is not None and not why:
        found = before.rule.split(_JOINT) if before.rule else []
    near = (_standing_out(row, columns, names, 1 - THIN), _standing_out(row, columns, names, 1 + THIN))
    sure = bool(found) and near == (found, found)
    return Choice(name_by_shares(found, names), _JOINT.join(found) or None, None, sure, why)


def naming(columns: Sequence[str], names: ShareNames) -> list[str]:
    """The columns, in order, that may give a name: not left out, no bare number at its end, and each name once."""
    found = dict[str, str]()
    for column in sorted(columns):
        end = _end(column, names)
        if column != SHARES_ABSENT and end not in names.leave_out and (end in names.labels or not end[-1:].isdigit()):
            found.setdefault(_category(column, names), column)
    return list(found.values())


def _standing_out(row: Row, columns: Sequence[str], names: ShareNames, factor: float = 1.0) -> list[str]:
    """The strongest one or two of the columns that reach the limits times `factor`, in the order of a name."""
    reached = [name for name in columns if _reaches(row, name, names, factor)]
    strongest = sorted(reached, key=lambda name: (-row[MEAN + name], name))[:2]
    listed = {end: place for place, end in enumerate(names.labels)}
    return sorted(strongest, key=lambda name: (listed.get(_end(name, names), len(listed)), name))


def _reaches(row: Row, column: str, names: ShareNames, factor: float) -> bool:
    share, lift = row[MEAN + column], row[LIFT + column]
    # A share cannot pass 1, however strict the limit.
    return bool(share >= min(names.at_least * factor, 1) - 1e-9 and lift >= names.lift_at_least * factor - 1e-9)


def _left(row: Row, before: Persona, columns: Sequence[str], names: ShareNames, language: Language) -> str:
    """Why the segment is no longer called as before; empty where it still is."""
    say, named = language.say, before.rule.split(_JOINT) if before.rule else []
    gone = [name for name in named if name not in columns]
    if gone:
        return say("segmentation.persona.no_category", name=_category(gone[0], names))
    if before.persona != name_by_shares(named, names):
        return say("segmentation.persona.changed")
    limits = _limits(names, language)
    for name in named:
        if not _reaches(row, name, names, _STAYS):
            measured = _measured(row, name, names, language)
            return say("segmentation.persona.falls_short", measured=measured, limits=limits)
    if not named or not all(_reaches(row, name, names, 1) for name in named):
        for name in columns:
            if name not in named and _reaches(row, name, names, 1 / _STAYS):
                measured = _measured(row, name, names, language)
                return say("segmentation.persona.stands_out", measured=measured, limits=limits)
    return ""


def name_by_shares(columns: Sequence[str], names: ShareNames) -> str:
    """The name by the columns that give it, one or two in their order, or none."""
    text = (names.none, names.one, names.two)[len(columns)]
    for place, column in enumerate(columns):
        text = text.replace(f"{{{place}}}", _category(column, names))
    return text


def _measured(row: Row, column: str, names: ShareNames, language: Language) -> str:
    name, share, lift = _category(column, names), language.percent(row[MEAN + column]), row[LIFT + column]
    if not math.isfinite(lift):
        return f"{name}: {share}"
    return language.say("segmentation.persona.share_times", name=name, share=share, times=times(lift, language))


def _limits(names: ShareNames, language: Language) -> str:
    share, lift = language.percent(names.at_least, 0), times(names.lift_at_least, language)
    return language.say("segmentation.persona.limits", share=share, times=lift)


def _category(column: str, names: ShareNames) -> str:
    """What a category is called in a name: its label, else the end of its column, `Casa_Jardim`."""
    end = _end(column, names)
    return names.labels.get(end) or "_".join(word.capitalize() for word in end.split("_"))


def _end(column: str, names: ShareNames) -> str:
    return column.removeprefix(names.of[:-1])

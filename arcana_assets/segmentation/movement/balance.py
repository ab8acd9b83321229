"""Balance: whether the moves of a month add up to the customers of the two months that they lie between.

Belongs here: sums of moves against sizes, in numbers and sentences. Does not belong here: counting the moves
(`migration`), what is said of them (`words`).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from arcana_assets.domain.months import shifted
from arcana_assets.presentation.language import DEFAULT, Language

Sizes = Mapping[tuple[date, str], int]


def customers_moved(moves: pd.DataFrame) -> dict[str, int]:
    """Customers there in both months who are in another segment than before, by segmentation.

    Takes the rows of `migration.segment_migration`.
    """
    there = moves[moves["from_segment_id"].notna() & moves["to_segment_id"].notna()]
    other = there[there["from_segment_id"] != there["to_segment_id"]]
    found = other.groupby("segmentation")["customers"].sum()
    return {str(name): int(found.get(name, 0)) for name in sorted(moves["segmentation"].unique())}


def balance(
    moves: pd.DataFrame, sizes: Sizes, months: Sequence[date], language: Language = DEFAULT
) -> tuple[dict[str, int], list[str]]:
    """Customers of the moves beside those expected, in all of the months, and a sentence for each sum that is wrong.

    Takes the rows of `migration.segment_migration` and the customers of each month and segmentation, also of the months
    before. Sums are `<segmentation>_to` and `_from`; what is expected has the end `_expected`.
    """
    sums, wrong = dict[str, int](), list[str]()
    names = sorted({name for _, name in sizes} | set(moves["segmentation"]))
    for side, back in (("to", 0), ("from", 1)):
        there = moves[moves[f"{side}_segment_id"].notna()]
        counted = there.groupby(["month", "segmentation"])["customers"].sum()
        for name in names:
            found = {month: int(counted.get((month, name), 0)) for month in months}
            expected = {month: sizes.get((shifted(month, -back), name), 0) for month in months}
            wrong += [
                f"{month:%Y-%m}, {name}: "
                + language.say(f"segmentation.moves.{side}", counted=str(found[month]), expected=str(expected[month]))
                for month in months
                if found[month] != expected[month]
            ]
            sums |= {f"{name}_{side}": sum(found.values()), f"{name}_{side}_expected": sum(expected.values())}
    return sums, wrong

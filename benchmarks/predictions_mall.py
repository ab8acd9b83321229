"""Predictions of the mall: who of 8,000 made-up members comes again and who uses a coupon, month by month.

Twelve months, dirt included, from landing files to predictions. Goals are of one month ahead and of the months from
July on, when the lookback of six months was filled: what served as of a month, against what came in the next. Earlier
months and three months ahead are reported, each against the last period and the table of recency and frequency.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Side, timed, turn_by_turn
from benchmarks.predictions_months import by_month, lines, platform

GOALS = {"volta": 0.85, "usa_cupom": 0.83}  # AUC one month ahead, at least
FILLED = "2024-07"


def measure(options: Options) -> Outcome:
    """The platform once, and what its predictions were worth."""
    arguments = {"members": 400 if options.quick else 8_000, "months": 5 if options.quick else 12}
    figures = turn_by_turn([Side("platform", f"{__name__}:served", arguments)], 1)
    limits = [
        Limit("months with an AUC below .85 (volta) or .83 (usa_cupom)", "platform", 0, "auc_missed"),
        Limit("months whose error is not below the last period's", "platform", 0, "skill_missed"),
        Limit("months in which what was said over what came is not within .8 to 1.25", "platform", 0, "level_missed"),
    ]
    facts = {"months": figures["platform"][0]["found"]}
    return Outcome(figures, [], facts, [] if options.quick else limits)


def served(folder: Path, members: int, months: int) -> dict[str, Any]:
    """A sample through the platform, and its predictions by month."""
    from arcana_assets.samples.mall.folder import START, write_mall_drop

    write_mall_drop(folder / "landing" / "mall", customers=members, months=months, seed=7)
    with timed() as clock:
        lake = platform(folder, "mall", START, months)
    found = by_month(lake, "mall")
    print(lines(found), flush=True)
    judged = [row for row in found if row["horizon"] == 1 and row["month"] >= FILLED and "served" in row]
    missed = {
        "auc_missed": [row["served"]["auc"] < GOALS[row["prediction"]] for row in judged],
        "skill_missed": [row["served"]["below_last_period"] <= 0 for row in judged],
        "level_missed": [not 0.8 <= row["served"]["said_over_came"] <= 1.25 for row in judged],
    }
    return {**vars(clock), "found": found, **{name: sum(each) for name, each in missed.items()}}

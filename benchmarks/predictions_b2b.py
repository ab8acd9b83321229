"""Predictions of a company: who of a made-up drop's customers pays nothing recurring three months later.

A fifth of the real size, 24 months from landing files to predictions; a smaller one has too few who leave. Goals are of
the months on which candidates were compared, each predicted by the candidate that serves in the last month, as it was
learned at the end of the month: the best tenth of customers holds the leavers. As of most of them the last period
served, and before them the base rate: there was nothing yet to compare candidates on, or too little to learn from.
"""

from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Side, timed, turn_by_turn
from benchmarks.predictions_months import by_month, lines, platform

HELD = 0.8  # of the leavers, by the best tenth


def measure(options: Options) -> Outcome:
    """The platform once, and what its predictions were worth."""
    arguments = {"scale": 0.02 if options.quick else 0.2}
    figures = turn_by_turn([Side("platform", f"{__name__}:served", arguments)], 1)
    limits = [
        Limit("months whose best tenth holds less than 80 % of who leaves", "platform", 0, "capture_missed"),
        Limit("months whose error is not below the last period's and the table's", "platform", 0, "skill_missed"),
    ]
    facts = {"months": figures["platform"][0]["found"]}
    return Outcome(figures, [], facts, [] if options.quick else limits)


def served(folder: Path, scale: float) -> dict[str, Any]:
    """A sample through the platform, and its predictions by month."""
    from arcana_assets.samples.b2b.folder import write_b2b_drop
    from arcana_assets.samples.b2b.layout import FIRST_MONTH, MONTHS

    write_b2b_drop(folder / "landing" / "b2b", scale=scale, seed=7)
    with timed() as clock:
        lake = platform(folder, "b2b", FIRST_MONTH, MONTHS)
    found = by_month(lake, "b2b")
    print(lines(found), flush=True)
    judged = [row["now"] for row in found if "now" in row]
    missed = {
        "capture_missed": [row["capture_10"] < HELD for row in judged],
        "skill_missed": [min(row["below_last_period"], row["below_table"]) <= 0 for row in judged],
    }
    return {**vars(clock), "found": found, **{name: sum(each) for name, each in missed.items()}}

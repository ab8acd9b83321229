"""Outliers: values far from the median of their month, by a deviation that they themselves do not widen.

Belongs here: the measure, and counting what lies beyond. Does not belong here: of which columns it is told (`tables`).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.profile.finding import asked
from arcana_assets.profile.tables import BEYOND


def spread_of(place: int, values: str) -> str:
    """What a query over rows asks of a column for `outlying`: median, and median absolute deviation from it."""
    return f"median({values}::DOUBLE) AS middle{place}, mad({values}::DOUBLE) AS mad{place}"


def outlying(engine: Engine, columns: Mapping[int, str], name: str, figures: Mapping[date, dict[str, Any]]) -> None:
    """Puts into the figures of each month how many values of each column lie more than BEYOND deviations away.

    Takes the columns in SQL by place, the rows as SQL names them, and figures that hold what `spread_of` asks. Where
    half of the rows are alike the deviation is 0, and nothing is said. Method: the modified z-score of Iglewicz and
    Hoaglin, How to Detect and Handle Outliers (1993).
    """
    bounds = {
        month: {place: (row[f"middle{place}"], row[f"mad{place}"]) for place in columns if row.get(f"mad{place}")}
        for month, row in figures.items()
    }
    told = sorted({place for of in bounds.values() for place in of})
    if not told:
        return
    limits = " UNION ALL ".join(f"SELECT DATE '{month}' AS month, {_limits(of, told)}" for month, of in bounds.items())
    counts = ", ".join(
        f"count_if(abs({columns[at]}::DOUBLE - middle{at}) > far{at})::BIGINT AS outlying{at}" for at in told
    )
    for row in asked(engine, f"SELECT month, {counts} FROM {name} JOIN ({limits}) USING (month) GROUP BY month"):
        figures[row.pop("month")].update(row)


def _limits(of: Mapping[int, tuple[float, float]], told: list[int]) -> str:
    return ", ".join(
        f"{_sql(middle)} AS middle{place}, {_sql(far)} AS far{place}"
        for place in told
        for middle, far in [(of[place][0], BEYOND * of[place][1]) if place in of else (None, None)]
    )


def _sql(number: float | None) -> str:
    return f"CAST({'NULL' if number is None else repr(number)} AS DOUBLE)"

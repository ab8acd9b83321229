"""Chained months: tables whose month goes on from the one before, so that no month may be left out.

Belongs here: the refusal of a gap. Does not belong here: what goes on (the ledger and the forecasts of `loyalty`).
"""

from collections.abc import Collection
from datetime import date

import dagster as dg

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.months import months_between, shifted, spelled
from arcana_assets.lake.lake import Lake


class ChainGap(ArcanaError):
    """Raised where the month before was never computed: a chain that began anew would invent what it goes on from."""


def require_month_before(lake: Lake, key: dg.AssetKey, start: date, month: date) -> None:
    """Does nothing where the month before `month` was computed; raises ChainGap, with the months to run, otherwise."""
    require_in_chain(lake.materialized_months(key.path, months_between(start, shifted(month, -1))), key, start, month)


def require_in_chain(
    there: Collection[date], key: dg.AssetKey, start: date, month: date, of: str = "", why: str = "was never computed"
) -> None:
    """The same of earlier months that are `there`, for a part (`of`) of the table that may lack for another reason."""
    before = shifted(month, -1)
    if before in there:
        return
    first = shifted(max(there), 1) if there else start
    raise ChainGap(
        f"{'/'.join(key.path)}: {month:%Y-%m} goes on from {of}{before:%Y-%m}, which {why}. Materialize "
        f"{spelled(months_between(first, before))} of this asset first, in one run or one after the other."
    )

"""Numbers of a month, which the UI draws by partition.

Belongs here: telling Dagster the numbers of each month of a run. Does not belong here: rows and bytes, which are of
every table (`io_manager`), the numbers themselves (the slices).
"""

from collections.abc import Mapping
from datetime import date

import dagster as dg


def plotted(
    context: dg.AssetExecutionContext, key: dg.AssetKey, numbers: Mapping[date, Mapping[str, float | int]]
) -> None:
    """Puts numbers by name into the event of each month, so that the plots of a range of months are whole."""
    for month, found in numbers.items():
        context.add_asset_metadata(dict(found), asset_key=key, partition_key=month.isoformat())

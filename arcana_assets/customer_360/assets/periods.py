"""TODO: what this room is for."""

import pyarrow as pa

from arcana_assets.domain.months import as_of_day, shifted
from arcana_assets.graph.run import Run


def periods(run: Run) -> pa.Table:
    """The months of a run as transforms take them: see `transforms.periods`."""
    domain, back = run.domain, run.domain.lookback_months
    firsts = {
        "month": run.months,
        "window_start": [shifted(month, 1 - back) for month in run.months],
        "later_start": [shifted(month, 1 - max(back // 2, 1)) for month in run.months],
        "ago_3": [shifted(month, -3) for month in run.months],
        "ago_12": [shifted(month, -12) for month in run.months],
        "begun": [domain.start for _ in run.months],
        "as_of_day": [as_of_day(month, run.moment, domain.timezone) for month in run.months],
    }
    return pa.table({name: pa.array(days, pa.date32()) for name, days in firsts.items()})

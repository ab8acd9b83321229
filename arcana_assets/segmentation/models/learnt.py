"""Samples that fits are learnt from: of very many customers some say as much, and all would fill the memory.

Belongs here: from how many customers on, who of a table shapes a fit, what is said of a sample. Does not belong here:
drawing it (`engine.blocks`), reading it (`assets.inputs`), what is learnt (`month`, `fitting`, `labelled`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import ibis.expr.types as ir
import pandas as pd

from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.language import DEFAULT, Language
from arcana_assets.segmentation.models.continuity import Event

LEARNT_FROM = 200_000
"""Customers whom a fit is learnt from and judged by, at most; of no more than these all are.

A share of them is known to 0.11 percentage points (one standard error, at a half), the share of the smallest segment
that a gate lets pass by default (3 %) to 0.04; starts, silhouettes and stability are sought on far fewer already. All
that a fit holds of them takes some hundred megabytes.
"""

OUTLIER = "is_outlier"
STAFF = "is_staff"
"""The flags of customer 360 that are among the customers of a month where a segmentation asks for it; no feature."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Of a month with more customers than fits are learnt from: who shapes the fit, a row each, and how many there are.

    `shaping` are drawn of the `shape` customers who would shape a fit, `judging` of all `customers` of the month.
    `labelled` are all of those who shape it and whose persona somebody stated; None where nobody asks.
    """

    judging: pd.DataFrame
    shaping: pd.DataFrame
    labelled: pd.DataFrame | None
    customers: int
    shape: int

    def said(self, language: Language = DEFAULT) -> str:
        """What the month was learnt from, as a sentence."""
        say = language.say
        shaped = say("segmentation.sample.part", drawn=len(self.shaping), of=self.shape)
        if len(self.shaping) == self.shape:
            shaped = say("segmentation.sample.all", of=self.shape)
        judged = say("segmentation.sample.part", drawn=len(self.judging), of=self.customers)
        return say("segmentation.sample.said", shaped=shaped, judged=judged)

    def extrapolated(self, events: Sequence[Event]) -> tuple[Event, ...]:
        """Events of the sample, with as many customers as there would be of all."""
        times = self.customers / len(self.judging)
        return tuple(replace(each, customers=round(each.customers * times)) for each in events)


def who_shapes(segmentation: Segmentation, customers: ir.Table) -> ir.Table:
    """The customers of a month, in a table, who shape a fit: nobody where nobody would; see `month.shaping`."""
    by, least, found = segmentation.fitted_on, segmentation.fitted_from, customers
    if by and by in found.columns:
        # A number that is none is above all others to an engine, and to nobody else.
        counted = found[by].cast("float64").nullif(float("nan"))
        found = found.filter(counted >= least if least else counted > 0)
    if segmentation.outliers == "not_fitted" and OUTLIER in found.columns:
        found = found.filter(~found[OUTLIER])
    return found.filter(~found[STAFF]) if STAFF in found.columns else found

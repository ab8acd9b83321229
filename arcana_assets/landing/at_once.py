"""At once: how an engine that puts files runs the stages of `conform`: all months together, kept on its own disks.

Belongs here: what such an engine does in another way than one that streams (`streaming`), and nothing else of the
landing does. Does not belong here: what makes a row acceptable (`conform`), the account of the rows (`assets.silver`).
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.months import Period
from arcana_assets.engine.events import PutsFiles
from arcana_assets.landing.conform import conform
from arcana_assets.landing.conform.choosing import LEFT_OUT
from arcana_assets.landing.conform.in_force import NOT_IN_FORCE
from arcana_assets.landing.conform.joins import Others
from arcana_assets.landing.streaming import stages_of, without_values


class ConformingAtOnce:
    """Conforms all months of bronze in one job, whose rows the engine keeps until both tables are written of them."""

    def __init__(
        self,
        engine: PutsFiles,
        bronze: ir.Table,
        contract: Contract,
        months: Sequence[date],
        period: Period,
        others: Others,
    ) -> None:
        self._bronze, self._contract, self._period = bronze, contract, period
        self._empty = without_values(bronze, engine)
        self._kept = ExitStack()
        ours = bronze.filter(bronze.month.isin([ibis.literal(month) for month in months]))
        staged = self._kept.enter_context(engine.stages(ours, *stages_of(contract, period, self._empty, others)))
        self._sorted = self._kept.enter_context(engine.cache(staged))
        rows, self.left_out, self.not_in_force = self._sorted, 0, 0
        if contract.periods:
            self.not_in_force = engine.value(rows._copies.sum(where=rows[NOT_IN_FORCE])) or 0
        if contract.chooses:
            self.left_out = (engine.value(rows._copies.sum(where=rows[LEFT_OUT])) or 0) - self.not_in_force
            rows = rows.filter(~rows[LEFT_OUT])
        counted = rows.group_by("month").agg(copies=rows._copies.sum(), rows=rows.count())
        found = engine.small(counted).to_pylist()
        self.duplicates = Counter({str(row["month"]): row["copies"] - row["rows"] for row in found})

    @property
    def silver(self) -> ir.Table:
        """Accepted rows of all months."""
        return conform.silver(self._sorted, self._contract)

    def quarantine(self) -> ir.Table:
        """Refused rows of all months."""
        refused = conform.refused(self._sorted, self._bronze, self._contract, self._period)
        return conform.quarantine(refused, self._bronze, self._empty)

    def close(self) -> None:
        """Drops what was kept."""
        self._kept.close()

"""The ledgers of a run as a stream: a block of customers after the other, each from month to month.

Belongs here: the order of blocks and months, and what of them is counted. Does not belong here: what a month becomes
(`programme.month`), its conditions (`assets.ledger`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.engine.blocks import Block
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Here
from arcana_assets.graph.run import Run
from arcana_assets.loyalty import tables
from arcana_assets.loyalty.assets.everyone import Base
from arcana_assets.loyalty.assets.inputs import frame_of
from arcana_assets.loyalty.programme.month import Counted, LedgerMonth, advanced, rows_of
from arcana_assets.loyalty.programme.terms import Terms
from arcana_assets.presentation.language import Language, language_of


@dataclass(frozen=True)
class Ledgers:
    """The rows of `gold/loyalty_members` of a run. A call makes a stream of them, in the thread that it is called in.

    `terms` are the conditions by month and programme, `earlier` the ledgers of the month before the run. Once a stream
    is at its end, `made` tells what the months became.
    """

    engine: Engine
    base: Base
    run: Run
    blocks: Sequence[Block]
    terms: Mapping[tuple[date, str], Terms]
    earlier: ir.Table | None
    _counted: dict[tuple[date, str], Counted] = field(default_factory=dict)

    @property
    def language(self) -> Language:
        """That of the domain."""
        return language_of(self.base.domain.language)

    def __call__(self) -> pa.RecordBatchReader:
        here = Here(self.engine.backend)
        return pa.RecordBatchReader.from_batches(tables.MEMBERS.arrow, self._batches(here))

    def made(self) -> list[LedgerMonth]:
        """The months of the run, all customers together."""
        return [
            LedgerMonth(programme, month, self.run.is_over(month), self.terms[key], self._counted[key], self.language)
            for month in self.run.months
            for programme in self.base.domain.programmes
            for key in [(month, programme.name)]
        ]

    def _batches(self, engine: Here) -> Iterator[pa.RecordBatch]:
        self._counted.clear()
        for block in self.blocks:
            ledgers = self._before(engine, block)
            for month in self.run.months:
                everyone = frame_of(engine, self.base.of(month, block))
                for programme in self.base.domain.programmes:
                    key = month, programme.name
                    before = ledgers.get(programme.name, pd.DataFrame())
                    over = self.run.is_over(month)
                    ledger, counted = advanced(
                        programme, month, everyone, before, self.terms[key], self.language, over=over
                    )
                    ledgers[programme.name] = ledger
                    self._counted[key] = self._counted[key].and_of(counted) if key in self._counted else counted
                    yield from rows_of(programme, month, ledger).to_batches()

    def _before(self, engine: Here, block: Block) -> dict[str, pd.DataFrame]:
        """The ledger of the month before the run, by programme."""
        if self.earlier is None:
            return {}
        rows = frame_of(engine, block.of(self.earlier))
        return {str(name): mine.reset_index(drop=True) for name, mine in rows.groupby("programme")}

"""What is said of every customer, as a stream: a block of customers after the other, so that nothing holds them all.

Belongs here: the order of blocks, and the tenths of all that each of them needs. Does not belong here: rows of a block
(`scoring`, `spending`), which customers are in one (`assets.parts`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Here
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.predictions.assets.inputs import FEATURES, Months
from arcana_assets.predictions.assets.parts import Part, blocks_of
from arcana_assets.predictions.measures import ends_of_tenths
from arcana_assets.predictions.month import Decided
from arcana_assets.predictions.rows import AsOf
from arcana_assets.predictions.scoring import said_of
from arcana_assets.predictions.spending import spend_of
from arcana_assets.predictions.tables import PREDICTIONS
from arcana_assets.presentation.language import language_of
from arcana_assets.tables.frames import as_table


@dataclass(frozen=True)
class ToSay:
    """A prediction in a month: what each of its horizons is decided to be said by, all made in one month."""

    prediction: Prediction
    month: date
    horizons: Sequence[Decided]

    @property
    def made_in(self) -> date:
        """The month that is predicted from."""
        return self.horizons[0].made_in


@dataclass(frozen=True)
class Said:
    """The rows of `gold/predictions` of a run. A call makes a stream of them, in the thread that it is called in."""

    spec: DomainSpec
    engine: Engine
    run: Run
    tables: Mapping[str, ir.Table]
    to_say: Sequence[ToSay]

    def __call__(self) -> pa.RecordBatchReader:
        here = Here(self.engine.backend)
        blocks = [blocks_of(self.engine, self.tables[FEATURES], each.made_in) for each in self.to_say]
        return pa.RecordBatchReader.from_batches(PREDICTIONS.arrow, self._batches(blocks, here))

    def _batches(self, blocks: Sequence[Sequence[Part]], here: Here) -> Iterator[pa.RecordBatch]:
        lookback, language = self.spec.domain.lookback_months, language_of(self.spec.domain.language)
        for each, mine in zip(self.to_say, blocks, strict=True):

            def of(part: Part | None, prediction: Prediction = each.prediction) -> Months:
                return Months(self.spec, prediction, here, self.run, self.tables, part)

            parts = [of(None)] if len(mine) == 1 else _Parts(of, mine)  # of one block is everybody, read once
            say, ends = spend_of if each.prediction.of_money else said_of, _ends(each, parts)
            for months in parts:
                may = months.customers(each.month)
                for decided, of_all in zip(each.horizons, ends, strict=True):
                    known = months.known(each.made_in, decided.horizon)
                    rows = say(each.month, each.prediction, decided, known, may, lookback, of_all, language)
                    yield from as_table([rows], PREDICTIONS).to_batches()


@dataclass(frozen=True)
class _Parts:
    """Months of a block of customers after the other; each time that they are gone through, they are read."""

    months: Callable[[Part], Months]
    blocks: Sequence[Part]

    def __iter__(self) -> Iterator[Months]:
        return map(self.months, self.blocks)


def _ends(each: ToSay, parts: Iterable[Months]) -> list[np.ndarray]:
    """The ends of the tenths of all customers, by horizon: a number a customer is all that is kept of a block."""
    found: list[list[np.ndarray]] = [[] for _ in each.horizons]
    for months in parts:
        for decided, scores in zip(each.horizons, found, strict=True):
            scores.append(_scored(decided, months.known(each.made_in, decided.horizon)))
    return [ends_of_tenths(np.concatenate(scores)) for scores in found]


def _scored(decided: Decided, known: AsOf) -> np.ndarray:
    """What customers are put in order by; nothing where nothing is said."""
    if decided.serves is not None:
        return decided.serves.logits(known.numbers)
    return decided.says.amounts(known.numbers) if decided.says is not None else np.zeros(0)

"""Blocks and samples of customers: tables of any number of them in parts of bounded size, the same ones in every run.

Belongs here: who is in a sample, where blocks begin and end. Does not belong here: what is learnt from a sample or
computed for a block (the slices), connections (`duckdb`).
"""

import math
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from arcana_assets.engine.events import EventEngine
from arcana_assets.engine.sql import literal, quoted

DRAWN_A_BLOCK = 400  # ids by which the ends of blocks are found; a block is then larger or smaller by a tenth


@dataclass(frozen=True)
class Block:
    """The rows whose `by` is at least `least`, and below `below`; None has no bound on that side."""

    by: str
    least: str | None = None
    below: str | None = None

    def of(self, rows: ir.Table) -> ir.Table:
        """The rows of a table that are in the block."""
        bounds = [rows[self.by] >= ibis.literal(self.least)] if self.least is not None else []
        bounds += [rows[self.by] < ibis.literal(self.below)] if self.below is not None else []
        return rows.filter(*bounds) if bounds else rows

    @property
    def condition(self) -> str:
        """The same in the engine's own SQL, for a query that was compiled before."""
        bounds = [f"{quoted(self.by)} >= {literal(self.least)}"] if self.least is not None else []
        bounds += [f"{quoted(self.by)} < {literal(self.below)}"] if self.below is not None else []
        return " AND ".join(bounds) or "true"


def drawn(rows: ir.Table, most: int, seed: int, of: int, by: str = "customer_id") -> ir.Table:
    """The rows of a seeded sample of `most` of the `of` rows, each with a `by` of its own; all where they are no more.

    Who is in it is a matter of the MD5 of seed and id: of neither the order of rows nor the engine, and whoever else
    comes can only take somebody's place, and changes nothing among the others.
    """
    return rows if of <= most else rows.semi_join(_lowest(rows, most, seed, of, by), by)


def blocks(rows: ir.Table, at_once: int, engine: EventEngine, by: str = "customer_id") -> list[Block]:
    """Ranges of `by` that follow each other and hold about `at_once` rows each; one without bounds of fewer rows.

    Of a table that lies in the order of `by` the engine reads for each block hardly more than its rows.
    """
    of = int(engine.value(rows.count()))
    parts = -(-of // at_once)
    if parts <= 1:
        return [Block(by)]
    ids = sorted(engine.small(_lowest(rows, DRAWN_A_BLOCK * parts, 0, of, by))[by].to_pylist())
    ends = sorted({ids[len(ids) * part // parts] for part in range(1, parts)})
    return [Block(by, least, below) for least, below in zip([None, *ends], [*ends, None], strict=True)]


def _lowest(rows: ir.Table, most: int, seed: int, of: int, by: str) -> ir.Table:
    """The ids of `most` rows whose digests are the lowest.

    To sort all digests would take memory for each of them. Those are left out before that are surely not among the
    lowest: with six standard deviations more than asked for, one sample in a billion lacks somebody.
    """
    digest = (ibis.literal(f"{seed}:") + rows[by]).hexdigest("md5")
    found = rows.select(by, digest=digest)
    share = (most + 6 * math.sqrt(most)) / of
    if share < 1:
        found = found.filter(found.digest < f"{int(share * 16**8):08x}")
    return found.order_by("digest", by).limit(most).select(by)

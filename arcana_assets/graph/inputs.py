"""Inputs of assets: the sources of an entity read together, and months before those of the run.

Belongs here: what an asset may ask for. Does not belong here: how it is loaded (`io_manager`).
"""

from collections.abc import Mapping

import dagster as dg
import ibis
import ibis.expr.types as ir

from arcana_assets.graph.io_manager import MONTHS_BACK

_EVERYTHING = 1200  # months; history is clipped at the first month of the domain


def together(sources: Mapping[str, ir.Table]) -> ir.Table:
    """The rows of all sources of an entity: they have its columns, whatever their files look like."""
    first, *others = sources.values()
    return ibis.union(first, *others, distinct=False) if others else first


def with_history(key: dg.AssetKey, months_back: int = _EVERYTHING) -> dg.AssetIn:
    """An input of the run's months and the `months_back` before them, from the domain's first month on.

    Not a TimeWindowPartitionMapping: with one, a backfill of 13 months asks for every later month up to today as well,
    because each of them looks back on those 13.
    """
    return dg.AssetIn(key, metadata={MONTHS_BACK: months_back})

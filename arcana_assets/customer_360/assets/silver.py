"""Silver of several sources as inputs of an asset.

Belongs here: their names, and their rows together. Does not belong here: which sources an asset is made of.
"""

from collections.abc import Mapping, Sequence

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.graph.inputs import together, with_history
from arcana_assets.graph.spec import DomainSpec


def silver_ins(spec: DomainSpec, sources: Sequence[Contract], months_back: int = 0) -> dict[str, dg.AssetIn]:
    """An input for each source, of the months of the run and as many before them."""
    keys = {f"of_{each.name}": spec.key("silver", each.name) for each in sources}
    return {name: with_history(key, months_back) if months_back else dg.AssetIn(key) for name, key in keys.items()}


def silver_rows(inputs: Mapping[str, ir.Table], sources: Sequence[Contract]) -> ir.Table | None:
    """The rows of the sources, which are of one entity; None where there is no source."""
    return together({each.name: inputs[f"of_{each.name}"] for each in sources}) if sources else None

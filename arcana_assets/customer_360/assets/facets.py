"""What the facets of listed customers are made of, as inputs of an asset.

Belongs here: rollups with the months of the lookback, silver as read. Does not belong here: what a facet computes
(`listed`), who asks for facets (`listed_customers`, `outliers`).
"""

from collections.abc import Mapping, Sequence

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.silver import silver_ins, silver_rows
from arcana_assets.customer_360.listed.computation import Computation
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.spec import DomainSpec


def facet_inputs(spec: DomainSpec, computations: Sequence[Computation]) -> dict[str, dg.AssetIn]:
    """The inputs of some facets."""
    domain, ins = spec.domain, dict[str, dg.AssetIn]()
    for made in computations:
        ins |= silver_ins(spec, made.read(domain))
        if made.summed(domain):
            back = max(domain.lookback_months - 1, made.months_back)
            ins |= {table.name: with_history(spec.key_of(table), back) for table in made.rollups}
    return ins


def facet_tables(made: Computation, domain: CustomerDomain, inputs: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    """What a facet is made of, under the names that it knows."""
    rollups = {table.name: inputs[table.name] for table in made.rollups if table.name in inputs}
    silver = silver_rows(inputs, made.read(domain))
    return rollups if silver is None else {**rollups, made.entity: silver}

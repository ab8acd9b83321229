"""What the facets of listed customers are made of, as inputs of an asset.

Belongs here: rollups with the months of the lookback, silver as read. Does not belong here: what a facet computes
(`listed`), who asks for facets (`listed_customers`, `outliers`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

import dagster as dg
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.identities import IDENTITIES, identity_ins
from arcana_assets.customer_360.assets.silver import silver_ins, silver_rows
from arcana_assets.customer_360.computation import HISTORY, LOOKBACK, THE_MONTH, Computation, Depth
from arcana_assets.customer_360.identities import CUSTOMER_IDENTITIES, month_by_month
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.spec import DomainSpec


def facet_inputs(spec: DomainSpec, computations: Sequence[Computation]) -> dict[str, dg.AssetIn]:
    """The inputs of some facets."""
    domain, ins = spec.domain, identity_ins(spec)
    before = domain.lookback_months - 1
    depths: dict[Depth, Callable[[dg.AssetKey], dg.AssetIn]] = {
        THE_MONTH: dg.AssetIn,
        LOOKBACK: partial(with_history, months_back=before),
        HISTORY: with_history,
    }
    for made in computations:
        ins |= silver_ins(spec, made.read(domain))
        for table, depth in made.made_elsewhere.items():
            if table is not CUSTOMER_IDENTITIES:  # an input already: of two inputs of one table Dagster keeps the last
                ins[table.name] = depths[depth](spec.key_of(table))
        if made.summed(domain):
            back = max(before, made.months_back)
            ins |= {table.name: with_history(spec.key_of(table), back) for table in made.rollups}
    return ins


def made_facet(
    made: Computation, domain: CustomerDomain, inputs: Mapping[str, ir.Table], as_of_days: Mapping[date, date]
) -> ir.Table:
    """The facet in some months, of the inputs of `facet_inputs`, under the customers as of each of them."""
    known, accounts = (*made.rollups, *made.made_elsewhere), inputs.get(IDENTITIES)
    tables = {table.name: inputs[table.name] for table in known if table.name in inputs}
    if CUSTOMER_IDENTITIES in known and accounts is not None:
        tables[CUSTOMER_IDENTITIES.name] = accounts
    silver = silver_rows(inputs, made.read(domain))
    if silver is not None:
        tables[made.entity] = silver

    def of(tables: Mapping[str, ir.Table], periods: ir.Table) -> ir.Table:
        return made.facet(tables, periods, domain)

    return month_by_month(of, tables, accounts, as_of_days, domain)

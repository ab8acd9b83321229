"""Whose each identifier is, as of each month, and rows of silver under the customers that they are of.

Belongs here: which tables feed it, the check of claims, the inputs of assets that need it. Does not belong here: what
makes two accounts one customer (`customer_360.identities`).
"""

from collections.abc import Mapping
from datetime import date

import dagster as dg
import ibis.expr.types as ir
import pandas as pd

from arcana_assets.customer_360.identities import ACCOUNT, CUSTOMER_IDENTITIES, customer_identities, identified
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.inputs import together
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.graph.table_asset import Events, table_asset
from arcana_assets.tables.frames import as_table

IDENTITIES = CUSTOMER_IDENTITIES.name
"""The input of assets that read whose identifiers are, under the name of the table, as the facet made of it has it.

Dagster gives an asset one of two inputs that are of one table.
"""

_ENTITY = "identities"
ONE_CUSTOMERS = "identities_are_one_customers"
_CARRIED = {"transactions": {"card_id": "card"}, "wifi_sessions": {"device_id": "device"}}
"""The column of an entity that tells whose a row without a customer is, and the kind of identifier in it."""


def identity_ins(spec: DomainSpec) -> dict[str, dg.AssetIn]:
    """The input of whose identifiers are, of the months of the run; none where the domain delivers no identities."""
    known = spec.domain.sources_of(_ENTITY)
    return {IDENTITIES: dg.AssetIn(spec.key_of(CUSTOMER_IDENTITIES))} if known else {}


def under_customers(entity: str, rows: ir.Table, inputs: Mapping[str, ir.Table]) -> ir.Table:
    """Rows of silver under the customers that they are of, as of the end of their month."""
    return identified(rows, inputs.get(IDENTITIES), _CARRIED.get(entity, {}))


def identity_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """The table of identities, of a domain that delivers some."""
    domain, key = spec.domain, spec.key_of(CUSTOMER_IDENTITIES)
    if not domain.sources_of(_ENTITY):
        return []
    words = "No identifier is claimed by two customers; what is belongs to nobody and joins nobody"

    @table_asset(
        spec,
        "customer_identities",
        {"identities": CUSTOMER_IDENTITIES},
        ins={
            **{f"id_{name}": each for name, each in spec.silvers(_ENTITY).items()},
            **spec.silvers("customers"),
        },
        checks=[dg.AssetCheckSpec(ONE_CUSTOMERS, asset=key, description=words)],
    )
    def identities(context: dg.AssetExecutionContext, engine: Engine, **inputs: ir.Table) -> Events:
        run = Run.of(context, domain)
        claims = together({name: each for name, each in inputs.items() if name.startswith("id_")})
        masters = together({name: each for name, each in inputs.items() if not name.startswith("id_")})
        rows = customer_identities(
            engine.backend.to_pyarrow(claims).to_pandas(), _registered(masters, engine), run.as_of_days
        )
        merged, carried = _counted(rows)
        yield dg.Output(
            as_table([rows], CUSTOMER_IDENTITIES), "identities", metadata={"merged": merged, "identifiers": carried}
        )
        yield _one_customers(key, rows)

    return [identities]


def _registered(masters: ir.Table, engine: Engine) -> dict[date, dict[str, date]]:
    """The day on which each account was registered first, by month."""
    first = masters.group_by("month", "customer_id").agg(since=masters.since.min())
    found: dict[date, dict[str, date]] = {}
    for row in engine.backend.to_pyarrow(first).to_pylist():
        if row["since"] is not None:
            found.setdefault(row["month"], {})[row["customer_id"]] = row["since"]
    return found


def _counted(rows: pd.DataFrame) -> tuple[int, int]:
    """Accounts that are another customer's, and identifiers carried, of the last month."""
    last = rows[rows["month"] == rows["month"].max()]
    accounts = last[last["kind"] == ACCOUNT]
    merged = accounts["customer_id"].notna() & (accounts["customer_id"] != accounts["member_id"])
    return int(merged.sum()), int((last["kind"] != ACCOUNT).sum())


def _one_customers(key: dg.AssetKey, rows: pd.DataFrame) -> dg.AssetCheckResult:
    contested = rows[rows["customer_id"].isna()].drop_duplicates(["month", "kind", "identifier"])
    by_kind = {str(kind): int(number) for kind, number in contested.groupby("kind").size().items()}
    said = ", ".join(f"{number} of kind {kind}" for kind, number in sorted(by_kind.items()))
    return verdict(
        key,
        ONE_CUSTOMERS,
        not by_kind,
        f"claimed by customers who are not one: {said} (counted once a month); rows with them stay without a customer"
        if by_kind
        else "every identifier is one customer's",
        by_kind,
    )

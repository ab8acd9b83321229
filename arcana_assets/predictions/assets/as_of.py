"""The proof that features knew no later month: some months computed again from what there was at their end.

Belongs here: which month is proved, of which facets, and the verdict. Does not belong here: computing facets
(`customer_360`), what is learned of features (`month`).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import dagster as dg
import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.assets.facets import facet_inputs, made_facet
from arcana_assets.customer_360.assets.identities import IDENTITIES
from arcana_assets.customer_360.listed.registry import COMPUTATIONS
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.facet import ABSENT
from arcana_assets.domain.facets.features import expanded
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.domain.facets.registry import FACETS, LISTED, TRANSACTIONS
from arcana_assets.domain.months import spelled
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.checks import verdict
from arcana_assets.graph.inputs import with_history
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.predictions.assets.inputs import FEATURES
from arcana_assets.predictions.assets.parts import Part, customers_of

KNOWN = "features_are_as_of"
_TOLERANCE, _ROWS = 1e-9, "rows compared"
_OF_MASTER = ("tenure_months",)  # the master's `since` comes before the first order where there is a master


def proof_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """What is checked, and that nothing is computed from what fails it."""
    words = (
        "Features of a month that was learned from are what they are without everything that came after it: computed "
        "again from rows up to its end they are the same"
    )
    return dg.AssetCheckSpec(KNOWN, asset=key, blocking=True, description=words)


def proof_ins(spec: DomainSpec, prediction: Prediction) -> dict[str, dg.AssetIn]:
    """What the facets of the features are made of, with all months."""
    made = [COMPUTATIONS[name] for name in _facets(spec.domain, prediction)]
    return {name: with_history(each.key) for name, each in facet_inputs(spec, made).items() if each.key}


def proved(
    key: dg.AssetKey,
    spec: DomainSpec,
    prediction: Prediction,
    run: Run,
    engine: Engine,
    month: date,
    inputs: Mapping[str, ir.Table],
    part: Part | None,
) -> dg.AssetCheckResult:
    """The verdict on a month. `inputs` are the tables of the asset by name, the feature matrix among them.

    With the `part` that is learned from, of its customers.
    """
    domain, features = spec.domain, inputs[FEATURES]
    known = {name: _until(table, month) for name, table in inputs.items()}
    told = features.filter(features.month == month)
    if part is not None:
        told = part(told)
        ids = customers_of(engine.backend, told, inputs.get(IDENTITIES))
        known = {name: table if name == IDENTITIES else _of(table, ids) for name, table in known.items()}
    told = told.drop("month")
    wrong, compared = dict[str, int](), 0
    for name in _facets(domain, prediction):
        again = made_facet(COMPUTATIONS[name], domain, known, {month: run.as_of(month)})
        columns = _columns(domain, prediction, name, told.columns)
        rows, off = _off(engine, told, again, columns)
        compared += rows * len(columns)
        wrong |= {column: count for column, count in off.items() if count}
    said = ", ".join(f"{column} of {count} customers" for column, count in sorted(wrong.items())[:5])
    words = (
        f"{month:%Y-%m}, computed again without later months: {compared} values are the same"
        if not wrong
        else f"{month:%Y-%m}, computed again without later months, has other features: {said}. Materialize "
        f"gold/customer_360 and gold/feature_matrix of {spelled([month])} again; if it stays, a feature knows "
        "more than its month"
    )
    return verdict(key, KNOWN, not wrong, words, {"values": compared, "wrong": sum(wrong.values())}, blocking=True)


def _facets(domain: CustomerDomain, prediction: Prediction) -> list[str]:
    """The facets that features of the prediction are columns of, and that are computed of rollups or silver."""
    known = [name for name in domain.facets if name in COMPUTATIONS]
    return [name for name in known if any(_is_of(name, feature) for feature in prediction.features)]


def _is_of(facet: str, feature: str) -> bool:
    shares = facet == TRANSACTIONS and feature.startswith(SHARE) and not feature.endswith(ABSENT)
    return shares or feature in [column.name for column in FACETS[facet].features]


def _columns(domain: CustomerDomain, prediction: Prediction, facet: str, there: Collection[str]) -> list[str]:
    chosen = [name for name in expanded(prediction.features, there) if _is_of(facet, name) and name in there]
    return [name for name in chosen if not (LISTED in domain.facets and name in _OF_MASTER)]


def _until(table: ir.Table, month: date) -> ir.Table:
    return table.filter(table.month <= ibis.literal(month)) if "month" in table.columns else table


def _of(table: ir.Table, ids: ir.Table) -> ir.Table:
    """The rows of customers; a table that has none is as it is."""
    return table.semi_join(ids, "customer_id") if "customer_id" in table.columns else table


def _off(engine: Engine, told: ir.Table, again: ir.Table, columns: Sequence[str]) -> tuple[int, dict[str, int]]:
    """How many customers there are, and of how many each column is another one when it is computed again.

    A category that has no product by then has no column in what is computed again: null there, too.
    """
    absent = ibis.null("float64")
    anew = {f"again {name}": again[name].cast("float64") if name in again.columns else absent for name in columns}
    rows = told.select("customer_id", *columns).left_join(again.select("customer_id", **anew), "customer_id")
    off = {name: _differs(rows[name].cast("float64"), rows[f"again {name}"]).sum() for name in columns}
    [row] = engine.backend.to_pyarrow(rows.agg(**{_ROWS: rows.count()}, **off)).to_pylist()
    return int(row.pop(_ROWS)), {name: int(count or 0) for name, count in row.items()}


def _differs(told: ir.FloatingColumn, again: ir.FloatingColumn) -> ir.IntegerColumn:
    """1 of a value that is another one, 0 of one that is the same or in neither; one that is no number is absent."""
    missing, lacks = (each.isnull() | each.isnan().fill_null(False) for each in (told, again))
    far = (told - again).abs() > _TOLERANCE + _TOLERANCE * again.abs()
    return ((missing != lacks) | (~missing & (told != again) & far).fill_null(False)).cast("int64")

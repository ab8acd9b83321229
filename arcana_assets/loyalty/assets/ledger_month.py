"""Loyalty months: one month of one programme, from the ledger and conditions of the month before.

Belongs here: what a month looks at, when conditions are found anew, the rows of its tables. Does not belong here: the
chain of months and its checks (`loyalty`), who meets what (`ml.loyalty_conditions`, `ml.loyalty_ledger`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from arcana_assets.customer_360.assets.revenue import revenue_column
from arcana_assets.customer_360.revenue import lookback_revenue
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.loyalty import tables
from arcana_assets.tables.frames import as_table, from_rows

MONTH, PROGRAMME = ("month", pa.date32()), ("programme", pa.string())
Found = tuple[Any, date | None, str | None]
"""A condition, the month it was found in and the run that asked for that; neither for one by hand."""


@dataclass(frozen=True)
class LedgerMonth:
    """What a month of one programme became."""

    ledger: pd.DataFrame
    conditions: list[Found]
    rows: Mapping[str, Any]
    eligibility: pd.DataFrame
    idle: int
    """Members who bought nothing in the lookback."""
    balance: tuple[int, int, int, int]


def customers_and_segments(
    domain: CustomerDomain, customers: ir.Table, monthly: ir.Table, segments: ir.Table, engine: Engine, month: date
) -> pd.DataFrame:
    """Customers of a month in order, with all that programmes look at, and the segment in each segmentation."""
    used = sorted({each.segmentation for each in domain.programmes})
    axes = {domain.segmentation(name).axis for name in used} & set(customers.columns)
    rows = customers_of_programmes(domain, customers, monthly, month, axes)
    for name in used:
        put = segments.filter(segments.month == month, segments.segmentation == name)
        put = put.select(_customer="customer_id", **{f"{name}/id": "segment_id", f"{name}/persona": "persona"})
        rows = rows.left_join(put, rows.customer_id == put["_customer"]).drop("_customer")
    frame: pd.DataFrame = engine.backend.to_pyarrow(rows.order_by("customer_id")).to_pandas()
    return frame


def customers_of_programmes(
    domain: CustomerDomain, customers: ir.Table, monthly: ir.Table, month: date, more: Iterable[str] = ()
) -> ir.Table:
    """Customers of a month with all columns that programmes look at, and more; numbers as DOUBLE.

    `monthly` is the rollup that revenue is in: what a customer paid in the lookback is its sum, as of the month.
    """
    names = {name for each in domain.programmes for name in each.measures}
    names |= {rule.column for each in domain.programmes for rule in each.exclude} | set(more)
    mine = customers.filter(customers.month == month)
    columns = {
        name: mine[name].cast("float64") if mine[name].type().is_numeric() else mine[name] for name in sorted(names)
    }
    paid = lookback_revenue(monthly, revenue_column(monthly), month, domain.lookback_months)
    rows = mine.select("customer_id", **columns).left_join(paid, "customer_id").drop("customer_id_right")
    return rows.mutate(
        lookback_revenue=rows.lookback_revenue.fill_null(0.0), bought_months=rows.bought_months.fill_null(0)
    )


def advanced(
    spec: DomainSpec,
    programme: Programme,
    month: date,
    everyone: pd.DataFrame,
    before: tuple[pd.DataFrame, list[Found]] | None,
    run: Run,
    asked_by: str | None,
) -> LedgerMonth:
    """One month of one programme, from the ledger and conditions of the month before."""
    from arcana_assets.loyalty.programme.conditions import agreement, meets
    from arcana_assets.loyalty.programme.ledger import BOUGHT, REVENUE, adds_up, advance, eligibility, ineligible
    from arcana_assets.loyalty.programme.ledger import MEMBERS as STATES

    last, kept = before if before is not None else (pd.DataFrame(), [])
    top, segment = _top_segment(everyone, programme, spec.domain.segmentation(programme.segmentation).axis)
    able = ineligible(everyone, programme).isna().to_numpy(dtype=bool)
    found, note = _conditions(spec, programme, month, everyone[able], top[able], kept, asked_by)
    if before is None and month > spec.domain.start:
        note = f"O programa é novo: seu livro começa neste mês. {note}"
    conditions = [condition for condition, _, _ in found]
    ledger = advance(last, everyone, conditions, programme, month, run.judged(month) == month)
    agreed = agreement(meets(everyone, conditions, "enter") & able, top & able)
    members = ledger[ledger["state"].isin(STATES)]
    active = everyone.loc[everyone[BOUGHT] > 0, "customer_id"]
    balance = adds_up(last, ledger)
    revenue = float(everyone[REVENUE].sum())
    theirs = float(members["revenue"].fillna(0).sum())
    state = ledger["state"].value_counts()
    rows = {
        "customers": len(everyone),
        "eligible": int(able.sum()),
        "members": balance[3],
        "entered": balance[1],
        "left": balance[2],
        "at_risk": int(state.get("at_risk", 0)),
        "candidates": int(state.get("candidate", 0)),
        "revenue": revenue,
        "members_revenue": theirs,
        "revenue_share": theirs / revenue if revenue > 0 else None,
        "segment": segment,
        "precision": agreed.precision,
        "recall": agreed.recall,
        "f1": agreed.f1 if conditions else None,
        "note": note,
    }
    idle = int((~members["customer_id"].isin(active)).sum())
    return LedgerMonth(ledger, found, rows, eligibility(everyone, programme), idle, balance)


def _conditions(
    spec: DomainSpec,
    programme: Programme,
    month: date,
    everyone: pd.DataFrame,
    top: np.ndarray,
    kept: list[Found],
    asked_by: str | None,
) -> tuple[list[Found], str]:
    """The conditions of a month with the month and the run they were found in; and why, or why there are none.

    Takes who can be a member, and whether each is in the segment.

    They are found anew each month until the lookback is filled, since sums over more months are larger; then they
    stay, for they are told to customers.
    """
    from arcana_assets.loyalty.programme.conditions import by_hand, find_conditions, measures_of

    measures = measures_of(programme, spec.domain.currency, spec.domain.lookback_months)
    if programme.entry:
        return [(condition, None, None) for condition in by_hand(programme, measures)], "Condições definidas à mão."
    history = len(months_between(spec.domain.start, month))
    if history < programme.history_months:
        return [], f"O programa começa com {programme.history_months} meses de dados; há {history}."
    filled = shifted(spec.domain.start, spec.domain.lookback_months - 1)
    if kept and not asked_by and kept[0][1] is not None and kept[0][1] >= filled:
        return kept, f"Condições encontradas em {kept[0][1]:%m/%Y}."
    found = find_conditions(everyone, top, list(measures.values()), programme.keep)
    if found:
        how = " a pedido" if asked_by else ""
        return [(condition, month, asked_by) for condition in found], f"Condições encontradas neste mês{how}."
    if kept:
        return kept, "Nada distingue o segmento mais alto neste mês; valem as condições de antes."
    return [], "Nada distingue o segmento mais alto dos outros clientes: não há condições, e ninguém entra."


def _top_segment(everyone: pd.DataFrame, programme: Programme, axis: str) -> tuple[np.ndarray, str | None]:
    """Who is in the highest segment, shape (n,), and its persona; nobody where there is none.

    It is the highest on the axis of the segmentation, or in revenue where customer 360 does not have that column.
    """
    from arcana_assets.loyalty.programme.ledger import REVENUE

    ids = everyone[f"{programme.segmentation}/id"]
    column = axis if axis in everyone.columns else REVENUE
    means = everyone[column].astype("float64").groupby(ids).mean().dropna()
    if means.empty:
        return np.zeros(len(everyone), dtype=bool), None
    top = (ids == means.idxmax()).to_numpy(dtype=bool, na_value=False)
    return top, str(everyone.loc[top, f"{programme.segmentation}/persona"].iloc[0])


def frames_of(month: date, programme: Programme, done: LedgerMonth) -> dict[str, pa.Table]:
    """The rows of a month and programme, by output."""
    of: dict[str, Any] = {"month": month, "programme": programme.name}
    conditions = [
        of
        | {"measure": each.measure.name, "better": each.measure.better, "enter_at": each.enter, "keep_at": each.keep}
        | {"enter_words": each.words(each.enter), "keep_words": each.words(each.keep)}
        | {"found_month": found, "found_in_run": run}
        for each, found, run in done.conditions
    ]
    ledger = done.ledger.assign(**of)
    # Not NaN: a state without a change, and a member who lacks nothing, have none.
    ledger = ledger.assign(change=ledger["change"].replace("", None), lacking=ledger["lacking"].replace("", None))
    return {
        "members": as_table([ledger], tables.MEMBERS),
        "conditions": from_rows(conditions, tables.CONDITIONS),
        "summary": from_rows([of | dict(done.rows)], tables.SUMMARY),
        "eligibility": as_table([done.eligibility.assign(**of)], tables.ELIGIBILITY),
    }

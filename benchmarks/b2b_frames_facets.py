"""Customer 360 of one month in pandas: each entity summed by customer on its own, then joined to the master.

Belongs here: the same figures as those of `customer_360.listed`, in frames. Does not belong here: reading and typing
(`b2b_frames`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from arcana_assets.domain.entities.subscribers import ASPECTS, SURVEY_KINDS
from arcana_assets.presentation.language import language_of
from benchmarks.b2b_frames import Files, local_moments, moments, months, numbers, serial_or_date

LONGEST, HOUR = 24 * 3600, 3600  # seconds
TOGETHER = (
    ("segment", "subsegment"),
    ("revenue_band", "revenue_band_rank"),
    ("country", "state", "city"),
    ("activity",),
)
CLOSED = ("solved", "closed", "deleted")
ITEM = r" - (LICENCA|MANUTENCAO)$"
CUSTOMER = "customer_id"


@dataclass(frozen=True)
class Window:
    """The month computed, and the months that it looks back on: the last twelve, from the first one known."""

    month: pd.Timestamp
    known_from: pd.Timestamp

    @property
    def begins(self) -> pd.Timestamp:
        """First month of the lookback."""
        return self.back(11)

    def back(self, number: int) -> pd.Timestamp:
        """The month so many months before."""
        return self.month - pd.DateOffset(months=number)

    def inside(self, month: pd.Series, begins: pd.Timestamp | None = None) -> pd.Series:
        """Whether months are looked back on."""
        return (month >= max(begins or self.begins, self.known_from)) & (month <= self.month)

    def since(self, when: pd.Series) -> pd.Series:
        """Whole months from the month of a day."""
        return (self.month.year - when.dt.year) * 12 + self.month.month - when.dt.month


def customer_360(files: Files, window: Window, settings: Mapping[str, Any]) -> pd.DataFrame:
    """One row for each customer of the master. `settings` are `regions` and `support` of the domain."""
    table = _master(files, window, settings["regions"])
    tickets = _read_tickets(files)
    facets = {
        "contracts": _contracts(files, window),
        "subscriptions": _subscriptions(files, window),
        "proposals": _proposals(files, window),
        "purchases": _purchases(files),
        "tickets": _tickets(tickets, window, settings["support"]),
        "surveys": _surveys(files, tickets, window),
        "usage": _usage(files, window),
    }
    for name, facet in facets.items():
        known = facet.assign(**{f"has_{name}": True})
        table = table.merge(known, "left", left_on=CUSTOMER, right_index=True, validate="one_to_one")
        table[f"has_{name}"] = table[f"has_{name}"].eq(True)
    return table.sort_values(CUSTOMER).reset_index(drop=True)


def _master(files: Files, window: Window, regions: Mapping[str, list[str]]) -> pd.DataFrame:
    since, profiles = files.read("customers"), files.read("customer_profiles")
    profiles["revenue_band_rank"] = pd.to_numeric(profiles["revenue_band"].str.extract(r"^Faixa (\d\d)")[0])
    # Contract lines complete a customer that the master lists; they list nobody.
    table = pd.DataFrame({CUSTOMER: since[CUSTOMER].unique()})
    first = moments(since["since"]).groupby(since[CUSTOMER]).min()
    table["since"] = table[CUSTOMER].map(first)
    tenure = window.since(table["since"])
    table["tenure_months"] = tenure.where(tenure >= 0)
    for columns in TOGETHER:
        told = profiles.dropna(subset=list(columns), how="all")
        rows = told.groupby([CUSTOMER, *columns], dropna=False, observed=True).size().rename("rows").reset_index()
        most = rows.sort_values([CUSTOMER, "rows", *columns], ascending=[True, False, *[True] * len(columns)])
        table = table.merge(most.drop_duplicates(CUSTOMER).drop(columns="rows"), "left", on=CUSTOMER)
    table["region"] = table["state"].map({state: name for name, states in regions.items() for state in states})
    table["district"] = None  # no file of the company tells it
    return table


def _contracts(files: Files, window: Window) -> pd.DataFrame:
    lines = files.read("contracts")
    lines["signed_on"], lines["amount"] = moments(lines["signed_on"]), numbers(lines["amount"], ",")
    lines = lines[~(lines["signed_on"] >= window.month + pd.DateOffset(months=1))]
    lines["item"] = lines["product_line"].str.replace(ITEM, "", regex=True)
    lines["signed"] = lines["signed_on"] >= window.begins
    active = lines[lines["status"] == "ATIVO"].groupby(CUSTOMER)
    each = lines.groupby(CUSTOMER)
    table = pd.DataFrame({"contracts_total": each.size()})
    table["contracts_active"] = active.size().reindex(table.index, fill_value=0)
    table["active_share"] = table["contracts_active"] / table["contracts_total"]
    table["products_owned"] = active["item"].nunique().reindex(table.index, fill_value=0)
    table["contract_value"] = active["amount"].sum().reindex(table.index, fill_value=0.0)
    table["contracts_end_unknown"] = table["contracts_total"] - table["contracts_active"]
    table["contracts_signed"] = each["signed"].sum()
    lately = lines[window.since(lines["signed_on"]) < 12].groupby(CUSTOMER)
    table["acquired_items_12m"] = lately["item"].nunique().reindex(table.index, fill_value=0)
    table["acquired_value_12m"] = lately["amount"].sum().reindex(table.index, fill_value=0.0)
    table["months_since_contract"] = window.since(each["signed_on"].max())
    return table


def _subscriptions(files: Files, window: Window) -> pd.DataFrame:
    monthly, yearly = files.read("mrr_monthly"), files.read("mrr")
    monthly["month"] = months(serial_or_date(monthly["billed_on"]))
    monthly["mrr"] = pd.to_numeric(monthly["mrr"]).round(4)
    monthly = monthly[monthly["mrr"] >= 0]
    inside = monthly[window.inside(monthly["month"], window.back(12))]
    by_month = inside.pivot_table("mrr", CUSTOMER, "month", "sum")
    by_month = by_month.reindex(columns=[window.back(number) for number in range(12, -1, -1)])
    by_month = by_month[by_month.iloc[:, 1:].notna().any(axis=1)]
    table = pd.DataFrame({"mrr": by_month[window.month].fillna(0)})
    for name, number in (("mrr_growth_3m", 3), ("mrr_growth_12m", 12)):
        before = by_month[window.back(number)]
        table[name] = table["mrr"] / before.where(before > 0) - 1
    yearly["mrr_12m"] = numbers(yearly["mrr_12m"])
    figures = yearly[yearly["mrr_12m"] >= 0].groupby(CUSTOMER)["mrr_12m"].sum()
    return table.join(figures, how="outer")


def _proposals(files: Files, window: Window) -> pd.DataFrame:
    items = files.read("proposals")
    items["month"] = months(moments(items["proposed_on"]))
    for name in ("amount", "full_amount", "discount"):
        items[name] = numbers(items[name], ",")
    items = items[window.inside(items["month"])]
    each = items.groupby(CUSTOMER)
    table = pd.DataFrame(
        {"proposals": items.groupby([CUSTOMER, "month"])["proposal_id"].nunique().groupby(level=0).sum()}
    )
    table["proposal_items"], table["proposal_value"] = each.size(), each["amount"].sum()
    full = each["full_amount"].sum()
    table["discount_share"] = each["discount"].sum() / full.where(full > 0)
    table["months_since_proposal"] = window.since(each["month"].max())
    return table


def _purchases(files: Files) -> pd.DataFrame:
    counts = files.read("purchases")
    counts["purchases_12m"] = numbers(counts["purchases_12m"])
    counts["purchases_value_12m"] = numbers(counts["purchases_value_12m"], ",")
    return counts.groupby(CUSTOMER)[["purchases_12m", "purchases_value_12m"]].sum()


def _read_tickets(files: Files) -> pd.DataFrame:
    """Tickets in their latest state."""
    rows = files.read("tickets")
    rows["opened_at"], rows["updated_at"] = moments(rows["opened_at"]), moments(rows["updated_at"])
    rows = rows[~(rows["updated_at"] < rows["opened_at"])]
    rows = rows.sort_values("updated_at", kind="stable").drop_duplicates("ticket_id", keep="last")
    return rows.assign(month=months(rows["opened_at"]))


def _tickets(tickets: pd.DataFrame, window: Window, support: Mapping[str, Any]) -> pd.DataFrame:
    known = tickets[window.inside(tickets["month"])].copy()
    ended = known["status"].isin(CLOSED) & (months(known["updated_at"]) <= window.month)
    known["closed"] = ended
    known["seconds"] = (known["updated_at"] - known["opened_at"]).dt.total_seconds().where(ended)
    target = known["priority"].map(support["sla_hours"]) * HOUR
    known["due"] = ended & target.notna()
    known["kept"] = known["due"] & (known["seconds"] <= target)
    known["urgent"] = known["priority"].isin(support["urgent"])
    known["later"] = known["month"] >= window.back(5)
    sums = known.groupby(CUSTOMER)[["closed", "seconds", "due", "kept", "urgent", "later"]].sum()
    table = pd.DataFrame({"tickets_opened": known.groupby(CUSTOMER).size()})
    table["tickets_waiting"] = table["tickets_opened"] - sums["closed"]
    table["urgent_share"] = sums["urgent"] / table["tickets_opened"]
    table["open_hours"] = sums["seconds"] / HOUR / sums["closed"].where(sums["closed"] > 0)
    table["sla_kept_share"] = sums["kept"] / sums["due"].where(sums["due"] > 0)
    if window.begins >= window.known_from:
        table["tickets_trend"] = (2 * sums["later"] - table["tickets_opened"]) / table["tickets_opened"]
    else:
        table["tickets_trend"] = np.nan
    return table


def _surveys(files: Files, tickets: pd.DataFrame, window: Window) -> pd.DataFrame:
    parts = [_answers(files, kind, tickets) for kind in SURVEY_KINDS]
    answers = pd.concat(parts, ignore_index=True)
    answers = answers[window.inside(answers["month"])]
    answers["promoter"], answers["detractor"] = answers["score"] >= 9, answers["score"] <= 6
    each = answers.groupby(CUSTOMER)
    table = pd.DataFrame({"answers": each.size(), "mean_score": each["score"].mean()})
    scored = each["score"].count()
    table["promoters"], table["detractors"] = each["promoter"].sum(), each["detractor"].sum()
    table["passives"] = scored - table["promoters"] - table["detractors"]
    table["nps"] = (table["promoters"] - table["detractors"]) * 100 / scored.where(scored > 0)
    later = answers["month"] >= window.back(5)
    halves = [answers[half].groupby(CUSTOMER)["score"].mean() for half in (later, ~later)]
    table["score_trend"] = halves[0].reindex(table.index) - halves[1].reindex(table.index)
    for kind in SURVEY_KINDS:
        mine = answers[answers["kind"] == kind].groupby(CUSTOMER)
        number = mine["score"].count().reindex(table.index, fill_value=0)
        balance = (mine["promoter"].sum() - mine["detractor"].sum()).reindex(table.index)
        table[f"nps_{kind}"], table[f"nps_{kind}_answers"] = balance * 100 / number.where(number > 0), number
    names = sorted(ASPECTS)
    means = each[[f"aspect_{name}" for name in names]].mean().set_axis(names, axis=1).dropna(how="all")
    table["worst_aspect"] = means.idxmin(axis=1).map(lambda name: language_of().say(f"customer_360.aspects.{name}"))
    table["worst_aspect_score"] = means.min(axis=1)
    return table


def _answers(files: Files, kind: str, tickets: pd.DataFrame) -> pd.DataFrame:
    """Surveys of a kind with month, scores and all aspects; those without a date are dated through their ticket."""
    rows = files.read(f"nps_{kind}")
    for name in [name for name in rows.columns if name == "score" or name.startswith("aspect_")]:
        rows[name] = numbers(rows[name])
        rows = rows[~((rows[name] < 0) | (rows[name] > 10))]
    if kind == "support":
        rows = rows.merge(tickets[["ticket_id", "month"]], on="ticket_id", validate="many_to_one")
    elif kind == "onboarding":
        rows["month"] = months(local_moments(rows["answered_at"]))
    elif kind == "product":
        rows["month"] = months(moments(rows["answered_at"], "%m/%d/%Y %I:%M:%S %p"))
    else:
        rows["month"] = months(moments(rows["answered_at"]))
    columns = [CUSTOMER, "month", "kind", "score", *(f"aspect_{name}" for name in ASPECTS)]
    return rows.assign(kind=kind).reindex(columns=columns).astype({f"aspect_{name}": "float64" for name in ASPECTS})


def _usage(files: Files, window: Window) -> pd.DataFrame:
    sessions = files.read("telemetry")
    started = moments(sessions["started_at"])
    sessions["day"], sessions["duration"] = started.dt.normalize(), numbers(sessions["duration"])
    sessions = sessions[window.inside(months(started))]
    sessions["denied"] = sessions["license_status"] == "negado"
    sessions["negative"], sessions["absurd"] = sessions["duration"] < 0, sessions["duration"] > LONGEST
    sessions["counted"] = sessions["duration"].where(
        ~sessions["negative"] & ~sessions["absurd"] & ~sessions["denied"], 0
    )
    days = np.sort(sessions["day"].unique())
    size = len(days) // 2
    sessions["earlier"] = sessions["day"].isin(days[:size])
    sessions["later"] = sessions["day"].isin(days[len(days) - size :])
    each = sessions.groupby(CUSTOMER)
    sums = each[["denied", "negative", "absurd", "counted", "earlier", "later"]].sum()
    table = pd.DataFrame({"active_days": each["day"].nunique(), "sessions": each.size()})
    table["usage_hours"], table["modules_used"] = sums["counted"] / HOUR, each["module_id"].nunique()
    table["license_denials"] = sums["denied"]
    table["negative_durations"], table["absurd_durations"] = sums["negative"], sums["absurd"]
    both = sums["later"] + sums["earlier"]
    return table.assign(usage_trend=(sums["later"] - sums["earlier"]) / both.where(both > 0))

"""Results: what came of the offers of lists, and what customers with lists adopt beyond those without.

Belongs here: which offer was listed and who adopted something, acceptance and lift of a month, their intervals, answers
about nobody or nothing. Does not belong here: who is held out (`held_out`), the cool-off that answers bring
(`eligibility`), what is read (`assets.inputs`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from arcana_assets.domain.entities.feedback import OUTCOMES
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.presentation.language import Language
from arcana_assets.recommendations.tables import ACCEPTANCE, CONFIDENCE, LIFT, WHOLE

PAIR = ("customer_id", "item_id")
ANSWER = (*PAIR, "offered_at", "outcome")
POWER = 0.8  # share of months that show a lift that is there


@dataclass(frozen=True, eq=False)
class ResultInputs:
    """What the results of a month are told by.

    `answers` has a row an offer answered in the lookback: customer_id, item_id, offered_at, outcome, listed (whether
    the customer's list of the month before the offer held the item) and segment (as of the month). `owners` are ids of
    those among who answered who own something, and `items` of what is owned, as of the month. `adoption` counts the
    customers of `listed_month`: held_out, adopted (whether they have got an item since), on_list (whether one of their
    list, given out or kept back), customers. `made_on` is the day on which these lists were first made; None where that
    is not known. `listed` says whether there were lists.
    """

    month: date
    answers: pd.DataFrame
    owners: frozenset[str]
    items: frozenset[str]
    listed_month: date
    adoption: pd.DataFrame
    made_on: date | None
    listed: bool = True


@dataclass(frozen=True, eq=False)
class MonthOfResults:
    """The rows of acceptance, the row of lift, and what is strange about answers, in words; empty where nothing is."""

    acceptance: pd.DataFrame
    lift: Mapping[str, object]
    strange: str


def adopted_since(customers: ir.Table, then: ir.Table, now: ir.Table, lists: ir.Table) -> ir.Table:
    """Each of the customers, and whether they own something now that they did not then, and of their list, in order.

    Takes a month's customers, what is owned (customer, item) of that month and of a later one, and the month's lists.
    """
    everyone = customers.select("customer_id").distinct()
    new = now.select(*PAIR).anti_join(then.select(*PAIR), PAIR)
    for name, which in (("adopted", new), ("on_list", new.semi_join(lists, PAIR))):
        who = which.select("customer_id").distinct().mutate(**{name: True})
        everyone = everyone.left_join(who, "customer_id").drop("customer_id_right")
    found = everyone.mutate(**{name: everyone[name].fill_null(False) for name in ("adopted", "on_list")})
    return found.select("customer_id", "adopted", "on_list").order_by("customer_id")


def offered(answers: ir.Table, lists: ir.Table, segments: ir.Table) -> ir.Table:
    """The offers that were answered, whether they were listed, and the customer's segment, in order.

    An item was on the customer's list if that of the month before the offer holds it: the list of the month itself is
    made without what was answered in it.
    """
    lists = lists.select(*PAIR, listed_month=lists.month)
    joined = answers.left_join(lists, [*PAIR, lists.listed_month == answers.month - ibis.interval(months=1)])
    placed = joined.group_by(*ANSWER).agg(listed=joined.listed_month.notnull().any()).left_join(segments, "customer_id")
    return placed.drop("customer_id_right").order_by(*ANSWER)


def results_of_month(inputs: ResultInputs, offers: Recommendations, start: date, language: Language) -> MonthOfResults:
    """Acceptance and lift of a month, told in the language; `start` is the first month of the domain.

    Answers about who or what is not known are no part of acceptance; of two that differ on one day the one counts that
    holds an item back longer, as it does in the cool-off.
    """
    answers = inputs.answers
    # Who bought nothing in the lookback has no segment, and is a customer all the same.
    strangers = answers["segment"].isna() & ~answers["customer_id"].isin(inputs.owners)
    things = ~answers["item_id"].isin(inputs.items)
    words = [
        f"{len(found)} answers of {found.nunique()} unknown {what}{such_as}"
        for what, found, such_as in (
            ("customers", answers.loc[strangers, "customer_id"], ""),
            ("items", answers.loc[things, "item_id"], f", such as '{answers.loc[things, 'item_id'].min()}'"),
        )
        if len(found)
    ]
    known = answers[~strangers & ~things]
    longest = known.assign(holds=known["outcome"].map(offers.cool_off.months)).sort_values("holds", kind="stable")
    settled = longest.drop_duplicates([*PAIR, "offered_at"], keep="last")
    if differing := len(longest) - len(settled):
        words.append(f"{differing} answers that differ from another of the same day")
    lift = dict.fromkeys(LIFT.arrow.names) | {"month": inputs.month} | _lift(inputs, offers, start, language)
    return MonthOfResults(acceptance(settled).assign(month=inputs.month), lift, " and ".join(words))


def acceptance(answers: pd.DataFrame) -> pd.DataFrame:
    """What came of offers: a row a segment (empty: all) and whether the item was on the customer's list.

    Takes segment (missing where not known), listed and outcome, a row an offer. Returns segment, listed, offers, a
    count an outcome, won_share and its 95 % interval (Wilson 1927).
    """
    whole = answers.assign(segment=WHOLE)
    known = answers[answers["segment"].notna() & (answers["segment"] != WHOLE)]
    rows = []
    for (segment, listed), mine in pd.concat([whole, known]).groupby(["segment", "listed"], sort=True):
        counts = {name: int((mine["outcome"] == name).sum()) for name in OUTCOMES}
        low, high = proportion_interval(counts["won"], len(mine))
        rows.append(
            {"segment": segment, "listed": bool(listed), "offers": len(mine)}
            | counts
            | {"won_share": counts["won"] / len(mine), "won_share_low": low, "won_share_high": high}
        )
    return pd.DataFrame(rows, columns=[name for name in ACCEPTANCE.arrow.names if name != "month"])


def _lift(inputs: ResultInputs, offers: Recommendations, start: date, language: Language) -> dict[str, object]:
    """Of all who were customers at the time of the lists, whether they adopted anything since.

    Neither lists nor answers decide who is counted and what counts, only who is held out: customers were put into the
    two groups by chance, and nothing else tells them apart (intention to treat).
    """
    say, month = language.say, language.short_month(inputs.listed_month)
    if not offers.held_out:
        return {"reason": say("offered.results.nobody_held_out")}
    if inputs.listed_month < start:
        return {"reason": say("offered.results.too_young", n=offers.horizon_months)}
    if not inputs.listed:
        return {"reason": say("offered.results.no_lists", month=month)}
    if inputs.made_on is None:
        return {"reason": say("offered.results.made_unknown", month=month)}
    if inputs.made_on >= shifted(inputs.listed_month, 1):
        return {"reason": say("offered.results.made_late", month=month, day=language.day(inputs.made_on))}
    counts, kept = inputs.adoption["customers"], inputs.adoption["held_out"]
    groups, on_list = (
        [(int(counts[mine & inputs.adoption[name]].sum()), int(counts[mine].sum())) for mine in (~kept, kept)]
        for name in ("adopted", "on_list")
    )
    (adopters, customers), (other_adopters, others) = groups
    counted = {
        "listed_month": inputs.listed_month,
        "adopters": adopters,
        "customers": customers,
        "held_out_adopters": other_adopters,
        "held_out_customers": others,
        "on_list_adopters": on_list[0][0],
        "held_out_on_list_adopters": on_list[1][0],
    }
    if not customers or not others:
        return counted | {"reason": say("offered.results.empty_group", month=month)}
    (lift, low, high), listed, least = difference(*groups), difference(*on_list), least_lift(*groups)
    share, other = adopters / customers, other_adopters / others
    beyond = say("offered.results.within") if low <= 0 <= high else say("offered.results.beyond")
    return counted | {
        "share": share,
        "held_out_share": other,
        "lift": lift,
        "lift_low": low,
        "lift_high": high,
        "least_lift": least,
        **dict(zip(("on_list_lift", "on_list_lift_low", "on_list_lift_high"), listed, strict=True)),
        "least_on_list_lift": least_lift(*on_list),
        "reason": say(
            "offered.results.told",
            share=language.percent(share),
            customers=customers,
            other=language.percent(other),
            others=others,
            beyond=beyond,
            least=language.number(100 * least, 1),
        ),
    }


def least_lift(first: tuple[int, int], second: tuple[int, int]) -> float:
    """The smallest difference of two proportions that groups of their sizes show in four of five cases.

    A two-sided test at 5 %, a power of 80 %, the variance that of all customers of both (successes, of).
    """
    normal = NormalDist()
    share = (first[0] + second[0]) / (first[1] + second[1])
    error = np.sqrt(share * (1 - share) * (1 / first[1] + 1 / second[1]))
    return float((normal.inv_cdf((1 + CONFIDENCE) / 2) + normal.inv_cdf(POWER)) * error)


def proportion_interval(successes: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927); NaN of nobody."""
    from scipy.stats import binomtest

    if not of:
        return np.nan, np.nan
    found = binomtest(successes, of).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def difference(first: tuple[int, int], second: tuple[int, int]) -> tuple[float, float, float]:
    """The first proportion (successes, of) less the second, and its 95 % interval; NaN where either is of nobody.

    Source: R. Newcombe, Interval estimation for the difference between independent proportions (1998), method 10.
    """
    if not first[1] or not second[1]:
        return np.nan, np.nan, np.nan
    one, other = (successes / of for successes, of in (first, second))
    (low_1, high_1), (low_2, high_2) = proportion_interval(*first), proportion_interval(*second)
    below, above = np.hypot(one - low_1, high_2 - other), np.hypot(high_1 - one, other - low_2)
    return one - other, one - other - float(below), one - other + float(above)

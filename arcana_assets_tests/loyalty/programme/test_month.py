"""A month of a programme: which conditions hold, since when, and what its rows are."""

from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import shifted
from arcana_assets.domain.settings.loyalty import Exclusion
from arcana_assets.loyalty.programme.limits import ADDS_UP, BOUGHT, CHURN, FIDELITY, SHARE, SIZE, failed
from arcana_assets.loyalty.programme.month import Counted, LedgerMonth, advanced, rows_of
from arcana_assets.loyalty.programme.terms import Found, kept_conditions, terms_of
from arcana_assets.presentation.language import language_of

PORTUGUESE = language_of()


@pytest.fixture(scope="module")
def retail():
    return load_domain(DEFS / "retail").model_copy(update={"start": date(2010, 12, 1), "lookback_months": 6})


PROGRAMME = {"history_months": 2, "revenue_share": (0.0, 1.0)}


def everyone(customers=60):
    """A third of the customers is in the highest segment: they bought five times or more."""
    orders = np.arange(customers) % 3 * 2 + 1
    return pd.DataFrame(
        {
            "customer_id": [f"c{at:02}" for at in range(customers)],
            "monetary": orders * 100.0,
            "frequency": orders,
            "recency_days": 10,
            "average_ticket": 100.0,
            "lookback_revenue": orders * 100.0,
            "bought_months": orders,
            "value/id": np.where(orders >= 5, 2, 1),
            "value/persona": np.where(orders >= 5, "02-VIPs", "01-Demais"),
        }
    )


@dataclass(frozen=True)
class Standing:
    """What a month goes on from."""

    ledger: pd.DataFrame
    conditions: list[Found]


@dataclass(frozen=True)
class Made(LedgerMonth):
    """A month with the ledger of all its customers: what the next one goes on from."""

    ledger: pd.DataFrame

    @property
    def conditions(self):
        return self.terms.conditions


def month_of(domain, month, before=None, over=True, asked_by=None, customers=None, size=None, **settings):
    """A month of all customers at once, or in blocks of a size."""
    programme = domain.programmes[0].model_copy(update=PROGRAMME | settings)
    rows = everyone() if customers is None else customers
    was = before.ledger if before is not None else pd.DataFrame()
    ends = [*range(0, len(rows), size or len(rows)), len(rows)]
    blocks = [rows.iloc[first:after].reset_index(drop=True) for first, after in pairwise(ends)]
    terms = terms_of(domain, programme, month, blocks, before.conditions if before is not None else None, asked_by)
    parts = []
    for block in blocks:
        mine = was[was["customer_id"].isin(block["customer_id"])].reset_index(drop=True) if len(was) else was
        parts.append(advanced(programme, month, block, mine, terms, PORTUGUESE, over=over))
    counted = reduce(Counted.and_of, (counted for _, counted in parts))
    ledger = pd.concat([ledger for ledger, _ in parts], ignore_index=True)
    return Made(programme, month, over, terms, counted, PORTUGUESE, ledger)


def test_a_month_in_blocks_is_the_month_of_all_customers_at_once(retail):
    may, rows = date(2011, 5, 1), everyone(61)
    rows["bought_months"] = rows["bought_months"].where(rows.index % 5 > 0, 0)
    later = rows.assign(frequency=rows["frequency"].where(rows.index % 4 > 0, 1))
    before = [month_of(retail, may, customers=rows, size=size) for size in (None, 7)]
    june = shifted(may, 1)
    after = [
        month_of(retail, june, was, customers=later, size=size) for was, size in zip(before, (None, 7), strict=True)
    ]
    for whole, parted in (before, after):
        assert (parted.terms, parted.counted) == (whole.terms, whole.counted)
        assert parted.counted.members > 0
        pd.testing.assert_frame_equal(parted.ledger, whole.ledger)


def test_conditions_are_found_anew_until_the_lookback_is_filled_and_then_stay(retail):
    filled = retail.filled_from
    assert filled == date(2011, 5, 1)
    april = month_of(retail, shifted(filled, -1))
    may = month_of(retail, filled, april)
    june = month_of(retail, shifted(filled, 1), may)
    assert [each.conditions[0].month for each in (april, may, june)] == [shifted(filled, -1), filled, filled]
    assert june.summary["note"] == "Condições encontradas em 05/2011."
    asked = month_of(retail, shifted(filled, 1), may, asked_by="run")
    assert (asked.conditions[0].month, asked.conditions[0].run) == (date(2011, 6, 1), "run")


def test_the_rows_of_a_month_are_those_of_its_tables(retail):
    done = month_of(retail, date(2011, 5, 1), Standing(pd.DataFrame(), []))
    (summary,) = done.tables["summary"].to_pylist()
    assert (summary["members"], summary["entered"], summary["segment"], summary["f1"]) == (20, 20, "02-VIPs", 1.0)
    assert summary["revenue_share"] == pytest.approx(500 / 900)
    members = rows_of(done.programme, done.month, done.ledger).to_pylist()
    assert [each["lacking"] for each in members if each["state"] == "member"] == [None] * 20
    again = kept_conditions(retail, done.programme, done.tables["conditions"].to_pylist())
    assert again == done.conditions
    other = done.programme.model_copy(update={"measures": {"average_ticket": "high"}})
    assert kept_conditions(retail, other, done.tables["conditions"].to_pylist()) == []


def test_conditions_by_hand_need_no_history_and_are_used_as_they_are(retail):
    first = month_of(retail, retail.start, entry={"frequency": 3.0})
    orders = everyone().set_index("customer_id")["frequency"]
    members = first.ledger.loc[first.ledger["state"] == "member", "customer_id"]
    assert set(members) == set(orders[orders >= 3].index)
    assert [each.month for each in first.conditions] == [None]
    assert month_of(retail, retail.start).conditions == []


def test_who_is_excluded_by_rule_is_counted_and_not_missed_by_the_conditions(retail):
    rule = Exclusion(reason="Atacado", column="frequency", at_least=5)
    rows = everyone().assign(**{"value/id": 2})
    done = month_of(retail, date(2011, 5, 1), customers=rows, exclude=[rule], entry={"frequency": 1.0})
    counted = {each["reason"]: each["customers"] for each in done.tables["eligibility"].to_pylist()}
    assert counted["Atacado"] == 20
    assert sum(counted.values()) == 60
    assert (done.summary["members"], done.summary["f1"]) == (40, 1.0)


def test_a_month_that_passes_its_limits_says_nothing_and_one_that_does_not_says_what_was_expected(retail):
    may = date(2011, 5, 1)
    first = month_of(retail, may, Standing(pd.DataFrame(), []))
    assert dict(failed(first)) == {}
    gone = everyone().assign(bought_months=0, lookback_revenue=0.0)
    left = month_of(retail, shifted(may, 1), first, customers=gone)
    assert dict(failed(left))[CHURN] == "insiders 2011-06: 20 of 20 members left, expected 15% at most"
    narrow = month_of(retail, may, Standing(pd.DataFrame(), []), revenue_share=(0.1, 0.2), entry={"frequency": 1.0})
    assert dict(failed(narrow)) == {
        SHARE: "insiders 2011-05: 100.0% of the revenue, expected 10% to 20%",
        FIDELITY: "insiders 2011-05: F1 0.50 against 02-VIPs, expected 0.7",
    }


@pytest.mark.parametrize(("size", "others", "share"), [((0.3, 0.5), 60, "16.7%"), ((0.1, 0.35), -20, "50.0%")])
def test_a_programme_that_is_smaller_or_larger_than_its_size_says_so(retail, size, others, share):
    may = date(2011, 5, 1)
    first = month_of(retail, may, Standing(pd.DataFrame(), []), share=size)
    assert (first.summary["members"], first.out_of_size) == (20, None)
    low = everyone(180).query("frequency == 1").assign(customer_id=lambda rows: "o" + rows["customer_id"])
    kept = everyone() if others > 0 else everyone().query("frequency > 1")
    rows = pd.concat([kept, low.iloc[: max(others, 0)]], ignore_index=True)
    later = month_of(retail, shifted(may, 1), first, customers=rows, share=size)
    expected = " to ".join(f"{each:.0%}" for each in size)
    assert later.summary["members"] == 20
    assert (
        dict(failed(later))[SIZE]
        == f"insiders 2011-06: {share} of who can be a member is one or at risk, expected {expected}"
    )
    assert "Com os que estão em risco" in later.summary["note"]


def test_only_a_month_that_is_over_may_not_have_members_who_bought_nothing(retail):
    may = date(2011, 5, 1)
    first = month_of(retail, may, Standing(pd.DataFrame(), []))
    gone = everyone().assign(bought_months=0, lookback_revenue=0.0)
    still_open = month_of(retail, shifted(may, 1), first, over=False, customers=gone)
    assert still_open.counted.idle == 20
    assert BOUGHT not in dict(failed(still_open))
    assert ADDS_UP not in dict(failed(still_open))

"""How far a feature has moved from what a model was fitted on: bases whose shares are known."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from arcana_assets.customer_360.drift import (
    FEW,
    NOBODY,
    NOT_BEFORE,
    NOT_NOW,
    NotComparable,
    Reference,
    drift,
    note_of,
    references,
)


def reference(values, feature="spend"):
    (found,) = references(pd.DataFrame({feature: np.array(values, dtype="float64")}), [feature])
    return found


def compared(before, now):
    return drift([reference(before)], pd.DataFrame({"spend": np.array(now, dtype="float64")})).iloc[0]


def repeated(**shares):
    """A thousand customers, with so many of each value; `none` is missing."""
    values = [math.nan if name == "none" else float(name[1:]) for name, many in shares.items() for _ in range(many)]
    assert len(values) == 1000
    return values


EVEN = list(range(1, 1001))
SKEWED = np.random.default_rng(1).lognormal(3, 2, 3000)
MOSTLY_ZERO = np.where(np.random.default_rng(2).random(3000) < 0.6, 0, SKEWED)


@pytest.mark.parametrize(
    "values",
    [EVEN, SKEWED, MOSTLY_ZERO, repeated(v0=950, v1=50), repeated(v0=50, v1=950), repeated(v0=300, v1=400, none=300)],
)
def test_a_base_has_not_moved_from_itself(values):
    row = compared(values, values)
    assert row.psi == pytest.approx(0, abs=0.003)
    assert row.ks == pytest.approx(0, abs=0.01)
    assert row.median_now == pytest.approx(row.median_before)
    assert row.note is None


def test_the_psi_is_that_of_the_deciles():
    # All the customers are in the upper half now, so five deciles are empty and five hold twice as many.
    row = compared(EVEN, [value for value in EVEN for _ in range(2) if value > 500])
    empty = 0.5 / 1000  # half a customer
    assert row.psi == pytest.approx(5 * (0.1 * math.log(2)) + 5 * (empty - 0.1) * math.log(empty / 0.1), rel=0.01)
    assert row.ks == pytest.approx(0.5, abs=0.01)
    assert (row.median_before, row.median_now) == (500.5, 750.5)
    assert (row.customers_before, row.customers_now) == (1000, 1000)


@pytest.mark.parametrize(("ones", "now"), [(100, 300), (50, 500), (950, 500), (880, 940), (500, 400)])
def test_an_indicator_is_compared_by_its_values(ones, now):
    row = compared(repeated(v0=1000 - ones, v1=ones), repeated(v0=1000 - now, v1=now))
    before, after = ones / 1000, now / 1000
    psi = (after - before) * math.log(after / before) + (before - after) * math.log((1 - after) / (1 - before))
    assert row.psi == pytest.approx(psi, abs=0.01 + psi / 20)
    assert row.ks == pytest.approx(abs(after - before), abs=0.01)


def test_a_value_that_holds_several_deciles_is_one_bin():
    shifted = np.where(MOSTLY_ZERO > 0, MOSTLY_ZERO * 1000, 0)  # who had nothing still has nothing
    away = compared(MOSTLY_ZERO, shifted)
    assert 0.25 < away.psi < 5
    with_fewer_zeros = repeated(v0=600, v5=400), repeated(v0=400, v5=600)
    assert compared(*with_fewer_zeros).psi == pytest.approx(0.2 * math.log(1.5) * 2, abs=0.01)


def test_a_constant_that_takes_other_values_has_drifted_to_either_side():
    for other in ("v9", "v1"):
        row = compared([5.0] * 1000, repeated(**{"v5": 700, other: 300}))
        assert 0.25 < row.psi < 5
        assert row.ks == pytest.approx(0.3)


def test_missing_is_a_bin_of_its_own_and_infinite_is_missing():
    half = [value if value % 2 else math.inf for value in EVEN]
    row = compared(EVEN, half)
    assert (row.missing_share_before, row.missing_share_now) == (0, 0.5)
    assert row.ks == pytest.approx(0, abs=0.01)  # of what is known
    empty = 0.5 / 1000
    assert row.psi == pytest.approx((0.5 - empty) * math.log(0.5 / empty) + 0.5 * math.log(2), rel=0.01)
    assert compared(half, half).psi == pytest.approx(0, abs=0.001)


def test_one_customer_with_a_new_value_is_no_drift():
    assert compared([0.0] * 60, [0.0] * 59 + [7.0]).psi < 0.02


@pytest.mark.parametrize("customers", [60, 150, 400, 2000])
def test_another_sample_of_the_same_base_is_no_drift(customers):
    rng = np.random.default_rng(customers)
    found = [compared(rng.lognormal(3, 1, customers), rng.lognormal(3, 1, customers)).psi for _ in range(10)]
    assert np.mean(found) < 0.1
    assert max(found) < 0.25


def test_the_ks_is_within_a_hundredth_of_that_of_the_values_themselves():
    rng = np.random.default_rng(4)
    for before in (SKEWED, MOSTLY_ZERO, rng.poisson(2, 3000), rng.normal(size=3000)):
        for now in (SKEWED[:1000] * 3, rng.poisson(4, 1000), MOSTLY_ZERO[:1000] - 1):
            exact = ks_2samp(before, now, method="asymp").statistic
            assert compared(before, now).ks == pytest.approx(exact, abs=0.0105)


def test_a_feature_that_nobody_had_or_has_is_compared_by_who_lacks_it():
    nobody = [math.nan] * 1000
    for before, now in ((nobody, EVEN), (EVEN, nobody)):
        row = compared(before, now)
        assert row.psi > 0.25
        assert math.isnan(row.ks)
    assert compared(nobody, nobody).psi == 0
    assert math.isnan(compared(nobody, EVEN).median_before)


def test_features_that_are_gone_or_new_have_a_row_that_says_so():
    known = [reference(EVEN), reference(EVEN, "visits")]
    frame = pd.DataFrame({"spend": EVEN, "age": [None, 30, *([40] * 998)]})
    found = drift(known, frame, ["spend", "age", "height"]).set_index("feature")
    assert list(found.index) == ["spend", "visits", "age", "height"]
    now, new = note_of(NOT_NOW), note_of(NOT_BEFORE)
    assert found["note"].tolist() == [None, now, new, f"{new}, {now}"]
    assert found["psi"].isna().tolist() == found["ks"].isna().tolist() == [False, True, True, True]
    assert found.loc["visits", ["missing_share_before", "median_before", "customers_before"]].tolist() == [
        0,
        500.5,
        1000,
    ]
    assert found.loc["age", ["missing_share_now", "median_now", "customers_now"]].tolist() == [0.001, 40, 1000]
    assert pd.isna(found.loc["age", "customers_before"])


def test_few_customers_and_none_are_said():
    assert compared(range(39), range(39)).note == note_of(FEW)
    assert compared(range(40), range(40)).note is None
    row = compared(EVEN, [])
    assert (row.note, row.customers_now) == (note_of(NOBODY), 0)
    assert math.isnan(row.psi)


def test_neither_the_order_of_rows_nor_their_type_matters():
    frame = pd.DataFrame({"spend": MOSTLY_ZERO * 1.1})
    first = drift([reference(MOSTLY_ZERO)], frame)
    pd.testing.assert_frame_equal(drift([reference(MOSTLY_ZERO[::-1])], frame.sample(frac=1, random_state=3)), first)
    counts = pd.DataFrame({"spend": pd.array([1, 2, None] * 100, dtype="Int64")})
    same = counts.astype("float64")
    pd.testing.assert_frame_equal(drift([reference(EVEN)], counts), drift([reference(EVEN)], same))


def test_a_model_without_features_has_no_rows():
    assert drift([], pd.DataFrame({"spend": [1.0]})).empty


@pytest.mark.parametrize(
    ("values", "below", "upto"),
    [
        ((1.0, 2.0), (0.0,), (0.5, 1.0)),
        ((2.0, 1.0), (0.0, 0.5), (0.5, 1.0)),
        ((1.0, 2.0), (0.0, 0.4), (0.5, 1.0)),
        ((1.0, math.nan), (0.0, 0.5), (0.5, 1.0)),
        ((1.0, 2.0), (0.0, 0.5), (0.5, 1.1)),
    ],
)
def test_a_damaged_reference_is_refused(values, below, upto):
    with pytest.raises(NotComparable, match="'spend' needs ascending values, and ascending shares for each, found"):
        Reference("spend", values, below, upto, 1.5, 0.0, 10)


def test_a_feature_of_words_is_refused():
    with pytest.raises(NotComparable, match="feature 'spend' must be numeric"):
        drift([reference(EVEN)], pd.DataFrame({"spend": ["much"]}))


def test_a_reference_is_what_the_customers_of_a_fit_had():
    frame = pd.DataFrame({"spend": [3.0, 1.0, np.nan, np.inf, 2.0], "nobody": [np.nan] * 5})
    spend, nobody = references(frame, ["spend", "nobody"])
    assert (spend.values, spend.median) == ((1.0, 2.0, 3.0), 2.0)
    assert spend.below == pytest.approx((0, 1 / 3, 2 / 3))
    assert spend.upto == pytest.approx((1 / 3, 2 / 3, 1))
    assert (spend.missing_share, spend.customers) == (pytest.approx(0.4), 5)
    assert (nobody.values, nobody.median, nobody.missing_share) == ((), None, 1.0)
    assert references(frame.sample(frac=1, random_state=1), ["spend"]) == [spend]


@pytest.mark.parametrize("values", [EVEN, SKEWED, MOSTLY_ZERO, repeated(v0=300, v1=400, none=300), [1.0] * 60])
def test_between_two_values_of_a_reference_lies_at_most_a_hundredth_of_the_known_ones(values):
    kept = reference(values)
    assert len(kept.values) <= 101
    assert (kept.below[0], kept.upto[-1]) == (0, 1)
    assert all(below - upto < 0.01 + 1e-9 for below, upto in zip(kept.below[1:], kept.upto, strict=False))

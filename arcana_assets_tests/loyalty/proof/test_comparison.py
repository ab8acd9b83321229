"""Members against others: pairs are alike, intervals hold, tests are corrected."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.loyalty.proof.comparison import ALL, MATCHED, Matches, compared, holm, matched


def world(customers=2_000, effect=0.0, seed=3):
    """Customers whose revenue before decides, noisily, who is a member, and is most of what comes after."""
    rng = np.random.default_rng(seed)
    before = rng.lognormal(4, 1, customers)
    members = before * rng.lognormal(0, 0.7, customers) > 90
    after = before * rng.lognormal(-0.125, 0.5, customers) + effect * members
    covariates = pd.DataFrame({"before": before, "orders": np.round(before / 20)})
    return covariates, members, pd.DataFrame({"revenue": after})


def test_pairs_are_a_member_and_another_each_once_and_alike():
    covariates, members, _ = world()
    pairs = matched(covariates, members)
    assert members[pairs.members].all()
    assert not members[pairs.others].any()
    assert len(set(pairs.members)) == len(set(pairs.others)) == len(pairs.members) > 300
    balance = pairs.balance.set_index("covariate")
    assert (balance["all"] > 0.8).all()
    assert (balance["matched"].abs() < 0.2).all()


def test_who_has_nobody_alike_has_no_pair():
    covariates = pd.DataFrame({"before": [1.0, 2, 3, 1_000, 2_000]})
    pairs = matched(covariates, np.array([False, False, False, True, True]))
    assert len(pairs.members) == 0
    assert pairs.balance["matched"].isna().all()
    for none in (np.zeros(5, dtype=bool), np.ones(5, dtype=bool)):
        assert len(matched(covariates, none).members) == 0


def test_a_pair_is_at_most_a_quarter_of_a_standard_deviation_apart():
    """Others at -1 and 1 on the logarithmic scale, so that the standard deviation is 1; two members near -1."""
    points = np.r_[np.tile([-1.0, 1.0], 5_000), -1 + 0.24, -1 + 0.26]
    covariates = pd.DataFrame({"before": np.sign(points) * np.expm1(np.abs(points))})
    members = np.arange(len(points)) >= 10_000
    assert matched(covariates, members).members.tolist() == [10_000]


def test_an_absent_covariate_stands_at_the_middle_and_a_constant_one_tells_nothing():
    covariates = pd.DataFrame({"tenure": [np.nan, 10.0, 10.0, np.nan], "same": [1.0] * 4})
    pairs = matched(covariates, np.array([True, False, False, False]))
    assert pairs.members.tolist() == [0]
    # All that is known of tenure is 10, so who has none is as near to everybody.
    assert pairs.others.tolist()[0] in (1, 2, 3)
    nothing = pd.DataFrame({"tenure": [np.nan] * 3})
    assert len(matched(nothing, np.array([True, False, False])).members) == 1


def test_selection_alone_looks_like_an_effect_until_customers_are_matched():
    covariates, members, outcomes = world(effect=0.0)
    table = compared(outcomes, members, matched(covariates, members), 7).set_index("comparison")
    assert table.loc[ALL, "low"] > 20
    assert table.loc[ALL, "p_adjusted"] < 0.001
    assert table.loc[MATCHED, "low"] < 0 < table.loc[MATCHED, "high"]


def test_a_planted_effect_is_found_among_the_pairs():
    covariates, members, outcomes = world(effect=30.0)
    row = compared(outcomes, members, matched(covariates, members), 7).set_index("comparison").loc[MATCHED]
    assert row["low"] < 30 < row["high"]
    assert row["low"] > 0
    assert row["p_adjusted"] < 0.001


def test_intervals_of_no_difference_hold_nineteen_times_in_twenty():
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        values = pd.DataFrame({"revenue": rng.gamma(2, 10, 200)})
        members = np.arange(200) < 80
        nobody = Matches(np.empty(0, dtype=int), np.empty(0, dtype=int), pd.DataFrame())
        row = compared(values, members, nobody, seed).iloc[0]
        held += row["low"] <= 0 <= row["high"]
    assert held >= 53


def test_with_few_customers_there_are_means_and_no_claims():
    outcomes = pd.DataFrame({"revenue": [1.0, 3, 5, np.nan]})
    table = compared(outcomes, np.array([True, True, False, False]), matched(outcomes, np.zeros(4, dtype=bool)), 7)
    everybody = table[table["comparison"] == ALL].iloc[0]
    assert (everybody["members"], everybody["others"], everybody["difference"]) == (2, 1, -3)
    assert table[["low", "high", "p", "p_adjusted"]].isna().all().all()
    assert table[table["comparison"] == MATCHED].iloc[0]["members"] == 0


def test_equal_outcomes_are_no_difference():
    outcomes = pd.DataFrame({"retention": np.ones(60)})
    members = np.arange(60) < 30
    pairs = Matches(np.arange(30), np.arange(30, 60), pd.DataFrame())
    table = compared(outcomes, members, pairs, 7)
    assert table["p"].tolist() == [1, 1]
    assert table[["difference", "low", "high"]].to_numpy().tolist() == [[0, 0, 0]] * 2


def test_the_same_seed_gives_the_same_table():
    covariates, members, outcomes = world(300)
    pairs = matched(covariates, members)
    pd.testing.assert_frame_equal(compared(outcomes, members, pairs, 7), compared(outcomes, members, pairs, 7))


def test_means_and_ranks_that_disagree_show_nothing():
    """Most members pay a little less than their pair, a few much more: the mean is theirs, the ranks are not."""
    gaps = np.r_[np.full(160, -5.0), np.full(40, 500.0)] + np.linspace(0, 1e-3, 200)
    outcomes = pd.DataFrame({"revenue": np.r_[100 + gaps, np.full(200, 100.0)]})
    pairs = Matches(np.arange(200), np.arange(200, 400), pd.DataFrame())
    row = compared(outcomes, np.arange(400) < 200, pairs, 7).set_index("comparison").loc[MATCHED]
    assert row["low"] > 0 > row["rank_effect"]
    assert row["p"] < 0.05
    assert not row["beyond_chance"]


def test_the_rank_effect_is_the_share_won_less_the_share_lost():
    outcomes = pd.DataFrame({"revenue": np.r_[np.arange(20.0), np.arange(20.0) - 0.5]})
    members = np.arange(40) < 20
    pairs = Matches(np.arange(20), np.arange(20, 40), pd.DataFrame())
    table = compared(outcomes, members, pairs, 7).set_index("comparison")
    won = sum(np.sign(one - other) for one in np.arange(20.0) for other in np.arange(20.0) - 0.5) / 400
    assert table.loc[ALL, "rank_effect"] == pytest.approx(won)
    assert table.loc[MATCHED, "rank_effect"] == 1


def test_balance_is_in_standard_deviations_of_the_members():
    """The spread of all customers holds the very difference, and would make pairs look more alike than they are."""
    covariates = pd.DataFrame({"before": np.r_[np.full(50, 0.0), np.full(50, 1.0), np.full(50, 7.0), np.full(50, 9.0)]})
    members = np.arange(200) >= 100
    bent = np.log1p(covariates["before"])
    by_hand = (bent[members].mean() - bent[~members].mean()) / bent[members].std(ddof=0)
    assert matched(covariates, members).balance["all"].tolist() == pytest.approx([by_hand])


def test_p_values_are_corrected_for_their_number():
    """The example of Holm's procedure: each times those not yet rejected, never below one that came before."""
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.9, np.nan, 0.6]))[[0, 2]] == pytest.approx([1, 1])
    assert np.isnan(holm(np.array([np.nan]))).all()

"""Nobody serves who loses to popularity, and who cannot serve is stood in for."""

import json

import numpy as np
import pandas as pd
import pytest

from arcana_assets.recommendations.leaderboard import Leaderboard, UnusableLeaderboard, behind
from arcana_assets.recommendations.serving import Served, served_by, serving, worse_than_popularity


def board(**ndcg):
    return Leaderboard(pd.DataFrame(), pd.DataFrame(ndcg), pd.DataFrame())


def constant(value, customers=1_200):
    return np.full(customers, value)


def noisy(mean, customers=1_200):
    """Half of the customers 0.1 above, half 0.1 below."""
    return mean + np.where(np.arange(customers) % 2, 0.1, -0.1)


def test_the_best_serves_where_it_is_better_beyond_chance():
    name, reason = serving(board(popular=constant(0.05), bm25_neighbours=constant(0.11), ease=constant(0.125)))
    assert name == "ease"
    assert reason == (
        "Serve EASE: nDCG@10 0,1250, contra 0,0500 da popularidade, em 1.200 clientes que adotaram algo novo."
    )


def test_the_simplest_serves_of_those_that_are_as_good_as_the_best():
    # EASE is ahead by 0.001, within 0.1 / sqrt(1200) of chance, twice that.
    tried = board(popular=constant(0.05), bm25_neighbours=constant(0.124), ease=noisy(0.125), jaccard=noisy(0.1245))
    name, reason = serving(tried)
    assert name == "bm25_neighbours"
    assert reason == (
        "Serve itens vizinhos (BM25): nDCG@10 0,1240, contra 0,0500 da popularidade, em 1.200 clientes que adotaram "
        "algo novo; o melhor, EASE (0,1250), não é melhor além do acaso."
    )


def test_differences_are_paired_by_customer():
    # Customers differ by 0.1, but EASE is better for each by 0.001: as surely as can be.
    paired = board(popular=constant(0.05), jaccard_neighbours=noisy(0.124), ease=noisy(0.125))
    assert serving(paired)[0] == "ease"
    assert behind(paired, "jaccard_neighbours") == pytest.approx([0.001] * 3)
    assert behind(paired, "ease") == (0, 0, 0)


def test_who_loses_to_popularity_never_serves_however_near():
    name, reason = serving(board(popular=constant(0.08), also_in_segment=noisy(0.0799), ease=noisy(0.0801)))
    assert name == "popular"
    assert "o melhor, EASE (0,0801), não é melhor além do acaso" in reason
    name, _ = serving(board(also_in_segment=noisy(0.0799), popular_in_segment=constant(0.08), ease=noisy(0.0801)))
    assert name == "popular_in_segment"


def test_popularity_serves_where_nothing_is_better():
    name, reason = serving(board(popular=constant(0.08), ease=constant(0.03)))
    assert name == "popular"
    assert reason == (
        "Serve os mais populares da base: nDCG@10 0,0800, em 1.200 clientes que adotaram algo novo; nenhum outro foi "
        "melhor."
    )


def test_nobody_serves_without_having_been_held_against_popularity():
    with pytest.raises(UnusableLeaderboard, match="found ease; evaluate one of popular, popular_in_segment"):
        serving(board(ease=constant(0.1)))


STEPS = {"places": [0.0, 1.0], "probabilities": [0.0, 0.5]}


def of_month(chosen="ease", **worth):
    """A month's leaderboard as the lake keeps it."""
    rows = [(name, ndcg, name == chosen, json.dumps(STEPS) if name == chosen else None) for name, ndcg in worth.items()]
    return pd.DataFrame(rows, columns=["recommender", "ndcg_10", "serves", "calibration"])


def test_the_chosen_one_serves_with_what_was_learned_of_its_scores():
    board = of_month(popular=0.1, ease=0.5, jaccard_neighbours=0.6)
    assert served_by(board, {"popular", "ease"}) == Served("ease", STEPS, None, False)
    young = of_month("popular_in_segment", popular_in_segment=None).assign(calibration=None)
    assert served_by(young, {"popular", "popular_in_segment"}) == Served("popular_in_segment", {}, None, False)


def test_where_the_chosen_one_cannot_the_best_that_can_serves_without_its_probabilities():
    able = {"popular", "popular_in_segment", "bm25_neighbours"}
    board = of_month(popular=0.1, popular_in_segment=0.2, bm25_neighbours=0.4, ease=0.5)
    assert served_by(board, able) == Served("bm25_neighbours", {}, "ease", False)
    equal = of_month(popular=0.4, bm25_neighbours=0.4, ease=0.5)
    assert served_by(equal, able).name == "popular"
    assert served_by(of_month(ease=0.5), able) == Served("popular_in_segment", {}, "ease", False)


def test_who_serves_though_worse_than_popularity_is_found_out():
    rows = of_month("jaccard", popular=0.2, ease=0.1, jaccard=0.3)
    assert [worse_than_popularity(rows, name) for name in ("popular", "ease", "jaccard", "unheard_of")] == [
        *(False, True, False, True)
    ]
    assert served_by(of_month(popular=0.2, ease=0.1), {"popular", "ease"}).worse
    assert not worse_than_popularity(of_month("popular_in_segment", popular_in_segment=None), "popular_in_segment")

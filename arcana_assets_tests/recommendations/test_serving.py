"""Nobody serves who loses to popularity, and who cannot serve is stood in for."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.leaderboard import Leaderboard, UnusableLeaderboard
from arcana_assets.recommendations.serving import InUse, Served, in_use, served_by, serving, worse_than_popularity
from arcana_assets.recommendations.value import Calibration

PORTUGUESE = language_of()


def board(**ndcg):
    return Leaderboard(pd.DataFrame(), pd.DataFrame(ndcg), pd.DataFrame())


def worth(**ndcg):
    """A leaderboard of 1,200 customers, half of them 0.05 above the mean and half below."""
    return board(**{name: mean + np.where(np.arange(1_200) % 2, 0.05, -0.05) for name, mean in ndcg.items()})


def chosen(before=None, **ndcg):
    return serving(PORTUGUESE, worth(**ndcg), 0.02, before)


def test_the_best_serves_where_it_is_better_beyond_the_margin():
    name, reason, beyond, _ = chosen(popular=0.05, bm25_neighbours=0.11, ease=0.125)
    assert (name, beyond) == ("ease", frozenset())
    assert reason == (
        "Serve EASE: nDCG@10 0,1250, contra 0,0500 da popularidade, em 1.200 clientes que adotaram algo novo."
    )


def test_the_simplest_serves_of_those_that_are_as_good_as_the_best():
    name, reason, *_ = chosen(popular=0.05, also_in_segment=0.12, bm25_neighbours=0.123, ease=0.125, jaccard=0.1245)
    assert name == "bm25_neighbours"
    assert reason == (
        "Serve itens vizinhos (BM25): nDCG@10 0,1230, contra 0,0500 da popularidade, em 1.200 clientes que adotaram "
        "algo novo; o melhor, EASE (0,1250), não é melhor além da margem de 2,0 %."
    )
    assert serving(PORTUGUESE, worth(popular=0.05, bm25_neighbours=0.123, ease=0.125), 0.01).name == "ease"


def test_who_stays_behind_by_just_the_margin_is_as_good_as_the_best():
    found = serving(PORTUGUESE, board(popular=[0.25] * 4, ease=[0.5] * 4), 0.5)
    assert (found.name, found.beyond) == ("popular", frozenset())


def test_few_customers_let_nobody_serve_who_stays_far_behind():
    # Of thirty customers a difference of a third is within chance; it is no reason to serve what is worse.
    draw = np.random.default_rng(2)
    few = {name: draw.gamma(0.3, mean / 0.3, 30) for name, mean in (("popular", 0.1), ("ease", 0.1))}
    few = {name: mine * {"popular": 0.1, "ease": 0.13}[name] / mine.mean() for name, mine in few.items()}
    assert serving(PORTUGUESE, board(**few), 0.02).name == "ease"


def test_who_loses_to_popularity_never_serves_however_near():
    # Within the margin all three are as good as the best, and what goes together comes first in the order.
    near = {"also_in_segment": 0.0799, "popular_in_segment": 0.08, "ease": 0.0801}
    name, reason, *_ = chosen(**near)
    assert name == "popular_in_segment"
    assert "o melhor, EASE (0,0801), não é melhor além da margem de 2,0 %" in reason
    assert chosen(also_in_segment=0.08, popular_in_segment=0.08, ease=0.0801).name == "also_in_segment"
    # In use before, it goes at once.
    name, reason, *_ = chosen(InUse("also_in_segment", frozenset()), **near)
    assert name == "popular_in_segment"
    assert "substitui quem tem X também tem Y no segmento (0,0799), que ficou abaixo da popularidade" in reason


def test_who_is_better_than_one_popularity_and_worse_than_the_other_goes():
    name, reason, *_ = chosen(InUse("ease", frozenset()), popular=0.05, popular_in_segment=0.08, ease=0.06)
    assert name == "popular_in_segment"
    assert "substitui EASE (0,0600), que ficou abaixo da popularidade" in reason


def test_who_serves_holds_its_place_until_another_is_better_twice_running():
    names = ["popular", "bm25_neighbours", "jaccard_neighbours", "ease"]
    months = [
        ((0.05, 0.150, 0.151, 0.152), "bm25_neighbours", ""),
        ((0.05, 0.150, 0.152, 0.160), "bm25_neighbours", "passa a servir se for melhor além da margem de 2,0 % em"),
        ((0.05, 0.150, 0.160, 0.152), "bm25_neighbours", "já em uso: o melhor, itens vizinhos (Jaccard) (0,1600)"),
        ((0.05, 0.150, 0.152, 0.160), "bm25_neighbours", ""),  # another one each time: none was better twice
        ((0.05, 0.150, 0.152, 0.154), "ease", "substitui itens vizinhos (BM25) (0,1500), pior além da margem"),
        ((0.05, 0.152, 0.152, 0.150), "ease", "o melhor, itens vizinhos (BM25) (0,1520), não é melhor além"),
    ]
    before = None
    for place, (means, expected, words) in enumerate(months):
        name, why, beyond, _ = serving(PORTUGUESE, worth(**dict(zip(names, means, strict=True))), 0.02, before)
        assert name == expected, place
        assert words in why, place
        before = InUse(name, beyond)


def test_of_several_that_were_better_twice_the_simplest_as_good_as_their_best_serves():
    before = InUse("popular", frozenset({"jaccard_neighbours", "bm25_neighbours", "ease"}))
    tried = {"popular": 0.05, "also_in_segment": 0.16, "jaccard_neighbours": 0.14, "bm25_neighbours": 0.158}
    name, _, beyond, _ = chosen(before, **tried, ease=0.16)
    assert name == "bm25_neighbours"  # what goes together was not better before, and Jaccard is behind EASE
    assert beyond == frozenset()


def test_who_was_in_use_and_is_tried_no_more_is_followed_by_the_simplest_as_good_as_the_best():
    name, reason, *_ = chosen(InUse("ease", frozenset()), popular=0.05, jaccard_neighbours=0.12, bm25_neighbours=0.121)
    assert name == "jaccard_neighbours"
    assert "substitui" not in reason


def test_popularity_serves_where_nothing_is_better():
    name, reason, *_ = chosen(popular=0.08, ease=0.03)
    assert name == "popular"
    assert reason == (
        "Serve os mais populares da base: nDCG@10 0,0800, em 1.200 clientes que adotaram algo novo; nenhum outro foi "
        "melhor."
    )


def test_nobody_serves_without_having_been_held_against_popularity():
    with pytest.raises(UnusableLeaderboard, match="found ease; evaluate one of popular, popular_in_segment"):
        chosen(ease=0.1)


def test_what_is_in_use_is_read_of_the_rows_over_all_customers():
    rows = pd.DataFrame(
        [
            ("popular", "", 0.1, False, False),
            ("bm25_neighbours", "", 0.2, True, False),
            ("ease", "", 0.3, False, True),
            ("popular", "01-S", 0.4, False, None),
        ],
        columns=["recommender", "segment", "ndcg_10", "serves", "beyond"],
    )
    assert in_use(rows) == InUse("bm25_neighbours", frozenset({"ease"}))
    assert in_use(rows.assign(beyond=None)) == InUse("bm25_neighbours", frozenset())  # of a lake of an earlier version
    assert in_use(rows.assign(ndcg_10=np.nan)) is None  # it served because nothing could be compared
    assert in_use(None) is None


LEARNED = Calibration([0.0, 1.0], [0.0, 0.5], {"01-S": 1.2})


def of_month(chosen="ease", **worth):
    """A month's leaderboard as the lake keeps it."""
    rows = [(name, ndcg, name == chosen, LEARNED.json() if name == chosen else None) for name, ndcg in worth.items()]
    return pd.DataFrame(rows, columns=["recommender", "ndcg_10", "serves", "calibration"])


def test_the_chosen_one_serves_with_what_was_learned_of_its_scores():
    board = of_month(popular=0.1, ease=0.5, jaccard_neighbours=0.6)
    assert served_by(board, {"popular", "ease"}) == Served("ease", LEARNED, None, False)
    young = of_month("popular_in_segment", popular_in_segment=None).assign(calibration=None)
    assert served_by(young, {"popular", "popular_in_segment"}) == Served(
        "popular_in_segment", Calibration(), None, worse=False, fit=False, compared=False
    )


def test_where_the_chosen_one_cannot_the_best_that_can_serves_without_its_probabilities():
    able = {"popular", "popular_in_segment", "bm25_neighbours"}
    board = of_month(popular=0.1, popular_in_segment=0.2, bm25_neighbours=0.4, ease=0.5)
    assert served_by(board, able) == Served("bm25_neighbours", Calibration(), "ease", False)
    equal = of_month(popular=0.4, bm25_neighbours=0.4, ease=0.5)
    assert served_by(equal, able).name == "popular"
    assert served_by(of_month(ease=0.5), able) == Served("popular_in_segment", Calibration(), "ease", False)


def by_lot(differences, chance=0.04):
    """A leaderboard on which EASE is as much better than lists drawn by chance as `differences` say."""
    found = np.asarray(differences, dtype="float64") + chance
    ndcg = pd.DataFrame({"popular": found - 0.01, "ease": found})
    return Leaderboard(pd.DataFrame(), ndcg, pd.DataFrame(), np.full(len(found), chance))


def test_who_is_no_better_than_chance_is_not_fit_and_the_reason_says_so():
    spread = np.where(np.arange(100) % 2, 0.3, -0.3)
    found = serving(PORTUGUESE, by_lot(spread + 0.005), 0.02)
    assert (found.name, found.fit) == ("ease", False)
    assert found.why == (
        "Nada é recomendado: EASE, o melhor, não acerta mais que o acaso (nDCG@10 0,0450, contra 0,0400 de listas "
        "sorteadas), em 100 clientes que adotaram algo novo."
    )
    assert serving(PORTUGUESE, by_lot(spread + 0.1), 0.02).fit
    # Too few for an interval: the mean alone decides.
    assert serving(PORTUGUESE, by_lot(spread[:20] + 0.005), 0.02).fit
    assert not serving(PORTUGUESE, by_lot(spread[:20] - 0.005), 0.02).fit


def test_a_month_whose_recommender_is_not_fit_says_so_also_where_another_stands_in():
    board = of_month(popular=0.1, bm25_neighbours=0.4, ease=0.5).assign(fit=[None, None, False])
    assert not served_by(board, {"popular", "ease"}).fit
    assert not served_by(board, {"popular", "bm25_neighbours"}).fit
    assert served_by(board.assign(fit=[None, None, True]), {"popular", "ease"}).fit


def test_who_serves_though_worse_than_popularity_is_found_out():
    rows = of_month("jaccard", popular=0.2, ease=0.1, jaccard=0.3)
    assert [worse_than_popularity(rows, name) for name in ("popular", "ease", "jaccard", "unheard_of")] == [
        *(False, True, False, True)
    ]
    assert served_by(of_month(popular=0.2, ease=0.1), {"popular", "ease"}).worse
    assert not worse_than_popularity(of_month(popular=0.2, ease=0.2), "ease")
    assert not worse_than_popularity(of_month("popular_in_segment", popular_in_segment=None), "popular_in_segment")

"""Of the clusterings that pass the gate the finest is taken; where none passes, the nearest, and it is said."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.segmentation import Gate
from arcana_assets.segmentation.clustering.gate import choose
from arcana_assets.segmentation.models.fitting import fit_segmentation

GATE = Gate(minimum_share=0.05)


def tried(k, silhouette, smallest=0.1, largest=0.5, stable=0.9, noise=0.0, algorithm="kmeans"):
    """A row of the selection table, before one is chosen."""
    shares = {"smallest_share": smallest, "largest_share": largest, "noise_share": noise}
    return {"algorithm": algorithm, "k": k, "silhouette": silhouette, "stability": stable, **shares}


def chosen(rows, gate=GATE):
    table, reason = choose(rows, gate, 3)
    return [row["k"] for row in table if row["chosen"]], reason


def test_the_finest_whose_silhouette_is_near_the_best_one_is_taken():
    rows = [tried(3, 0.40), tried(4, 0.50), tried(5, 0.45), tried(6, 0.42)]
    ks, reason = chosen(rows)
    assert ks == [5]  # 0.42 is less than 0.85 of 0.50
    assert reason == (
        "k = 5: o agrupamento mais fino entre os 4 de 4 que passaram, com silhueta 0,450 (a melhor: 0,500) e "
        "estabilidade 0,90; a silhueta sozinha escolheria k = 4."
    )


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (tried(6, 0.9, smallest=0.01), "menor grupo 1,0 % (< 5,0 %)"),
        (tried(6, 0.9, largest=0.75), "maior grupo 75,0 % (> 60,0 %)"),
        (tried(6, 0.9, stable=0.65), "estabilidade 0,65 (< 0,80)"),
        (tried(6, 0.9, noise=0.3), "sem grupo 30,0 % (> 20,0 %)"),
        (tried(2, 0.9), "2 segmentos (< 3)"),
        (tried(6, None), "sem silhueta"),
    ],
)
def test_what_breaks_a_limit_is_not_taken_whatever_its_silhouette(refused, why):
    table, _ = choose([tried(4, 0.3), refused], GATE, 3)
    assert [row["refused_for"] for row in table] == ["", why]
    assert [(row["admissible"], row["chosen"]) for row in table] == [(True, True), (False, False)]


def test_where_the_best_silhouette_is_negative_only_the_best_is_near():
    assert chosen([tried(3, -0.1), tried(4, -0.2)])[0] == [3]


@pytest.mark.parametrize(
    ("rows", "nearest"),
    [
        ([tried(3, 0.9, 0.01), tried(4, 0.2, 0.03)], 4),  # the smallest lacks less
        ([tried(3, 0.9, largest=0.9), tried(4, 0.2, largest=0.7)], 4),  # the largest has less too much
        ([tried(3, 0.9, stable=0.3), tried(4, 0.2, stable=0.7)], 4),  # it is found again more often
        ([tried(3, 0.2, 0.03), tried(4, 0.9, 0.03)], 4),  # as near: the silhouette tells
        ([tried(4, 0.9, 0.03), tried(5, 0.9, 0.03)], 4),  # all the same: the smaller k
    ],
)
def test_where_none_is_admissible_the_one_nearest_to_the_limits_is_kept_and_said(rows, nearest):
    ks, reason = chosen(rows)
    assert ks == [nearest]
    assert reason.startswith("k = 4: nenhum dos 2 agrupamentos passou; este é o mais próximo dos limites (")


def test_nearly_everybody_in_one_group_is_not_chosen_for_its_silhouette():
    rows = [tried(3, 0.88, 505 / 10_615, 10_110 / 10_615), tried(5, 0.35, 0.06, 0.41)]
    assert chosen(rows)[0] == [5]


def test_whales_against_the_rest_have_the_best_silhouette_and_are_not_chosen():
    draw = np.random.default_rng(11)
    # Three groups of buyers who differ a little, and whales, one customer in twenty, who buy a million times as much.
    level = np.repeat([4.0, 5.0, 6.0, 19.0], [190, 190, 190, 30])
    spent = {"frequency": np.exp(draw.normal(level / 2, 0.2)), "monetary": np.exp(draw.normal(level, 0.3))}
    frame = pd.DataFrame(spent).assign(customer_id=[f"C{i:04d}" for i in range(len(level))])
    fitted = fit_segmentation(frame, "value", [*spent], (2, 6))
    best = max(fitted.selection, key=lambda row: row["silhouette"])
    assert (best["k"], best["smallest_share"], best["largest_share"]) == (2, 0.05, 0.95)
    assert not best["chosen"]
    taken = next(row for row in fitted.selection if row["chosen"])
    assert (taken["k"], taken["admissible"]) == (4, True)


def test_of_equal_k_the_higher_silhouette_is_taken_and_the_algorithm_named():
    rows = [tried(4, 0.4), tried(4, 0.45, algorithm="gaussian_mixture"), tried(3, 0.5, algorithm="hdbscan")]
    table, reason = choose(rows, GATE, 3)
    assert [row["chosen"] for row in table] == [False, True, False]
    assert reason.startswith("Mistura gaussiana com k = 4: o agrupamento mais fino entre os 3 de 3 que passaram")
    assert reason.endswith("; a silhueta sozinha escolheria HDBSCAN com k = 3.")


def test_a_silhouette_of_nothing_is_more_than_one_below_it():
    assert chosen([tried(3, 0.0, 0.01), tried(4, -0.1, 0.01)])[0] == [3]

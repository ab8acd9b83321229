"""Of the clusterings with neither a sliver nor a giant the best silhouette wins; where there is none, the nearest."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.ml.segmentation import choose, fit_segmentation


def tried(k, silhouette, smallest, largest):
    """A row of the selection table, before a k is chosen."""
    return {"k": k, "silhouette": silhouette, "smallest_share": smallest, "largest_share": largest}


@pytest.mark.parametrize(
    ("rows", "nearest"),
    [
        ([tried(3, 0.9, 0.01, 0.5), tried(4, 0.2, 0.03, 0.5)], 4),  # the smallest lacks less
        ([tried(3, 0.9, 0.05, 0.9), tried(4, 0.2, 0.05, 0.7)], 4),  # the largest has less too much
        ([tried(3, 0.9, 0.04, 0.9), tried(4, 0.2, 0.01, 0.61)], 4),  # both: 1 + 30 points against 4 + 1
        ([tried(3, 0.2, 0.03, 0.5), tried(4, 0.9, 0.03, 0.4)], 4),  # as near: the silhouette tells
        ([tried(4, 0.9, 0.03, 0.5), tried(5, 0.9, 0.03, 0.5)], 4),  # all the same: the smaller k
    ],
)
def test_where_no_k_is_admissible_the_one_nearest_to_the_limits_is_kept(rows, nearest):
    table, reason = choose(rows, 0.05, 0.6, 3)
    assert [row["k"] for row in table if row["chosen"]] == [nearest]
    assert not any(row["admissible"] for row in table)
    assert reason.startswith("k = 4: nenhum agrupamento passou")


def test_the_reason_says_both_limits():
    _, passed = choose([tried(3, 0.5, 0.05, 0.6)], 0.05, 0.6, 3)
    assert passed == (
        "k = 3: maior silhueta (0,5) entre os agrupamentos cujo menor grupo tem pelo menos 5 % dos clientes "
        "e o maior, no máximo 60 %."
    )
    _, refused = choose([tried(3, 0.9, 0.025, 0.75)], 0.05, 0.6, 3)
    assert refused == (
        "k = 3: nenhum agrupamento passou, pois só passa aquele cujo menor grupo tem pelo menos 5 % dos clientes "
        "e o maior, no máximo 60 %; este é o mais próximo dos limites (menor grupo: 2,5 %; maior: 75 %)."
    )


def test_of_the_admissible_the_best_silhouette_wins_and_the_smaller_k_on_a_tie():
    rows = [tried(3, 0.9, 0.01, 0.5), tried(4, 0.4, 0.1, 0.5), tried(5, 0.5, 0.1, 0.5), tried(6, 0.5, 0.1, 0.5)]
    table, _ = choose(rows, 0.05, 0.6, 3)
    assert [row["k"] for row in table if row["chosen"]] == [5]


def test_nearly_everybody_in_one_group_is_not_chosen_for_its_silhouette():
    rows = [tried(2, 0.88, 505 / 10_615, 10_110 / 10_615), tried(5, 0.35, 0.06, 0.41)]
    table, _ = choose(rows, 0.02, 0.6, 2)
    assert [row["k"] for row in table if row["admissible"]] == [5]
    assert [row["k"] for row in table if row["chosen"]] == [5]


def test_whales_against_the_rest_have_the_best_silhouette_and_are_not_chosen():
    draw = np.random.default_rng(11)
    # Three groups of buyers who differ a little, and whales, one customer in twenty, who buy a million times as much.
    level = np.repeat([4.0, 5.0, 6.0, 19.0], [190, 190, 190, 30])
    spent = {"frequency": np.exp(draw.normal(level / 2, 0.2)), "monetary": np.exp(draw.normal(level, 0.3))}
    frame = pd.DataFrame(spent).assign(customer_id=[f"C{i:04d}" for i in range(len(level))])
    fits = [fit_segmentation(frame, "value", [*spent], (2, 6), maximum_share=most) for most in (1.0, 0.6)]
    best = max(fits[0].selection, key=lambda row: row["silhouette"])
    assert (best["k"], best["smallest_share"], best["largest_share"]) == (2, 0.05, 0.95)
    assert best["chosen"]
    chosen = next(row for row in fits[1].selection if row["chosen"])
    assert chosen["admissible"]
    assert chosen["largest_share"] <= 0.6

"""Of the clusterings with as many groups as have valleys one that passes the gate is taken; where none passes, none."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.segmentation import Gate, Segmentation
from arcana_assets.segmentation.clustering.gate import called, choose
from arcana_assets.segmentation.models.fitting import fit_segmentation

GATE = Gate(minimum_share=0.05)


def tried(k, silhouette, smallest=0.1, largest=0.5, stable=0.9, noise=0.0, algorithm="kmeans"):
    """A row of the selection table, before one is chosen."""
    shares = {"smallest_share": smallest, "largest_share": largest, "noise_share": noise}
    return {"algorithm": algorithm, "k": k, "silhouette": silhouette, "stability": stable, **shares}


def chosen(rows, k, gate=GATE):
    table, taken = choose(rows, gate, k)
    assert [place for place, row in enumerate(table) if row["chosen"]] == ([] if taken is None else [taken])
    return taken


def test_the_number_of_groups_is_the_one_that_was_found_whatever_the_silhouettes_of_others():
    rows = [tried(3, 0.60), tried(4, 0.50), tried(5, 0.45), tried(6, 0.42)]
    assert [chosen(rows, k) for k in (3, 4, 5, 6)] == [0, 1, 2, 3]
    assert chosen(rows, 7) is None


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (tried(6, 0.9, smallest=0.01), "menor grupo 1,0 % (< 5,0 %)"),
        (tried(6, 0.9, largest=0.75), "maior grupo 75,0 % (> 60,0 %)"),
        (tried(6, 0.9, stable=0.65), "estabilidade 0,65 (< 0,80)"),
        (tried(6, 0.9, noise=0.3), "sem grupo 30,0 % (> 20,0 %)"),
        (tried(2, 0.9), "2 segmentos (< 3)"),
        (tried(6, None), "sem silhueta"),
        (tried(6, 0.9, 0.01, 0.75), "menor grupo 1,0 % (< 5,0 %); maior grupo 75,0 % (> 60,0 %)"),
    ],
)
def test_what_breaks_a_limit_is_not_taken_whatever_its_silhouette(refused, why):
    table, taken = choose([tried(4, 0.3), refused], GATE, refused["k"])
    assert taken is None
    assert [row["refused_for"] for row in table] == ["", why]
    assert [(row["admissible"], row["chosen"]) for row in table] == [(True, False), (False, False)]


def test_what_just_meets_the_limits_is_taken():
    assert chosen([tried(4, 0.3, smallest=0.05, largest=0.6, stable=0.8, noise=0.2)], 4) == 0


def test_of_equal_silhouettes_the_first_that_was_asked_for_is_taken():
    assert chosen([tried(4, 0.4), tried(4, 0.4, algorithm="gaussian_mixture")], 4) == 0


def test_stability_that_was_not_measured_is_no_reason_to_refuse():
    assert chosen([tried(4, 0.3, stable=None)], 4) == 0


def test_of_equal_k_the_higher_silhouette_is_taken_and_the_algorithm_named():
    rows = [tried(4, 0.4), tried(4, 0.45, algorithm="gaussian_mixture"), tried(3, 0.5, algorithm="bisecting_kmeans")]
    assert chosen(rows, 4) == 1
    assert called(rows[1], rows) == "Mistura gaussiana com k = 4"
    assert called(rows[0], rows[:1]) == "k = 4"


def test_groups_found_by_density_have_a_number_of_their_own():
    rows = [tried(4, 0.4), tried(5, 0.45, algorithm="hdbscan"), tried(6, 0.9)]
    assert chosen(rows, 4) == 1
    assert chosen([tried(4, 0.4), tried(5, 0.45, algorithm="hdbscan", noise=0.5)], 4) == 0


def test_whales_against_the_rest_have_the_best_silhouette_and_are_not_chosen():
    draw = np.random.default_rng(11)
    # Three groups of buyers who differ a little, and whales, one customer in twenty, who buy a million times as much.
    level = np.repeat([4.0, 5.0, 6.0, 19.0], [190, 190, 190, 30])
    spent = {"frequency": np.exp(draw.normal(level / 2, 0.1)), "monetary": np.exp(draw.normal(level, 0.15))}
    frame = pd.DataFrame(spent).assign(customer_id=[f"C{i:04d}" for i in range(len(level))])
    fitted = fit_segmentation(frame, Segmentation(name="value", features=[*spent], k=(2, 6)))
    best = max(fitted.selection, key=lambda row: row["silhouette"])
    assert (best["k"], best["smallest_share"], best["largest_share"]) == (2, 0.05, 0.95)
    assert not best["chosen"]
    taken = next(row for row in fitted.selection if row["chosen"])
    assert (taken["k"], taken["admissible"]) == (4, True)

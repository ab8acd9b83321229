"""Of the clusterings with as many groups as have valleys one that passes the gate is taken; where none passes, none."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.segmentation import Gate, Segmentation
from arcana_assets.segmentation.clustering.gate import called, choose
from arcana_assets.segmentation.models.fitting import fit_segmentation

GATE = Gate(minimum_share=0.05)


def tried(k, silhouette, smallest=0.1, largest=0.5, stable=0.9, noise=0.0, algorithm="kmeans", valley=None):
    """A row of the selection table, before one is chosen."""
    shares = {"smallest_share": smallest, "largest_share": largest, "noise_share": noise}
    measures = {"silhouette": silhouette, "stability": stable, "valley": valley}
    return {"algorithm": algorithm, "parameter": "densidade 4 %", "k": k, **measures, **shares}


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
        (tried(6, 0.9, smallest=0.01), "o menor grupo tem 1,0 % dos clientes, o mínimo é 5,0 %"),
        (tried(6, 0.9, largest=0.75), "o maior grupo tem 75,0 % dos clientes, o limite é 60,0 %"),
        (
            tried(6, 0.9, stable=0.65),
            "em outras amostras os grupos não são os mesmos: estabilidade 0,65, o mínimo é 0,80",
        ),
        (tried(6, 0.9, noise=0.3), "30,0 % dos clientes ficam sem grupo, o limite é 20,0 %"),
        (tried(2, 0.9), "forma só 2 grupos, o mínimo é 3"),
        (tried(6, None), "não tem silhueta"),
        (
            tried(6, 0.9, 0.01, 0.75),
            "o menor grupo tem 1,0 % dos clientes, o mínimo é 5,0 %; "
            "o maior grupo tem 75,0 % dos clientes, o limite é 60,0 %",
        ),
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
    assert chosen([tried(4, 0.4, algorithm="bisecting_kmeans"), tried(4, 0.4, algorithm="gaussian_mixture")], 4) == 0


def test_stability_that_was_not_measured_is_no_reason_to_refuse():
    assert chosen([tried(4, 0.3, stable=None)], 4) == 0


def mixture(k=4, valley=0.2, stable=0.9, **how):
    return tried(k, 0.3, algorithm="gaussian_mixture", valley=valley, stable=stable, **how)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (mixture(valley=0.294), ""),
        (mixture(valley=0.296), "não separa os clientes melhor que K-Means: vale de 0,30 contra 0,30"),
        (mixture(valley=0.5), "não separa os clientes melhor que K-Means: vale de 0,50 contra 0,30"),
        (mixture(stable=0.871), ""),
        (mixture(stable=0.86), "é menos estável que K-Means: 0,86 contra 0,90"),
        (mixture(valley=None), "não se mediu se separa os clientes melhor que K-Means"),
        (mixture(stable=None), ""),
    ],
)
def test_another_algorithm_is_taken_where_its_groups_lie_farther_apart_and_are_found_again_as_well(other, why):
    rows = [tried(4, 0.45, valley=0.3), other, tried(3, 0.5, algorithm="bisecting_kmeans", valley=0.1)]
    table, taken = choose(rows, GATE, 4)
    assert taken == (0 if why else 1)
    assert [row["refused_for"] for row in table] == ["", why, ""]  # nobody asked for three groups
    assert all(row["admissible"] for row in table)
    assert called(rows[1], rows) == "Mistura gaussiana com k = 4"
    assert called(rows[0], rows[:1]) == "k = 4"


def test_of_several_that_are_better_than_kmeans_the_deepest_valleys_are_taken():
    rows = [tried(4, 0.4, valley=0.3), tried(4, 0.4, algorithm="bisecting_kmeans", valley=0.25), mixture(valley=0.2)]
    assert chosen(rows, 4) == 2
    assert chosen([rows[0], rows[2], rows[1]], 4) == 1


def test_a_mixture_serves_where_kmeans_was_not_tried_or_does_not_pass():
    assert chosen([mixture(valley=None)], 4) == 0
    assert chosen([tried(4, 0.6, smallest=0.01, valley=0.1), mixture(valley=0.4)], 4) == 1


def dense(k, **how):
    return tried(k, **({"silhouette": 0.5, "algorithm": "hdbscan", "valley": 0.1} | how))


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (dense(5), "acha 5 grupos, e os clientes formam 4"),
        (dense(4, noise=0.25), "25,0 % dos clientes ficam sem grupo, o limite é 20,0 %"),
        (dense(4, valley=0.3), "não separa os clientes melhor que K-Means: vale de 0,30 contra 0,30"),
        (dense(4), ""),
    ],
)
def test_a_density_is_taken_where_it_finds_as_many_groups_and_leaves_fewer_customers_between_them(other, why):
    table, taken = choose([tried(4, 0.4, valley=0.3), other], GATE, 4)
    assert (taken, table[1]["refused_for"]) == (0 if why else 1, why)


def test_where_customers_form_no_groups_a_density_may_have_a_number_of_its_own():
    rows = [tried(4, 0.6, smallest=0.01), dense(5, silhouette=0.3), dense(6, silhouette=0.4), dense(2, silhouette=0.9)]
    assert [chosen(rows, k) for k in (1, 2, 4)] == [2, 2, None]


def test_a_density_that_found_no_region_says_so():
    nobody = tried(0, None, smallest=None, largest=None, noise=1.0, stable=None, algorithm="dbscan")
    table, taken = choose([tried(4, 0.4), nobody, tried(1, None, algorithm="hdbscan", noise=0.1)], GATE, 4)
    assert taken == 0
    told = ["", "nenhuma região densa reúne 4 % dos clientes", "forma um só grupo, o mínimo é 3"]
    assert [row["refused_for"] for row in table] == told


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

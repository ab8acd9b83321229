"""What is said of a segment is true of it, and those who stand for it are its most central customers."""

import math

import numpy as np
import pandas as pd
import pytest

from arcana_assets.segmentation.personas.persona import UnusableSegments
from arcana_assets.segmentation.personas.positions import base_means, positions
from arcana_assets.segmentation.profiles.descriptions import describe
from arcana_assets.segmentation.profiles.medoids import medoids

LABELS = {
    "monetary": "Valor líquido",
    "frequency": "Frequência (pedidos)",
    "distinct_products": "Produtos distintos",
    "average_ticket": "Ticket médio",
    "recency_days": "Recência (dias)",
    "tenure_months": "Tempo de casa (meses)",
    "return_share": "Parcela devolvida",
}


def told(frame, segments, segment=1):
    features = list(frame.columns)
    rows = {row["segment_id"]: row for row in positions(frame, pd.Series(segments), features).to_dict("records")}
    return describe(rows[segment], base_means(frame, features), LABELS, features)


def test_a_paragraph_says_size_and_what_is_above_and_below_with_numbers():
    frame = pd.DataFrame(
        {
            "monetary": [3000.0, 3000, 500, 500],
            "recency_days": [5.0, 5, 100, 90],
            "frequency": [3.0, 3, 3, 3],
            "return_share": [0.2, 0.2, 0.0, 0.0],
        }
    )
    assert told(frame, [1, 1, 2, 2]) == (
        "2 clientes, 50,0 % da base. "
        "Acima da base: Parcela devolvida 20,0 % (2 vezes a média da base, 10,0 %); "
        "Valor líquido 3.000 (1,71 vez a média da base, 1.750). "
        "Abaixo da base: Recência (dias) 5 (0,10 vez a média da base, 50)."
    )


def test_at_most_three_are_above_and_two_below_the_furthest_first():
    names = ["monetary", "frequency", "distinct_products", "average_ticket"]
    less = ["return_share", "tenure_months", "recency_days"]
    frame = pd.DataFrame({name: [10.0 * (at + 2), 10] for at, name in enumerate(names)})
    frame = frame.assign(**{name: [1.0, 4.0 * (at + 1)] for at, name in enumerate(less)})
    text = told(frame, [1, 2])
    above, below = text.split("Acima da base: ")[1].split(" Abaixo da base: ")
    assert above == (
        "Ticket médio 50 (1,67 vez a média da base, 30); Produtos distintos 40 (1,60 vez a média da base, 25); "
        "Frequência (pedidos) 30 (1,50 vez a média da base, 20)."
    )
    assert below == (
        "Recência (dias) 1 (0,15 vez a média da base, 6,50); Tempo de casa (meses) 1 (0,22 vez a média da base, 4,50)."
    )


def test_a_segment_near_the_base_is_said_to_be_so():
    frame = pd.DataFrame({"monetary": [100.0, 110, 105, 100]})
    assert told(frame, [1, 1, 2, 2]) == ("2 clientes, 50,0 % da base. Perto da média da base em tudo o que foi medido.")


def test_a_mean_that_few_customers_make_is_told_with_the_median():
    frame = pd.DataFrame({"monetary": [1.0, 2.0, 3.0, 994.0, 50.0, 60.0, 70.0, 80.0]})
    assert told(frame, [1, 1, 1, 1, 2, 2, 2, 2]) == (
        "4 clientes, 50,0 % da base. "
        "Acima da base: Valor líquido 250 (1,59 vez a média da base, 158), por poucos clientes: a mediana é 2,50."
    )


def test_a_base_mean_that_is_not_positive_is_compared_by_percentile():
    frame = pd.DataFrame({"monetary": [-30.0, -20.0, 5.0, 10.0]})
    assert told(frame, [1, 1, 2, 2]) == (
        "2 clientes, 50,0 % da base. Abaixo da base: Valor líquido -25 (média da base -8,75, percentil médio 25 %)."
    )


def test_a_mean_of_zero_or_less_is_far_below_a_positive_base():
    frame = pd.DataFrame({"monetary": [-4.0, 20.0, 20.0], "frequency": [0.0, 3.0, 3.0]})
    assert told(frame, [1, 2, 2]) == (
        "1 cliente, 33,3 % da base. "
        "Abaixo da base: Valor líquido -4 (média da base 12); Frequência (pedidos) 0 (média da base 2)."
    )


def test_what_nobody_in_a_segment_has_is_said_to_be_without_data():
    frame = pd.DataFrame({"monetary": [10.0, 10.0, 10.0], "recency_days": [math.nan, math.inf, 4.0]})
    assert told(frame, [1, 1, 2]) == (
        "2 clientes, 66,7 % da base. Perto da média da base em tudo o que foi medido. Sem dados: Recência (dias)."
    )
    nothing = pd.DataFrame({"monetary": [math.nan, math.nan]})
    assert told(nothing, [1, 2]) == "1 cliente, 50,0 % da base. Sem dados: Valor líquido."


def test_a_feature_without_position_or_base_is_refused():
    with pytest.raises(UnusableSegments, match="'monetary' is in no position"):
        describe({"customers": 1, "share": 1.0}, {}, {}, ["monetary"])


def test_medoids_are_the_customers_with_the_least_sum_of_distances():
    # Sums: C1 1 + 2 + 12 = 15, C2 1 + 1 + 11 = 13, C3 2 + 1 + 10 = 13, C4 33; C2 and C3 are equals, so by id.
    points = np.array([[0.0], [1.0], [2.0], [12.0], [50.0]])
    found = medoids(points, [1, 1, 1, 1, 2], ["C1", "C3", "C2", "C4", "C5"])
    assert found == {1: ["C2", "C3", "C1"], 2: ["C5"]}
    assert medoids(points, [1, 1, 1, 1, 2], ["C1", "C3", "C2", "C4", "C5"], count=1) == {1: ["C2"], 2: ["C5"]}


@pytest.mark.parametrize("size", [300, 2_500])
def test_medoids_do_not_depend_on_the_order_of_rows(size):
    draw = np.random.default_rng(2)
    points, segments = draw.normal(size=(size, 3)).round(2), np.ones(size, dtype=int)
    ids = np.array([f"C{at:05d}" for at in range(size)])
    mixed = draw.permutation(size)
    found = medoids(points, segments, ids)
    assert found == medoids(points[mixed], segments[mixed], ids[mixed])
    far = np.sqrt((points[[int(each[1:]) for each in found[1]]] ** 2).sum(axis=1))
    assert far.max() < 0.4


def test_identical_customers_are_taken_by_id():
    assert medoids(np.zeros((4, 2)), [1] * 4, ["d", "b", "a", "c"]) == {1: ["a", "b", "c"]}


def test_medoids_refuse_what_does_not_go_together():
    with pytest.raises(UnusableSegments, match="2 points, 1 segments and 2 ids"):
        medoids(np.zeros((2, 1)), [1], ["a", "b"])
    with pytest.raises(UnusableSegments, match="stands twice"):
        medoids(np.zeros((2, 1)), [1, 1], ["a", "a"])
    with pytest.raises(UnusableSegments, match="missing or infinite"):
        medoids(np.array([[math.nan]]), [1], ["a"])

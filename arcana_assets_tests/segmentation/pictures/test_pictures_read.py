"""What a reader finds on a chart: its words, and how wide, where and in which shade things are drawn."""

import re

import numpy as np
import pandas as pd
import pytest

from arcana_assets.presentation.charts import LINE, PALETTE
from arcana_assets.presentation.language import DEFAULT
from arcana_assets.segmentation.pictures.distributions import MOST_FEATURES, distributions_chart
from arcana_assets.segmentation.pictures.migration import migration_chart
from arcana_assets.segmentation.pictures.profile import profile_chart
from arcana_assets.segmentation.pictures.projection import components, projection_chart
from arcana_assets.segmentation.pictures.selection import selection_chart
from arcana_assets.segmentation.pictures.sizes import sizes_chart
from arcana_assets_tests.presentation.charted import layers, rows, words
from arcana_assets_tests.segmentation.pictures.pictured import (
    LONG,
    PERSONAS,
    TITLE,
    TWELVE,
    customers,
    flows,
    profiled,
    profiles,
    tried,
)


def test_sizes_say_customers_and_shares_and_count_who_is_in_no_segment_apart():
    found = words(sizes_chart(profiles(PERSONAS, [2000, 1000, 999, 1]), TITLE))
    for said in ("2.000  (50,0 %)", "1.000  (25,0 %)", "1  (< 0,1 %)", "3.999 clientes em 3 segmentos; 1 em nenhum"):
        assert said in found
    assert f"02-{LONG}" in found


def test_a_profile_has_a_cell_a_feature_and_segment_with_its_mean_and_lift():
    made = profile_chart(profiled(PERSONAS), {"a": "Receita"})
    cells = rows(made, "rect")
    assert [cell["text"] for cell in cells if cell["feature"] == "Receita"] == [
        *("4.000\n2x", "1.000\n0,50x", "2.000\n1x", "3.000\n1,50x"),
    ]
    [unknown] = [cell for cell in cells if cell["text"] == "sem dados"]
    assert (unknown["segment"], unknown["feature"], unknown["shade"]) == ("Não agrupados", "b", None)
    dark = [cell for cell in cells if cell["shade"] is not None and abs(cell["shade"]) > 1.35]
    assert {cell["ink"] for cell in dark} == {"white"}
    assert "03-Dormentes 74 (74 %)" in words(made)
    assert "01-VIPs: b 0,12x a média" in made["description"]


def test_the_selection_says_what_was_chosen_and_where_the_elbow_is():
    made = selection_chart(tried(), TITLE)
    found = words(made)
    assert "Escolhido (anel): K-Means, k = 4, estabilidade 0,90." in found
    assert "Cotovelo (quadrado): K-Means k = 4." in found
    left, right = made["concat"]
    [hollow] = [each for each in left["layer"] if each["mark"].get("fill") == "white"]
    assert [(row["name"], row["k"]) for row in hollow["data"]["values"]] == [("HDBSCAN", 3), ("K-Means", 2)]
    ring = left["layer"][-1]
    assert [(row["name"], row["k"]) for row in ring["data"]["values"]] == [("K-Means", 4)]
    [line] = [each for each in right["layer"] if each["mark"]["type"] == "line"]
    assert {row["name"] for row in line["data"]["values"]} == {"K-Means"}  # no inertia of a density algorithm
    assert [row["share"] for row in line["data"]["values"]] == pytest.approx([1, 0.6, 0.2, 0.18, 0.16])
    colours = hollow["encoding"]["color"]["scale"]
    assert dict(zip(colours["domain"], colours["range"], strict=True)) == {"K-Means": "#0072B2", "HDBSCAN": "#D55E00"}


def test_a_month_without_an_admissible_clustering_says_so():
    found = words(selection_chart(tried(admissible=False), TITLE))
    assert "K-Means, k = 4, estabilidade 0,90 (nenhum passou nos limites)" in found


def test_one_single_segment_has_neither_silhouette_nor_elbow():
    made = selection_chart(tried(silhouette=None, inertia=0.0, stability=None)[:1].assign(k=1, chosen=True), TITLE)
    assert "K-Means, k = 1" in words(made)
    assert words(made).count("nada a mostrar") == 2
    assert "Sem cotovelo" in words(made)


def test_distributions_say_what_is_missing_and_leave_out_what_lies_beyond_5_to_95_percent():
    frame, ids = customers()
    frame.loc[0, "nps"] = 1e9
    made = distributions_chart(frame, ids, PERSONAS, list(frame), {"nps": "NPS"}, TITLE)
    absent = frame["nps"].isna().mean()
    assert f"NPS sem dado: {DEFAULT.percent(absent)} (0 % a 100 % por segmento)" in words(made)
    assert words(made).count("sem dados") == 1  # the one segment without any
    scales = [panel["layer"][0]["encoding"]["x"]["scale"] for panel in made["concat"]]
    assert [scale.get("type") for scale in scales] == ["log", "symlog", None, "linear"]
    assert scales[3]["domain"][1] < 10
    assert [row["share"] for row in rows({"layer": made["concat"][2]["layer"]}, "bar")] == pytest.approx(
        [frame["has_contract"][ids == each].mean() for each in (1, 2, 3)]
    )
    box = rows({"layer": made["concat"][0]["layer"]}, "tick")[0]
    mine = np.percentile(frame["monetary"][ids == 1], [5, 25, 50, 75, 95])
    assert [box[name] for name in ("low", "first_quarter", "median", "third_quarter", "high")] == pytest.approx(mine)


def test_the_ticks_of_a_logarithm_are_powers_of_ten_and_few():
    frame, ids = customers()
    made = distributions_chart(frame, ids, PERSONAS, ["monetary", "balance"], {}, TITLE)
    for panel in made["concat"]:
        x = panel["layer"][0]["encoding"]["x"]
        ticks, (low, high) = x["axis"]["values"], x["scale"]["domain"]
        assert 2 <= len(ticks) <= 5
        assert all(low <= tick <= high for tick in ticks)
        assert all(np.log10(abs(tick)) % 1 == 0 for tick in ticks if tick)


def test_of_many_features_those_are_drawn_that_tell_segments_apart():
    rng = np.random.default_rng(0)
    ids = pd.Series(np.repeat([1, 3], 100))
    frame = pd.DataFrame({f"f{place:02}": rng.normal(size=200) + (ids if place >= 3 else 0) for place in range(15)})
    found = words(distributions_chart(frame, ids, PERSONAS, list(frame), {}, TITLE))
    assert [name for name in frame if name in found] == [f"f{place:02}" for place in range(3, 15)]
    assert f"{MOST_FEATURES} de 15 atributos" in found


def test_a_projection_says_its_variance_and_how_many_customers_it_shows():
    points = np.random.default_rng(2).normal(size=(5_000, 2)) * [3, 1]
    made = projection_chart(points, np.repeat([1, 3], 2_500), PERSONAS, TITLE, 7)
    found = words(made)
    _, shares = components(points)
    assert f"1º componente ({DEFAULT.percent(shares[0])} da variância)" in found
    assert "4.000 de 5.000 clientes" in found
    assert "03-Dormentes (2.500)" in found
    assert len(layers(made)[0]["data"]["values"]) == 4_000


def test_numbers_of_centres_in_one_place_do_not_cover_each_other():
    points = np.random.default_rng(2).normal(size=(600, 2)) * [3, 1]
    made = projection_chart(points, np.resize(list(TWELVE), 600), TWELVE, TITLE, 7)
    marks = {row["segment_id"]: (row["mark_x"], row["mark_y"]) for row in rows(made, "point")}
    assert len(marks) == 12
    places = np.array(list(marks.values()))
    far = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(12) * 99
    assert far.min() > 25


def test_a_flow_is_as_wide_as_it_has_customers_and_strong_where_they_moved():
    made = migration_chart(flows((1, 1, 30, 1.0), (1, 2, 10, 1.0), (None, 2, 60, 1.0)), TITLE)
    found = {row["said"]: row for row in rows(made, "point")}
    wide = {}
    for said, row in found.items():
        numbers = [float(number) for number in re.findall(r"[\d.]+", row["path"])]
        (near, far), (far_end, near_end) = (numbers[1], numbers[7]), (numbers[9], numbers[15])
        assert near_end - near == pytest.approx(far_end - far, abs=0.02)
        wide[said.rpartition(": ")[2]] = near_end - near
    assert wide["60"] / wide["10"] == pytest.approx(6, rel=0.01)
    assert wide["30"] / wide["10"] == pytest.approx(3, rel=0.01)
    strength = {said: row["strength"] for said, row in found.items()}
    assert (
        strength["01-VIPs → 01-VIPs: 30"] < strength[f"01-VIPs → 02-{LONG}: 10"] == strength[f"Novos → 02-{LONG}: 60"]
    )
    assert found[f"Novos → 02-{LONG}: 60"]["shade"] == PALETTE[1]


def test_a_migration_says_who_stayed_moved_came_and_left():
    moves = flows((1, 1, 900, 50.0), (1, 2, 100, 25.0), (2, 2, 1000, 20.0), (None, 2, 4, 5.0), (2, None, 8, 1.0))
    found = words(migration_chart(moves, TITLE))
    for said in (
        "1.000 (49,8 %)",  # of the 2.008 of the month before
        "900 (44,9 %), 50,0 % do valor",  # of the 2.004 of this month
        "4 (0,2 % deste mês)",
        "8 (0,4 % do mês anterior)",
        "Mudaram de segmento: 100 (5,0 % de quem ficou na base). Novos: 4. Saíram: 8.",
    ):
        assert said in found


def test_labels_of_tiny_flows_do_not_lie_on_each_other():
    moves = pd.DataFrame(
        [
            {"from_segment_id": a, "from_persona": TWELVE[a], "to_segment_id": b, "to_persona": TWELVE[b]}
            | {"customers": 90_000 if a == b == 1 else 1, "value": None}
            for a in TWELVE
            for b in TWELVE
        ]
    )
    made = migration_chart(moves, TITLE)
    for x in (0.0, 420.0):
        tops = sorted(row["first"] for row in rows(made, "rect") if row["x"] == x)
        assert len(tops) == 12
        assert min(np.diff(tops)) >= 2 * LINE  # two lines a label
        assert tops[0] > 0
        assert tops[-1] + LINE < made["height"]


def test_a_first_month_says_that_there_is_none_before_it():
    made = migration_chart(flows((None, 1, 1_500, 1.0), (None, 2, 20, 1.0)), TITLE)
    assert "Sem mês anterior: os 1.520 clientes deste mês são novos." in words(made)

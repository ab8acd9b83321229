"""Charts of segments are the same for the same input and can be drawn, whatever a month may hold."""

import json

import numpy as np
import pandas as pd
import pytest

from arcana_assets.presentation.charts import GREY, PALETTE, MissingColumns
from arcana_assets.presentation.png import png, size_of
from arcana_assets.segmentation.pictures.distributions import Scale, distributions_chart, scale_of
from arcana_assets.segmentation.pictures.migration import migration_chart, spread
from arcana_assets.segmentation.pictures.profile import profile_chart
from arcana_assets.segmentation.pictures.projection import components, projection_chart, standardised
from arcana_assets.segmentation.pictures.selection import elbow, selection_chart, selection_picture
from arcana_assets.segmentation.pictures.sizes import sizes_chart
from arcana_assets_tests.presentation.charted import layers, rows, words
from arcana_assets_tests.segmentation.pictures.pictured import (
    PERSONAS,
    TITLE,
    TWELVE,
    customers,
    flows,
    profiled,
    profiles,
    tried,
)

HOSTILE = {
    1: "01-$x^2$ <b>a</b> & datum['x']",
    2: "02-\"a\\n' {{7*7}}\nb\x00",
    3: "03-](http://x) 名",
    0: "Não agrupados",
}


def charts(order, personas=PERSONAS):
    """One of each chart, from tables whose rows are put in an order."""
    frame, ids = customers()
    moves = flows((1, 1, 40, 9.0), (1, 2, 1, 0.1), (None, 3, 2, 0.2), (3, None, 3, 0.3), personas=personas)
    return {
        "sizes": sizes_chart(order(profiles(personas, [5, 20, 74, 1])), TITLE),
        "profile": profile_chart(order(profiled(personas)), {"a": personas[1]}),
        "selection": selection_chart(order(tried()), TITLE),
        "distributions": distributions_chart(order(frame), order(ids), personas, list(frame), {}, TITLE),
        "projection": projection_chart(standardised(order(frame), list(frame)), order(ids), personas, TITLE, 7),
        "migration": migration_chart(order(moves), TITLE),
    }


@pytest.fixture(scope="module")
def drawn():
    return charts(lambda table: table)


NAMES = ("sizes", "profile", "selection", "distributions", "projection", "migration")


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_can_be_drawn_and_is_the_same_in_any_order_of_rows(name, drawn):
    assert min(size_of(png(drawn[name]))) > 100
    assert drawn[name] == charts(lambda table: table.sample(frac=1, random_state=1))[name]


@pytest.fixture(scope="module")
def hostile():
    return charts(lambda table: table, HOSTILE)


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_drawn_and_is_nowhere_but_in_the_rows(name, hostile):
    assert min(size_of(png(hostile[name]))) > 100
    found = [*layers(hostile[name]), *hostile[name].get("concat", [])]
    rules = json.dumps([{key: each for key, each in part.items() if key not in ("data", "layer")} for part in found])
    assert not [mark for mark in ("x^2", "<b>", "datum[", "{{7", "http://x", "Não agrupados") if mark in rules]
    if name != "selection":  # it has no names
        assert "$x^2$ <b>" in words(hostile[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_says_in_words_what_it_shows(name, drawn):
    said = drawn[name]["description"]
    assert said.startswith(" ".join(drawn[name]["title"]["text"]) + ". ")
    assert len(said) > len(TITLE) + 40


def test_every_chart_gives_a_segment_its_colour(drawn):
    shades = {each: {PALETTE[each - 1] if each else GREY} for each in (0, 1, 2, 3)}
    for name in ("sizes", "distributions", "projection", "migration"):
        seen = {}
        for layer in layers(drawn[name]):
            for row in layer["data"]["values"]:
                if row.get("segment_id", -1) >= 0:
                    seen.setdefault(row["segment_id"], set()).add(row["shade"])
        assert len(seen) >= 3
        assert seen == {each: shades[each] for each in seen}


def test_labels_move_apart_as_little_as_needed():
    assert spread(np.array([0.0, 0.1, 5.0]), 1.0, -9, 9).tolist() == pytest.approx([-0.45, 0.55, 5.0])
    assert spread(np.array([4.0, 4.0, 4.0]), 1.0, 0, 4.5).tolist() == pytest.approx([2.5, 3.5, 4.5])
    assert spread(np.array([0.0, 0.0, 0.0]), 9.0, 0, 1).tolist() == pytest.approx([0, 0.5, 1])


def test_the_elbow_is_the_point_farthest_below_the_chord():
    assert elbow([2, 3, 4, 5, 6], [100, 60, 20, 18, 16]) == 2
    assert elbow([2, 3, 4], [100, 50, 0]) is None  # a straight line has none
    assert elbow([2, 3, 4], [100, 90, 0]) is None  # nor has one that bends the other way
    assert elbow([2, 3], [100, 10]) is None
    assert elbow([2, 3, 4], [10, 10, 10]) is None


def test_a_skewed_feature_is_shown_on_a_logarithm_symmetric_where_it_has_signs():
    assert scale_of(np.array([1.0, 2, 3, 4, np.nan])) == Scale("linear")
    assert scale_of(10.0 ** np.arange(6)) == Scale("log")
    assert scale_of(np.r_[0.0, 10.0 ** np.arange(6)]) == Scale("symlog", 1.0)
    assert scale_of(np.r_[-(10.0 ** np.arange(6)), 10.0 ** np.arange(6)]) == Scale("symlog", 1.0)
    assert scale_of(np.full(3, np.nan)) == scale_of(np.zeros(3)) == Scale("linear")


def test_components_are_sums_of_one_thread(threads_of):
    points = np.random.default_rng(3).normal(0, 1, (30, 3))
    assert set(threads_of(np.linalg, "svd", lambda: components(points))) == {1}


def test_components_are_those_of_the_covariance_with_the_largest_loading_positive():
    points = np.array([[0.0, 0, 1], [-1, -2, 1], [-2, -4, 1], [1, 2, 1], [2, 4, 1]])
    flat, shares = components(points)
    assert flat[:, 0].tolist() == pytest.approx([place * 5**0.5 for place in (0, -1, -2, 1, 2)])
    assert shares.tolist() == pytest.approx([1, 0])
    again, _ = components(-points)
    assert again[:, 0].tolist() == pytest.approx((-flat[:, 0]).tolist())  # the axis is the same, not turned with them


def test_unknown_values_are_in_the_middle_and_a_constant_feature_is_nothing():
    frame = pd.DataFrame({"a": [0.0, np.e - 1, np.nan], "b": [5.0, 5, 5], "c": [None, None, None]})
    assert standardised(frame, ["a", "b", "c"]).tolist() == [[-1, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_the_seed_says_which_customers_are_drawn():
    points, ids = np.random.default_rng(2).normal(size=(5_000, 2)), np.ones(5_000, dtype=int)
    assert projection_chart(points, ids, PERSONAS, TITLE, 7) != projection_chart(points, ids, PERSONAS, TITLE, 8)


def test_an_empty_month_is_a_chart_that_says_so():
    frame, ids = customers()
    for made, said in (
        (sizes_chart(profiles({}, []), TITLE), "Nenhum segmento neste mês."),
        (selection_chart(tried()[:0], TITLE), "Nenhum agrupamento foi ajustado neste mês."),
        (distributions_chart(frame[:0], ids[:0], {}, list(frame), {}, TITLE), "Nenhum cliente ou nenhum atributo"),
        (distributions_chart(frame, ids, {}, [], {}, TITLE), "Nenhum cliente ou nenhum atributo"),
        (projection_chart(np.zeros((0, 2)), [], {}, TITLE, 7), "Nenhum cliente ou nenhum atributo para projetar"),
        (projection_chart(np.ones((5, 2)), [1] * 5, {}, TITLE, 7), "Os 5 clientes são iguais em todos os atributos"),
        (migration_chart(flows(), TITLE), "Nenhum cliente neste mês nem no anterior."),
    ):
        assert said in words(made)
    assert min(size_of(selection_picture(tried()[:0], TITLE))) > 100


@pytest.mark.parametrize("personas", [{1: "01-Todos"}, TWELVE], ids=["one segment", "twelve"])
def test_one_segment_or_twelve_with_long_names_and_nothing_known_are_drawn(personas):
    ids = np.resize(list(personas), 60)
    nothing = pd.DataFrame({"a": np.full(60, np.nan), "b": [None] * 60})
    some = np.random.default_rng(1).normal(size=(60, 3))
    shape = profiles(personas, [0] * len(personas)).assign(share=np.nan)
    moves = pd.DataFrame(
        [
            {"from_segment_id": a, "from_persona": None, "to_segment_id": a, "to_persona": None}
            | {"customers": 3, "value": np.nan}
            for a in personas
        ]
    )
    for made in (
        sizes_chart(shape, TITLE),
        profile_chart(shape.assign(share=0.0, mean_a=np.nan, lift_a=np.nan)),
        distributions_chart(nothing, pd.Series(ids), personas, ["a", "b"], {}, TITLE),
        projection_chart(np.where(some > 1, np.nan, some), ids, personas, TITLE, 7),
        migration_chart(moves, TITLE),
    ):
        assert min(size_of(png(made))) > 100


def test_a_table_without_a_column_is_refused_with_the_nearest_name():
    with pytest.raises(MissingColumns, match="no column 'customers'; did you mean 'customer'"):
        sizes_chart(profiles(PERSONAS, [1, 2, 3, 4]).rename(columns={"customers": "customer"}), TITLE)
    with pytest.raises(ValueError, match="300 customers and 2 segments"):
        distributions_chart(customers()[0], pd.Series([1, 2]), PERSONAS, ["nps"], {})
    with pytest.raises(ValueError, match=r"shape \(3, 2\) and 1 segments"):
        projection_chart(np.zeros((3, 2)), [1], PERSONAS, TITLE, 7)


def test_the_bars_are_as_long_as_their_segments_have_customers(drawn):
    assert [row["customers"] for row in rows(drawn["sizes"], "bar")] == [5, 20, 74, 1]
    assert [row["persona"] for row in rows(drawn["sizes"], "bar")][-1] == "Não agrupados"

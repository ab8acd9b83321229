"""Pictures are whole PNG files, the same for the same input, of whatever a month may hold."""

from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from arcana_assets.presentation.drawing import (
    GREY,
    PALETTE,
    MissingColumns,
    NotAPicture,
    colour,
    size_of,
    spread,
    thumbnail,
    wrapped,
)
from arcana_assets.presentation.notation import number, percent
from arcana_assets.segmentation.pictures import migration
from arcana_assets.segmentation.pictures.distributions import Scale, distributions_picture, scale_of
from arcana_assets.segmentation.pictures.migration import migration_picture
from arcana_assets.segmentation.pictures.projection import components, projection_picture, standardised
from arcana_assets.segmentation.pictures.selection import elbow, selection_picture
from arcana_assets.segmentation.pictures.sizes import sizes_picture
from arcana_assets_tests.segmentation.pictures.pictured import (
    PERSONAS,
    TITLE,
    TWELVE,
    customers,
    flows,
    profiles,
    tried,
)

PICTURES = {
    "sizes": lambda order: sizes_picture(order(profiles(PERSONAS, [5, 20, 74, 1])), TITLE),
    "selection": lambda order: selection_picture(order(tried()), TITLE),
    "distributions": lambda order: distributions_picture(
        order(customers()[0]), order(customers()[1]), PERSONAS, list(customers()[0]), {}, TITLE
    ),
    "projection": lambda order: projection_picture(
        standardised(order(customers()[0]), list(customers()[0])), order(customers()[1]), PERSONAS, TITLE, 7
    ),
    "migration": lambda order: migration_picture(
        order(flows((1, 1, 40, 9.0), (1, 2, 1, 0.1), (None, 3, 2, 0.2), (3, None, 3, 0.3))), TITLE
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_a_png_and_the_same_bytes_in_any_order_of_rows(name):
    picture = PICTURES[name](lambda rows: rows)
    assert min(size_of(picture)) > 100
    assert picture == PICTURES[name](lambda rows: rows.sample(frac=1, random_state=1))


def test_every_picture_gives_a_segment_its_colour_and_grey_to_who_is_in_none():
    assert [colour(each) for each in range(1, 13)] == list(PALETTE)
    assert len(set(PALETTE)) == 12
    assert (colour(0), colour(13)) == (GREY, PALETTE[0])
    picture = sizes_picture(profiles({2: "02-B", 0: "Não agrupados"}, [6, 4]), TITLE)
    with Image.open(BytesIO(picture)) as image:
        seen = {shade for _, shade in image.convert("RGB").getcolors(1 << 20)}
    assert {tuple(bytes.fromhex(shade[1:])) for shade in (PALETTE[1], GREY)} <= seen
    assert tuple(bytes.fromhex(PALETTE[0][1:])) not in seen


def test_numbers_are_written_as_in_brazil():
    assert [number(each) for each in (1234, 12.5, 0.256, 1.0, 1_250_000, 2e6, -0.5)] == [
        *("1.234", "12,5", "0,26", "1", "1,2 mi", "2 mi", "-0,50")
    ]
    assert [percent(each) for each in (0.125, 0.0, 0.0001, 1.0)] == ["12,5 %", "0,0 %", "< 0,1 %", "100,0 %"]
    assert number(float("nan")) == percent(float("nan")) == "sem dado"


def test_a_persona_is_drawn_letter_by_letter_and_cut_where_it_is_too_long():
    assert wrapped("R$ 5 a R$ 9", 40) == r"R\$ 5 a R\$ 9"
    assert wrapped("um dois três quatro", 8, 2) == "um dois\ntrês…"
    assert wrapped("nome 名", 40) == "nome ?"


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
    assert projection_picture(points, ids, PERSONAS, TITLE, 7) != projection_picture(points, ids, PERSONAS, TITLE, 8)


def test_a_flow_is_as_wide_as_it_has_customers():
    rows = flows((1, 1, 30, 1.0), (1, 2, 10, 1.0), (None, 2, 60, 1.0))
    figure = Figure()
    axes = figure.add_subplot()
    found = migration._flows(rows)
    sides = [migration._bars(found, side, PERSONAS, 100.0) for side in ("source", "target")]
    migration._draw_flows(axes, found, sides, 100.0)
    ends = [patch.get_path().vertices for patch in axes.patches]
    assert sorted(each[7, 1] - each[0, 1] for each in ends) == pytest.approx([0.1, 0.3, 0.6])
    assert sorted(each[4, 1] - each[3, 1] for each in ends) == pytest.approx([0.1, 0.3, 0.6])


def test_an_empty_month_is_a_picture_that_says_so():
    frame, ids = customers()
    for picture in (
        sizes_picture(profiles({}, []), TITLE),
        selection_picture(tried()[:0], TITLE),
        distributions_picture(frame[:0], ids[:0], {}, list(frame), {}, TITLE),
        distributions_picture(frame, ids, {}, [], {}, TITLE),
        projection_picture(np.zeros((0, 2)), [], {}, TITLE, 7),
        projection_picture(np.ones((5, 2)), [1] * 5, {}, TITLE, 7),
        migration_picture(flows(), TITLE),
    ):
        assert size_of(picture) == (900, 264)


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
    for picture in (
        sizes_picture(shape, TITLE),
        distributions_picture(nothing, pd.Series(ids), personas, ["a", "b"], {}, TITLE),
        projection_picture(np.where(some > 1, np.nan, some), ids, personas, TITLE, 7),
        migration_picture(moves, TITLE),
    ):
        assert min(size_of(picture)) > 100


def test_a_table_without_a_column_is_refused_with_the_nearest_name():
    with pytest.raises(MissingColumns, match="no column 'customers'; did you mean 'customer'"):
        sizes_picture(profiles(PERSONAS, [1, 2, 3, 4]).rename(columns={"customers": "customer"}), TITLE)
    with pytest.raises(ValueError, match="300 customers and 2 segments"):
        distributions_picture(customers()[0], pd.Series([1, 2]), PERSONAS, ["nps"], {})
    with pytest.raises(ValueError, match=r"shape \(3, 2\) and 1 segments"):
        projection_picture(np.zeros((3, 2)), [1], PERSONAS, TITLE, 7)


def test_a_small_version_fits_and_is_the_whole_picture():
    picture = PICTURES["projection"](lambda rows: rows)
    small = thumbnail(picture, 20_000)
    assert len(small) <= 20_000 < len(picture)
    (width, height), (narrow, low) = size_of(picture), size_of(small)
    assert narrow / low == pytest.approx(width / height, rel=0.01)
    assert small == thumbnail(picture, 20_000)
    with pytest.raises(NotAPicture, match="does not fit into 10 bytes"):
        thumbnail(picture, 10)


@pytest.mark.parametrize("broken", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"], ids=["empty", "another format", "a head"])
def test_what_is_no_whole_png_is_no_picture(broken):
    with pytest.raises(NotAPicture, match="expected a PNG"):
        size_of(broken)
    with pytest.raises(NotAPicture, match="expected a PNG"):
        size_of(sizes_picture(profiles(PERSONAS, [1, 2, 3, 4]), TITLE)[:-2000])

"""What a reader finds on a picture: its words, and how wide, where and in which shade things are drawn."""

import numpy as np
import pandas as pd
import pytest

from arcana_assets.presentation import drawing
from arcana_assets.presentation.notation import percent
from arcana_assets.segmentation.pictures.distributions import MOST_FEATURES, distributions_picture
from arcana_assets.segmentation.pictures.migration import migration_picture
from arcana_assets.segmentation.pictures.projection import components, projection_picture
from arcana_assets.segmentation.pictures.selection import selection_picture
from arcana_assets.segmentation.pictures.sizes import sizes_picture
from arcana_assets_tests.segmentation.pictures.pictured import (
    LONG,
    PERSONAS,
    TITLE,
    TWELVE,
    customers,
    flows,
    profiles,
    tried,
)


@pytest.fixture
def drawn(monkeypatch):
    """The figures that a test draws: their texts are what a reader reads."""
    figures = []
    print_png = drawing.png

    def kept(figure):
        figures.append(figure)
        return print_png(figure)

    monkeypatch.setattr(drawing, "png", kept)
    for module in ("distributions", "migration", "projection", "selection", "sizes"):
        monkeypatch.setattr(f"arcana_assets.segmentation.pictures.{module}.png", kept)
    return figures


def texts(figures):
    """All words of the figures, as they are spelt."""
    [figure] = figures
    found = [each.get_text() for each in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return " ".join(found).replace("\n", " ").replace(r"\$", "$")


def test_sizes_say_customers_and_shares_and_count_who_is_in_no_segment_apart(drawn):
    sizes_picture(profiles(PERSONAS, [2000, 1000, 999, 1]), TITLE)
    words = texts(drawn)
    for said in ("2.000  (50,0 %)", "1.000  (25,0 %)", "1  (< 0,1 %)", "3.999 clientes em 3 segmentos; 1 em nenhum"):
        assert said in words
    assert f"02-{LONG}" in words


def test_the_selection_says_what_was_chosen_and_where_the_elbow_is(drawn):
    selection_picture(tried(), TITLE)
    words = texts(drawn)
    assert "Escolhido (anel): K-Means, k = 4, estabilidade 0,90." in words
    assert "Cotovelo (quadrado): K-Means k = 4." in words
    assert "HDBSCAN" in words
    left, right = drawn[0].axes
    faces = [each.get_facecolor() for each in left.collections if len(each.get_offsets())]
    hollow = [face for face in faces if len(face) and (face[:, :3] == 1).all()]
    assert len(hollow) == 2  # the refused ones: k=2, and that of HDBSCAN
    assert len([line for line in right.lines if len(line.get_xdata()) > 1]) == 1  # no inertia of a density algorithm


def test_a_month_without_an_admissible_clustering_says_so(drawn):
    selection_picture(tried(admissible=False), TITLE)
    assert "K-Means, k = 4, estabilidade 0,90 (nenhum passou nos limites)" in texts(drawn)


def test_one_single_segment_has_neither_silhouette_nor_elbow(drawn):
    selection_picture(tried(silhouette=None, inertia=0.0, stability=None)[:1].assign(k=1, chosen=True), TITLE)
    words = texts(drawn)
    assert "K-Means, k = 1" in words
    assert "nada a mostrar" in words
    assert "Sem cotovelo" in words


def test_distributions_say_what_is_missing_and_leave_out_what_lies_beyond_5_to_95_percent(drawn):
    frame, ids = customers()
    frame.loc[0, "nps"] = 1e9
    distributions_picture(frame, ids, PERSONAS, list(frame), {"nps": "NPS"}, TITLE)
    words, [figure] = texts(drawn), drawn
    absent = frame["nps"].isna().mean()
    assert f"NPS sem dado: {percent(absent)} (de 0 % a 100 % por segmento)" in words
    assert words.count("sem dados") == 1  # the one segment without any
    panels = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_xscale() for axes in panels] == ["log", "symlog", "linear", "linear"]
    assert panels[3].get_xlim()[1] < 10
    assert [bar.get_width() for bar in panels[2].patches] == pytest.approx(
        [frame["has_contract"][ids == each].mean() for each in (1, 2, 3)]
    )


def test_of_many_features_those_are_drawn_that_tell_segments_apart(drawn):
    rng = np.random.default_rng(0)
    ids = pd.Series(np.repeat([1, 3], 100))
    frame = pd.DataFrame({f"f{place:02}": rng.normal(size=200) + (ids if place >= 3 else 0) for place in range(15)})
    distributions_picture(frame, ids, PERSONAS, list(frame), {}, TITLE)
    words = texts(drawn)
    assert [name for name in frame if name in words] == [f"f{place:02}" for place in range(3, 15)]
    assert f"{MOST_FEATURES} de 15 atributos" in words


def test_a_projection_says_its_variance_and_how_many_customers_it_shows(drawn):
    points = np.random.default_rng(2).normal(size=(5_000, 2)) * [3, 1]
    projection_picture(points, np.repeat([1, 3], 2_500), PERSONAS, TITLE, 7)
    words = texts(drawn)
    _, shares = components(points)
    assert f"1º componente ({percent(shares[0])} da variância)" in words
    assert "4.000 de 5.000 clientes" in words
    assert "03-Dormentes (2.500)" in words
    assert len(drawn[0].axes[0].collections[0].get_offsets()) == 4_000


def test_a_migration_says_who_stayed_moved_came_and_left(drawn):
    rows = flows((1, 1, 900, 50.0), (1, 2, 100, 25.0), (2, 2, 1000, 20.0), (None, 2, 4, 5.0), (2, None, 8, 1.0))
    migration_picture(rows, TITLE)
    words = texts(drawn)
    for said in (
        "1.000 (49,8 %)",  # of the 2.008 of the month before
        "900 (44,9 %), 50,0 % do valor",  # of the 2.004 of this month
        "4 (0,2 % deste mês)",
        "8 (0,4 % do mês anterior)",
        "Mudaram de segmento: 100 (5,0 % de quem ficou na base). Novos: 4. Saíram: 8.",
    ):
        assert said in words


def test_labels_of_tiny_flows_do_not_lie_on_each_other(drawn):
    rows = pd.DataFrame(
        [
            {"from_segment_id": a, "from_persona": TWELVE[a], "to_segment_id": b, "to_persona": TWELVE[b]}
            | {"customers": 90_000 if a == b == 1 else 1, "value": None}
            for a in TWELVE
            for b in TWELVE
        ]
    )
    migration_picture(rows, TITLE)
    [figure] = drawn
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if "\n" in text.get_text()]
    assert len(boxes) == 24
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0 for box in boxes)


def test_a_first_month_says_that_there_is_none_before_it(drawn):
    migration_picture(flows((None, 1, 1_500, 1.0), (None, 2, 20, 1.0)), TITLE)
    assert "Sem mês anterior: os 1.520 clientes deste mês são novos." in texts(drawn)

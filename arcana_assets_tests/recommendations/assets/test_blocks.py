"""A base that is not held at once has the lists, the counts and the results that it has at once."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from arcana_assets.domain.settings.conditions import Condition
from arcana_assets.engine import blocks as engine_blocks
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.assets import inputs as read
from arcana_assets.recommendations.assets.evaluation import leaderboards
from arcana_assets.recommendations.assets.inputs import Inputs
from arcana_assets.recommendations.assets.recommendations import lists_of
from arcana_assets.recommendations.base.counts import Base
from arcana_assets.recommendations.lists.kept import chained
from arcana_assets.recommendations.month import MADE
from arcana_assets.recommendations.recommenders.also_in_segment import AlsoInSegment
from arcana_assets.recommendations.recommenders.ease import Ease
from arcana_assets.recommendations.recommenders.every import every_recommender
from arcana_assets.recommendations.recommenders.neighbours import Neighbours
from arcana_assets_tests.recommendations.assets.test_inputs import DECEMBER, FEBRUARY, JANUARY, _schema, inputs, spec

PORTUGUESE = language_of()

__all__ = ["spec"]
MARCH, MOMENT = date(2011, 3, 1), datetime(2011, 4, 2, tzinfo=UTC)
MONTHS, EVERY = (FEBRUARY, MARCH), (DECEMBER, JANUARY, FEBRUARY, MARCH)
CUSTOMERS = 36


@pytest.fixture(scope="module")
def shop(spec: DomainSpec) -> Inputs:
    """Customers of three segments and of none, with what each has got until each month, and some answers."""
    draw, owned = np.random.default_rng(8), []
    for number in range(CUSTOMERS):
        has = list(draw.choice(list("ABCDEFGH"), 2, replace=False))
        for month in EVERY:
            if month != DECEMBER and draw.random() < 0.4:
                has = list(dict.fromkeys([*has, draw.choice(list("ABCDEFGH"))]))
            owned += [(f"c{number:02d}", month, item, f"The {item}") for item in has]
    answers = tuple((f"c{each:02d}", "A", FEBRUARY, date(2011, 2, 9), "refused") for each in range(0, CUSTOMERS, 5))
    given = inputs(
        *(spec, *owned),
        answers=answers,
        top=3,
        minimum_owners=2,
        alternatives=[["A", "B"]],
        requires={"C": ["D"]},
        audience=[Condition(reason="longe", column="region", isin=["Sul", "Norte", "Lua"])],
    )
    everybody = [f"c{number:02d}" for number in range(CUSTOMERS)]
    put = [
        (each, month, "value", f"0{1 + int(each[1:]) % 4}-S")
        for each in everybody
        for month in EVERY
        if int(each[1:]) % 4 < 3
    ]
    lived = [(each, month, ("Sul", "Norte", "Oeste")[int(each[1:]) % 3]) for each in everybody for month in EVERY]
    worth = {"popular": 0.1, "popular_in_segment": 0.2, "also_in_segment": 0.3, "ease_with_segments": 0.4}
    steps = '{"places": [0.0, 1.0], "probabilities": [0.0, 0.5]}'
    board = [
        (month, name, "", ndcg, name == serves, steps)
        for month, serves in zip(MONTHS, ("also_in_segment", "ease_with_segments"), strict=True)
        for name, ndcg in worth.items()
    ]
    frames = {
        "segments": pd.DataFrame(put, columns=["customer_id", "month", "segmentation", "persona"]),
        "customers": pd.DataFrame(lived, columns=["customer_id", "month", "region"]),
        "evaluation": pd.DataFrame(
            board, columns=["month", "recommender", "segment", "ndcg_10", "serves", "calibration"]
        ),
    }
    tables = {name: ibis.memtable(frame, schema=_schema(frame)) for name, frame in frames.items()}
    return replace(given, tables={**given.tables, **tables})


@pytest.fixture
def in_blocks(shop: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inputs:
    """The same shop, of which seven customers are held at once."""
    monkeypatch.setattr(read, "AT_ONCE", 7 * 44)
    monkeypatch.setattr(engine_blocks, "DRAWN_A_BLOCK", 7)
    (tmp_path / "work").mkdir()
    return replace(shop, folder=tmp_path / "work")


def test_lists_by_blocks_are_the_lists_at_once(
    shop: Inputs, in_blocks: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(MONTHS, MOMENT, shop.spec.domain)
    assert in_blocks.folder is not None
    by_blocks = lists_of(run, in_blocks, folder=in_blocks.folder)
    assert len(in_blocks.blocks(MARCH)) > 4
    monkeypatch.undo()
    assert len(shop.blocks(MARCH)) == 1
    for month, once in lists_of(run, shop).items():
        blocks = by_blocks[month]
        assert (blocks.counts, blocks.served, blocks.reach) == (once.counts, once.served, once.reach)
        assert (blocks.unknown, blocks.unknown_values) == (once.unknown, once.unknown_values)
        assert once.unknown_values == ["'Lua' of region (no customer has it; known: Norte, Oeste, Sul)"]
        for name, table in MADE.items():
            found, expected = (
                chained([each.tables[name]], table.arrow).read_all().to_pandas() for each in (blocks, once)
            )
            assert len(expected) > 0
            # Sums of money are added up in another order.
            pd.testing.assert_frame_equal(found, expected, rtol=1e-12, atol=0)


def test_counts_of_blocks_are_those_at_once(shop: Inputs, in_blocks: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    base = in_blocks.of_evaluation(MARCH, MARCH).base
    assert base is not None
    once = shop.known(FEBRUARY).interactions()
    assert (base.customers, base.items.tolist(), base.labels.tolist()) == (
        *(CUSTOMERS, once.items.tolist()),
        once.base.labels.tolist(),
    )
    for name in ("owned", "recent", "sizes", "together"):
        np.testing.assert_array_equal(getattr(base, name), getattr(once.base, name), err_msg=name)
    among = np.array([1, 3, 4])
    every = np.arange(len(base.items))
    for place in (None, 0, 2):
        found, expected = (each.pairs(among, place).rows(every).toarray() for each in (base, once.base))
        np.testing.assert_array_equal(found, expected)
    # Recommenders score alike what they learned of blocks; by BM25 and EASE but for the last digits.
    whole = Base.of(once)
    for mine, other in zip(*(every_recommender(8, base.labels.tolist()) for _ in range(2)), strict=True):
        mine.fit(next(iter(base.blocks())), among)
        scores = np.vstack([mine.on(block).score(np.arange(len(block.customers))) for block in base.blocks()])
        at_once = other.fit(once, among).score(np.arange(CUSTOMERS))
        exact = not isinstance(mine, Ease | Neighbours) or mine.name == "jaccard_neighbours"
        np.testing.assert_allclose(scores, at_once, rtol=0 if exact else 1e-5, err_msg=mine.name)
    monkeypatch.setattr("arcana_assets.recommendations.recommenders.neighbours.MOST_ITEMS", 1)
    for kind in ("jaccard", "bm25"):
        large, at_once = (
            Neighbours(kind).fit(block, among)._near.toarray() for block in (next(iter(base.blocks())), once)
        )
        np.testing.assert_allclose(large, at_once, rtol=1e-5)
    monkeypatch.setattr("arcana_assets.recommendations.recommenders.also_in_segment.MOST_SHARES", 0)
    few, many = (AlsoInSegment().fit(block) for block in (next(iter(base.blocks())), once))
    np.testing.assert_array_equal(few.on(once).score(np.arange(9)), many.score(np.arange(9)))
    assert whole.customers == base.customers


def test_of_a_base_in_blocks_a_sample_is_judged_by_what_all_of_it_tells(shop: Inputs, in_blocks: Inputs) -> None:
    first, second = (in_blocks.of_evaluation(MARCH, MARCH) for _ in range(2))
    judged = set(first.known.segments["customer_id"]) | set(first.known.owned["customer_id"])
    assert 5 <= len(judged) <= 9
    assert set(first.later["customer_id"]) <= judged
    digests = [each.digest(in_blocks.offers, in_blocks.spec.domain.start, PORTUGUESE) for each in (first, second)]
    assert digests[0] == digests[1]
    pd.testing.assert_frame_equal(first.known.owned, second.known.owned)
    run = partial(leaderboards, Run((MARCH,), MOMENT, shop.spec.domain))
    (board,), (again,) = run(in_blocks), run(in_blocks)
    assert board.equals(again)
    assert board.loc[board["segment"] == "", "customers"].max() <= len(judged)
    # What somebody owns who is not judged counts for what recommenders learn.
    (other, *_) = sorted({f"c{number:02d}" for number in range(CUSTOMERS)} - judged)
    owned = shop.tables["owned"]
    fewer = replace(in_blocks, tables={**shop.tables, "owned": owned.filter(owned.customer_id != other)})
    assert (
        fewer.of_evaluation(MARCH, MARCH).digest(in_blocks.offers, in_blocks.spec.domain.start, PORTUGUESE)
        != digests[0]
    )


def test_results_by_blocks_are_those_at_once(shop: Inputs, in_blocks: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    by_blocks = in_blocks.of_results(MARCH, MARCH).adoption.groupby(["held_out", "adopted", "on_list"]).sum()
    monkeypatch.undo()
    once = shop.of_results(MARCH, MARCH).adoption.groupby(["held_out", "adopted", "on_list"]).sum()
    pd.testing.assert_frame_equal(by_blocks, once)
    assert once["customers"].sum() == CUSTOMERS * 3 // 4

"""The lines of a month hold what is known as of it, whatever else the tables hold."""

import json
from datetime import date
from typing import Any

import ibis
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.recommendations.assets.evaluation import leaderboard_of
from arcana_assets.recommendations.assets.lines import MonthOfLines, lines_of, worse_than_popularity

JANUARY, FEBRUARY = date(2011, 1, 1), date(2011, 2, 1)
AS_OF = date(2011, 2, 1)
OFFERS = Recommendations(segmentation="value", minimum_support=2)


@pytest.fixture(scope="module")
def spec() -> DomainSpec:
    return DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail")


def owned(*rows: tuple[str, date, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "month", "item_id", "item_name"])
    return table.assign(recent=True, value=10.0)


# a, b and c have X; a and b have Y as well; d has everything, e nothing.
BASE = [
    *(("a", JANUARY, "X", "Lamp"), ("a", JANUARY, "Y", "Shade"), ("b", JANUARY, "X", "Lamp")),
    *(("b", JANUARY, "Y", "Shade"), ("c", JANUARY, "X", "Lamp"), ("d", JANUARY, "X", "Lamp")),
    *(("d", JANUARY, "Y", "Shade"), ("d", JANUARY, "Z", "Bulb")),
]


def tables(
    *rows: tuple[str, date, str, str], recommender: str = "also_in_segment", bm25: float = 0.4, **more: Any
) -> dict[str, Any]:
    months = (JANUARY, FEBRUARY)
    put = [(each, month, "value", "01-S") for each in "abcde" for month in months]
    segments = pd.DataFrame(put, columns=["customer_id", "month", "segmentation", "persona"])
    steps = json.dumps({"scores": [0.0, 1.0], "probabilities": [0.0, 0.5]})
    worth = {"popular": 0.1, "popular_in_segment": 0.2, "also_in_segment": 0.3, "bm25_neighbours": bm25, "ease": 0.5}
    board = [
        (month, name, "", ndcg, name == recommender, steps if name == recommender else None)
        for month in months
        for name, ndcg in worth.items()
    ]
    columns = ["month", "recommender", "segment", "ndcg_10", "serves", "calibration"]
    evaluation = pd.DataFrame(board, columns=columns)
    customers = segments[["customer_id", "month"]]
    frames = {"owned": owned(*rows), "segments": segments, "evaluation": evaluation, "customers": customers, **more}
    return {name: ibis.memtable(frame) for name, frame in frames.items()}


def made(spec: DomainSpec, given: dict[str, Any], offers: Recommendations = OFFERS) -> MonthOfLines:
    return lines_of(JANUARY, AS_OF, spec, offers, Engine(), given)


def lines(found: MonthOfLines) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["customer_id"], row["item_id"]): row for row in found.tables["recommendations"].to_pylist()}


def test_who_owns_everything_gets_nothing_and_the_others_what_goes_with_what_they_have(spec: DomainSpec) -> None:
    found = lines(made(spec, tables(*BASE)))
    assert set(found) == {("a", "Z"), ("b", "Z"), ("c", "Y"), ("c", "Z")}
    line = found["c", "Y"]
    assert (line["antecedent_item"], line["support"], line["antecedent_owners"], line["segment"]) == ("X", 3, 4, "01-S")
    assert line["reason"].startswith(
        "75 % dos clientes de perfil semelhante que compraram Lamp também compraram Shade (3 "
    )
    assert line["ticket"] == 10.0
    assert line["expected_value"] == pytest.approx(10 * line["probability"])


def test_what_is_owned_called_or_answered_in_a_later_month_changes_no_line(spec: DomainSpec) -> None:
    later = [("c", FEBRUARY, "Y", "New name"), ("a", FEBRUARY, "W", "Later"), ("e", FEBRUARY, "X", "New name")]
    answers = pd.DataFrame(
        {"customer_id": ["c"], "item_id": ["Y"], "month": [FEBRUARY], "offered_at": [FEBRUARY], "outcome": ["refused"]}
    )
    found = made(spec, tables(*BASE, *later, feedback=answers))
    assert lines(found) == lines(made(spec, tables(*BASE)))


def test_an_item_that_was_renamed_is_the_same_item_under_the_name_of_the_month(spec: DomainSpec) -> None:
    renamed = [(customer, month, item, "Candle lamp" if item == "X" else name) for customer, month, item, name in BASE]
    before, after = (lines(made(spec, tables(*rows))) for rows in (BASE, renamed))
    assert set(before) == set(after)
    assert (before["c", "Y"]["antecedent_name"], after["c", "Y"]["antecedent_name"]) == ("Lamp", "Candle lamp")
    board = leaderboard_of(
        FEBRUARY,
        FEBRUARY,
        spec,
        OFFERS.model_copy(update={"horizon_months": 1}),
        Engine(),
        *(
            tables(*BASE, *((c, FEBRUARY, item, "Candle lamp") for c, _, item, _ in BASE))[name]
            for name in ("owned", "segments", "customers")
        ),
    )
    assert board["customers"].tolist() == [0] * len(board), "a new name is nothing adopted"


def test_a_catalogue_that_has_grown_too_large_is_served_by_neighbours_which_is_said(
    spec: DomainSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arcana_assets.recommendations.recommenders.every.MOST_ITEMS", 2)
    monkeypatch.setattr("arcana_assets.recommendations.recommenders.ease.MOST_ITEMS", 2)
    found = made(spec, tables(*BASE, recommender="ease"))
    assert found.instead_of == "ease"
    assert not found.worse
    assert {row["recommender"] for row in lines(found).values()} == {"bm25_neighbours"}
    # What EASE's scores told of adoptions says nothing of those of neighbours.
    assert {(row["probability"], row["expected_value"]) for row in lines(found).values()} == {(None, None)}
    weak = made(spec, tables(*BASE, recommender="ease", bm25=0.15))
    assert {row["recommender"] for row in lines(weak).values()} == {"popular_in_segment"}
    given = tables(*BASE, *((c, FEBRUARY, item, name) for c, _, item, name in BASE), ("c", FEBRUARY, "Y", "Shade"))
    offers = OFFERS.model_copy(update={"horizon_months": 1})
    board = leaderboard_of(
        FEBRUARY, FEBRUARY, spec, offers, Engine(), *(given[name] for name in ("owned", "segments", "customers"))
    )
    assert not board["recommender"].isin(["ease", "ease_with_segments", "also_in_segment"]).any()
    (reason,) = board.loc[board["serves"], "reason"]
    assert reason.endswith("EASE e quem tem X não foram avaliados: o catálogo tem 3 itens (limite: 2).")


def test_who_serves_though_worse_than_popularity_is_found_out() -> None:
    rows = [
        {"recommender": name, "ndcg_10": ndcg} for name, ndcg in (("popular", 0.2), ("ease", 0.1), ("jaccard", 0.3))
    ]
    assert [worse_than_popularity(rows, name) for name in ("popular", "ease", "jaccard", "unheard_of")] == [
        *(False, True, False, True)
    ]
    assert not worse_than_popularity([{"recommender": "popular_in_segment", "ndcg_10": None}], "popular_in_segment")


def test_no_two_alternatives_are_in_one_list(spec: DomainSpec) -> None:
    offers = OFFERS.model_copy(update={"alternatives": [["Y", "Z"]]})
    found = lines(made(spec, tables(*BASE), offers))
    # a and b own Y, which Z is an alternative of; c owns neither and gets the better one.
    assert set(found) == {("c", "Y")}
    assert found["c", "Y"]["rank"] == 1


def test_items_of_the_rules_that_nobody_owns_are_told(spec: DomainSpec) -> None:
    assert made(spec, tables(*BASE), OFFERS.model_copy(update={"never": ["Q"]})).unknown == ["Q"]


def test_without_anything_owned_there_are_tables_without_rows(spec: DomainSpec) -> None:
    found = made(spec, tables(("a", FEBRUARY, "X", "Lamp"), recommender="popular_in_segment"))
    assert {name: table.num_rows for name, table in found.tables.items()} == {
        "recommendations": 0,
        "recommendations_held_out": 0,
        "recommendation_opportunities": 0,
        "recommendations_left_out": 7,
    }

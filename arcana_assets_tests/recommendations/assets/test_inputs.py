"""What is read of the lake is what is known as of a month, whatever else its tables hold."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.conditions import Condition
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Session
from arcana_assets.graph.run import Run
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.presentation.language import language_of
from arcana_assets.recommendations.assets import evaluation
from arcana_assets.recommendations.assets.evaluation import leaderboards
from arcana_assets.recommendations.assets.inputs import Inputs, answer_keys
from arcana_assets.recommendations.assets.recommendations import lists_of
from arcana_assets.recommendations.evaluation import leaderboard_of
from arcana_assets.recommendations.month import lines_of_month
from arcana_assets.recommendations.tables import EVALUATION
from arcana_assets.tables.frames import as_table

PORTUGUESE = language_of()

DECEMBER, JANUARY, FEBRUARY = date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1)
OFFERS = Recommendations(segmentation="value", minimum_support=2, horizon_months=1, held_out=0.2)
OWNED = ["customer_id", "month", "item_id", "item_name"]
ANSWERS = ["customer_id", "item_id", "month", "offered_at", "outcome"]

# a, b and c have X; a and b have Y as well; d has everything, e nothing.
BASE = [
    *(("a", JANUARY, "X", "Lamp"), ("a", JANUARY, "Y", "Shade"), ("b", JANUARY, "X", "Lamp")),
    *(("b", JANUARY, "Y", "Shade"), ("c", JANUARY, "X", "Lamp"), ("d", JANUARY, "X", "Lamp")),
    *(("d", JANUARY, "Y", "Shade"), ("d", JANUARY, "Z", "Bulb")),
]


@pytest.fixture(scope="module")
def spec() -> DomainSpec:
    return DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail")


def inputs(
    spec: DomainSpec,
    *owned: tuple[Any, ...],
    answers: tuple[tuple[Any, ...], ...] = (),
    lists: tuple[tuple[Any, ...], ...] = (),
    kept_back: tuple[tuple[Any, ...], ...] = (),
    made_on: date = JANUARY,
    **settings: Any,
) -> Inputs:
    """Tables of December to February, with everybody but e in a segment of every month."""
    put = [
        (each, month, segmentation, f"0{place}-S")
        for each in "abcd"
        for month in (DECEMBER, JANUARY, FEBRUARY)
        for place, segmentation in enumerate(("value", "other"))
    ]
    worth = {"popular": 0.1, "popular_in_segment": 0.2, "also_in_segment": 0.3}
    board = [
        (month, name, segment, ndcg, name == "also_in_segment" and not segment, None)
        for month in (JANUARY, FEBRUARY)
        for segment in ("", "00-S")
        for name, ndcg in worth.items()
    ]
    has = pd.DataFrame(owned, columns=OWNED)
    frames = {
        "owned": has.assign(
            recent=True, value=10.0, since=has.groupby(["customer_id", "item_id"])["month"].transform("min")
        ),
        "segments": pd.DataFrame(put, columns=["customer_id", "month", "segmentation", "persona"]),
        "customers": pd.DataFrame(
            [(each, month, f"{each}{month:%m}") for each in "ab" for month in (JANUARY, FEBRUARY)],
            columns=["customer_id", "month", "region"],
        ),
        "evaluation": pd.DataFrame(
            board, columns=["month", "recommender", "segment", "ndcg_10", "serves", "calibration"]
        ).astype({"calibration": "str"}),
        "recommendations": pd.DataFrame(lists, columns=["customer_id", "item_id", "month"]).assign(made_on=made_on),
        "kept_back": pd.DataFrame(kept_back, columns=["customer_id", "item_id", "month"]),
    }
    tables = {name: ibis.memtable(frame, schema=_schema(frame)) for name, frame in frames.items()}
    for name in answer_keys(spec):
        frame = pd.DataFrame(answers, columns=ANSWERS)
        tables[name] = ibis.memtable(frame, schema=_schema(frame))
    return Inputs(spec, OFFERS.model_copy(update=settings), Engine(), tables)


def _schema(frame: pd.DataFrame) -> dict[str, str]:
    """As in the lake, for frames without rows as well."""
    kinds = {
        "month": "date",
        "offered_at": "date",
        "since": "date",
        "made_on": "date",
        "ndcg_10": "float64",
        "value": "float64",
    }
    kinds |= {"serves": "boolean", "recent": "boolean"}
    return {name: kinds.get(name, "string") for name in frame.columns}


def test_a_month_is_what_its_rows_say_in_the_segmentation_of_recommendations(spec: DomainSpec) -> None:
    later = [("c", FEBRUARY, "Y", "New name"), ("e", FEBRUARY, "X", "New name")]
    given = inputs(spec, *reversed(BASE), *later, limits={"X": {"region": ["a01"], "persona": ["00-S"]}})
    known = given.known(JANUARY)
    assert known.owned[["customer_id", "item_id", "item_name"]].to_numpy().tolist() == [
        [customer, item, name] for customer, _, item, name in BASE
    ]
    assert known.segments.to_numpy().tolist() == [[each, "00-S"] for each in "abcd"]
    assert known.attributes is not None
    assert sorted(known.attributes.to_numpy().tolist()) == [["a", "a01"], ["b", "b01"]]
    assert known.lookback == spec.domain.lookback_months
    assert inputs(spec, *BASE).known(JANUARY).attributes is None


def test_what_the_audience_looks_at_is_read_with_it_and_numbers_are_numbers(spec: DomainSpec) -> None:
    audience = [
        Condition(reason="x", column="region", isin=["a01"]),
        Condition(reason="y", column="monetary", at_least=1),
        Condition(reason="z", column="persona", isin=["00-S"]),
    ]
    given = inputs(spec, *BASE, audience=audience)
    customers = given.tables["customers"].mutate(monetary=ibis.literal("2.5").cast("decimal(18, 4)"))
    known = replace(given, tables={**given.tables, "customers": customers}).known(JANUARY)
    assert known.attributes is not None
    assert list(known.attributes.columns) == ["customer_id", "monetary", "region"]
    assert known.attributes["monetary"].dtype == "float64"


def test_each_month_has_its_own_rows_of_one_compiled_query(spec: DomainSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    given, compiled = inputs(spec, *BASE, ("a", FEBRUARY, "Z", "Bulb")), list[object]()
    compile_query = Session.to_sql
    monkeypatch.setattr(Session, "to_sql", lambda self, rows: compiled.append(rows) or compile_query(self, rows))
    january, february, again = (given.known(month) for month in (JANUARY, FEBRUARY, JANUARY))
    assert (len(january.owned), february.owned["item_id"].tolist()) == (len(BASE), ["Z"])
    pd.testing.assert_frame_equal(again.owned, january.owned, check_exact=True)
    assert len(compiled) == 2  # what is owned, and who is in which segment


def test_the_leaderboard_of_all_customers_decides_the_lists_of_its_month(spec: DomainSpec) -> None:
    board = inputs(spec, *BASE).of_month(JANUARY, FEBRUARY, JANUARY, FEBRUARY).leaderboard
    assert sorted(board["recommender"]) == ["also_in_segment", "popular", "popular_in_segment"]


def test_what_is_owned_called_or_answered_in_a_later_month_changes_no_line(spec: DomainSpec) -> None:
    later = [("c", FEBRUARY, "Y", "New name"), ("a", FEBRUARY, "W", "Later"), ("e", FEBRUARY, "X", "New name")]
    answers = (("c", "Y", FEBRUARY, FEBRUARY, "refused"),)
    found, expected = (
        lines_of_month(given.of_month(JANUARY, FEBRUARY, JANUARY, FEBRUARY), OFFERS, PORTUGUESE).tables
        for given in (inputs(spec, *BASE, *later, answers=answers), inputs(spec, *BASE))
    )
    assert expected["recommendations"].num_rows + expected["recommendations_held_out"].num_rows == 4
    assert all(found[name].equals(table) for name, table in expected.items())
    assert inputs(spec, *BASE, answers=answers).of_month(JANUARY, FEBRUARY, JANUARY, FEBRUARY).answers.empty


def test_adopters_are_who_got_an_item_within_the_horizon_and_what_they_paid_by_its_end(spec: DomainSpec) -> None:
    march = date(2011, 3, 1)
    owned = [
        (each, month, "X", "Lamp")
        for place, each in enumerate("abc")
        for month in (DECEMBER, JANUARY, FEBRUARY, march)[place:]
    ]
    found = {
        (judged, horizon): inputs(spec, *owned, horizon_months=horizon).of_month(march, march, judged, march).paid
        for judged, horizon in ((FEBRUARY, 1), (FEBRUARY, 2), (march, 1))
    }
    new = {each: "".join(paid.loc[paid["adopted"], "customer_id"]) for each, paid in found.items()}
    assert new == {(FEBRUARY, 1): "c", (FEBRUARY, 2): "bc", (march, 1): ""}
    assert all(
        paid[["customer_id", "value"]].to_numpy().tolist() == [[each, 10.0] for each in "abc"]
        for paid in found.values()
    )


def test_a_row_planted_in_a_later_month_reaches_no_fit(spec: DomainSpec) -> None:
    before, after = (
        inputs(spec, *BASE, *later).of_evaluation(FEBRUARY, FEBRUARY)
        for later in ((), [("c", FEBRUARY, "Y", "Shade"), ("c", FEBRUARY, "W", "Later")])
    )
    assert before.known.month == after.known.month == JANUARY
    assert before.known.owned.equals(after.known.owned)
    assert before.known.segments.equals(after.known.segments)
    assert (len(before.later), after.later.to_numpy().tolist()) == (0, [["c", "W"], ["c", "Y"]])


def test_a_new_name_of_an_item_is_nothing_adopted(spec: DomainSpec) -> None:
    renamed = [(customer, FEBRUARY, item, "Candle lamp") for customer, _, item, _ in BASE]
    read = inputs(spec, *BASE, *renamed).of_evaluation(FEBRUARY, FEBRUARY)
    board = leaderboard_of(read, OFFERS, spec.domain.start, PORTUGUESE)
    assert board["customers"].tolist() == [0] * len(board)


def test_while_a_month_is_open_the_whole_months_before_it_are_held_against_each_other(spec: DomainSpec) -> None:
    march = date(2011, 3, 1)
    run = Run((march,), datetime(2011, 3, 2, tzinfo=UTC), spec.domain)
    assert [run.judged(month) for month in (FEBRUARY, march)] == [FEBRUARY, FEBRUARY]
    given = inputs(spec, *BASE, ("c", FEBRUARY, "Y", "Shade"), ("c", march, "Z", "Bulb"))
    closed, open_month = (given.of_evaluation(month, run.judged(month)) for month in (FEBRUARY, march))
    assert (closed.month, open_month.month) == (FEBRUARY, march)
    assert open_month.known.month == closed.known.month
    assert open_month.later.equals(closed.later)


def test_a_leaderboard_is_made_anew_once_anything_that_it_was_made_from_is_another(spec: DomainSpec) -> None:
    february = Run((FEBRUARY,), datetime(2011, 3, 2, tzinfo=UTC), spec.domain)
    given = inputs(spec, *BASE, ("c", FEBRUARY, "Y", "Shade"))
    (board,) = leaderboards(february, given)
    there = as_table([board.assign(reason="kept", ndcg_10=0.5)], EVALUATION).to_pandas()
    (kept,) = leaderboards(february, given, there)
    assert set(kept["reason"]) == {"kept"}
    renamed = tuple((*row[:3], "Lantern") if row[2] == "X" else row for row in BASE)
    others = {
        "later": inputs(spec, *BASE, ("c", FEBRUARY, "Z", "Bulb")),
        "known": inputs(spec, *BASE, ("e", JANUARY, "X", "Lamp"), ("c", FEBRUARY, "Y", "Shade")),
        "name": inputs(spec, *renamed, ("c", FEBRUARY, "Y", "Shade")),
        "settings": replace(given, offers=OFFERS.model_copy(update={"minimum_owners": 4})),
    }
    for what, other in others.items():
        (made,) = leaderboards(february, other, there)
        assert "kept" not in set(made["reason"]), what
        assert made["inputs_digest"].nunique() == 1
        assert made["inputs_digest"].iloc[0] != board["inputs_digest"].iloc[0], what


def test_what_served_by_the_evaluation_before_holds_its_place(spec: DomainSpec) -> None:
    march = date(2011, 3, 1)
    moment = datetime(2011, 3, 2, tzinfo=UTC)
    new = [("c", FEBRUARY, "Y", "Shade"), ("e", FEBRUARY, "Z", "Bulb")]
    given = inputs(spec, *BASE, *new)
    (fresh,) = leaderboards(Run((FEBRUARY,), moment, spec.domain), given)
    chosen = fresh.loc[fresh["serves"], "recommender"].item()
    other = next(
        each
        for each, ndcg in zip(fresh["recommender"], fresh["ndcg_10"], strict=True)
        if each != chosen and ndcg == fresh["ndcg_10"].max() and not each.startswith("popular")
    )
    january = fresh.assign(
        month=JANUARY, serves=(fresh["recommender"] == other) & (fresh["segment"] == ""), inputs_digest="january"
    )
    for run, months in (((FEBRUARY,), [FEBRUARY]), ((FEBRUARY, march), [FEBRUARY, march])):
        made = leaderboards(Run(run, moment, spec.domain), given, as_table([january], EVALUATION).to_pandas())
        assert [board.loc[board["serves"], "recommender"].item() for board in made] == [other] * len(months)
    # A night of March is judged by the same whole months as February, and is no evaluation after it.
    february = made[0]
    rival = february.assign(
        serves=(fresh["recommender"] == chosen) & (fresh["segment"] == ""), inputs_digest="as it was made earlier"
    )
    there = as_table([january, rival], EVALUATION).to_pandas()
    (night,) = leaderboards(Run((march,), moment, spec.domain), given, there)
    assert night.loc[night["serves"], "recommender"].item() == other


def test_months_of_one_run_have_the_leaderboards_and_lists_that_each_has_alone(
    spec: DomainSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    march, moment = date(2011, 3, 1), datetime(2011, 3, 2, tzinfo=UTC)
    months = (JANUARY, FEBRUARY, march)
    draw = np.random.default_rng(4)
    owned = []
    for number in range(120):  # who has X is given Y a month later, and who has V gets W; the rest is chance
        has = [*("XA" if number % 2 else "VB"), *draw.choice(list("CDEFG"), 2, replace=False)]
        more = ["Y" if number % 2 else "W"] if draw.random() < 0.8 else list(draw.choice(list("CDEFG"), 1))
        for place, month in enumerate((DECEMBER, *months)):
            got = [*has, *(more if place > number % 3 else [])]
            owned += [(f"{'abcd'[number % 4]}{number}", month, item, item) for item in dict.fromkeys(got)]
    put = {(customer, month, "value", f"0{1 + int(customer[1:]) % 3}-S") for customer, month, *_ in owned}
    segments = pd.DataFrame(sorted(put), columns=["customer_id", "month", "segmentation", "persona"])
    given = inputs(spec, *owned)
    given = replace(given, tables={**given.tables, "segments": ibis.memtable(segments, schema=_schema(segments))})
    made_of = list[date]()
    make = evaluation.leaderboard_of
    monkeypatch.setattr(
        evaluation, "leaderboard_of", lambda read, *more: made_of.append(read.month) or make(read, *more)
    )
    run = Run(months, moment, spec.domain)
    ranged = leaderboards(run, given)
    # March is open: it is judged by the same whole months as February.
    assert made_of == [JANUARY, FEBRUARY]
    # The next night, read from the lake: what it is made from is what it was.
    there = as_table(ranged, EVALUATION).to_pandas()
    again = leaderboards(Run(months[1:], moment, spec.domain), given, there)
    assert as_table(again, EVALUATION).equals(as_table(ranged[1:], EVALUATION))
    assert made_of == [JANUARY, FEBRUARY]
    # In the first night of a month the leaderboard is that of the month before.
    (first_night,) = leaderboards(Run((march,), moment, spec.domain), given, there[there["month"] < march])
    assert as_table([first_night], EVALUATION).equals(as_table(ranged[2:], EVALUATION))
    assert made_of == [JANUARY, FEBRUARY]
    told = list[int]()
    for month, board in zip(months, ranged, strict=True):
        (alone,) = leaderboards(Run((month,), moment, spec.domain), given, there[there["month"] < run.judged(month)])
        pd.testing.assert_frame_equal(board, alone, check_exact=True)
        made = [
            lines_of_month(
                replace(
                    given.of_month(month, march, run.judged(month), march), leaderboard=rows[rows["segment"] == ""]
                ),
                OFFERS,
                PORTUGUESE,
            )
            for rows in (board, alone)
        ]
        assert made[0].served == made[1].served
        # Lists where the best is beyond chance, and none where it is not.
        told.append(made[0].tables["recommendations"].num_rows)
        assert (told[-1] > 50) is bool(board.loc[board["serves"], "fit"].item())
        assert told[-1] > 50 or told[-1] == 0
        assert all(made[1].tables[name].equals(table) for name, table in made[0].tables.items())
    assert max(told) > 50
    assert {board.loc[board["serves"], "recommender"].item() for board in ranged} - {"popular", "popular_in_segment"}
    assert all(board.loc[board["serves"], "calibration"].notna().all() for board in ranged)


def test_who_has_the_same_items_keeps_the_list_and_who_has_others_does_not(spec: DomainSpec) -> None:
    now = [(each, FEBRUARY, item, name) for each, _, item, name in BASE if (each, item) != ("b", "Y")]
    given = inputs(spec, *BASE, *now, ("c", FEBRUARY, "W", "Later"))
    listed = pd.DataFrame([(each, "Z") for each in "abce"], columns=["customer_id", "item_id"])
    found = given.of_month(FEBRUARY, FEBRUARY, FEBRUARY, FEBRUARY, listed).listed
    # b gave Y back and c bought W; e has nothing, now as then.
    assert found["customer_id"].tolist() == ["a", "e"]
    assert given.of_month(FEBRUARY, FEBRUARY, FEBRUARY, FEBRUARY).listed.empty


def test_lists_of_a_range_of_months_are_those_of_its_months_one_by_one(spec: DomainSpec) -> None:
    march, moment = date(2011, 3, 1), datetime(2011, 4, 2, tzinfo=UTC)
    months, draw = (JANUARY, FEBRUARY, march), np.random.default_rng(8)
    owned, bought = [], set()
    for number in range(80):
        has = list(draw.choice(list("ABCDEFGH"), 2, replace=False))
        for month in (DECEMBER, *months):
            if month != DECEMBER and draw.random() < 0.3:
                has = list(dict.fromkeys([*has, draw.choice(list("ABCDEFGH"))]))
                bought.add((f"c{number}", month))
            owned += [(f"c{number}", month, item, item) for item in has]
    given = inputs(spec, *owned, top=3)
    board = ibis.memtable(
        pd.DataFrame(
            [(month, "popular", "", 0.1, True, None) for month in months],
            columns=["month", "recommender", "segment", "ndcg_10", "serves", "calibration"],
        ).astype({"calibration": "str"}),
        schema={"month": "date", "recommender": "string", "segment": "string", "ndcg_10": "float64"}
        | {"serves": "boolean", "calibration": "string"},
    )
    given = replace(given, tables={**given.tables, "evaluation": board})
    made = lists_of(Run(months, moment, spec.domain), given)
    anew = lists_of(Run((march,), moment, spec.domain), given)[march]
    assert not anew.listed.equals(made[march].listed)
    for month, before in ((FEBRUARY, JANUARY), (march, FEBRUARY)):
        there = made[before].listed.sample(frac=1, random_state=1).assign(month=before, made_on=moment.date())
        alone = lists_of(Run((month,), moment, spec.domain), given, there)
        assert all(alone[month].tables[name].equals(table) for name, table in made[month].tables.items())
        then, now = (made[each].listed.groupby("customer_id")["item_id"].agg("".join) for each in (before, month))
        still = [each for each in then.index.intersection(now.index) if (each, month) not in bought]
        assert len(still) > 20
        assert [set(then[each]) for each in still] == [set(now[each]) for each in still]


def test_a_month_computed_again_keeps_the_day_on_which_its_lists_were_first_made(spec: DomainSpec) -> None:
    given, late = inputs(spec, *BASE), datetime(2011, 2, 27, 23, 30, tzinfo=UTC)
    first = lists_of(Run((JANUARY,), datetime(2011, 1, 31, 12, tzinfo=UTC), spec.domain), given)[JANUARY]
    there = first.listed.assign(month=JANUARY, made_on=date(2011, 1, 31))
    for rows, expected in (
        (None, date(2011, 2, 27)),
        (there, date(2011, 1, 31)),
        (there.assign(made_on=None), late.date()),
    ):
        again = lists_of(Run((JANUARY,), late, spec.domain), given, rows)[JANUARY].tables
        days = {
            row["made_on"]
            for name in ("recommendations", "recommendations_held_out")
            for row in again[name].to_pylist()
        }
        assert days == {expected}


def test_who_adopted_what_was_on_the_list_given_out_or_kept_back_is_told(spec: DomainSpec) -> None:
    now = [("a", FEBRUARY, "Z", "Bulb"), ("b", FEBRUARY, "Z", "Bulb"), ("c", FEBRUARY, "Y", "Shade")]
    given = inputs(
        spec, *BASE, *now, lists=(("a", "Z", JANUARY), ("c", "Z", JANUARY)), kept_back=(("b", "Z", JANUARY),)
    )
    found = given.of_results(FEBRUARY, FEBRUARY)
    adoption = given.adoption(JANUARY, FEBRUARY)
    assert adoption[["customer_id", "adopted", "on_list"]].to_numpy().tolist() == [
        *(["a", True, True], ["b", True, True], ["c", True, False], ["d", False, False]),
    ]
    assert found.made_on == JANUARY
    assert inputs(spec, *BASE).of_results(FEBRUARY, FEBRUARY).made_on is None


def test_an_offer_was_listed_if_the_list_of_the_month_before_holds_it(spec: DomainSpec) -> None:
    day = date(2011, 2, 10)
    answers = (
        *(("a", "Y", FEBRUARY, day, "won"), ("b", "Y", FEBRUARY, day, "won"), ("e", "X", FEBRUARY, day, "lost")),
        ("a", "Y", date(2010, 7, 1), date(2010, 7, 1), "won"),  # before the lookback
    )
    given = inputs(spec, *BASE, answers=answers, lists=(("a", "Y", JANUARY), ("b", "Y", FEBRUARY)))
    found = given.of_results(FEBRUARY, FEBRUARY).answers
    # The list of the offer's own month is made without what was answered in it, so only that of January counts.
    assert found[["customer_id", "item_id", "listed"]].to_numpy().tolist() == [
        *(["a", "Y", True], ["b", "Y", False], ["e", "X", False]),
    ]
    assert found["segment"].isna().tolist() == [False, False, True]


def test_who_adopted_something_since_is_told_of_all_who_were_customers_then(spec: DomainSpec) -> None:
    now = [("a", FEBRUARY, "Z", "Bulb"), ("b", FEBRUARY, "Y", "Shade"), ("e", FEBRUARY, "X", "Lamp")]
    answers = tuple((each, "X", FEBRUARY, FEBRUARY, "lost") for each in "acde")
    given = inputs(spec, *BASE, *now, answers=answers)
    found = given.of_results(FEBRUARY, FEBRUARY)
    # Of who answered, a and e own something of February; b was asked nothing.
    assert (found.listed_month, found.owners, found.items) == (JANUARY, frozenset("ae"), frozenset("XYZ"))
    # b has Y already, and e was no customer of January.
    assert given.adoption(JANUARY, FEBRUARY)[["customer_id", "adopted"]].to_numpy().tolist() == [
        *(["a", True], ["b", False], ["c", False], ["d", False]),
    ]


def test_who_is_held_out_is_so_in_the_lists_and_in_what_came_of_them(spec: DomainSpec) -> None:
    given = inputs(spec, *BASE, held_out=0.5)
    adoption = given.adoption(JANUARY, FEBRUARY)
    kept = set(adoption.loc[adoption["held_out"], "customer_id"])
    assert 0 < len(kept) < 4
    assert kept == given.of_month(JANUARY, FEBRUARY, JANUARY, FEBRUARY).held_out

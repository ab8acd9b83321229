"""Surveys: NPS by its definition, aspects, and those that are dated through a ticket.

Slow: each of these tests computes months of a domain.
"""

import random
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arcana_assets.customer_360.listed import surveys
from arcana_assets.domain.entities.subscribers import SURVEY_KINDS
from arcana_assets_tests.customer_360.listed.silver_rows import APR, FEB, JUN, MAR, MAY, periods, read_in, silver

pytestmark = pytest.mark.slow


def answer(score=None, customer="ana", at="2024-06-10", kind="relational", **aspects):
    named = {f"aspect_{name}": value for name, value in aspects.items()}
    return {"customer_id": customer, "answered_at": at, "kind": kind, "score": score} | named


def by_ticket(score=None, ticket="t1", customer="ana", **aspects):
    return answer(score, customer, None, "support", **aspects) | {"ticket_id": ticket}


def ticket(number="t1", opened="2024-05-20", customer="ana"):
    return {"ticket_id": number, "customer_id": customer, "opened_at": opened}


def facet_of(answered, *months, **given):
    monthly, aspects = surveys.surveys_monthly(answered), surveys.survey_aspects_monthly(answered)
    return surveys.surveys(monthly, aspects, periods(*months, **given))


def facet(*rows, months=(JUN,), **given):
    return facet_of(silver("surveys", *rows), *months, **given)


@pytest.mark.parametrize(
    ("score", "counted"),
    [
        *((score, "detractors") for score in (0, 6)),
        *((score, "passives") for score in (6.5, 7, 8, 8.5)),
        *((score, "promoters") for score in (9, 9.5, 10)),
    ],
)
def test_a_score_is_of_a_promoter_a_passive_or_a_detractor(one, score, counted):
    row = one(facet(answer(score)))
    kinds = {name: row[name] for name in ("promoters", "passives", "detractors")}
    assert kinds == dict.fromkeys(kinds, 0) | {counted: 1}
    assert row["nps"] == {"promoters": 100, "passives": 0, "detractors": -100}[counted]


def test_nps_is_of_the_scores_and_an_answer_without_one_is_an_answer(one):
    row = one(facet(*map(answer, [10, 9, 9, 7, 3, None])))
    assert (row["answers"], row["promoters"], row["passives"], row["detractors"]) == (6, 3, 1, 1)
    assert row["nps"] == 40
    assert (row["nps_relational"], row["nps_relational_answers"]) == (40, 5)


def test_without_a_score_there_is_no_nps_rather_than_a_zero(one):
    row = one(facet(answer(None, agility=7)))
    assert (row["answers"], row["nps"], row["passives"], row["score_trend"]) == (1, None, 0, None)
    assert {row[f"nps_{kind}"] for kind in SURVEY_KINDS} == {None}
    assert {row[f"nps_{kind}_answers"] for kind in SURVEY_KINDS} == {0}


def test_each_kind_has_its_own_nps_and_a_kind_that_nobody_knows_is_in_the_whole(one):
    row = one(facet(answer(10), answer(0, kind="product"), answer(10, kind="product"), answer(0, kind="event")))
    assert (row["nps"], row["nps_relational"], row["nps_product"], row["nps_support"]) == (0, 100, 0, None)
    assert (row["nps_relational_answers"], row["nps_product_answers"], row["nps_support_answers"]) == (1, 2, 0)


def test_the_score_trend_is_later_less_earlier_mean(one):
    early, late = (
        [answer(score, at="2024-03-31") for score in (4, 5)],
        [answer(score, at="2024-04-01") for score in (9, 6)],
    )
    assert one(facet(*early, *late))["score_trend"] == 3
    assert one(facet(*early))["score_trend"] is None
    assert one(facet(*late, answer(None, at="2024-01-01")))["score_trend"] is None


def test_the_worst_aspect_has_the_lowest_mean_over_the_lookback_and_the_words_of_its_readers(one):
    row = one(facet(answer(agility=2, cost=5), answer(agility=9, cost=5, at="2024-02-01"), answer(cost=6)))
    assert row["worst_aspect"] == "Custos"
    assert row["worst_aspect_score"] == pytest.approx(16 / 3)


def test_of_aspects_that_are_equally_bad_the_first_by_name_is_said(one):
    row = one(facet(answer(software=3, cost=3, agility=4), answer(cost=3)))
    assert (row["worst_aspect"], row["worst_aspect_score"]) == ("Custos", 3)
    thirds = [answer(quality=score) for score in (3, 3, 4)] + [answer(deadlines=score) for score in (3, 3, 4) * 2]
    assert one(facet(*thirds))["worst_aspect"] == "Prazos"  # deadlines before quality


def test_without_an_aspect_there_is_no_worst_one(one):
    row = one(facet(answer(10)))
    assert (row["worst_aspect"], row["worst_aspect_score"]) == (None, None)


def test_a_customer_with_many_answers_counts_them_once_whatever_the_aspects(one):
    rows = [answer(10, agility=1, cost=2, software=3, at=f"2024-0{1 + n % 6}-01") for n in range(30)]
    row = one(facet(*rows))
    assert (row["answers"], row["promoters"], row["nps_relational_answers"]) == (30, 30, 30)


def test_what_is_answered_before_the_lookback_or_after_the_month_is_not_known(by_customer):
    rows = [answer(9, "ana", "2024-01-01"), answer(9, "bob", "2023-12-31 23:59"), answer(9, "cy", "2024-07-01")]
    assert list(by_customer(facet(*rows))) == ["ana"]


def test_who_answered_nothing_has_no_row(rows_of):
    assert rows_of(facet()) == []


def test_the_rollup_of_aspects_holds_what_was_asked_only(rows_of):
    rows = [answer(agility=7, cost=None), answer(agility="6.5"), answer(10)]
    assert rows_of(surveys.survey_aspects_monthly(silver("surveys", *rows))) == [
        {"customer_id": "ana", "month": JUN, "aspect": "agility", "answers": 2, "score_sum": Decimal("13.5")}
    ]


def test_a_survey_without_a_date_belongs_to_the_month_of_its_ticket(rows_of):
    snapshots = read_in([APR, MAY, JUN], by_ticket(10), by_ticket(3, "t2"))
    tickets = silver("tickets", ticket("t1", "2024-05-20 13:00"), ticket("t2", "2024-06-01"))
    found = rows_of(surveys.COMPUTATION.rows(None, silver("surveys", *snapshots), tickets).order_by("month"))
    assert [(row["month"], row["ticket_id"], row["answered_at"], row["score"]) for row in found] == [
        (MAY, "t1", datetime(2024, 5, 20, 13, tzinfo=UTC), 10),
        (JUN, "t2", datetime(2024, 6, 1, tzinfo=UTC), 3),
    ]


def test_a_survey_that_came_after_its_month_counts_in_the_first_month_that_knows_it_and_in_no_other(rows_of):
    # The snapshots of their time: of the ticket of April one answer is known in April, the other from June on.
    snapshots = [
        *read_in([APR, MAY], by_ticket(10)),
        *read_in([JUN], by_ticket(10), by_ticket(2, customer="bob"), by_ticket(3, "t2"), by_ticket(4, "t9")),
    ]
    tickets = silver("tickets", ticket("t1", "2024-04-20"), ticket("t2", "2024-06-01"))
    found = rows_of(surveys.COMPUTATION.rows(None, silver("surveys", *snapshots), tickets).order_by("month", "score"))
    assert [(row["month"], row["customer_id"], row["score"], row["answered_at"]) for row in found] == [
        (APR, "ana", 10, datetime(2024, 4, 20, tzinfo=UTC)),
        (JUN, "bob", 2, None),
        (JUN, "ana", 3, datetime(2024, 6, 1, tzinfo=UTC)),
    ]


def test_of_a_source_that_began_in_a_month_nobody_knows_what_is_new_in_it(rows_of):
    snapshots = silver("surveys", *read_in([JUN], by_ticket(10)))
    assert rows_of(surveys.COMPUTATION.rows(None, snapshots, silver("tickets", ticket("t1", "2024-04-20")))) == []


def test_a_survey_whose_ticket_is_unknown_is_in_no_month(rows_of):
    snapshots = read_in([MAY, JUN], by_ticket(10, "t9"), by_ticket(10, None))
    assert rows_of(surveys.COMPUTATION.rows(None, silver("surveys", *snapshots), silver("tickets", ticket()))) == []


def test_a_ticket_with_several_rows_dates_its_survey_once_by_the_first(one):
    rows = [ticket("t1", "2024-05-20"), ticket("t1", "2024-05-03"), ticket("t1", "2024-05-21")]
    found = one(
        surveys.COMPUTATION.rows(None, silver("surveys", by_ticket(10) | {"month": MAY}), silver("tickets", *rows))
    )
    assert found["answered_at"] == datetime(2024, 5, 3, tzinfo=UTC)


def test_surveys_of_both_kinds_are_counted_together_each_once(one):
    of_dates = silver("surveys", answer(0, at="2024-05-01"), answer(0))
    of_tickets = silver("surveys", *read_in([MAY, JUN], by_ticket(10), by_ticket(9)))
    row = one(facet_of(surveys.COMPUTATION.rows(of_dates, of_tickets, silver("tickets", ticket(), ticket("t2"))), JUN))
    assert (row["answers"], row["nps"], row["nps_support"], row["nps_support_answers"]) == (4, 0, 100, 2)


def test_surveys_with_dates_need_no_tickets(rows_of):
    rows = silver("surveys", answer(0))
    assert rows_of(surveys.COMPUTATION.rows(rows, None, None)) == rows_of(rows)


def test_what_cannot_be_dated_is_an_error():
    with pytest.raises(ValueError, match="surveys without a date need a source of tickets"):
        surveys.COMPUTATION.rows(None, silver("surveys"), None)
    with pytest.raises(ValueError, match="surveys need a source"):
        surveys.COMPUTATION.rows(None, None, silver("tickets"))


YEAR = [
    answer(
        (number * day) % 11,
        who,
        f"2024-{number:02}-{day:02}",
        list(SURVEY_KINDS)[day % 6],
        agility=day % 11,
        cost="3.3333",
        software=None if day % 2 else "0.1",
    )
    for who in ("ana", "bob")
    for number in range(1, 7)
    for day in range(1, 9)
]


def test_several_months_at_once_are_each_month_alone_in_any_order_of_rows(in_any_order):
    months = [FEB, MAR, JUN]
    shuffled = random.Random(3).sample(YEAR, len(YEAR))
    together = in_any_order(facet(*YEAR, months=months))
    assert together == [row for each in months for row in in_any_order(facet(*shuffled, months=[each]))]


ANSWERS = st.builds(
    answer,
    score=st.sampled_from([None, 0, 6, "6.5", 8, 9, 10]),
    customer=st.sampled_from(["ana", "bob"]),
    at=st.sampled_from(["2024-01-31", "2024-02-01", "2024-05-15"]),
    kind=st.sampled_from(list(SURVEY_KINDS)),
    agility=st.sampled_from([None, 1, "2.5"]),
)


@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(rows=st.lists(ANSWERS, max_size=12))
def test_the_rollups_of_a_range_are_those_of_its_months_and_count_every_answer(backend, rows):
    def rows_of(table):
        return backend.to_pyarrow(table).to_pylist()

    for rollup in (surveys.surveys_monthly, surveys.survey_aspects_monthly):
        alone = [
            row
            for each in ("2024-01", "2024-02", "2024-05")
            for row in rows_of(rollup(silver("surveys", *(row for row in rows if row["answered_at"].startswith(each)))))
        ]
        assert rows_of(rollup(silver("surveys", *rows))) == alone
    for row in (found := rows_of(facet(*rows))):
        scored = row["promoters"] + row["passives"] + row["detractors"]
        assert scored == sum(row[f"nps_{kind}_answers"] for kind in SURVEY_KINDS)
        assert (row["nps"] is None) == (scored == 0)
    assert sum(row["answers"] for row in found) == len(rows)

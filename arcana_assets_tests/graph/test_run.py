"""What the tags of a run ask for, and as of which day each of its months is judged."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import month_at, shifted
from arcana_assets.graph.ends import newest_days
from arcana_assets.graph.run import Run, range_tags
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake

OCTOBER, NOVEMBER, DECEMBER, JANUARY = date(2011, 10, 1), date(2011, 11, 1), date(2011, 12, 1), date(2012, 1, 1)


@pytest.fixture
def run():
    """A run of 2012-01-20 that finds these newest days of sales."""
    domain = load_domain(DEFS / "retail")

    def of(**newest):
        days = {date(2011 + (name == "january"), MONTHS[name], 1): day for name, day in newest.items()}
        return Run(
            (NOVEMBER, DECEMBER),
            datetime(2012, 1, 20, 2, tzinfo=UTC),
            domain,
            lambda months: {"transactions": {month: days[month] for month in months if month in days}},
        )

    return of


MONTHS = {"november": 11, "december": 12, "january": 1}


def test_a_range_is_asked_for_in_the_tags_of_one_run() -> None:
    assert range_tags([date(2010, 12, 1), date(2011, 1, 1)]) == {
        "dagster/asset_partition_range_start": "2010-12-01",
        "dagster/asset_partition_range_end": "2011-01-01",
    }


def test_a_month_that_its_data_end_inside_is_open_at_their_last_day(run):
    found = run(november=date(2011, 11, 30), december=date(2011, 12, 9), january=date(2012, 1, 19))
    assert found.as_of_days == {NOVEMBER: DECEMBER, DECEMBER: date(2011, 12, 10)}
    assert [found.is_over(month) for month in (NOVEMBER, DECEMBER, JANUARY)] == [True, False, False]
    assert [found.judged(month) for month in (NOVEMBER, DECEMBER, JANUARY)] == [NOVEMBER, NOVEMBER, NOVEMBER]
    assert (found.are_over(OCTOBER, NOVEMBER), found.are_over(NOVEMBER, DECEMBER)) == (True, False)
    assert found.standing(DECEMBER) == "open: its data end on 2011-12-09, and it is judged as of that day"
    assert found.standing(NOVEMBER) == "over: judged as of its end, 2011-11-30"
    assert found.standing(JANUARY) == "open: judged as of 2012-01-20"


def test_a_month_is_over_once_the_rest_of_it_came(run):
    found = run(december=date(2011, 12, 23), january=date(2012, 1, 19))  # a shop that closes at Christmas
    assert found.as_of(DECEMBER) == JANUARY
    assert found.judged(JANUARY) == DECEMBER


def test_a_month_is_judged_by_its_own_rows_whatever_comes_later(run):
    assert run(december=date(2011, 12, 9)).as_of(DECEMBER) == date(2011, 12, 10)
    assert run(december=date(2011, 12, 9), january=date(2012, 1, 19)).as_of(DECEMBER) == date(2011, 12, 10)


def test_of_several_sources_the_one_that_ends_first_says_as_of_when(run, monkeypatch):
    monkeypatch.setattr(CustomerDomain, "watched", property(lambda _: {"transactions": 10, "returns": 5, "visits": 3}))
    newest = {"transactions": {DECEMBER: date(2011, 12, 31)}, "returns": {DECEMBER: date(2011, 12, 9)}}
    found = replace(run(), newest=lambda months: newest)  # of visits nothing is known
    assert found.as_of(DECEMBER) == date(2011, 12, 10)
    assert not found.is_over(DECEMBER)


def test_the_open_month_is_judged_as_of_its_newest_row_where_that_is_long_ago(run):
    assert run(january=date(2012, 1, 12)).as_of(JANUARY) == date(2012, 1, 21)
    assert run(january=date(2012, 1, 5)).as_of(JANUARY) == date(2012, 1, 6)
    assert run(january=None).as_of(JANUARY) == JANUARY


def test_a_month_is_not_over_on_its_last_day(run):
    last = Run((), datetime(2011, 12, 31, 12, tzinfo=UTC), run().domain)
    assert (last.as_of(DECEMBER), last.is_over(DECEMBER), last.is_over(NOVEMBER)) == (JANUARY, False, True)


def test_a_month_is_settled_once_the_nights_that_still_refresh_it_have_passed(run):
    domain = run().domain
    days = range(1, 29)
    settled = [Run((), datetime(2011, 12, day, tzinfo=UTC), domain).settled(NOVEMBER) for day in days]
    assert settled == [day > domain.nightly.grace_days for day in days]
    assert 0 < domain.nightly.grace_days < 28


def test_the_month_before_the_first_is_judged_where_none_is_over(run):
    found = run(november=None, december=None)
    first = Run((), datetime(2010, 12, 5, tzinfo=UTC), found.domain)
    assert first.judged(date(2010, 12, 1)) == date(2010, 11, 1)


def test_where_nothing_is_known_of_data_the_clock_says_it(run):
    assert run().is_over(DECEMBER)


def test_of_a_long_history_only_the_months_of_the_run_and_those_asked_for_are_looked_at(run):
    asked, domain = [], run().domain
    found = Run(
        (NOVEMBER, DECEMBER), datetime(2012, 1, 20, tzinfo=UTC), domain, lambda months: asked.append(months) or {}
    )
    assert asked == []
    assert [found.judged(DECEMBER), found.as_of(OCTOBER), found.as_of(OCTOBER)] == [DECEMBER, NOVEMBER, NOVEMBER]
    assert asked == [(NOVEMBER, DECEMBER), (OCTOBER,)]


def test_the_newest_day_is_local_and_that_of_silver_as_it_is(shop):
    domain = load_domain(DEFS / "retail")
    lake = Lake(root=shop.platform.deployment.lake)
    months = [date(2011, month, 1) for month in (5, 6, 7)]
    assert newest_days(domain, lake, ["transactions"], months) == {"transactions": {}}
    shop.deliver("1.csv", "1,A,A,1,5/31/2011 0:20,1,ana,France\n")  # 23:20 of the day before in UTC
    assert shop.materialize(months[0], months[1], as_of="2011-08-15T00:00:00+00:00").success
    expected = {months[0]: date(2011, 5, 31), months[1]: None}
    assert newest_days(domain, lake, ["transactions"], months) == {"transactions": expected}


def test_the_last_month_of_data_that_are_history_is_over_like_any_other(run):
    found = run(november=date(2011, 11, 30), december=date(2011, 12, 23))
    ended = replace(found, domain=found.domain.model_copy(update={"end": DECEMBER}))
    assert (ended.end, ended.known[-1]) == (JANUARY, DECEMBER)
    assert [ended.is_over(month) for month in (NOVEMBER, DECEMBER)] == [True, True]
    assert ended.standing(DECEMBER) == "over: judged as of its end, 2011-12-31"


@pytest.mark.parametrize(("end", "last"), [(DECEMBER, "2011-12-01"), (NOVEMBER, "2011-11-01"), (OCTOBER, "2011-10-01")])
def test_partitions_run_to_the_end_of_the_domain_and_gold_is_due_by_no_hour(run, end, last):
    domain = run().domain.model_copy(update={"end": end})
    spec = DomainSpec(domain, DEFS / "retail")
    assert spec.months.get_partition_keys()[-1] == last
    assert spec.freshness is None


def test_a_domain_whose_end_has_not_come_is_like_one_without(run):
    open_month = month_at(datetime.now(UTC), "Europe/London")
    spec = DomainSpec(run().domain.model_copy(update={"end": shifted(open_month, 2)}), DEFS / "retail")
    assert spec.months.get_partition_keys()[-1] == open_month.isoformat()
    assert spec.freshness is not None

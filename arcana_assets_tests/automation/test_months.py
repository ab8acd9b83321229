from datetime import date, datetime
from zoneinfo import ZoneInfo

from arcana_assets.automation.months import months_to_refresh, range_tags, ranges


def night(year: int, month: int, day: int) -> datetime:
    """Two o'clock in the domain's timezone, when the schedule ticks."""
    return datetime(year, month, day, 2, tzinfo=ZoneInfo("Europe/London"))


def test_only_the_open_month_is_refreshed_once_the_grace_days_are_over() -> None:
    assert months_to_refresh(night(2011, 3, 6), grace_days=5) == [date(2011, 3, 1)]


def test_the_month_before_is_refreshed_while_late_rows_may_still_arrive() -> None:
    assert months_to_refresh(night(2011, 3, 5), grace_days=5) == [date(2011, 2, 1), date(2011, 3, 1)]
    assert months_to_refresh(night(2011, 1, 1), grace_days=1) == [date(2010, 12, 1), date(2011, 1, 1)]


def test_without_grace_days_the_month_before_is_never_refreshed() -> None:
    assert months_to_refresh(night(2011, 1, 1), grace_days=0) == [date(2011, 1, 1)]


def test_months_are_grouped_into_ranges_without_gaps() -> None:
    months = [date(2011, 3, 1), date(2010, 12, 1), date(2011, 1, 1), date(2011, 1, 1)]
    assert ranges(months) == [[date(2010, 12, 1), date(2011, 1, 1)], [date(2011, 3, 1)]]
    assert ranges([]) == []


def test_a_range_is_asked_for_in_the_tags_of_one_run() -> None:
    assert range_tags([date(2010, 12, 1), date(2011, 1, 1)]) == {
        "dagster/asset_partition_range_start": "2010-12-01",
        "dagster/asset_partition_range_end": "2011-01-01",
    }

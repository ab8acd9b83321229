"""Which months a night asks for."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from arcana_assets.automation.months import months_to_refresh


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

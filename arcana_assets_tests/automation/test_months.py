from datetime import date, datetime

from arcana_assets.automation.months import months_to_refresh, range_tags, ranges


def test_only_the_open_month_is_refreshed_once_the_grace_days_are_over():
    assert months_to_refresh(datetime(2011, 3, 6, 2), grace_days=5) == [date(2011, 3, 1)]


def test_the_month_before_is_refreshed_while_late_rows_may_still_arrive():
    assert months_to_refresh(datetime(2011, 3, 5, 2), grace_days=5) == [date(2011, 2, 1), date(2011, 3, 1)]
    assert months_to_refresh(datetime(2011, 1, 1, 2), grace_days=1) == [date(2010, 12, 1), date(2011, 1, 1)]


def test_without_grace_days_the_month_before_is_never_refreshed():
    assert months_to_refresh(datetime(2011, 1, 1, 2), grace_days=0) == [date(2011, 1, 1)]


def test_months_are_grouped_into_ranges_without_gaps():
    months = [date(2011, 3, 1), date(2010, 12, 1), date(2011, 1, 1), date(2011, 1, 1)]
    assert ranges(months) == [[date(2010, 12, 1), date(2011, 1, 1)], [date(2011, 3, 1)]]
    assert ranges([]) == []


def test_a_range_is_asked_for_in_the_tags_of_one_run():
    assert range_tags([date(2010, 12, 1), date(2011, 1, 1)]) == {
        "dagster/asset_partition_range_start": "2010-12-01",
        "dagster/asset_partition_range_end": "2011-01-01",
    }

"""Rows that the files do not have any more: how many leave unasked, and what it takes for the others to go.

Slow: each of these tests computes months of a domain.
"""

import pytest

from arcana_assets_tests.worlds.shop import CONFIRMED, DECEMBER, JANUARY, checks, failure, line

pytestmark = pytest.mark.slow


@pytest.fixture
def withdrawn(shop):
    """A shop of which one of two files, with half of the rows of December and all of January, was taken away."""
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "12/30/2010"))
    gone = shop.deliver("2.csv", line(3, "12/31/2010"), line(4, "12/31/2010"), line(5, "1/2/2011"))
    assert shop.materialize(DECEMBER, JANUARY).success
    gone.unlink()
    return shop


def test_rows_of_a_file_that_was_taken_away_stay_until_somebody_confirms_that_they_go(withdrawn):
    withdrawn.take_inventory()  # as the sensor does, before the run that it asks for
    told = failure(withdrawn.materialize(DECEMBER, JANUARY))
    assert "2010-12: 2 of 4 rows, which came from transactions/2.csv" in told
    assert "2011-01: 1 of 1 rows, which came from transactions/2.csv" in told
    assert "`arcana refresh retail --months 2010-12:2011-01 --confirm-withdrawn`" in told
    assert withdrawn.orders("bronze", DECEMBER, JANUARY) == ["1", "2", "3", "4", "5"]
    result = withdrawn.materialize(DECEMBER, JANUARY, config=CONFIRMED)
    assert (result.success, withdrawn.orders("silver", DECEMBER, JANUARY)) == (True, ["1", "2"])
    events = result.get_asset_materialization_events()
    recorded = {
        event.partition: event.materialization.metadata["withdrawn_confirmed"].value
        for event in events
        if event.asset_key.path[1] == "bronze"
    }
    assert recorded == {
        "2010-12-01": "2 of 4 rows, which came from transactions/2.csv",
        "2011-01-01": "1 of 1 rows, which came from transactions/2.csv",
    }


def test_what_was_confirmed_once_is_not_asked_again(withdrawn):
    withdrawn.materialize(DECEMBER, config=CONFIRMED)
    result = withdrawn.materialize(DECEMBER)
    assert (result.success, withdrawn.orders("bronze", DECEMBER)) == (True, ["1", "2"])
    assert not withdrawn.materialize(JANUARY).success  # of another month nothing was confirmed


def test_a_file_that_comes_again_with_fewer_rows_is_asked_about_and_one_with_as_many_is_not(shop):
    shop.deliver("1.csv", *(line(order, "12/30/2010") for order in range(4)))
    shop.materialize()
    shop.deliver("1.csv", *(line(order, "12/30/2010", pieces="7") for order in range(4)))
    assert shop.materialize().success
    shop.deliver("1.csv", line(0, "12/30/2010"))
    assert "3 of 4 rows, which came from transactions/1.csv" in failure(shop.materialize())
    assert len(shop.orders("bronze")) == 4


def test_a_file_under_another_name_and_few_rows_leave_nothing_to_ask(shop):
    file = shop.deliver("1.csv", *(line(order, "12/30/2010") for order in range(10)))
    few = shop.deliver("2.csv", line(10, "12/31/2010"))
    shop.materialize()
    file.rename(file.with_name("3.csv"))
    few.unlink()  # one of eleven rows: less than a tenth
    result = shop.materialize()
    assert (result.success, len(shop.orders("bronze"))) == (True, 10)
    assert not checks(result)["no_copies_or_vanished_files"].passed


def test_how_many_rows_may_leave_unasked_is_what_the_domain_says(withdrawn):
    withdrawn.mend("defs", "  nightly:", "  arrivals: {withdrawn_share: 0.5}\n  nightly:")
    assert withdrawn.materialize(DECEMBER).success
    assert "1 of 1 rows" in failure(withdrawn.materialize(JANUARY))

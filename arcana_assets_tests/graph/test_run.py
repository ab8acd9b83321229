"""What the tags of a run ask for."""

from datetime import date

from arcana_assets.graph.run import range_tags


def test_a_range_is_asked_for_in_the_tags_of_one_run() -> None:
    assert range_tags([date(2010, 12, 1), date(2011, 1, 1)]) == {
        "dagster/asset_partition_range_start": "2010-12-01",
        "dagster/asset_partition_range_end": "2011-01-01",
    }

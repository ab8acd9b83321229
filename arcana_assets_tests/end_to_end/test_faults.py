"""The short version of the campaign of faults: refreshes as processes, harmed, and in the end as if undisturbed.

Does not belong here: how often what survives (`python -m benchmarks faults`). Slow: each trial refreshes a small shop
two times or more, in processes of its own.
"""

import random
from pathlib import Path

import pytest

from benchmarks.faults import Reference, killed_at_a_write, reference_in
from benchmarks.faults_world import Shop, ended, holdings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    return reference_in(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def shop(reference: Reference, tmp_path: Path) -> Shop:
    return reference.shop.copied(tmp_path)


def test_a_refresh_killed_at_a_write_leaves_whole_tables_and_is_repaired_by_the_next(shop, reference) -> None:
    killed_at_a_write(shop, reference, random.Random(2))


def test_of_two_refreshes_at_once_one_is_refused_with_who_writes_and_the_other_is_as_if_alone(shop, reference) -> None:
    ends = [ended(process) for process in [shop.begin(), shop.begin()]]
    [refused] = [end for end in ends if end.code]
    assert "is being written by run " in refused.said
    assert "Wait until that run is over or stop it" in refused.said
    assert holdings(str(shop.lake)) == reference.held

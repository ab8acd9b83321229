"""Files of a month appear together or not at all, and a month that failed fails the step once its checks are told."""

from datetime import date
from types import SimpleNamespace

import dagster as dg
import pytest

from arcana_assets.exports.files import Exports
from arcana_assets.exports.publishing import publish_together, published

KEY = dg.AssetKey(["retail", "published", "figures"])
MAY, JUNE = date(2011, 5, 1), date(2011, 6, 1)
CHECK = dg.AssetCheckResult(asset_key=KEY, check_name="whole", passed=True)


class Context:
    """What a context is asked for, and what it was told of each month."""

    def __init__(self) -> None:
        self.run = SimpleNamespace(run_id="run")
        self.told: dict[str, dict] = {}

    def add_asset_metadata(self, metadata, asset_key, partition_key):
        assert asset_key == KEY
        self.told[partition_key] = metadata


@pytest.fixture
def exports(tmp_path):
    return Exports(root=str(tmp_path))


def test_files_without_fault_take_their_places(exports, tmp_path):
    files, faults = publish_together(exports, KEY, MAY, {"a.txt": b"1", "b.txt": b"22"}, lambda drafts: [])
    assert faults == ()
    assert [file.bytes for file in files] == [1, 2]
    assert (tmp_path / "retail/published/figures/2011-05/b.txt").read_bytes() == b"22"


def test_with_one_fault_no_file_appears_and_those_of_an_earlier_run_stay(exports, tmp_path):
    publish_together(exports, KEY, MAY, {"a.txt": b"old"}, lambda drafts: [])

    def second_is_empty(drafts):
        return [f"{draft.name} is empty" for draft in drafts if not draft.read_bytes()]

    files, faults = publish_together(exports, KEY, MAY, {"a.txt": b"new", "b.txt": b""}, second_is_empty)
    assert (files, faults) == (None, ("b.txt is empty",))
    folder = tmp_path / "retail/published/figures"
    assert {path.name: path.read_bytes() for path in (folder / "2011-05").iterdir()} == {"a.txt": b"old"}
    assert sorted(path.name for path in folder.iterdir()) == [".editions", "2011-05"]  # no draft is left


def test_each_month_is_told_its_own_files_and_the_run_where_they_are(exports):
    context, files = Context(), {}
    for month, content in ((MAY, b"1"), (JUNE, b"22")):
        files[month], _ = publish_together(exports, KEY, month, {"a.txt": content}, lambda drafts: [])
    events = list(published(context, exports, KEY, files, checks=[CHECK], months={JUNE: {"more": 7}}, run={"rows": 3}))
    assert [context.told[month.isoformat()]["bytes"] for month in (MAY, JUNE)] == [1, 2]
    [record] = context.told[MAY.isoformat()]["files"].records
    assert (record.data["file"], len(record.data["sha256"])) == (files[MAY][0].uri, 64)
    assert ["more" in context.told[month.isoformat()] for month in (MAY, JUNE)] == [False, True]
    of_run = {"dagster/uri": exports.folder(KEY), "rows": 3, "run": "run"}
    assert context.told[JUNE.isoformat()].items() >= of_run.items()
    assert not context.told[MAY.isoformat()].keys() & of_run.keys()  # said once a run, by its last month
    assert events[1:] == [CHECK]


def test_a_month_that_failed_fails_the_step_for_good_once_the_checks_are_told(exports):
    context, told = Context(), []
    with pytest.raises(dg.Failure, match="figures: 2011-06 failed the checks and was not published") as raised:
        told.extend(published(context, exports, KEY, {MAY: (), JUNE: None}, checks=[CHECK]))
    assert not raised.value.allow_retries
    assert context.told == {}


def test_the_checks_come_before_the_failure(exports):
    events = published(Context(), exports, KEY, {JUNE: None}, checks=[CHECK])
    assert next(events) == CHECK
    with pytest.raises(dg.Failure):
        next(events)


def test_a_month_of_no_files_is_no_failure(exports):
    context = Context()
    [event] = published(context, exports, KEY, {MAY: ()})
    assert isinstance(event, dg.MaterializeResult)
    assert context.told[MAY.isoformat()]["bytes"] == 0

"""Published files in a bucket: a month is what its manifest names, which comes last."""

import json
from datetime import date, datetime, timedelta

import pytest

from arcana_assets.exports import editions
from arcana_assets.exports.errors import NotPublished
from arcana_assets.exports.files import Exports

KEY = ("retail", "published", "base_analitica")
MAY = date(2011, 5, 1)
PLACE = "the-lake/retail/published/base_analitica/"
NAMES = ("base_analitica", "analytical_base")


def publish(exports, text):
    with exports.drafts(KEY) as folder:
        drafts = [folder / f"2011-05.{ending}" for ending in ("csv", "xlsx")]
        for draft in drafts:
            draft.write_text(text)
        done = exports.publish(drafts, KEY, MAY)
    assert not folder.exists()
    return done


def published(s3):
    """What a reader gets who goes by the manifest of the month."""
    manifest = json.loads(s3.get_object(Bucket="company", Key=f"{PLACE}2011-05.json")["Body"].read())
    bucket = "s3://company/"
    return {
        name: s3.get_object(Bucket="company", Key=file["uri"].removeprefix(bucket))["Body"].read()
        for name, file in manifest["files"].items()
    }


def test_the_files_of_a_month_are_named_by_its_manifest(s3):
    exports = Exports(root="s3://company/the-lake")
    for text in ("old", "new"):
        done = publish(exports, text)
    assert [each.uri.startswith(f"s3://company/{PLACE}2011-05/") for each in done] == [True, True]
    assert published(s3) == {"2011-05.csv": b"new", "2011-05.xlsx": b"new"}


@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_run_that_breaks_off_leaves_the_old_files_of_the_month(s3, monkeypatch, call):
    exports = Exports(root="s3://company/the-lake")
    publish(exports, "old")
    real, calls = editions.s3_filesystem(), []

    class Breaking:
        def __getattr__(self, name):
            def called(*args, **kwargs):
                calls.append(name)
                if len(calls) == call:
                    raise KeyboardInterrupt
                return getattr(real, name)(*args, **kwargs)

            return called

    with monkeypatch.context() as broken:
        broken.setattr(editions, "s3_filesystem", Breaking)
        with pytest.raises(KeyboardInterrupt):
            publish(exports, "new")
    assert calls == ["put_file", "put_file", "pipe_file"][:call]
    assert published(s3) == {"2011-05.csv": b"old", "2011-05.xlsx": b"old"}
    publish(exports, "new")
    assert set(published(s3).values()) == {b"new"}


def test_files_that_no_manifest_names_any_more_stay_for_a_day(s3, monkeypatch):
    exports = Exports(root="s3://company/the-lake")

    def files():
        found = s3.list_objects_v2(Bucket="company", Prefix=f"{PLACE}2011-05/")["Contents"]
        return len(found)

    publish(exports, "old")
    publish(exports, "new")
    assert files() == 4

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=2)

    monkeypatch.setattr(editions, "datetime", Later)
    publish(exports, "newer")
    assert files() == 2
    assert set(published(s3).values()) == {b"newer"}


def test_a_file_of_a_month_is_read_from_a_bucket_where_it_is_there(s3):
    exports = Exports(root="s3://company/the-lake")
    assert exports.read(KEY, MAY, "value_perfil.png") is None
    with exports.drafts(KEY) as folder:
        (folder / "value_perfil.png").write_text("may")
        exports.publish_in_month([folder / "value_perfil.png"], KEY, MAY)
    assert exports.read(KEY, MAY, "value_perfil.png") == b"may"
    assert exports.read(KEY, MAY, "value_tamanhos.png") is None


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there_is_said_so():
    with pytest.raises(NotPublished, match="s3://nobody/lake/retail/published/base_analitica was not published"):
        publish(Exports(root="s3://nobody/lake"), "x")


def test_a_month_under_a_name_of_another_language_goes_when_it_is_published_again(s3):
    exports, key = Exports(root="s3://company/the-lake"), (*KEY[:2], "analytical_base")
    publish(exports, "old")
    assert exports.has(key, MAY)
    with exports.drafts(key) as folder:
        (folder / "2011-05.csv").write_text("new")
        (file,) = exports.publish([folder / "2011-05.csv"], key, MAY)
    found = [each["Key"] for each in s3.list_objects_v2(Bucket="company", Prefix="the-lake/retail/")["Contents"]]
    assert sorted(found) == sorted([file.uri.removeprefix("s3://company/"), f"{PLACE}2011-05.json".replace(*NAMES)])

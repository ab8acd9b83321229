"""Published files in a bucket: each is one upload, and nothing else is there."""

from datetime import date

import pytest

from arcana_assets.exports.errors import NotPublished
from arcana_assets.exports.files import Exports

KEY = ("retail", "published", "base_analitica")
MAY = date(2011, 5, 1)


def publish(exports, text):
    with exports.drafts(KEY) as folder:
        draft = folder / "2011-05.csv"
        draft.write_text(text)
        done = exports.publish(draft, KEY, MAY)
    assert not folder.exists()
    return done


def test_a_file_is_published_in_a_bucket_and_replaced_there(s3):
    exports = Exports(root="s3://company/the-lake")
    assert not exports.exists(KEY, MAY, "csv")
    for text in ("old", "new"):
        done = publish(exports, text)
    assert done.uri == "s3://company/the-lake/retail/published/base_analitica/2011-05.csv"
    assert exports.exists(KEY, MAY, "csv")
    [item] = s3.list_objects_v2(Bucket="company")["Contents"]
    assert item["Key"] == "the-lake/retail/published/base_analitica/2011-05.csv"
    assert s3.get_object(Bucket="company", Key=item["Key"])["Body"].read() == b"new"


def test_a_file_of_a_month_is_read_from_a_bucket_where_it_is_there(s3):
    exports = Exports(root="s3://company/the-lake")
    place = "the-lake/retail/published/base_analitica/2011-05/value_perfil.png"
    assert exports.read(KEY, MAY, "value_perfil.png") is None
    s3.put_object(Bucket="company", Key=place, Body=b"may")
    assert exports.read(KEY, MAY, "value_perfil.png") == b"may"


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there_is_said_so():
    with pytest.raises(NotPublished, match="s3://nobody/lake/retail/published/base_analitica was not published"):
        publish(Exports(root="s3://nobody/lake"), "x")

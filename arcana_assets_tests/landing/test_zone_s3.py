import gzip
import io
from datetime import date

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.domain.months import Bounds
from arcana_assets.landing.files.inventory import list_files
from arcana_assets.landing.files.landed import Landed
from arcana_assets.landing.zone import LandingChanged, LandingError, LandingZone
from arcana_assets_tests.landing.drops import HEADER, Drop, catalogue, csv


class Bucket(Drop):
    @property
    def zone(self):
        return LandingZone(root="s3://company/landing")

    def put(self, name, content):
        boto3.client("s3").put_object(Bucket="company", Key=f"landing/shop/products/{name}", Body=content)


@pytest.fixture
def bucket(s3, engine, tmp_path):
    return Bucket(tmp_path, engine, catalogue())


def test_a_bucket_is_read_as_a_folder_is(bucket):
    bucket.put("a.csv", HEADER + b"1,lamp,2\n4,x\n")
    bucket.put("[1] é.csv", HEADER + b"2,bell,3\r\n3,door,4\n")
    bucket.put("b.csv.gz", gzip.compress(HEADER + b'5,"vase,6\n6,mug,7\n'))
    bucket.put(".hidden.csv", b"")
    bucket.put("c.csv.part", b"")
    assert bucket.read() == (
        [("1", "lamp", "2"), ("2", "bell", "3"), ("3", "door", "4"), ("6", "mug", "7")],
        [(2, "bad quoting", '5,"vase,6'), (3, "wrong number of fields: expected 3, found 2", "4,x")],
    )


def test_utf_16_comes_out_of_a_bucket_too(bucket):
    bucket.contract = csv(encoding="utf-16")
    bucket.put("a.csv", (HEADER + b"1,lamp,2\n").decode().encode("utf-16"))
    assert bucket.read() == ([("1", "lamp", "2")], [])


def parquet(**columns):
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def test_parquet_comes_out_of_a_bucket_too(bucket):
    bucket.contract = catalogue(format={"kind": "parquet"})
    bucket.put("[1].parquet", parquet(code=[1], name=["lamp"]))
    assert bucket.read() == ([("1", "lamp")], [])


def test_an_object_that_was_delivered_since_the_last_reading_is_read(bucket):
    bucket.contract = catalogue(format={"kind": "parquet"})
    bucket.put("[1].parquet", parquet(code=[1], name=["lamp"]))
    assert len(bucket.read()[0]) == 1
    bucket.put("2.parquet", parquet(code=[2], name=["bell"]))
    assert len(bucket.read()[0]) == 2


def test_an_object_that_was_replaced_is_told_by_its_stamp(bucket):
    bucket.put("a.csv", HEADER + b"1,lamp,2\n")
    files = bucket.files()
    bucket.zone.assert_unchanged(files)
    bucket.put("a.csv", HEADER + b"1,bell,2\n")
    with pytest.raises(LandingChanged, match=r"products/a.csv changed"):
        bucket.zone.assert_unchanged(files)


def test_an_empty_prefix_says_what_lies_nearby(bucket):
    bucket.contract = catalogue(pattern="product/*.csv")
    bucket.put("a.csv", HEADER)
    with pytest.raises(LandingError, match=r"s3://company/landing/shop/product/.*did you mean 'products/a.csv'"):
        bucket.files()


def test_a_new_file_of_a_bucket_is_counted_while_it_lands_in_a_lake_on_disk(bucket, lake):
    bucket.contract = catalogue(format={"kind": "csv"})
    bucket.put("a.csv", HEADER + b"1,lamp,2\nno row\n")
    month, reader = date(2011, 1, 1), bucket.reader()
    listing = list_files(reader, "shop", "UTC", lake)
    landed = Landed(reader, listing, (month,), Bounds(month, date(2011, 2, 1)), "UTC", ())
    # The lake pulls the rows from a thread of its own, which has no connection to the bucket.
    assert (
        lake.write(("shop", "bronze", "products"), landed.rows, [month], engine=bucket.engine, run_id="run").rows == 2
    )
    assert [(dict(record.rows), record.malformed) for record in landed.records.values()] == [({None: 1}, 1)]

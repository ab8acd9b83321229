"""A lake in a bucket is scanned like one in a folder, and what its versions keep is counted."""

import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace

import dagster as dg
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from arcana_assets.deployment import Deployment, s3_filesystem
from arcana_assets.erasure.places import Roots, files_of, old_versions, scan
from arcana_assets.erasure.proof import read_proof
from arcana_assets.erasure.wanted import Wanted
from arcana_assets_tests.erasure.conftest import HER, LINES, World, plain
from arcana_assets_tests.worlds.platform import Platform
from arcana_assets_tests.worlds.shop import DECEMBER, HEADER, JANUARY, Shop


def test_objects_are_scanned_and_versions_behind_those_of_now_are_counted(s3, tmp_path):
    s3.put_bucket_versioning(Bucket="company", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"C17850;1\n", b"C12346;1\n", b"C12347;1\n"):
        s3.put_object(Bucket="company", Key="lake/retail/published/list.csv", Body=body)
    s3.put_object(Bucket="company", Key="landing/retail/sales/a.csv", Body=b"id\nC17850\n")
    for _ in range(2):
        s3.put_object(Bucket="company", Key="lake/b2b/published/list.csv", Body=b"C17850\n")
    roots = Roots("s3://company/lake", "s3://company/landing", str(tmp_path), "retail", ("b2b",))
    found = scan(files_of(roots), Wanted(["C17850"]))
    # What a version keeps is no file of now: the scan is clean of it, and the proof counts it.
    assert [(each.place, each.where) for each in found.left] == [("landing/sales/a.csv", "line 2")]
    assert old_versions(roots) == 2
    for version in s3.list_object_versions(Bucket="company")["Versions"]:
        s3.delete_object(Bucket="company", Key=version["Key"], VersionId=version["VersionId"])
    assert old_versions(roots) == 0


@pytest.fixture(scope="module")
def server():
    """A server in a process of its own: in this one delta-rs would wait for it, and hold what it needs meanwhile."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while True:
        assert process.poll() is None
        assert time.monotonic() < until
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


class InBucket(Platform):
    """A lake and a landing in a bucket."""

    @property
    def deployment(self) -> Deployment:
        return replace(super().deployment, lake="s3://company/lake", landing="s3://company/landing")


@pytest.fixture
def versioned(s3):
    s3.put_bucket_versioning(Bucket="company", VersioningConfiguration={"Status": "Enabled"})
    yield s3
    found = s3.list_object_versions(Bucket="company")
    for version in (*found.get("Versions", []), *found.get("DeleteMarkers", [])):
        s3.delete_object(Bucket="company", Key=version["Key"], VersionId=version["VersionId"])


@pytest.fixture
def in_bucket(versioned, tmp_path):
    body = (HEADER + "".join(LINES)).encode()
    versioned.put_object(Bucket="company", Key="landing/retail/transactions/sales.csv", Body=body)
    plain(tmp_path / "yaml")
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        world = World(InBucket(tmp_path, instance, tmp_path / "yaml"))
        assert Shop(world.platform).materialize(DECEMBER, JANUARY).success
        yield world


def told(world):
    return read_proof(world.platform.deployment.lake, "retail", "R1")[1]


@pytest.mark.slow
def test_a_customer_is_erased_from_a_lake_in_a_bucket_and_what_its_versions_keep_is_said(in_bucket, monkeypatch):
    """Slow: two months and three erasures over HTTP."""
    before = in_bucket.scan()
    assert before.by_kind().keys() == {"landing", "tables"}
    rows = in_bucket.platform.rows("silver", "transactions")
    done = in_bucket.erase(HER)
    assert "4 places of 1 files" in done.failures[0]
    assert {each["place"] for each in told(in_bucket)["places"]} == {"landing/transactions/sales.csv"}
    assert in_bucket.scan().by_kind() == {"landing": 1}
    assert in_bucket.platform.rows("silver", "transactions") == [row for row in rows if HER not in repr(row)]
    # Deleting is one more version: she is in those behind, which only the owner of the bucket lets expire.
    assert told(in_bucket)["scan"]["old_versions"] > 5
    call = BaseClient._make_api_call

    def refused(client, name, given):
        if name == "ListObjectVersions":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, name)
        return call(client, name, given)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", refused)
        done = in_bucket.erase(accept=told(in_bucket)["places"])
    assert done.succeeded, done.failures
    assert (told(in_bucket)["eliminated"], told(in_bucket)["scan"]["old_versions"]) == (True, None)
    place = "s3://company/lake/retail/published/provas_de_eliminacao/R1.html"
    page = s3_filesystem().cat_file(place).decode()
    assert "Versões anteriores no bucket: não se sabe" in page
    assert in_bucket.inbox.read() == []
    assert Shop(in_bucket.platform).materialize(DECEMBER, JANUARY).success
    assert in_bucket.scan().by_kind() == {"landing": 1}

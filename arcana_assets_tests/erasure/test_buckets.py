"""A lake in a bucket is scanned like one in a folder, and what its versions keep is counted."""

from arcana_assets.erasure.places import Roots, files_of, old_versions, scan
from arcana_assets.erasure.wanted import Wanted


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

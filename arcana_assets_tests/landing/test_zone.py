import hashlib
import os

import pytest

from arcana_assets.landing.zone import LandingChanged, LandingError, LandingZone
from arcana_assets_tests.landing.drops import HEADER, catalogue, csv

STRANGE = [
    "[1].csv",
    "1.csv",
    "[a-z].csv",
    "x*.csv",
    "q?.csv",
    "a b.csv",
    "it's.csv",
    'say "hi".csv',
    "café.csv",
    "{a,b}.csv",
]
STRANGE += ["a\\b.csv", "#1;2.csv", "100%.csv", "~.csv", "[[x]].csv", "--.csv"]


def test_files_come_in_order_of_their_path_with_what_tells_a_change(drop):
    drop.contract = csv()
    for name in ("b.csv", "a.csv", "2011/c.csv"):
        drop.put(name, HEADER)
    drop.contract = catalogue(pattern="products/**/*.csv")
    first, *_ = files = drop.files()
    assert [file.path for file in files] == ["products/2011/c.csv", "products/a.csv", "products/b.csv"]
    assert (first.size, first.uri) == (len(HEADER), str(drop.folder / "2011" / "c.csv"))
    drop.put("2011/c.csv", HEADER + b"1,lamp,2\n")
    assert drop.files()[0].stamp != first.stamp


def test_an_edit_that_keeps_size_and_time_is_seen(drop):
    path = drop.put("a.csv", HEADER + b"1,lamp,2\n")
    [before], stat = drop.files(), path.stat()
    path.write_bytes(HEADER + b"1,bell,2\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    [after] = drop.files()
    assert (after.size, path.stat().st_mtime_ns) == (before.size, stat.st_mtime_ns)
    assert after.stamp != before.stamp


@pytest.mark.parametrize("name", [".hidden.csv", "a.csv.part", "a.csv.tmp", "a.csv.crdownload", ".~lock.a.csv#"])
def test_names_of_deliveries_that_are_not_complete_do_not_count(drop, name):
    drop.put(name, HEADER)
    drop.put("a.csv", HEADER)
    assert [file.path for file in drop.files()] == ["products/a.csv"]


def test_folders_are_no_files(drop):
    (drop.folder / "old.csv").mkdir(parents=True)
    drop.put("a.csv", HEADER)
    assert [file.path for file in drop.files()] == ["products/a.csv"]


def test_a_required_source_without_files_says_what_lies_nearby(drop):
    drop.contract = catalogue(pattern="product/*.csv")
    with pytest.raises(
        LandingError, match=r"expected files like .*/shop/product/\*.csv, found none; the folder is empty"
    ):
        drop.files()
    drop.put("a.csv", HEADER)
    with pytest.raises(LandingError, match=r"found none; did you mean 'products/a.csv'"):
        drop.files()


def test_an_optional_source_without_files_has_none(drop):
    drop.contract = catalogue(landing={"pattern": "products/*", "required": False})
    assert drop.files() == []


@pytest.mark.parametrize("linked", ["a file", "a folder"])
def test_a_link_that_climbs_out_of_the_landing_is_refused(drop, tmp_path, linked):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_bytes(HEADER)
    if linked == "a file":
        drop.folder.mkdir(parents=True)
        (drop.folder / "a.csv").symlink_to(outside / "secret.csv")
    else:
        (drop.root / "shop").mkdir(parents=True)
        drop.folder.symlink_to(outside)
    with pytest.raises(LandingError, match=r"found a link to .*secret.csv, outside of it"):
        drop.zone.digests(drop.files())


def test_a_link_within_the_landing_is_a_file_like_any_other(drop):
    target = drop.put("../archive/a.csv", HEADER + b"1,lamp,2\n")
    drop.folder.mkdir(exist_ok=True)
    (drop.folder / "a.csv").symlink_to(target)
    assert drop.read() == ([("1", "lamp", "2")], [])


def test_a_link_to_nothing_is_not_there(drop):
    drop.put("a.csv", HEADER)
    (drop.folder / "b.csv").symlink_to(drop.folder / "gone.csv")
    assert [file.path for file in drop.files()] == ["products/a.csv"]


def test_names_that_an_engine_could_take_for_patterns_mean_themselves(drop):
    for number, name in enumerate(STRANGE):
        drop.put(name, HEADER + f"{number},{number},\n{number},x\n".encode())
    rows, malformed = drop.read()
    assert sorted(int(code) for code, *_ in rows) == list(range(len(STRANGE)))
    assert len(malformed) == len(STRANGE)
    reader = drop.reader()
    drop.inspect(reader)
    by_name = {row["filename"]: row["code"] for row in drop.rows_of(reader) if row["code"]}
    assert by_name == {str(drop.folder / name): str(number) for number, name in enumerate(STRANGE)}


def test_names_in_other_formats_mean_themselves_too(drop):
    drop.contract = catalogue(format={"kind": "jsonl"})
    drop.put("[1].jsonl", b'{"code": "1", "name": "a"}\n')
    drop.put("1.jsonl", b'{"code": "2", "name": "b"}\n')
    assert [code for code, *_ in drop.read()[0]] == ["1", "2"]


def test_a_landing_may_lie_below_a_folder_with_a_strange_name(drop, tmp_path):
    drop.root = tmp_path / "land [1] *" / "in 'g"
    drop.put("a.csv", HEADER + b"1,lamp,2\n")
    assert drop.read() == ([("1", "lamp", "2")], [])


@pytest.mark.parametrize(
    ("content", "lines"),
    [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"a\r\nb\r\n", 2), (b"a\rb\r", 2), (b"a\rb", 2), (b"\n\n", 2)],
)
def test_a_digest_is_the_hash_and_the_number_of_lines(drop, content, lines):
    drop.put("a.csv", content)
    [(_, digest)] = drop.zone.digests(drop.files()).items()
    assert (digest.lines, digest.sha256) == (lines, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("change", ["grows", "is touched", "vanishes"])
def test_a_file_that_is_not_as_it_was_listed_is_named_and_worth_another_try(drop, change):
    path = drop.put("a.csv", HEADER)
    drop.put("b.csv", HEADER)
    files = drop.files()
    drop.zone.assert_unchanged(files)
    if change == "grows":
        path.write_bytes(HEADER + b"1,lamp,2\n")
    elif change == "is touched":
        os.utime(path, ns=(1, 1))
    else:
        path.unlink()
    with pytest.raises(LandingChanged, match=r"products/a.csv changed while it was read") as changed:
        drop.zone.assert_unchanged(files)
    assert changed.value.retriable


def test_a_file_that_vanishes_while_the_folder_is_listed_is_not_there(drop, monkeypatch):
    drop.put("a.csv", HEADER)
    gone = drop.put("b.csv", HEADER)
    listing = LandingZone._names.__globals__["Path"].is_file
    monkeypatch.setattr(
        "arcana_assets.landing.zone.Path.is_file",
        lambda path: listing(path) and (path != gone or path.unlink() is None),
    )
    assert [file.path for file in drop.files()] == ["products/a.csv"]


def test_a_file_that_may_not_be_read_is_refused_in_words(drop, monkeypatch):
    drop.put("a.csv", HEADER)
    files = drop.files()

    def forbidden(path, mode):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("builtins.open", forbidden)
    with pytest.raises(LandingError, match=r"products/a.csv: expected a readable file of 16 bytes, found: .*denied"):
        drop.zone.digests(files)

"""A file that cannot be read: what lies beside it lands, what it brought before stays, and a check is red meanwhile.

Slow: each of these tests computes months of a domain.
"""

import errno
import io
import os
import random
import shutil

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError
from s3fs.errors import translate_boto_error

from arcana_assets.landing.files.kept import Before
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets.landing.files.unread import is_of_a_file
from arcana_assets.landing.zone import LandingError, LandingZone
from arcana_assets_tests.landing.workbooks.workbooks import book
from arcana_assets_tests.worlds.shop import (
    DECEMBER,
    FEBRUARY,
    HEADER,
    JANUARY,
    Shop,
    account,
    checks,
    failure,
    line,
)

pytestmark = pytest.mark.slow

NOISE = random.Random(1).randbytes(20_000)


def spoilt(shop, name="2.csv", content=NOISE, source="transactions"):
    path = shop.deliver(name, source=source)
    path.write_bytes(content)
    return path


def unread(result):
    """What the check of bronze says of files that cannot be read: nothing where it passes."""
    check = checks(result)["every_file_read"]
    assert check.passed == (not check.metadata["unread"].value)
    assert check.passed or (check.severity.name, check.blocking) == ("ERROR", False)
    return check.metadata["unread"].value


def kept(result):
    return checks(result)["every_file_read"].metadata["kept"].value


def others_pass(result):
    """Whether every other check passes, but for the warnings that many of a few rows are refused, and end early."""
    others = {"every_file_read", "few_rows_refused", "months_are_complete"}
    return {name for name, check in checks(result).items() if not check.passed} <= others


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (NOISE, "expected"),
        (b"", "is empty: expected a header of 8 columns, found 0 bytes"),
        (HEADER.replace("InvoiceDate,", "").encode(), "expected the column(s) 'InvoiceDate', found"),
        (HEADER.replace(",", ";").encode(), "is that the delimiter?"),
        (HEADER.replace("Country", "País,Região,Cidade").encode(), "declared latin-1, reads as utf-8"),
        ((HEADER + line(2, "12/31/2010").replace("LAMP", "LÂMPADA, ÇÃO")).encode(), "declared latin-1, reads as utf-8"),
        (HEADER.encode() + b"x" * 70_000_000, "expected lines of 67,108,864 bytes at most"),
        (",".join(f"c{number}" for number in range(3_000)).encode(), "expected 2,000 columns at most, found 3,000"),
        (HEADER.replace("InvoiceNo", "InvoiceNo,InvoiceNo").encode(), "more than once"),
    ],
    ids=["noise", "empty", "a column", "a delimiter", "a header", "an encoding", "a line", "columns", "names"],
)
def test_the_files_beside_one_that_cannot_be_read_land_and_it_is_named_with_what_is_wrong(shop, content, said):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    spoilt(shop, content=content)
    shop.deliver("3.csv", line(3, "12/31/2010"))
    for _ in range(2):  # when the others are new, and when the inventory knows them
        result = shop.materialize()
        assert (result.success, account(result), shop.orders("silver")) == (True, (2, 2, 0, 0), ["1", "3"])
        assert [*unread(result)] == ["transactions/2.csv"]
        assert said in unread(result)["transactions/2.csv"]
        assert others_pass(result)


def test_the_check_says_how_many_files_which_what_is_wrong_what_is_kept_and_what_to_do(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    spoilt(shop, content=b"")
    words = checks(shop.materialize())["every_file_read"].description
    assert words == (
        "1 of 2 files cannot be read; the rows of the others went on. transactions: transactions/2.csv is empty: "
        "expected a header of 8 columns, found 0 bytes (no row of transactions/2.csv is in bronze). Mend the contract "
        "or the file, or take the file away; then refresh again"
    )


def test_the_account_of_silver_names_the_files_that_it_is_without(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    spoilt(shop)
    found = checks(shop.materialize())["rows_accounted_for"]
    assert (found.passed, found.metadata["not_read"].value) == (True, ["transactions/2.csv"])
    assert found.description.endswith("; not read, but for what bronze keeps of before: transactions/2.csv")


def test_what_is_built_on_the_others_goes_on_and_the_refresh_is_none_that_succeeds(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    spoilt(shop)
    done = shop.platform.refresh(DECEMBER, published=False, **{"arcana/as_of": "2011-03-15T00:00:00+00:00"})
    assert not done.succeeded
    [said] = [each for each in done.failures if "every_file_read" in each]
    assert said.startswith("retail/bronze/transactions: every_file_read: 1 of 2 files cannot be read")
    assert done.rows["retail/gold/customer_360"] == 1


def test_a_file_that_is_mended_is_read_by_the_next_run(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    spoilt(shop)
    shop.materialize()
    shop.deliver("2.csv", line(2, "12/31/2010"))
    result = shop.materialize()
    assert (unread(result), shop.orders("silver"), others_pass(result)) == ({}, ["1", "2"], True)


@pytest.fixture(scope="module")
def good(make_platform):
    """A shop of two files that can be read, and what December to February made of them; tests are given copies."""
    shop = Shop(make_platform())
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "2/1/2011"))
    shop.deliver("2.csv", line(3, "12/31/2010"), line(4, "1/2/2011"), line("x", "soon"), "broken\n")
    assert shop.materialize(DECEMBER, FEBRUARY).success
    return shop


@pytest.fixture
def once_good(shop, good):
    """A shop of which one file, with half of the rows of December and all of January, cannot be read any more."""
    shutil.copytree(good.platform.root, shop.platform.root, dirs_exist_ok=True)
    spoilt(shop)
    return shop


def rows(shop, *months):
    return [shop.platform.rows(layer, "transactions", *months) for layer in ("bronze", "silver", "quarantine")]


@pytest.mark.parametrize("looked_at", [False, True])
def test_what_a_file_brought_while_it_could_be_read_stays_as_it_is(once_good, looked_at):
    before = rows(once_good)
    for _ in range(2):
        if looked_at:
            once_good.take_inventory()  # as the sensor does, before the run that it asks for
        result = once_good.materialize(DECEMBER, FEBRUARY)
        assert (result.success, account(result)) == (True, (6, 4, 2, 0))
        assert rows(once_good) == before
        assert kept(result) == {"transactions/2.csv": {"2010-12": 3, "2011-01": 1}}
        assert others_pass(result)


def test_a_run_of_some_months_keeps_those_and_leaves_the_others(once_good):
    before = rows(once_good)
    once_good.deliver("3.csv", line(5, "1/3/2011"))
    result = once_good.materialize(JANUARY)
    assert (account(result), others_pass(result)) == ((2, 2, 0, 0), True)
    assert once_good.orders("silver", JANUARY) == ["4", "5"]
    assert rows(once_good, DECEMBER) == [[row for row in each if DECEMBER in row] for each in before]


def test_a_month_that_only_the_file_has_rows_of_keeps_them(once_good):
    assert account(once_good.materialize(JANUARY)) == (1, 1, 0, 0)
    assert once_good.orders("silver", JANUARY) == ["4"]


def test_rows_of_a_file_that_is_mended_take_the_place_of_those_that_were_kept(once_good):
    once_good.materialize(DECEMBER, FEBRUARY)
    once_good.deliver(
        "2.csv", line(3, "12/31/2010"), line(4, "1/2/2011"), line(6, "1/2/2011"), line("x", "soon"), "y\n"
    )
    result = once_good.materialize(DECEMBER, FEBRUARY)
    assert (unread(result), kept(result), others_pass(result)) == ({}, {}, True)
    assert once_good.orders("silver") == ["1", "2", "3", "4", "6"]


def test_rows_of_a_file_that_is_taken_away_in_the_end_are_asked_about_as_of_any_other(once_good):
    once_good.materialize(DECEMBER, FEBRUARY)
    (once_good.platform.landing / "transactions" / "2.csv").unlink()
    assert "2011-01: 1 of 1 rows, which came from transactions/2.csv" in failure(once_good.materialize(JANUARY))


def test_rows_that_other_files_lack_are_asked_about_beside_a_file_that_cannot_be_read(once_good):
    once_good.deliver("1.csv", line(2, "2/1/2011"))
    said = failure(once_good.materialize(DECEMBER))
    assert "2010-12: 1 of 4 rows, which came from transactions/1.csv. Nothing" in said


def test_rows_of_a_content_that_lies_there_under_another_name_too_are_not_kept_twice(shop):
    for name in ("1.csv", "2.csv"):
        shop.deliver(name, line(1, "12/30/2010"))
    shop.materialize()
    spoilt(shop, "1.csv")
    result = shop.materialize()
    assert (account(result), kept(result), others_pass(result)) == ((1, 1, 0, 0), {}, True)
    [row] = shop.platform.table("bronze", "transactions").to_pylist()
    assert row["_file"] == "transactions/2.csv"


def test_rows_are_kept_with_columns_that_no_other_file_has(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    shop.deliver("2.csv", line(2, "12/31/2010").replace("\n", ",7\n"), header=HEADER.replace("\n", ",Till\n"))
    shop.materialize()
    spoilt(shop)
    shop.materialize()
    found = shop.platform.table("bronze", "transactions").to_pylist()
    assert sorted((row["InvoiceNo"], row["Till"]) for row in found) == [("1", None), ("2", "7")]


def test_a_source_of_which_no_file_can_be_read_fails_and_stays_as_it_was(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    shop.materialize()
    before = rows(shop)
    spoilt(shop, "1.csv", b"")
    spoilt(shop, "2.csv", HEADER.replace("InvoiceDate,", "").encode())
    said = failure(shop.materialize())
    assert "transactions/1.csv is empty" in said
    assert "transactions/2.csv: expected the column(s) 'InvoiceDate'" in said
    assert rows(shop) == before


def test_a_workbook_that_is_cut_off_is_set_aside(shop):
    shop.mend("transactions", 'pattern: "transactions/*.csv"}', 'pattern: "transactions/*"}\nworkbook: {header_row: 1}')
    names = HEADER.strip().split(",")
    sheet = book({"Sales": [names, [2, "85123A", "LAMP", 2, "12/31/2010 10:30", 1.5, 17850, "France"]]})
    shop.deliver("1.csv", line(1, "12/30/2010"))
    spoilt(shop, "2.xlsx", sheet)
    assert account(shop.materialize()) == (2, 2, 0, 0)
    spoilt(shop, "2.xlsx", sheet[: len(sheet) // 2])
    result = shop.materialize()
    assert "is cut off, without the directory at its end; deliver it again" in unread(result)["transactions/2.xlsx"]
    assert (account(result), shop.orders("silver")) == ((2, 2, 0, 0), ["1", "2"])


def test_a_parquet_file_with_a_damaged_page_is_found_while_its_rows_pass_and_set_aside(shop):
    shop.mend(
        "transactions", 'csv"}\nformat: {kind: csv, delimiter: ",", encoding: latin-1}', 'pq"}\nformat: {kind: parquet}'
    )
    values = line(1, "12/30/2010").strip().split(",")
    content = io.BytesIO()
    table = pa.table({name: [value] * 1_000 for name, value in zip(HEADER.strip().split(","), values, strict=True)})
    pq.write_table(table.slice(0, 1), content)
    spoilt(shop, "1.pq", content.getvalue())
    content = io.BytesIO()
    pq.write_table(table, content, compression="snappy")
    whole = content.getvalue()
    spoilt(shop, "2.parquet.pq", whole[:4] + b"\xff" * 200 + whole[204:])
    result = shop.materialize()
    assert (account(result), [*unread(result)]) == ((1, 1, 0, 0), ["transactions/2.parquet.pq"])


def test_a_name_that_is_no_utf_8_and_a_link_that_leads_out_are_set_aside(shop):
    path = shop.deliver("1.csv", line(1, "12/30/2010"))
    with open(os.fsencode(path.parent) + b"/caf\xe9.csv", "wb") as file:
        file.write((HEADER + line(2, "12/30/2010")).encode())
    (shop.platform.root / "secret.csv").write_text(HEADER + line(3, "12/30/2010"))
    (path.parent / "3.csv").symlink_to(shop.platform.root / "secret.csv")
    result = shop.materialize()
    assert sorted(unread(result)) == ["transactions/3.csv", "transactions/caf\\xe9.csv"]
    assert shop.orders("bronze") == ["1"]


@pytest.mark.parametrize(
    ("error", "local"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), True),
        (OSError(errno.EIO, "Input/output error"), True),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        (OSError(errno.EMFILE, "Too many open files"), False),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), False),
        (OSError(errno.EBUSY, "Please reduce your request rate."), False),
    ],
    ids=lambda value: getattr(value, "strerror", ""),
)
def test_what_is_no_fault_of_the_file_fails_the_source_and_is_not_put_down_to_the_file(shop, monkeypatch, error, local):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    shop.deliver("2.csv", line(2, "12/30/2010"))
    opened = LandingZone.open

    def failing(zone, file):
        if file.path.endswith("2.csv"):
            raise error
        return opened(zone, file)

    monkeypatch.setattr(LandingZone, "open", failing)
    monkeypatch.setattr("arcana_assets.graph.spec.RETRIES", dg.RetryPolicy(max_retries=0))
    result = shop.materialize()
    assert result.success == local
    if local:
        assert error.strerror in unread(result)["transactions/2.csv"]
    else:
        assert error.strerror in failure(result)
        assert "every_file_read" not in checks(result)


@pytest.mark.parametrize(
    ("cause", "remote", "local"),
    [
        (OSError(errno.EIO, "An error occurred (InternalError)"), True, False),
        (PermissionError(errno.EACCES, "Access Denied"), True, True),
        (duckdb.IOException("HTTP 503: Service Unavailable"), True, False),
        (duckdb.HTTPException("HTTP 403 (Forbidden)"), True, False),
        (duckdb.InvalidInputException("No magic bytes found at end of file"), False, True),
        (duckdb.IOException("Could not write file: No space left on device"), False, False),
        (duckdb.OutOfMemoryException("failed to pin block"), False, False),
        (duckdb.InterruptException("Interrupted!"), False, False),
    ],
    ids=str,
)
def test_what_an_error_comes_from_tells_whether_it_is_the_fault_of_its_file(cause, remote, local):
    bad = LandingError("a.parquet: expected parquet")
    bad.__cause__ = cause
    assert is_of_a_file(bad, remote) == local


@pytest.mark.parametrize(
    ("code", "of_it"),
    [
        ("AccessDenied", True),
        ("NoSuchKey", True),
        ("ExpiredToken", False),
        ("RequestTimeTooSkewed", False),
        ("InvalidAccessKeyId", False),
        ("SignatureDoesNotMatch", False),
    ],
)
def test_of_a_bucket_only_what_it_says_of_one_object_is_the_fault_of_a_file(code, of_it):
    """Credentials that end in the middle of a run are no fault of the files that come after."""
    said = ClientError({"Error": {"Code": code, "Message": "as asked"}, "ResponseMetadata": {}}, "GetObject")
    bad = LandingError("a.csv: cannot be read")
    bad.__cause__ = translate_boto_error(said)
    assert is_of_a_file(bad, remote=True) == of_it


def test_a_file_with_more_columns_than_bronze_has_room_for_waits_and_one_with_few_lands(shop):
    shop.mend("transactions", '"transactions/*.csv"', '"transactions/*.csv", maximum_columns: 12')
    added = [",".join(f"{letter}{number}" for number in range(count)) for letter, count in (("a", 4), ("b", 2))]
    for name, names in zip(("1.csv", "2.csv"), added, strict=True):
        values = ",".join("7" for _ in names.split(","))
        lines = line(name[0], "12/30/2010").replace("\n", f",{values}\n")
        shop.deliver(name, lines, header=HEADER.replace("\n", f",{names}\n"))
    result = shop.materialize()
    assert "with the columns that the file adds: expected 12 columns" in unread(result)["transactions/1.csv"]
    assert shop.orders("bronze") == ["2"]


def test_rows_that_are_to_be_kept_and_cannot_be_read_either_end_the_run(once_good, monkeypatch):
    before = rows(once_good)

    def damaged(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Before, "kept", damaged)
    assert "Input/output error" in failure(once_good.materialize(DECEMBER, FEBRUARY))
    assert rows(once_good) == before


def test_a_file_that_vanishes_while_it_is_read_leaves_the_others_to_the_next_try(shop, monkeypatch):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    gone = shop.deliver("2.csv", line(2, "12/30/2010"))
    monkeypatch.setattr("arcana_assets.graph.spec.RETRIES", dg.RetryPolicy(max_retries=1, delay=0))
    headers = LandingReader.headers

    def vanishing(reader, file):
        gone.unlink(missing_ok=True)
        return headers(reader, file)

    monkeypatch.setattr(LandingReader, "headers", vanishing)
    result = shop.materialize()
    assert (result.success, unread(result), shop.orders("silver")) == (True, {}, ["1"])


def test_a_snapshot_keeps_the_rows_of_its_last_month_in_a_new_one(shop):
    shop.mend("products", "deliveries: latest", "files: 2")
    header = "product_id,name,category,list_price\n"
    shop.deliver("products_1.csv", "A,Lamp,Casa,1.5\n", header=header, source="products")
    shop.deliver("products_2.csv", "B,Bell,Casa,2\n", header=header, source="products")
    shop.materialize(DECEMBER, source="products")
    spoilt(shop, "products_2.csv", source="products")
    for first in (DECEMBER, JANUARY):  # a month that is there already, and with it one that is not
        result = shop.materialize(first, JANUARY, source="products")
        assert others_pass(result)  # the part is there, too
        held = shop.platform.table("silver", "products", JANUARY).to_pylist()
        assert sorted(row["product_id"] for row in held) == ["A", "B"]
    assert kept(result) == {"products/products_2.csv": {"2011-01": 1}}

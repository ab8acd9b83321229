"""What must not happen between landing and silver, and what is said and left when it does.

Slow: each of these tests computes months of a domain.
"""

import errno
import os
from datetime import date
from pathlib import Path

import pytest

from arcana_assets.lake import lake as lake_module
from arcana_assets.landing.conform import conform
from arcana_assets.landing.files.reader import LandingReader
from arcana_assets_tests.worlds.shop import DECEMBER, account, checks, failure, line

pytestmark = pytest.mark.slow


def test_a_required_source_without_files_fails_at_once_and_says_where_it_looked(shop):
    said = failure(shop.materialize())
    assert f"expected files like {shop.platform.landing}/transactions/*.csv, found none; the folder is empty" in said


def test_a_transform_that_drops_rows_is_found_out_and_nothing_is_built_on_it(shop, monkeypatch):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "12/31/2010"))
    read = conform.read
    monkeypatch.setattr(conform, "read", lambda table, **given: read(table.filter(table.InvoiceNo != "2"), **given))
    done = shop.platform.refresh(DECEMBER, **{"arcana/as_of": "2011-03-15T00:00:00+00:00"})
    assert not done.succeeded
    assert any("2 landed = 1 silver + 0 quarantined + 0 exact duplicates" in said for said in map(str, done.failures))
    assert not shop.platform.lake.materialized_months(("retail", "gold", "transactions_monthly"), [DECEMBER])


def test_a_reader_that_loses_rows_between_counting_and_reading_is_found_out(shop, monkeypatch):
    shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "12/31/2010"))
    rows = LandingReader.rows
    monkeypatch.setattr(LandingReader, "rows", lambda reader, files, *more: rows(reader, files, *more).limit(1))
    result = shop.materialize()
    complete = checks(result)["every_row_landed"]
    assert (result.success, complete.passed) == (False, False)
    assert (complete.metadata["rows_in_files"].value, complete.metadata["rows_in_bronze"].value) == (2, 1)
    assert "rows_accounted_for" not in checks(result)


def test_a_month_before_the_domain_began_is_refused_in_words(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    said = failure(shop.materialize(date(2010, 11, 1)))
    assert "retail has the months 2010-12 to 2011-03; the run asks for 2010-11" in said


def test_a_file_that_changes_while_it_is_read_leaves_the_month_as_it_was(shop, monkeypatch):
    path = shop.deliver("1.csv", line(1, "12/30/2010"))
    shop.materialize()
    before = shop.platform.rows("bronze", "transactions")
    shop.deliver("2.csv", line(2, "12/31/2010"))
    rows = LandingReader.rows

    def growing(reader, files, *more):
        found = rows(reader, files, *more)
        path.write_bytes(path.read_bytes() + line(3, "12/31/2010").encode())
        return found

    monkeypatch.setattr(LandingReader, "rows", growing)
    said = failure(shop.materialize())
    assert "transactions/1.csv changed while it was read" in said
    assert shop.platform.rows("bronze", "transactions") == before


def test_a_disk_that_is_full_leaves_the_month_as_it_was(shop, monkeypatch):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    shop.materialize()
    before = shop.platform.rows("silver", "transactions")
    shop.deliver("2.csv", line(2, "12/31/2010"))

    def full(*args, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(lake_module, "write_deltalake", full)
        assert "No space left on device" in failure(shop.materialize())
    assert shop.platform.rows("silver", "transactions") == before
    assert account(shop.materialize()) == (2, 2, 0, 0)


def test_a_lake_that_is_no_folder_fails_in_words(shop):
    shop.deliver("1.csv", line(1, "12/30/2010"))
    Path(shop.platform.deployment.lake).write_text("a file where the lake should be")
    said = failure(shop.materialize())
    assert str(shop.platform.deployment.lake) in said

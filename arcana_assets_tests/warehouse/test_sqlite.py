"""What only a file can be: held by somebody, or no database at all."""

import sqlite3
from contextlib import closing

import pytest

from arcana_assets.warehouse import sqlite
from arcana_assets.warehouse.errors import DatabaseFailed, StillThere
from arcana_assets.warehouse.month import Erased, Taken
from arcana_assets_tests.warehouse.conftest import part, sales, sqlite_in


@pytest.fixture
def place(tmp_path):
    return sqlite_in(tmp_path / "arcana.db")


def test_a_file_that_somebody_writes_is_waited_for_and_may_be_free_later(place, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    place.take(part(sales()))
    before = place.rows()
    with closing(sqlite3.connect(tmp_path / "arcana.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseFailed, match=r"vendas was not published into .*arcana\.db: .*locked") as raised:
            place.take(part(sales(customers=["eve"])))
    assert raised.value.retriable
    assert place.rows() == before
    assert place.take(part(sales(customers=["eve"]))) == [Taken(1)]


def test_a_reader_holds_nobody_up(place, tmp_path):
    place.take(part(sales()))
    with closing(sqlite3.connect(tmp_path / "arcana.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM vendas").fetchone() == (2,)
        assert place.take(part(sales(customers=["eve"]))) == [Taken(1)]
        assert reader.execute("SELECT count(*) FROM vendas").fetchone() == (2,)  # until it looks again
    assert len(place.rows()) == 1


def test_a_file_that_is_no_database_is_said_to_be_none_and_stays(place, tmp_path):
    (tmp_path / "arcana.db").write_text("something else, and long enough to be taken for a page of a database" * 20)
    with pytest.raises(DatabaseFailed, match="file is not a database") as raised:
        place.take(part(sales()))
    assert not raised.value.retriable
    assert (tmp_path / "arcana.db").read_text().startswith("something else")


TOLD = Erased("vendas", "mes", ("id_cliente",), ())


def test_rows_of_the_erased_that_somebody_else_holds_are_said_to_be_there_still(place, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    place.take(part(sales()))
    before, database = place.rows(), place.open()
    with closing(sqlite3.connect(tmp_path / "arcana.db", isolation_level=None)) as other, closing(database):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            StillThere, match=r"vendas in .*arcana\.db may still hold .*locked.*run `arcana erase` again"
        ):
            database.erase(TOLD, {"bob"})
        assert place.rows() == before
        other.execute("ROLLBACK")
        # One who reads what was there before keeps the pages of it, though nothing is locked.
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM vendas").fetchone()
        assert database.erase(TOLD, {"bob"}) > 0
        with pytest.raises(StillThere, match="another program reads it"):
            database.tidy()
        other.execute("ROLLBACK")
        database.tidy()
    assert b"bob" not in b"".join(path.read_bytes() for path in tmp_path.glob("arcana.db*"))

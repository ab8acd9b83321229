"""What only a server can do: be down, hold locks, cut connections, and grant rights."""

import logging
import re
import sys
import threading
import time
import traceback
from pathlib import Path

import psycopg
import pytest

from arcana_assets.warehouse import postgres
from arcana_assets.warehouse.errors import DatabaseFailed, Depended, Locked, NoDriver
from arcana_assets.warehouse.month import Taken
from arcana_assets.warehouse.warehouse import Warehouse
from arcana_assets_tests.warehouse.conftest import JUNE, part, postgres_in, sales

GUIDE = Path(__file__).parents[2] / "docs" / "databases.md"


def test_a_server_that_is_down_at_the_start_may_be_there_later_and_no_password_is_told(monkeypatch, caplog):
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    caplog.set_level(logging.DEBUG)
    database = postgres.Postgres("postgresql+psycopg://arcana@127.0.0.1:9/sales", "arcana_test")
    with pytest.raises(DatabaseFailed, match=r"vendas was not published into .*127\.0\.0\.1:9.*refused") as raised:
        database.take(part(sales()), lambda: None)
    assert raised.value.retriable
    assert "hunter2" not in "".join(traceback.format_exception(raised.value)) + caplog.text


def test_a_server_without_its_driver_is_said_in_words(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "arcana_assets.warehouse.postgres")
    warehouse = Warehouse(uri="postgresql+psycopg://db/sales", folder=str(tmp_path))
    with pytest.raises(NoDriver, match=r"Install arcana-assets\[warehouse\], or set ARCANA_WAREHOUSE to off"):
        warehouse.opened("retail").__enter__()


@pytest.mark.parametrize("when", ["in the middle of the copy", "before the swap", "after the swap"])
def test_a_server_that_goes_down_leaves_the_old_month_and_nothing_else(own_server, monkeypatch, when):
    place = postgres_in(own_server)
    place.take(part(sales(money=[1, 1])))
    before, relations = place.rows(), place.relations()
    stopped = []

    def stop():
        if not stopped:
            own_server.stop()
            stopped.append(when)

    def stopping(function):
        def then(*given):
            done = function(*given)
            stop()
            return done

        return then

    permitted = stop if when == "before the swap" else lambda: None
    if when == "in the middle of the copy":
        monkeypatch.setattr(postgres, "ROWS_PER_BATCH", 1000)
        monkeypatch.setattr(postgres, "_csv", stopping(postgres._csv))
    if when == "after the swap":
        monkeypatch.setattr(postgres.Schema, "swap", stopping(postgres.Schema.swap))
    many = sales(customers=[f"{n:06d}" for n in range(20_000)], money=[2] * 20_000)
    with pytest.raises(DatabaseFailed, match=r"The month that was there before is there still") as raised:
        place.take(part(many), permitted=permitted)
    assert raised.value.retriable
    own_server.start()
    assert (place.rows(), place.relations()) == (before, relations)
    assert place.take(part(many)) == [Taken(20_000)]


@pytest.fixture
def impatient(monkeypatch):
    """Short waits; returns the batches that were copied."""
    for name, value in {"LOCK_SECONDS": 0.1, "PAUSE_SECONDS": 0.05, "SWAP_TRIES": 3, "PUBLISHER_SECONDS": 0.2}.items():
        monkeypatch.setattr(postgres, name, value)
    copied, csv = [], postgres._csv
    monkeypatch.setattr(postgres, "_csv", lambda batch: copied.append(batch.num_rows) or csv(batch))
    return copied


def held(server, place, statement):
    """A connection that has asked something and does not end."""
    connection = psycopg.connect(server.dsn, options=f"-c search_path={place.schema}")
    connection.execute(statement)
    return connection


def test_a_long_query_is_waited_for_a_little_and_then_the_month_stays(postgres_server, in_postgres, impatient):
    in_postgres.take(part(sales()))
    before, relations = in_postgres.rows(), in_postgres.relations()
    impatient.clear()
    with held(postgres_server, in_postgres, "SELECT * FROM vendas"):
        with pytest.raises(Locked, match=r"each of the 3 times that 0\.1 seconds .*pg_stat_activity") as raised:
            in_postgres.take(part(sales(customers=["eve"])))
        assert raised.value.retriable
        assert in_postgres.rows() == before  # readers wait no longer than a try
    assert impatient == [1]
    assert in_postgres.relations() == relations


def test_a_query_that_ends_while_it_is_waited_for_delays_and_nothing_is_copied_again(
    postgres_server, in_postgres, impatient, monkeypatch
):
    in_postgres.take(part(sales()))
    impatient.clear()
    monkeypatch.setattr(postgres, "SWAP_TRIES", 50)
    reader = held(postgres_server, in_postgres, "SELECT * FROM vendas_atual")
    threading.Timer(0.5, reader.close).start()
    assert in_postgres.take(part(sales(customers=["eve"]))) == [Taken(1)]
    assert impatient == [1]
    assert [row[1] for row in in_postgres.rows()] == ["eve"]


def test_a_month_that_is_new_waits_for_no_reader(postgres_server, in_postgres, impatient):
    in_postgres.take(part(sales(), "once"))
    with held(postgres_server, in_postgres, "SELECT * FROM vendas"):
        assert in_postgres.take(part(sales(JUNE), month=JUNE)) == [Taken(2)]


def test_another_publisher_of_the_domain_is_waited_for(postgres_server, in_postgres, impatient):
    lock = f"SELECT pg_advisory_xact_lock(hashtextextended('{in_postgres.schema}', 0))"
    with held(postgres_server, in_postgres, lock) as other:
        with pytest.raises(Locked):
            in_postgres.take(part(sales()))
        threading.Timer(0.05, other.close).start()
        assert in_postgres.take(part(sales())) == [Taken(2)]


def test_a_run_that_is_stopped_while_it_waits_for_a_query_replaces_nothing(postgres_server, in_postgres, impatient):
    in_postgres.take(part(sales()))
    asked = []

    def permitted():
        asked.append(time.monotonic())
        if len(asked) == 2:
            raise InterruptedError

    with held(postgres_server, in_postgres, "SELECT * FROM vendas"), pytest.raises(InterruptedError):
        in_postgres.take(part(sales(customers=["eve"])), permitted=permitted)
    assert [row[1] for row in in_postgres.rows()] == ["ana", "bob"]


@pytest.mark.parametrize("statement", ["DROP TABLE vendas_201105", "ALTER TABLE vendas DETACH PARTITION vendas_201105"])
def test_a_month_that_somebody_took_out_of_its_table_comes_back(in_postgres, statement):
    in_postgres.take(part(sales(), "once"))
    in_postgres.ask(statement)
    assert in_postgres.take(part(sales(), "once")) == [Taken(2)]
    assert [row[1] for row in in_postgres.rows()] == ["ana", "bob"]


def test_a_view_of_a_month_alone_is_named_and_the_month_stays_until_it_is_gone(in_postgres):
    in_postgres.take(part(sales()))
    in_postgres.ask("CREATE VIEW may AS SELECT * FROM vendas_201105")
    before, relations = in_postgres.rows(), in_postgres.relations()
    with pytest.raises(Depended) as raised:
        in_postgres.take(part(sales(customers=["zoe"])))
    said = str(raised.value)
    assert "something depends on the month vendas_201105 alone" in said
    assert "view" in said
    assert f"{in_postgres.schema}.may depends on table" in said or "view may depends on" in said
    assert "Let it read vendas with a condition on the month" in said
    assert not raised.value.retriable
    assert (in_postgres.rows(), in_postgres.relations()) == (before, relations)
    in_postgres.ask("CREATE OR REPLACE VIEW may AS SELECT * FROM vendas WHERE mes = '2011-05-01'")
    assert in_postgres.take(part(sales(customers=["zoe"]))) == [Taken(1)]
    assert [row[1] for row in in_postgres.rows("may")] == ["zoe"]


def test_tables_and_columns_say_what_they_mean(in_postgres):
    in_postgres.take(part(sales()))
    assert in_postgres.ask("SELECT obj_description('vendas'::regclass)") == [("Sales of a customer.",)]
    assert in_postgres.ask("SELECT col_description('vendas'::regclass, 2)") == [
        ("Cliente: The customer: 100 % of them",)
    ]


def test_a_key_of_the_whole_table_is_that_of_its_months(in_postgres):
    in_postgres.take(part(sales()), part(sales(JUNE), month=JUNE), part(sales()))
    found = in_postgres.ask(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'vendas_pkey'::regclass ORDER BY 1"
    )
    assert found == [("vendas_201105_pk",), ("vendas_201106_pk",)]


@pytest.mark.skipif(not GUIDE.is_file(), reason="an installed package comes without docs")
def test_who_only_reads_reads_every_month_and_can_do_nothing_else(own_server):
    """By the statements of the guide, run as they stand there."""
    text = GUIDE.read_text(encoding="utf-8")
    [statements] = re.findall(r"```sql\n(-- once, as a superuser.*?)```", text, re.S)
    own_server.run(statements)
    publisher = own_server.uri.replace("postgres@", "arcana_publisher@").replace("/postgres", "/arcana")
    database = postgres.Postgres(publisher, "arcana_retail")
    reader = own_server.dsn.replace("postgres@", "arcana_bi@").replace("/postgres", "/arcana")
    for customers in (["ana"], ["ana", "bob"]):
        database.take(part(sales(customers=customers)), lambda: None)
        with psycopg.connect(reader, autocommit=True) as bi:
            for name in ("vendas", "vendas_atual"):
                [(rows,)] = bi.execute(f"SELECT count(*) FROM arcana_retail.{name}").fetchall()
                assert rows == len(customers)
    # Nobody but who publishes reads a month alone, and what was granted by hand goes with the month.
    own_server.run("\\connect arcana\nGRANT SELECT ON ALL TABLES IN SCHEMA arcana_retail TO arcana_bi;")
    database.take(part(sales(customers=["ana"])), lambda: None)
    tries = (
        "SELECT * FROM arcana_retail.vendas_201105",
        "INSERT INTO arcana_retail.vendas VALUES ('2011-05-01', 'eve', 1)",
        "DELETE FROM arcana_retail.vendas",
        "DROP TABLE arcana_retail.vendas_201105",
        "CREATE TABLE arcana_retail.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "COPY arcana_retail.vendas TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
    )
    with psycopg.connect(reader, autocommit=True) as bi:
        assert bi.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        assert bi.execute("SHOW statement_timeout").fetchone() == ("2min",)
        bi.execute("SET default_transaction_read_only = off")  # the grants hold even so
        for statement in tries:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                bi.execute(statement)

"""A month takes its place in PostgreSQL and in SQLite alike: whole, once, in its columns, or not at all.

Slow: these tests write tables again and again, in processes and buckets.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.column import AS_OF
from arcana_assets.domain.folder import load_domain
from arcana_assets.segmentation.tables import SEGMENTS
from arcana_assets.warehouse.columns import columns_of
from arcana_assets.warehouse.errors import DatabaseFailed, TypeChanged
from arcana_assets.warehouse.month import Erased, NotEveryRow, Rows, Taken, Told
from arcana_assets.warehouse.tables import CLUSTERS, warehouse_tables
from arcana_assets_tests.warehouse.conftest import JUNE, MAY, part, sales

pytestmark = pytest.mark.slow

KILLED_ROWS = 2_000  # of a publisher that is killed
SECRET = "hunter" + "2"  # so that it does not stand in a line of a traceback


def numbers(place, rows):
    """Rows with their numbers and days as PostgreSQL gives them."""
    if place.dialect == "postgres":
        return rows
    return [(date.fromisoformat(row[0]), row[1], *(Decimal(f"{each:.4f}") for each in row[2:])) for row in rows]


def test_a_month_is_there_with_its_rows_its_words_and_its_entry_in_the_ledger(place):
    assert place.take(part(sales(), "once")) == [Taken(2)]
    assert numbers(place, place.rows()) == [(MAY, "ana", Decimal("1.5")), (MAY, "bob", Decimal("1.5"))]
    assert place.names() == ["mes", "id_cliente", "money"]
    assert place.ask("SELECT tabela, linhas, versao_delta, feita_de, run_id FROM publicacoes") == [
        ("vendas", 2, 7, "once", "run")
    ]
    words = dict(place.ask("SELECT coluna, descricao FROM dicionario WHERE tabela = 'vendas'"))
    assert words == {
        "": "Sales of a customer.",
        "mes": f"Mês: {AS_OF.description}",
        "id_cliente": "Cliente: The customer: 100 % of them",
        "money": "What a test wants",
    }


def test_a_month_replaced_twice_is_the_same_and_no_other_month_changes(place):
    place.take(part(sales()), part(sales(JUNE, ["cid"]), month=JUNE))
    before, relations = place.rows(), place.relations()
    place.take(part(sales(customers=["zoe"])))
    assert [row[1] for row in place.rows()] == ["zoe", "cid"]
    assert place.take(part(sales()), part(sales())) == [Taken(2), Taken(2)]
    assert place.rows() == before
    assert place.relations() == relations


def test_a_month_made_of_the_same_writings_is_left_as_it_is(place):
    place.take(part(sales(), "once", run_id="first"))
    assert place.take(part(sales(), "once", run_id="second")) == [Taken(2, kept=True)]
    assert place.ask("SELECT run_id FROM publicacoes") == [("first",)]
    assert place.take(part(sales(), "twice", run_id="third")) == [Taken(2)]
    assert place.take(part(sales(), "twice", about="Told in other words.")) == [Taken(2)]
    assert place.ask("SELECT descricao FROM dicionario WHERE coluna = ''") == [("Told in other words.",)]


def test_a_month_of_which_it_is_not_known_what_it_is_made_of_is_always_taken(place):
    assert place.take(part(sales()), part(sales())) == [Taken(2), Taken(2)]


def test_a_month_without_rows_is_a_month(place):
    place.take(part(sales()))
    empty = sales().slice(0, 0)
    assert place.take(part(empty, "later")) == [Taken(0)]
    assert place.rows() == []
    assert place.ask("SELECT linhas FROM publicacoes") == [(0,)]


def test_the_newest_month_is_a_view(place):
    place.take(part(sales()), part(sales(JUNE, ["cid"]), month=JUNE))
    assert [row[1] for row in place.rows("vendas_atual")] == ["cid"]
    months = place.ask("SELECT ano_mes, trimestre, nome_do_mes FROM dim_mes ORDER BY 1")
    assert months == [("2011-05", 2, "maio"), ("2011-06", 2, "junho")]


def test_the_dimension_of_months_has_no_gaps(place):
    later = date(2012, 2, 1)
    place.take(part(sales()), part(sales(later), month=later))
    months = [month for (month,) in place.ask("SELECT ano_mes FROM dim_mes ORDER BY 1")]
    assert months == [f"2011-{number:02d}" for number in range(5, 13)] + ["2012-01", "2012-02"]


def test_a_column_added_is_null_before_and_no_column_ever_leaves(place):
    place.take(part(sales(a=[1, 2])))
    place.take(part(sales(JUNE, b=["x", "y"]), month=JUNE))
    place.take(part(sales(JUNE, b=["x", "y"], a=[3, 4], c=[True, None]), month=JUNE))
    assert place.names() == place.names("vendas_atual") == ["mes", "id_cliente", "a", "b", "c"]
    found = [row[1:] for row in place.rows()]
    assert found == [("ana", 1, None, None), ("bob", 2, None, None), ("ana", 3, "x", True), ("bob", 4, "y", None)]
    place.take(part(sales(JUNE, b=["x", "y"]), month=JUNE))
    assert [row[2:] for row in place.rows("vendas_atual")] == [(None, "x", None), (None, "y", None)]


def test_a_column_of_clusters_that_is_called_otherwise_stays_under_its_old_name_too(place):
    [table] = [each for each in warehouse_tables(load_domain(DEFS / "retail")) if each.name == CLUSTERS]
    months = {"month": pa.array([MAY], pa.date32()), "segment_key": ["value:1"], "segmentation": ["value"]}
    rows = part(pa.table({**months, "customer_id": ["ana"], "persona": ["VIPs"]}))
    columns = columns_of(table, SEGMENTS, rows.every.query.schema)
    for clusters in ({"value": "cluster_value"}, {"value": "cluster_rfv"}):
        place.take(replace(rows, every=Rows(Told(table, "Clusters.", columns, clusters), rows.every.query)))
    assert place.names("cluster_clientes_atual")[1:] == ["id_cliente", "cluster_value", "cluster_rfv"]
    assert place.rows("cluster_clientes_atual")[0][1:] == ("ana", None, "VIPs")


def test_a_column_of_another_type_is_refused_and_nothing_changes(place):
    place.take(part(sales(a=[1, 2])))
    before = place.rows()
    with pytest.raises(TypeChanged, match=r"(?i)a is (bigint|integer) there and text in the lake"):
        place.take(part(sales(a=["x", "y"])))
    assert place.rows() == before


def dropped_by_hand(place, statement):
    """Does what a person does at the prompt of the database."""
    place.ask(statement.removesuffix(" CASCADE") if place.dialect == "sqlite" else statement)


@pytest.mark.parametrize("made_of", ["once", "twice"])
def test_a_table_that_somebody_dropped_is_made_again_with_the_months_that_are_published(place, made_of):
    place.take(part(sales(), "once"), part(sales(JUNE, ["cid"]), "june", month=JUNE))
    dropped_by_hand(place, "DROP TABLE vendas CASCADE")
    assert place.take(part(sales(), made_of)) == [Taken(2)]
    assert [row[1] for row in place.rows()] == ["ana", "bob"]
    assert [row[1] for row in place.rows("vendas_atual")] == ["ana", "bob"]  # not those of June, which is not there
    assert place.ask("SELECT linhas, feita_de FROM publicacoes") == [(2, made_of)]
    assert place.take(part(sales(JUNE, ["cid"]), "june", month=JUNE)) == [Taken(1)]
    assert [row[1] for row in place.rows("vendas_atual")] == ["cid"]


def test_a_column_of_another_type_is_taken_after_what_its_error_says(place):
    place.take(part(sales(a=[1, 2], b=[1, 2])), part(sales(JUNE, a=[1, 2], b=[1, 2]), "june", month=JUNE))
    with pytest.raises(TypeChanged) as raised:
        place.take(part(sales(a=["x", "y"])))
    [statement] = re.findall(r"\((DROP TABLE [^)]*)\)", str(raised.value))
    dropped_by_hand(place, statement)
    assert place.take(part(sales(a=["x", "y"]))) == [Taken(2)]
    assert place.names("vendas") == place.names("vendas_atual") == ["mes", "id_cliente", "a"]
    assert [row[2] for row in place.rows("vendas_atual")] == ["x", "y"]


def test_a_name_that_is_no_identifier_becomes_one_and_no_two_are_alike(place):
    odd = {'a"; DROP TABLE x': [1, 2], "Peças & Serviços": [3, 4], "pecas_servicos": [5, 6], "group": [7, 8]}
    place.take(part(sales(**odd, **{"long_" * 20: [9, 9], "1st": [0, 0]})))
    names = place.names()
    assert names[2:4] == ["a_drop_table_x", "pecas_servicos"]
    assert names[4].startswith("pecas_servicos_")
    assert names[5] == "c_group"
    assert len(names[6]) == 63
    assert names[7] == "c_1st"
    assert place.rows()[0][2:] == (1, 3, 5, 7, 9, 0)


def test_texts_come_as_they_are_and_a_nul_is_seen(place):
    odd = [
        "",
        None,
        "a\0b",
        'say "no"',
        "line\nbreak\r\n",
        "\\.",
        "\\N",
        "x,y;\t",
        "ção 😀",
        " blank ",
        "%s %d :name $1",
    ]
    place.take(part(sales(customers=[f"{n:02d}" for n in range(len(odd))], note=odd)))
    assert [row[2] for row in place.rows()] == [None if each is None else each.replace("\0", "␀") for each in odd]


def test_numbers_days_and_lists_come_as_they_are(place):
    at = datetime(2011, 5, 20, 12, 30, 1, 250000, tzinfo=UTC)
    some = {
        "whole": [2**63 - 1, -(2**63) + 1],
        "double": [0.1 + 0.2, 1.7976931348623157e308],
        "none": [float("nan"), float("inf")],
        "day": [date(1, 1, 1), date(9999, 12, 31)],
        "at": pa.array([at, None], pa.timestamp("us", tz="UTC")),
        "yes": [True, False],
        "many": [["a", 'b"c'], None],
    }
    place.take(part(sales(**some)))
    first, second = place.rows()
    whole, double, none, day, moment, yes, many = first[2:]
    assert (whole, double, none, many) == (2**63 - 1, 0.1 + 0.2, None, '["a","b\\"c"]')
    assert second[2:5] == (-(2**63) + 1, 1.7976931348623157e308, None)
    assert (bool(yes), bool(second[7])) == (True, False)
    if place.dialect == "sqlite":
        assert (day, second[5], moment) == ("0001-01-01", "9999-12-31", "2011-05-20 12:30:01.250000")
    else:
        assert (day, second[5], moment) == (date(1, 1, 1), date(9999, 12, 31), at)


@pytest.mark.parametrize("scale", [0, 1, 2, 3, 4, 5, 7, 8, 11])
def test_money_is_exact_at_each_scale(place, scale):
    least = Decimal(1).scaleb(-scale)
    much = Decimal(10) ** (13 - scale)  # with the scale fifteen digits, which a float of SQLite holds
    amounts = [least, -least, 2 * much + least, 99 * least - much, much, None]
    kind = pa.decimal128(18, scale)
    place.take(part(sales(customers=[f"{n}" for n in range(6)], amount=pa.array(amounts, kind))))
    there = [row[2] for row in place.rows()]
    if place.dialect == "sqlite":  # which has no decimals
        there = [None if each is None else Decimal(repr(each)).quantize(least) for each in there]
    assert there == amounts


def test_rows_that_are_not_those_of_gold_leave_the_month_as_it_was(place, monkeypatch):
    place.take(part(sales()))
    before = place.rows()
    wanted = part(sales(customers=["ana", "bob", "cid"])).totals()
    other = part(sales(customers=["eve", "zoe"]))
    monkeypatch.setattr(type(other), "totals", lambda _: wanted)
    with pytest.raises(NotEveryRow) as raised:
        place.take(other)
    assert raised.value.wrong[0] == "3 rows expected, 2 there"
    assert "money: sum 4.5000 expected, 3.0" in str(raised.value)
    assert place.rows() == before


def test_two_rows_with_one_key_are_refused_without_a_word_of_them(place):
    place.take(part(sales()))
    before = place.rows()
    with pytest.raises(DatabaseFailed) as raised:
        place.take(part(sales(customers=[SECRET, SECRET])))
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert not raised.value.retriable
    assert place.rows() == before


def test_a_run_that_lost_its_right_replaces_nothing(place):
    place.take(part(sales()))
    before = place.rows()

    def refused():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        place.take(part(sales(customers=["eve"])), permitted=refused)
    assert (place.rows(), place.take(part(sales()))) == (before, [Taken(2)])


def test_readers_see_one_month_or_the_other_while_two_publishers_replace_it(place):
    place.take(part(sales(money=[0, 0])))
    done, seen, problems = threading.Event(), set(), []

    def publish(number):
        try:
            for turn in range(4):
                # 50 rows that all say the same, so that a mixture has two values, and a part of one fewer rows.
                rows = sales(customers=[f"{n}" for n in range(50)], money=[number * 10 + turn] * 50)
                place.take(part(rows))
        except Exception as error:
            problems.append(error)

    def read():
        try:
            while not done.is_set():
                seen.add(place.ask("SELECT count(*), count(DISTINCT money) FROM vendas_atual")[0])
        except Exception as error:
            problems.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    publishers = [threading.Thread(target=publish, args=(number,)) for number in (1, 2)]
    for thread in (*readers, *publishers):
        thread.start()
    for thread in publishers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert problems == []
    assert seen <= {(2, 1), (50, 1)}
    assert (50, 1) in seen
    assert not {name for name in place.relations() if name.endswith(("_novo", "_novo_pk"))}


def test_a_publisher_that_is_killed_twenty_times_leaves_the_old_month_or_the_new_one_and_nothing_else(place):
    place.take(part(sales(money=[0, 0])))
    database = place.open()
    given = [place.dialect, getattr(database, "_uri", database.place), place.schema]
    database.close()
    relations, seen = place.relations(), set()
    command = [sys.executable, "-m", "arcana_assets_tests.warehouse.publisher", *given, "again", f"{KILLED_ROWS}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        for turn in range(20):
            parent.stdin.write("another\n")
            parent.stdin.flush()
            said = sorted(parent.stdout.readline().strip() for _ in range(2))  # a number, and that it publishes
            assert said[1] == "publishing"
            if turn % 2:  # while it replaces its own month; else that of the one before
                assert parent.stdout.readline() == "published\n"
            time.sleep(0.005 * turn)
            os.kill(int(said[0]), signal.SIGKILL)
            while parent.stdout.readline() != "killed\n":
                pass
            [(rows, values, value)] = place.ask("SELECT count(*), count(DISTINCT money), min(money) FROM vendas")
            assert (rows, values) in {(2, 1), (KILLED_ROWS, 1)}
            assert place.ask("SELECT linhas FROM publicacoes") == [(rows,)]
            assert place.relations() == relations
            seen.add(value)
        parent.stdin.close()
    assert len(seen) > 9  # half of them had written before
    assert place.take(part(sales(money=[0, 0]))) == [Taken(2)]


def test_a_customer_is_taken_out_of_rows_and_lists_and_the_ledger_counts_what_is_left(place):
    listed = pa.array(["ana, bob", "bob", "ana"])
    place.take(
        part(sales(customers=["ana", "bob", "O'Hara"], friends=listed)),
        part(sales(JUNE, ["bob"], friends=pa.array(["cid"])), month=JUNE),
    )
    told = Erased("vendas", "mes", ("id_cliente",), ("friends",))
    database = place.open()
    try:
        assert database.erase(told, {"bob", "O'Hara", "nobody"}) == 3
        database.tidy()
        assert database.erase(told, {"bob", "O'Hara", "nobody"}) == 0
        assert database.erase(Erased("not_there", "mes", ("id_cliente",), ()), {"bob"}) == 0
    finally:
        database.close()
    assert place.ask("SELECT id_cliente, friends FROM vendas") == [("ana", "ana")]
    assert place.ask("SELECT linhas FROM publicacoes WHERE tabela = 'vendas' ORDER BY mes") == [(1,), (0,)]

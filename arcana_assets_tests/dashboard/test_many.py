"""Many and much: twenty sessions on one lake, a filter that half a million customers pass, months written meanwhile.

Slow: each of these tests runs whole screens of the page.
"""

import io
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow.csv
import pytest
import streamlit as st

from arcana_assets.dashboard import app, export, queries
from arcana_assets.dashboard.access import Viewer
from arcana_assets.dashboard.place import Place
from arcana_assets.dashboard.screens.customers import customers
from arcana_assets.dashboard.screens.customers.customers import PAGE, Filter
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.exports.csv import CsvFile
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reader import Reader
from arcana_assets_tests.dashboard.lakes import APRIL, MARCH, MAY, customers_of, gold, make_shop, there, worth, write

pytestmark = pytest.mark.slow

SESSIONS, MANY = 20, 500_000


def at_once(work: Callable[[int], Any], sessions: int = SESSIONS) -> list[Any]:
    """What each of some threads that begin together finds; raises what one of them raises."""
    begin, found = threading.Barrier(sessions), dict[int, Any]()

    def session(place: int) -> None:
        begin.wait(30)
        try:
            found[place] = work(place)
        except Exception as error:  # told where the test waits
            found[place] = error

    threads = [threading.Thread(target=session, args=(place,)) for place in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for each in found.values():
        if isinstance(each, Exception):
            raise each
    return [found[place] for place in range(sessions)]


@pytest.fixture
def computed(monkeypatch):
    """How often each question about each part of the lake was computed."""
    counted, lock, usual = Counter[tuple](), threading.Lock(), Reader._asked

    def asked(self, query, parts, known, values):
        with lock:
            counted[query, tuple(parts.items()), tuple(sorted(values.items()))] += 1
        return usual(self, query, parts, known, values)

    monkeypatch.setattr(Reader, "_asked", asked)
    return counted


def test_twenty_sessions_see_the_month_of_each_and_every_question_is_computed_once(both, domains, computed):
    reader, months = Reader(str(both), threads=1), (MARCH, APRIL, MAY)

    def session(place: int) -> tuple[int, dict[str, float], int]:
        mine = Place(domains["retail"], reader, months[place % 3], "value")
        sizes = {row["persona"]: row["customers"] for row in queries.segments(mine)}
        first = customers.customers(mine, Filter(), "monetary", True, 1)["monetary"].to_pylist()[0]
        return customers.count(mine, Filter()), sizes, int(first)

    found = at_once(session)
    for place, (count, sizes, first) in enumerate(found):
        month = months[place % 3]
        assert (count, sum(sizes.values())) == (len(there(month)), len(there(month)))
        assert first == max(worth(each, month) for each in there(month))
    assert len(computed) >= 9
    assert set(computed.values()) == {1}
    reader.close()


def test_sessions_that_begin_together_share_one_reader(deployed, monkeypatch):
    deployed()
    app._reader.cache_clear()
    made, usual = [], Reader.__init__

    def counted(self, *asked):
        made.append(1)
        usual(self, *asked)

    monkeypatch.setattr(Reader, "__init__", counted)
    readers = at_once(lambda _: app.reader())
    assert len(made) == len(set(map(id, readers))) == 1


def test_a_lake_refreshed_while_sessions_read_is_the_one_or_the_other_and_never_both(tmp_path, domains):
    lake, sizes = make_shop(tmp_path), range(40, 52)
    reader, read, over = Reader(str(tmp_path), threads=1), threading.Event(), threading.Event()

    def refresh(size: int) -> None:
        """As many customers as each of them has paid pounds: no answer can be of two months written."""
        rows = [row | {"monetary": size} for row in customers_of(MAY)[:size]]
        write(lake, "retail", gold("customer_360"), rows, [MAY])

    def refreshes() -> set[int]:
        try:
            for size in sizes:
                refresh(size)
                read.clear()
                assert read.wait(30)
        finally:
            over.set()
        return set(sizes)

    def reads() -> set[int]:
        seen, place = set[int](), Place(domains["retail"], reader, MAY, "value")
        while not over.is_set():
            rows = customers.customers(place, Filter(), "customer_id", False)
            assert {int(each) for each in rows["monetary"].to_pylist()} == {rows.num_rows}
            seen.add(rows.num_rows)
            read.set()
        return seen

    refresh(60)
    written, *seen = at_once(lambda place: reads() if place else refreshes(), 4)
    assert 1 < len(set.union(*seen)) <= len({60, *written})
    assert customers.count(Place(domains["retail"], reader, MAY, "value"), Filter()) == sizes[-1]
    reader.close()


@pytest.fixture(scope="module")
def half_a_million(tmp_path_factory, domains):
    """May of a shop of half a million, whom DuckDB makes up: each has paid as many pounds as its number."""
    root, engine = tmp_path_factory.mktemp("many"), Engine(threads=1)
    lake, month = Lake(root=str(root)), date(2011, 5, 1)
    tables = {
        "customer_360": f"""SELECT 'C' || lpad(i::VARCHAR, 6, '0') AS customer_id, DATE '{month}' AS month,
            i % 90 AS recency_days, 1 + i % 7 AS frequency, i::DECIMAL(18, 4) AS monetary FROM range({MANY}) t(i)""",
        "segments": f"""SELECT 'C' || lpad(i::VARCHAR, 6, '0') AS customer_id, DATE '{month}' AS month,
            'value' AS segmentation, (1 + i % 4)::BIGINT AS segment_id, 'P' || (1 + i % 4) AS persona,
            NULL::BIGINT AS previous_segment_id FROM range({MANY}) t(i)""",
    }
    for name, query in tables.items():
        rows = engine.backend.con.sql(query).to_arrow_table()
        lake.write(("retail", "gold", name), rows, [month], engine=engine, run_id="test")
    reader = Reader(str(root), threads=1)
    yield Place(domains["retail"], reader, month, "value")
    reader.close()


def test_pages_of_half_a_million_are_counted_and_read_from_the_first_to_the_last(half_a_million):
    place = half_a_million
    assert customers.count(place, Filter()) == MANY
    for page in (0, MANY // PAGE - 1):
        rows = customers.customers(place, Filter(), "monetary", False, PAGE, page * PAGE)
        assert [int(each) for each in rows["monetary"].to_pylist()] == list(range(page * PAGE, (page + 1) * PAGE))


def test_an_export_of_half_a_million_says_so_before_and_holds_one_batch_at_a_time(
    half_a_million, deployed, monkeypatch, tmp_path
):
    deployed()
    place, buttons, longest, usual = half_a_million, {}, [], CsvFile.add
    monkeypatch.setattr(st, "download_button", lambda label, made, file, *_, **__: buttons.update({label: made}))
    kept = place.reader._kept

    def noted(self, columns):
        longest.append(len(columns[0]))
        usual(self, columns)

    monkeypatch.setattr(CsvFile, "add", noted)
    every = customers.all_customers(place, Filter(), "customer_id", False)
    export.downloads(place, Viewer("ana", frozenset({"customers"})), lambda: every, MANY, "clientes", {})
    assert list(buttons) == ["Baixar CSV (500.000 linhas)", "Baixar XLSX (500.000 linhas)"]
    content = buttons["Baixar CSV (500.000 linhas)"]()
    read = pyarrow.csv.read_csv(
        io.BytesIO(content), parse_options=pyarrow.csv.ParseOptions(delimiter=";"),
        convert_options=pyarrow.csv.ConvertOptions(include_columns=["frequency"]),
    )  # fmt: skip
    assert (read.num_rows, sum(longest)) == (MANY, MANY)
    assert max(longest) <= export.BATCH
    assert place.reader._kept == kept  # no answer of that size stays in memory
    assert '"rows": 500000' in (tmp_path / "home" / "dashboard" / "exports.jsonl").read_text()

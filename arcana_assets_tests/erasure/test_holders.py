"""No table can be forgotten: which columns hold customers comes from the tables that are declared."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from arcana_assets.catalogue import tables as catalogue
from arcana_assets.components import customer_domain
from arcana_assets.components.customer_domain import holders_by_table
from arcana_assets.definitions import DEFS
from arcana_assets.domain.column import CUSTOMER, MONTH, columns, text
from arcana_assets.domain.folder import load_domain
from arcana_assets.erasure.holders import Holders, Mine, holders_of
from arcana_assets.erasure.register import Register
from arcana_assets.erasure.rewriting import clean, rewrite
from arcana_assets.lake.errors import LakeError
from arcana_assets.landing.erased import Refusal
from arcana_assets.tables.table import Table

DOMAINS = {name: load_domain(DEFS / name) for name in ("b2b", "mall", "retail")}
PLANTED = Table(
    *("gold", "planted", "planted", "A table of tomorrow.", "a visit of a customer", ()),
    columns(MONTH, CUSTOMER, text("friend", holds_customers=True).means("Who came along")),
)


def of(holders, *ids):
    register = Register("retail", b"k" * 32, ()).with_ids(ids, "R1", date(2026, 1, 1), "run")
    return Mine(register, holders)


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_every_declared_table_with_a_column_for_customers_is_rewritten(domain):
    found = holders_by_table(domain)
    for table in catalogue.tables_of(domain):
        named = [name for name in table.columns if name in ("customer_id", "member_id", "device_id", "card_id")]
        holders = found.get((domain.name, table.layer, table.name))
        assert not (named or table.customers) or {*named, *table.customers} <= {*holders.columns}, table.title
    # A source that says whose its rows are has them in bronze and quarantine under the names of its files, and the
    # lines there that are no rows.
    for name, contract in domain.sources.items():
        if "customer_id" in contract.mapped:
            for layer in ("bronze", "quarantine"):
                assert found[domain.name, layer, name].customer == contract.mapped["customer_id"].from_
                assert found[domain.name, layer, name].texts == ("_text",)


def test_a_table_that_is_new_is_rewritten_without_anybody_thinking_of_it(monkeypatch, lake, engine):
    known = catalogue.tables_of(DOMAINS["retail"])
    monkeypatch.setattr(customer_domain, "tables_of", lambda _: [*known, PLANTED])
    key = ("retail", "gold", "planted")
    holders = holders_by_table(DOMAINS["retail"])[key]
    may, june = date(2011, 5, 1), date(2011, 6, 1)
    rows = pa.table(
        {
            "month": pa.array([may, may, june, june]),
            "customer_id": ["C1", "C2", None, "C2"],
            "friend": ["C9", None, "C1", "C1"],
        }
    )
    lake.write(key, rows, [may, june], engine=engine, run_id="r")
    register = Register("retail", b"k" * 32, ()).with_ids(["C1"], "R1", may, "run")
    assert rewrite(lake, key, holders, register, engine, "r").rows == {may: 1, june: 1}
    clean(lake, key)
    left = engine.backend.to_pyarrow(lake.read(key, [may, june], engine)).to_pylist()
    # Of a row that is somebody else's only the scan tells: it is his.
    assert [(row["customer_id"], row["friend"]) for row in left] == [("C2", None), ("C2", "C1")]
    assert lake.materialized_months(key, [may, june]) == [may, june]
    assert len(list(Path(lake.uri(key)).rglob("*.parquet"))) == 3  # a file a month, and the checkpoint
    assert lake.rows(key, [june]) == 1


def test_an_aggregate_loses_the_name_and_not_the_row():
    table = replace(
        PLANTED, columns=columns(text("typical", holds_customers=True, lists_customers=True).means("Three of them"))
    )
    holders = holders_of(table)
    assert holders == Holders(None, (), lists=("typical",))
    batch = pa.RecordBatch.from_pydict({"typical": ["C1, C2, C3", "C1", None, "C11"]})
    mine = of(holders, "C1")
    assert not any(mine.rows(batch).to_pylist())
    kept, gone = mine.unlisted(batch)
    assert (kept["typical"].to_pylist(), gone) == (["C2, C3", None, None, "C11"], 2)


def test_a_line_that_is_no_row_is_hers_where_it_names_her():
    mine = of(Holders("CustomerID", (), ("_text",)), "C-1 7", "C9")
    lines = ["x;C9;y", 'x,"C9"', "C99;1", None, "a;C9-2"]
    batch = pa.RecordBatch.from_pydict({"CustomerID": [None] * 5, "_text": lines})
    assert mine.rows(batch).to_pylist() == [True, True, False, False, True]


def test_rows_that_another_engine_reads_are_refused_by_the_same_rule(engine):
    register = Register("retail", b"k" * 32, ()).with_ids(["C1"], "R1", date(2026, 1, 1), "run")
    refusal = Refusal(register, DOMAINS["retail"].sources["transactions"])
    may = date(2011, 5, 1)
    rows = pa.table({"month": pa.array([may] * 4), "CustomerID": [" C1", "C1", "C2", None], "InvoiceNo": list("abcd")})
    left = engine.backend.to_pyarrow(refusal.elsewhere(ibis.memtable(rows), engine))
    assert left["InvoiceNo"].to_pylist() == ["c", "d"]
    assert refusal.counts == {may: 2}
    streamed = refusal.passing(rows.to_reader()).read_all()
    assert streamed["InvoiceNo"].to_pylist() == ["c", "d"]


def test_the_number_of_her_card_is_not_the_code_of_another():
    register = Register("mall", b"k" * 32, ()).with_ids(["1"], "R1", date(2026, 1, 1), "run", carried=["500"])
    holders = Holders("customer_id", ("card_id", "identifier"), carried=frozenset({"card_id", "identifier"}))
    batch = pa.RecordBatch.from_pydict(
        {
            "customer_id": ["1", "500", None, None, None],
            "card_id": [None, "500", "500", "1", None],
            "identifier": [None, None, None, None, "1"],
        }
    )
    assert Mine(register, holders).rows(batch).to_pylist() == [True, False, True, False, True]


def test_log_retention_is_what_it_was_though_somebody_was_killed_within(lake, engine):
    key = ("retail", "gold", "t")
    lake.write(key, pa.table({"customer_id": ["C1"]}), None, engine=engine, run_id="r")
    lake.open(key).alter.set_table_properties({"delta.logRetentionDuration": "interval 0 seconds"})
    clean(lake, key)
    assert lake.open(key).metadata().configuration["delta.logRetentionDuration"] == "interval 30 days"


def test_how_files_spell_ids_is_known_before_the_first_month_is_written(lake, engine):
    key, months = ("retail", "bronze", "t"), [date(2011, 5, 1), date(2011, 6, 1)]
    lake.write(key, pa.table({"month": months, "id": ["c1", "C1"]}), months, engine=engine, run_id="r")
    register = Register("retail", b"k" * 32, ()).with_ids(["C1"], "R1", months[0], "run")
    told = list[object]()
    holders = Holders("id", (), clean={"id": lambda text: text.upper()})
    rewrite(*(lake, key, holders, register, engine, "r"), wrote=told.append, spelt=lambda each: told.append(dict(each)))
    assert told == [{"c1": "C1"}, 1, 1]


def test_columns_of_another_version_of_a_table_stay_what_they_are(lake, engine):
    key, may = ("retail", "gold", "t"), date(2011, 5, 1)
    rows = pa.table({"month": [may] * 2, "customer_id": ["C1", "C2"], "of_tomorrow": [{"a": [1]}, {"a": [2, 3]}]})
    lake.write(key, rows, [may], engine=engine, run_id="r")
    register = Register("retail", b"k" * 32, ()).with_ids(["C1"], "R1", may, "run")
    # A column that the declaration has and the table of an earlier version lacks tells nothing.
    holders = Holders("customer_id", ("member_id",), ("_text",))
    assert rewrite(lake, key, holders, register, engine, "r").rows == {may: 1}
    left = engine.backend.to_pyarrow(lake.read(key, [may], engine)).to_pylist()
    assert left == [{"month": may, "customer_id": "C2", "of_tomorrow": {"a": [2, 3]}}]


@pytest.mark.parametrize(
    "done",
    [
        lambda *given: rewrite(given[0], given[1], Holders("customer_id", ()), *given[2:], "r"),
        lambda *given: clean(*given[:2]),
    ],
    ids=["rewritten", "cleaned"],
)
def test_a_table_that_a_later_program_wrote_is_named_and_stays_as_it_is(lake, engine, done):
    key = ("retail", "gold", "t")
    lake.write(key, pa.table({"customer_id": ["C1", "C2"]}), None, engine=engine, run_id="r")
    log = Path(lake.uri(key)) / "_delta_log"
    later = {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["of_tomorrow"]}}
    later["protocol"]["writerFeatures"] = ["of_tomorrow"]
    (log / f"{lake.open(key).version() + 1:020}.json").write_text(json.dumps(later) + "\n")
    before = sorted(path.name for path in Path(lake.uri(key)).rglob("*"))
    register = Register("retail", b"k" * 32, ()).with_ids(["C1"], "R1", date(2011, 5, 1), "run")
    with pytest.raises(LakeError, match=r"retail[./]gold[./]t.*(of_tomorrow|eature)") as raised:
        done(lake, key, register, engine)
    assert "C1" not in str(raised.value)
    assert before == sorted(path.name for path in Path(lake.uri(key)).rglob("*"))

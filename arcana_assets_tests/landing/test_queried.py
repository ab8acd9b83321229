"""Databases as sources: real ones, asked once a run, whose rows land as a file; nothing of them but rows leaves.

Slow: each of these tests computes months of a domain.
"""

import shutil
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, text

from arcana_assets.domain.contract.consistency import load_contract
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.graph import spec
from arcana_assets.landing.queried import DatabaseAway, spelled, take_in
from arcana_assets.landing.zone import LandingError, LandingZone
from arcana_assets_tests.worlds import postgres
from arcana_assets_tests.worlds.shop import Shop, account, checks, failure

pytestmark = pytest.mark.slow

VARIABLE = "SHOP_DATABASE"
CONTRACT = f"""
entity: transactions
description: Sales of the shop's database
landing: {{pattern: "transactions/*.parquet", deliveries: latest}}
format:
  kind: sql
  url_env: {VARIABLE}
  query: SELECT pedido, item, produto, pecas, feito_em, preco, cliente FROM vendas ORDER BY numero
columns:
  - {{from: pedido, to: order_id}}
  - {{from: item, to: product_id}}
  - {{from: produto, to: description}}
  - {{from: pecas, to: quantity}}
  - {{from: feito_em, to: ordered_at, formats: ["%Y-%m-%d %H:%M:%S"]}}
  - {{from: preco, to: unit_price}}
  - {{from: cliente, to: customer_id}}
constants: {{country: Brasil}}
rules:
  - {{column: unit_price, in_range: {{min: 0, include_min: false}}}}
"""
MAKE = """CREATE TABLE vendas (numero INTEGER PRIMARY KEY, pedido TEXT, item TEXT, produto TEXT, pecas INTEGER,
feito_em TIMESTAMP, preco NUMERIC(10, 2), cliente TEXT)"""
ROWS = [
    (1, "A1", "P1", "Lâmpada", 2, "2010-12-01 10:30:00", 1.5, "17850"),
    (2, "A1", "P2", None, 1, "2010-12-01 10:30:00", 0, "17850"),  # refused: no price
    (3, "A2", "P1", "Lâmpada", 4, "2010-12-31 23:59:59", 1.25, None),
]


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))


def put(url: str, *rows: tuple) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for row in rows:
            given = {f"c{place}": value for place, value in enumerate(row)}
            moment = "CAST(:c5 AS TIMESTAMP)" if engine.dialect.name == "postgresql" else ":c5"
            connection.execute(text(f"INSERT INTO vendas VALUES (:c0,:c1,:c2,:c3,:c4,{moment},:c6,:c7)"), given)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path, monkeypatch):
    """A database with the sales of a month, which the environment names."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path / 'shop.db'}"
    else:
        if reason := postgres.missing():
            pytest.skip(reason)
        made = request.getfixturevalue("postgres_of_shops").uri
    engine = create_engine(made)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS vendas"))
        connection.execute(text(MAKE))
    engine.dispose()
    put(made, *ROWS)
    monkeypatch.setenv(VARIABLE, made)
    return made


@pytest.fixture(scope="module")
def postgres_of_shops():
    with postgres.server() as started:
        yield started


@pytest.fixture
def shop(platform):
    shop = Shop(platform)
    folder = platform.root / "defs"
    shutil.copytree(platform.folder / "retail", folder / "retail")
    (folder / "retail" / "sources" / "transactions.yaml").write_text(CONTRACT)
    platform.folder = folder
    return shop


def landed(shop) -> list[Path]:
    return sorted((shop.platform.landing / "transactions").iterdir())


def test_rows_of_a_database_land_once_a_run_and_are_accounted_for(shop, url):
    assert account(shop.materialize()) == (3, 2, 1, 0)
    [first] = landed(shop)
    assert first.stat().st_mode & 0o777 == 0o600
    assert pq.read_table(first).to_pylist()[0] == {
        "pedido": "A1", "item": "P1", "produto": "Lâmpada", "pecas": "2", "feito_em": "2010-12-01 10:30:00",
        "preco": pq.read_table(first)["preco"][0].as_py(), "cliente": "17850",
    }  # fmt: skip
    table = shop.platform.table("silver", "transactions")
    assert sorted(zip(table["order_id"].to_pylist(), table["amount"].to_pylist(), strict=True)) == [
        ("A1", Decimal("3.0000")),
        ("A2", Decimal("5.0000")),
    ]
    # The same rows are no second file; other rows are, and count alone.
    assert account(shop.materialize()) == (3, 2, 1, 0)
    assert landed(shop) == [first]
    put(url, (4, "A3", "P3", "Mesa", 1, "2010-12-24 08:00:00", 90, "12346"))
    assert account(shop.materialize()) == (4, 3, 1, 0)
    assert len(landed(shop)) == 2
    assert landed(shop)[0].read_bytes() == first.read_bytes()


def test_no_database_no_lake_is_changed_and_no_password_is_told(shop, url, monkeypatch):
    assert shop.materialize().success
    before = shop.platform.rows("bronze", "transactions")
    monkeypatch.setenv(VARIABLE, "postgresql+psycopg://seller:s3cr3t-s3cr3t@127.0.0.1:1/shop?connect_timeout=2")
    said = failure(shop.materialize())
    assert f"expected rows of the query from the database that {VARIABLE} names, found: OperationalError" in said
    assert "s3cr3t" not in said
    assert shop.platform.rows("bronze", "transactions") == before
    assert len(landed(shop)) == 1


def contract_of(tmp_path, **changed):
    text = CONTRACT
    for old, new in changed.values():
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "transactions.yaml"
    path.write_text(text)
    return load_contract(path)


def taken(tmp_path, contract, environ, run="run-1234567"):
    zone = LandingZone(root=str(tmp_path / "landing"))
    return take_in(zone, "retail", contract, contract.format, run, environ)


@pytest.mark.parametrize(
    ("query", "kind", "said"),
    [
        ("SELECT pedido FROM vendass", LandingError, "vendass"),
        ("SELECT pedido, item AS pedido FROM vendas", LandingError, "found pedido twice; give one another name"),
        ("DELETE FROM vendas", LandingError, "expected rows of the query"),
    ],
)  # fmt: skip
def test_a_wrong_query_is_told_and_nothing_lands(tmp_path, url, query, kind, said):
    asked = "SELECT pedido, item, produto, pecas, feito_em, preco, cliente FROM vendas ORDER BY numero"
    contract = contract_of(tmp_path, query=(asked, query))
    with pytest.raises(kind, match=said):
        taken(tmp_path, contract, {VARIABLE: url})
    assert not (tmp_path / "landing").exists()
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM vendas")).scalar() == len(ROWS)
    engine.dispose()


def test_an_error_that_speaks_of_a_row_is_told_without_it(tmp_path, request):
    if reason := postgres.missing():
        pytest.skip(reason)
    url = request.getfixturevalue("postgres_of_shops").uri
    asked = "SELECT pedido, item, produto, pecas, feito_em, preco, cliente FROM vendas ORDER BY numero"
    contract = contract_of(tmp_path, query=(asked, "SELECT CAST(code AS INTEGER) FROM (SELECT 'C17850' AS code) AS c"))
    with pytest.raises(LandingError) as told:
        taken(tmp_path, contract, {VARIABLE: url})
    assert str(told.value).endswith("found: InvalidTextRepresentation")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "the variable is not set. Set it where Dagster runs"),
        ("user:s3cr3t@host", "found what is no URL of one"),
        ("nosuch://user:s3cr3t@host/name", "the driver is not installed"),
    ],
)
def test_a_variable_without_a_url_is_told_without_its_value(tmp_path, url, said):
    with pytest.raises(LandingError) as told:
        taken(tmp_path, contract_of(tmp_path), {VARIABLE: url})
    assert f"expected the URL of a database in {VARIABLE}" in str(told.value)
    assert said in str(told.value)
    assert "s3cr3t" not in str(told.value)


def test_a_run_that_begins_again_reads_what_it_has_put_down(tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute(MAKE)
    put(url, *ROWS)
    contract = contract_of(tmp_path)
    assert taken(tmp_path, contract, {VARIABLE: url}).startswith("put the 3 rows of the query into transactions/")
    put(url, (4, "A3", "P3", "Mesa", 1, "2010-12-24 08:00:00", 90, "12346"))
    assert taken(tmp_path, contract, {VARIABLE: url}).startswith("the query was read before in this run")
    assert taken(tmp_path, contract, {VARIABLE: url}, "another-run").startswith("put the 4 rows")
    with pytest.raises(DatabaseAway):
        taken(tmp_path, contract, {VARIABLE: f"sqlite:///{tmp_path}/nowhere/shop.db"}, "third-run-0")


def test_bytes_are_refused_with_row_and_column(tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute(MAKE)
        connection.execute("INSERT INTO vendas (numero, pedido, produto) VALUES (1, 'A1', x'00ff')")
        connection.commit()
    with pytest.raises(LandingError, match="found bytes in row 1 of the query, column produto; cast it in the query"):
        taken(tmp_path, contract_of(tmp_path), {VARIABLE: url})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (float("nan"), None),
        (True, "true"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (Decimal("1E+3"), "1000"),
        (datetime(2011, 5, 4, 10, 30, tzinfo=UTC), "2011-05-04 10:30:00+00:00"),
        (date(2011, 5, 4), "2011-05-04"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"b": 1, "a": "ã"}, '{"a": "ã", "b": 1}'),
    ],
)
def test_values_are_spelled_one_way(value, text):
    assert spelled(value) == text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"a": (", deliveries: latest", "")}, "set 'deliveries: latest'"),
        ({"a": ("transactions/*.parquet", "**/*.parquet")}, "such as 'transactions/\\*.parquet'; found"),
        ({"a": ("transactions/*.parquet", "*.parquet")}, "a folder of their own"),
        ({"a": (f"url_env: {VARIABLE}", "url_env: postgresql://user:pass@host/name")}, "url_env"),
        ({"a": ("  query:", "  qeury:")}, "query"),
    ],
)
def test_a_contract_that_cannot_be_kept_is_told_with_its_line(tmp_path, changed, said):
    with pytest.raises(ArcanaError, match=r"transactions.yaml:\d+: ") as told:
        contract_of(tmp_path, **changed)
    told.match(said)


def test_a_source_of_a_database_is_one_in_the_ui(shop, url):
    result = shop.materialize()
    assert checks(result)["every_file_read"].passed
    text = "\n".join(str(event.message) for event in result.all_events)
    assert url not in text


def test_a_row_that_the_driver_cannot_read_is_told_without_it(tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute(MAKE)
        connection.execute("INSERT INTO vendas (numero, pedido) VALUES (1, CAST(x'4a6fe36f' AS TEXT))")
        connection.commit()
    with pytest.raises(LandingError) as told:
        taken(tmp_path, contract_of(tmp_path), {VARIABLE: url})
    assert not isinstance(told.value, DatabaseAway)
    assert str(told.value).endswith("found: OperationalError in a row")


def test_a_colon_of_the_query_is_a_colon(tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    asked = "SELECT pedido, item, produto, pecas, feito_em, preco, cliente FROM vendas ORDER BY numero"
    contract = contract_of(tmp_path, query=(asked, "SELECT 'a:b' AS pedido, '12:30' AS feito_em"))
    assert taken(tmp_path, contract, {VARIABLE: url}).startswith("put the 1 rows of the query into transactions/")
    [file] = (tmp_path / "landing" / "retail" / "transactions").iterdir()
    assert pq.read_table(file).to_pylist() == [{"pedido": "a:b", "feito_em": "12:30"}]

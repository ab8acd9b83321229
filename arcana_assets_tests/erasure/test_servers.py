"""Servers: every row of a PostgreSQL database is read, and one that cannot be read is no clean one.

Slow: one test erases somebody from months of a shop.
"""

import json
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets.automation.erasure import dagster_tables
from arcana_assets.erasure.places import Kind, Scan, scan_instance, scan_server
from arcana_assets.erasure.wanted import Wanted
from arcana_assets_tests.erasure.conftest import HER
from arcana_assets_tests.worlds import postgres
from arcana_assets_tests.worlds.postgres import Server

PACKED = zlib.compress(json.dumps({"who": "C-17850"}).encode()).hex()
TABLES = f"""
CREATE SCHEMA arcana_retail;
CREATE SCHEMA "arcana_Other: 1";
CREATE TABLE arcana_retail.vendas (mes date, cliente text, valor numeric) PARTITION BY RANGE (mes);
CREATE TABLE arcana_retail.vendas_201105 PARTITION OF arcana_retail.vendas
  FOR VALUES FROM ('2011-05-01') TO ('2011-06-01');
INSERT INTO arcana_retail.vendas VALUES ('2011-05-01', 'C-17850', 1), ('2011-05-01', 'C-17851', 2);
CREATE VIEW arcana_retail.atual AS SELECT * FROM arcana_retail.vendas;
CREATE DOMAIN packing AS bytea;
CREATE TABLE "arcana_Other: 1"."a ""table"": x"
  (id int, "the ""column"": y" jsonb, packed bytea, owned packing, parts bytea[], tags text[]);
INSERT INTO "arcana_Other: 1"."a ""table"": x" VALUES
  (1, '{{"tag": "C-17850"}}', decode('{PACKED}', 'hex'), decode('{PACKED}', 'hex'), ARRAY[decode('{PACKED}', 'hex')]);
INSERT INTO "arcana_Other: 1"."a ""table"": x" (id, tags) VALUES (17850, '{{none,C-17850}}');
CREATE TABLE "C-17850 of" ("by 17852" text);
CREATE MATERIALIZED VIEW never AS SELECT * FROM arcana_retail.vendas WITH NO DATA;
"""


@dg.job
def nothing() -> None:
    pass


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as started:
        started.run(TABLES)
        yield started


def begun(server: Server, folder: Path, database: str, role: str = "postgres") -> str:
    """The address of a database that exists, with the storage of a real instance and a run of hers in it."""
    uri = server.uri.replace("postgres@", f"{role}@").removesuffix("/postgres") + f"/{database}"
    storage = {"storage": {"postgres": {"postgres_url": uri.replace("+psycopg", "")}}, "telemetry": {"enabled": False}}
    with dg.DagsterInstance.local_temp(str(folder), storage) as instance:
        run = instance.create_run_for_job(dg.Definitions(jobs=[nothing]).resolve_job_def("nothing"))
        instance.add_run_tags(run.run_id, {"for": "C-17850"})
    return uri


def of_instance(uri: str, served: str = "", beside: Collection[str] = ()) -> Scan:
    done = Scan()
    scan_instance(done, "PostgreSQL", uri, Wanted(["C-17850"]), dagster_tables(), "arcana_retail", served, beside)
    return done


def tables_in(done: Scan) -> set[str]:
    return {each.place.removeprefix("PostgreSQL, table ") for each in done.left}


def looked(uri: str, schema: str = "", kind: Kind = "database") -> Scan:
    done = Scan()
    scan_server(done, kind, "PostgreSQL", uri, Wanted(["C-17850", "17852"]), schema)
    return done


def test_a_customer_is_found_in_every_kind_of_value_once_a_table_and_column(server: Server) -> None:
    done = looked(server.uri)
    other = 'PostgreSQL, table "arcana_Other: 1"."a ""table"": x"'
    assert {(each.place, each.where, each.number, each.times) for each in done.left} == {
        ("PostgreSQL, table arcana_retail.vendas_201105", "column cliente", 1, 1),
        *((other, f"column {name}", 1, 1) for name in ('the "column": y', "packed", "owned", "parts", "tags")),
        ('PostgreSQL, table public."[1] of"', "name", 1, 1),
        ('PostgreSQL, table public."[1] of"', "name", 2, 1),
    }
    assert done.undecoded == []
    assert done.files["database"] == 3
    assert "C-17851" not in repr(done.left)


def test_of_a_database_that_others_use_only_the_schema_of_the_domain_is_read(server: Server) -> None:
    done = looked(server.uri, "arcana_retail")
    assert [each.place for each in done.left] == ["PostgreSQL, table arcana_retail.vendas_201105"]
    assert looked(server.uri, "arcana_b2b").left == []


def test_the_driver_of_the_instance_reads_the_same(server: Server) -> None:
    of_dagster = looked(server.uri.replace("+psycopg:", "+psycopg2:"), kind="instance")
    assert {(each.place, each.where) for each in of_dagster.left} == {
        (each.place, each.where) for each in looked(server.uri).left
    }


def test_a_server_that_is_away_is_undecoded_and_tells_no_secret() -> None:
    done = looked("postgresql+psycopg://arcana:secreta@127.0.0.1:1/nowhere")
    assert [place for place, _ in done.undecoded] == ["PostgreSQL"]
    assert "cannot be read: OperationalError" in done.undecoded[0][1]
    assert "secreta" not in repr(done)


def test_a_table_that_may_not_be_read_whole_is_undecoded_and_the_others_are_read(server: Server) -> None:
    server.run(
        "CREATE SCHEMA guarded; CREATE TABLE guarded.a (who text); CREATE TABLE guarded.b (who text);"
        "CREATE TABLE guarded.c (who text);"
        "INSERT INTO guarded.b VALUES ('C-17850'); INSERT INTO guarded.c VALUES ('C-17850');"
        "ALTER TABLE guarded.b ENABLE ROW LEVEL SECURITY; CREATE ROLE reader LOGIN;"
        "GRANT USAGE ON SCHEMA guarded TO reader; GRANT SELECT ON guarded.b, guarded.c TO reader;"
    )
    done = looked(server.uri.replace("postgres@", "reader@"), "guarded")
    assert [(place, why.removeprefix("PostgreSQL cannot be read: ")) for place, why in done.undecoded] == [
        ("PostgreSQL, table guarded.a", "InsufficientPrivilege"),
        ("PostgreSQL, table guarded.b", "InsufficientPrivilege"),
    ]
    assert [each.place for each in done.left] == ["PostgreSQL, table guarded.c"]


def test_in_the_database_of_an_instance_tables_of_other_programs_are_told_and_not_read(
    server: Server, tmp_path
) -> None:
    """The instance is a real one: the names of its tables are those of this version of Dagster."""
    server.run(
        "CREATE DATABASE shared; \\c shared\n"
        "CREATE TABLE contacts (who text); INSERT INTO contacts VALUES ('C-17850');"
        "CREATE SCHEMA crm; CREATE TABLE crm.runs (who text); INSERT INTO crm.runs VALUES ('C-17850');"
        "CREATE SCHEMA arcana_retail; CREATE TABLE arcana_retail.vendas (who text);"
        "INSERT INTO arcana_retail.vendas VALUES ('C-17850');"
        "CREATE ROLE instance LOGIN; GRANT CREATE ON SCHEMA public TO instance;"
    )
    uri = begun(server, tmp_path, "shared", "instance")
    # The database for BI is this one, by another name of the host and another role, who reads it as that.
    done = of_instance(uri, uri.replace("instance@127.0.0.1", "postgres@localhost"))
    assert done.undecoded == []
    assert tables_in(done) == {"public.run_tags", "public.runs"}
    assert done.of_others == ["PostgreSQL, table crm.runs", "PostgreSQL, table public.contacts"]


def test_schemas_of_other_domains_are_no_tables_of_other_programs(server: Server, tmp_path) -> None:
    server.run(
        "CREATE DATABASE several; \\c several\nCREATE SCHEMA arcana_mall; CREATE TABLE arcana_mall.vendas (who text);"
        "INSERT INTO arcana_mall.vendas VALUES ('C-17850');"
        "CREATE SCHEMA arcana_gone; CREATE TABLE arcana_gone.vendas (who text);"
    )
    done = of_instance(begun(server, tmp_path, "several"), beside=("arcana_b2b", "arcana_mall"))
    assert tables_in(done) == {"public.run_tags", "public.runs"}
    assert done.of_others == ["PostgreSQL, table arcana_gone.vendas"], "of no domain that there is"


@pytest.mark.parametrize("now", ["", "postgres", "nowhere"])
def test_tables_for_bi_that_have_moved_are_read_where_they_once_were(server: Server, tmp_path, now: str) -> None:
    """Now they are files, in another database of the same server, or in one that is away."""
    name = f"moved_{now}"
    server.run(
        f"CREATE DATABASE {name}; \\c {name}\nCREATE SCHEMA arcana_retail;"
        "CREATE TABLE arcana_retail.vendas (who text); INSERT INTO arcana_retail.vendas VALUES ('C-17850');"
    )
    done = of_instance(begun(server, tmp_path, name), now and server.uri.removesuffix("postgres") + now)
    assert done.undecoded == []
    assert tables_in(done) == {"public.run_tags", "public.runs", "arcana_retail.vendas"}
    assert {each.kind for each in done.left if "vendas" in each.place} == {"database"}
    assert done.of_others == []


def test_a_schema_that_is_made_later_and_stands_first_hides_no_table_of_the_instance(server: Server, tmp_path) -> None:
    """One named as the role: PostgreSQL looks there first, and goes on to `public`, as Dagster does."""
    server.run("CREATE DATABASE later;")
    uri = begun(server, tmp_path, "later")
    server.run(
        "\\c later\nCREATE SCHEMA postgres; CREATE TABLE postgres.contacts (who text);"
        "CREATE TABLE postgres.runs (who text); INSERT INTO postgres.runs VALUES ('C-17850');"
    )
    done = of_instance(uri)
    assert done.undecoded == []
    assert tables_in(done) == {"public.run_tags", "public.runs", "postgres.runs"}
    assert done.of_others == ["PostgreSQL, table postgres.contacts"]


@pytest.mark.parametrize("path", ["elsewhere", "elsewhere,crm"])
def test_an_instance_of_which_no_table_is_found_is_no_clean_one(server: Server, tmp_path, path: str) -> None:
    name = f"unfound_{len(path)}"
    server.run(f"CREATE DATABASE {name}; \\c {name}\nCREATE SCHEMA crm; CREATE TABLE crm.contacts (who text);")
    uri = begun(server, tmp_path, name)
    done = of_instance(f"{uri}?options=-csearch_path%3D{path}")
    assert [place for place, _ in done.undecoded] == ["PostgreSQL"]
    assert "none of its tables is in a schema of the search path" in done.undecoded[0][1]
    assert {"PostgreSQL, table crm.contacts", "PostgreSQL, table public.runs"} <= {*done.of_others}


@pytest.mark.parametrize("uri", ["postgresql+psycopg://h:secreta/x", "secreta", "nosuch://secreta@h/x"])
def test_an_address_that_is_none_is_undecoded_without_repeating_it(uri: str) -> None:
    done = looked(uri)
    assert len(done.undecoded) == 1
    assert "secreta" not in repr(done)


@pytest.mark.slow
def test_the_proof_tells_of_the_storage_of_dagster_on_a_server(world, monkeypatch, server: Server) -> None:
    server.run(
        f"CREATE DATABASE dagster; \\c dagster\nCREATE TABLE runs (tags text); INSERT INTO runs VALUES ('{HER}');"
        "CREATE SCHEMA arcana_mall; CREATE TABLE arcana_mall.vendas (who text);"
        f"CREATE TABLE contacts (who text); INSERT INTO contacts VALUES ('{HER}');"
    )
    monkeypatch.setenv("ARCANA_DAGSTER_POSTGRES_URL", server.uri.removesuffix("/postgres") + "/dagster")
    assert not world.erase(HER).succeeded
    told = json.loads((world.platform.root / "lake/retail/published/provas_de_eliminacao/R1.json").read_text())
    assert ("instance", "PostgreSQL of Dagster, table public.runs", "column tags") in {
        (each["kind"], each["place"], each["where"]) for each in told["places"]
    }
    assert told["scan"]["files"]["instance"] > 1
    assert "contacts" not in json.dumps(told["places"])
    assert told["scan"]["of_others"] == ["PostgreSQL of Dagster, table public.contacts"]
    page = (world.platform.root / "lake/retail/published/provas_de_eliminacao/R1.html").read_text()
    assert "Tabelas de outros programas" in page

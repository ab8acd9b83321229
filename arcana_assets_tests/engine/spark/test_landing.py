"""Bronze of files that Spark reads is that of files that DuckDB reads, whatever is in them.

Slow: a server of Spark takes ten seconds to begin, and each of its statements one.
"""

import gzip
import random
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.deployment import Deployment
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import Bounds
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.spark.engine import SparkEngine
from arcana_assets.erasure.register import open_register
from arcana_assets.erasure.rewriting import rewrite
from arcana_assets.graph import spec
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.rows import RunAgain
from arcana_assets.landing.erased import raw_holders
from arcana_assets.landing.files import elsewhere as elsewheres
from arcana_assets.landing.files.elsewhere import Elsewhere
from arcana_assets.landing.files.inventory import list_files
from arcana_assets.landing.files.landed import Landed
from arcana_assets.landing.zone import LandingChanged
from arcana_assets_tests.landing.drops import Drop, csv
from arcana_assets_tests.worlds.platform import Platform
from arcana_assets_tests.worlds.shop import DECEMBER, FEBRUARY, HEADER, JANUARY, Shop, checks, failure, line
from arcana_assets_tests.worlds.spark import SparkServer

pytestmark = pytest.mark.slow

FINE = ["a", "", '"a"', '"a,b"', '"a""b"', '""', '" a "', 'a"b', '"a"""', "é", " a", "a ", "#", "a b", "'", "\\"]
ODD = ['"a" ', ' "a"', '"a"b', '"a', '"""', '""a', "\x00", "\x85", '"\r"', "a\rb", "\ufeff", '"a\\"', '\t"a"']
ENDS = ["\n", "\r\n"]


def nasty(seed: int, count: int, encoding: str) -> dict[str, bytes]:
    """Files of three columns: some are fine, of some one value in thirty is odd, of some every other."""
    chance, files = random.Random(seed), {}
    for number in range(count):
        end, odd, spans = chance.choice(ENDS), chance.choice([0, 0, 0.03, 0.3]), chance.random() < 0.5
        rows = ["code,name,price"]
        for row in range(chance.randint(1, 6)):
            if chance.random() < 0.1:
                rows.append("")
            width = 3 if chance.random() >= odd else chance.choice([2, 4])
            fields = [chance.choice(ODD if chance.random() < odd else FINE) for _ in range(width - 1)]
            if spans:
                fields[-1] = f'"a{chance.choice([end, end, end * 2])}b"'
            rows.append(",".join([f"{number}-{row}", *fields]))
        text = end.join(rows) + chance.choice([end, end, "", end * 2])
        mark = "\ufeff" if encoding == "utf-8" and chance.random() < 0.1 else ""
        content = (mark + text).encode(encoding, "replace")
        if chance.random() < 0.05:
            content = content.replace(b"a b", b"a\xff\xc3(b")
        if number % 20 == 7:
            files[f"{number}.csv.gz"] = gzip.compress(content, mtime=0)
        else:
            files[f"{number}.csv"] = content
    return files


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_files_give_the_rows_records_and_faults_that_they_give_here(
    encoding: str,
    tmp_path: Path,
    engine: Engine,
    lake: Lake,
    spark_engine: SparkEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drop = Drop(tmp_path / "landing", engine, csv(encoding=encoding))
    for name, content in nasty(5, 60, encoding).items():
        drop.put(name, content)
    drop.put("no rows.csv", b"code,name,price\n")
    drop.put("more.csv", b"code,name,price,Note\n1,a,2,x\n")
    drop.put("more 2.csv", b'code,name,note,Price "%25"\n1,a,y,z\n')
    drop.put("a [1].csv", b"code,name,price\n1,a,2\n")
    drop.put("not one.csv", b"\x00\x01")
    drop.put("ação +%20.csv", b'code,name,price\n1,"a\nb",2\n')
    # Small files are read in pieces, too, and again where their values span lines.
    monkeypatch.setattr(elsewheres, "PIECE", 80)
    months, known = [JANUARY, FEBRUARY], ["NOTE", "month"]
    here = _landed(drop, lake, months, known)
    expected = passed(here)
    with closing(Elsewhere(spark_engine, drop.reader(), "UTC")) as elsewhere:
        there = _landed(drop, lake, months, known, elsewhere)
        assert passed(there, spark_engine) == expected
        assert there.records == here.records
        assert there.unread == here.unread
        names = {file.path.removeprefix("products/") for file in there.records.keys() - elsewhere.here.keys()}
    assert names >= {"no rows.csv", "more.csv", "more 2.csv", "ação +%20.csv"}
    assert len(names) > 30
    assert "a [1].csv" not in names


def _landed(drop: Drop, lake: Lake, months: list[date], known: list[str], elsewhere: Elsewhere | None = None) -> Landed:
    reader = drop.reader()
    listing = list_files(reader, "shop", "UTC", lake)
    bounds = Bounds(DECEMBER, date(2011, 3, 1))
    return Landed(reader, listing, months, bounds, "UTC", known, elsewhere=elsewhere)


def passed(landed: Landed, events: SparkEngine | None = None) -> list[str]:
    """All rows in an order of their own, made again where the stream says so, as the lake does."""
    while True:
        try:
            away, stream = landed.parts()
            rows = stream.read_all().to_pylist()
        except RunAgain:
            continue
        if events is not None:
            assert away is not None
            rows += events.small(away).to_pylist()
        return sorted(repr(sorted((name, value) for name, value in row.items() if value is not None)) for row in rows)


@dataclass
class OnEvents(Platform):
    """A platform whose tables of events are computed by the engine at a uri, or by DuckDB."""

    events: str = ""

    @property
    def deployment(self) -> Deployment:
        return replace(super().deployment, event_engine=self.events)


@pytest.fixture
def shops(tmp_path: Path, spark_server: SparkServer, monkeypatch: pytest.MonkeyPatch):
    """One without Spark, one with it."""
    monkeypatch.setattr(spec, "RETRIES", dg.RetryPolicy(max_retries=0))
    with dg.DagsterInstance.ephemeral() as instance:
        yield [
            Shop(OnEvents(tmp_path / name, instance, events=uri))
            for name, uri in {"here": "", "there": spark_server.uri}.items()
        ]


def bronze(shop: Shop, first: date = DECEMBER, last: date = FEBRUARY) -> dg.ExecuteInProcessResult:
    return shop.run([("retail", "bronze", "transactions")], first, last)


def same(shops: list[Shop]) -> bool:
    """Whether bronze and the inventory are, but for stamps, which are of files of their own."""
    tables = []
    for shop in shops:
        inventory = shop.platform.table("landing", "transactions").drop_columns(["stamp", "unread"]).to_pylist()
        columns = shop.platform.lake.open(("retail", "bronze", "transactions")).schema().to_arrow()
        rows = shop.platform.rows("bronze", "transactions")
        tables.append(([str(field) for field in columns], rows, sorted(inventory, key=repr)))
    return tables[0] == tables[1]


def test_bronze_of_files_new_known_broken_mended_and_gone_is_the_same(shops: list[Shop]) -> None:
    more = HEADER.replace("Country", "Country,Note")
    for shop in shops:
        shop.deliver("1.csv", line(1, "12/30/2010"), line(2, "1/31/2011"), line(3, "soon"))
        shop.deliver("2.csv", line(4, "1/31/2011"), "5,too,few\n", line(6, "2/1/2011"))
        shop.deliver("3.csv", line(7, "2/2/2011").replace("LAMP", '"LAMP\nblue é"'), line(8, "5/1/2012"))
        shop.deliver("4.csv", line(9, "2/2/2011").replace("France\n", "France,x\n"), header=more)
        shop.deliver("5.csv", line(10, "12/2/2010").replace("France\n", "France,y\n"), header=more.upper())
        shop.deliver("6.csv", "").write_bytes(b"no table")
        shop.deliver(
            "7.csv", line(11, "12/2/2010"), line(12, "12/3/2010").replace("LAMP", '"LAMP'), line(13, "2/2/2011")
        )
    results = [bronze(shop) for shop in shops]
    assert [result.success for result in results] == [True, True]
    assert same(shops)
    for shop in shops:
        shop.deliver(
            "6.csv", line(14, "1/2/2011").replace("France\n", "France,z\n"), header=more.replace("Note", "NOTE")
        )
        (shop.platform.landing / "transactions" / "5.csv").write_bytes(b"spoilt")
        (shop.platform.landing / "transactions" / "2.csv").rename(shop.platform.landing / "transactions" / "8.csv")
    results = [bronze(shop, DECEMBER, JANUARY) for shop in shops]
    assert same(shops)
    said = [{name: (check.passed, check.description) for name, check in checks(result).items()} for result in results]
    assert said[0] == said[1]
    for shop in shops:
        for name in ("1.csv", "3.csv", "4.csv", "6.csv", "7.csv", "8.csv"):
            (shop.platform.landing / "transactions" / name).unlink()
        shop.deliver("1.csv", line(1, "12/30/2010"))
    told = [failure(bronze(shop)) for shop in shops]
    assert all("Nothing was replaced. Deliver the files again" in each for each in told)
    assert same(shops)


def test_a_file_that_goes_or_changes_while_spark_reads_it_ends_the_run(
    tmp_path: Path, engine: Engine, lake: Lake, spark_engine: SparkEngine
) -> None:
    drop = Drop(tmp_path / "landing", engine, csv())
    paths = [drop.put(name, b"code,name,price\n1,a,2\n") for name in ("a.csv", "b.csv")]
    with closing(Elsewhere(spark_engine, drop.reader(), "UTC")) as elsewhere:
        landed = _landed(drop, lake, [JANUARY], [], elsewhere)
        away, stream = landed.parts()
        assert away is not None
        paths[0].write_bytes(b"code,name,price\n1,a,3\n")
        with pytest.raises(LandingChanged, match="changed while it was read"):
            stream.read_all()
    with closing(Elsewhere(spark_engine, drop.reader(), "UTC")) as elsewhere:
        landed = _landed(drop, lake, [JANUARY], [], elsewhere)
        paths[0].unlink()
        with pytest.raises(LandingChanged, match="changed while it was read"):
            landed.parts()


def test_rows_of_customers_in_the_register_never_enter_bronze_with_either_engine(
    shops: list[Shop], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", "a key of the tests, of more than 32 characters")
    for shop in shops:
        shop.deliver(
            "1.csv", line(1, "12/30/2010"), line(2, "1/31/2011"), line(3, "1/3/2011").replace("17850", "17851")
        )
        assert bronze(shop).success
        register = open_register("retail", shop.platform.lake, engine)
        register.with_ids(["17850"], "R1", JANUARY, "a run").write(shop.platform.lake, engine, "a run")
        key = ("retail", "bronze", "transactions")
        contract = load_domain(DEFS / "retail").sources["transactions"]
        register = open_register("retail", shop.platform.lake, engine)
        rewrite(shop.platform.lake, key, raw_holders(contract), register, engine, "a run", counted=True)
        assert shop.orders("bronze") == ["3"]
        # Again in a new file, in another spelling, and in a line that is no row.
        old = [line(4, "1/4/2011"), line(5, "1/5/2011").replace("17850", " 17850 "), "6,bad,17850\n"]
        shop.deliver("old.csv", *old, line(7, "1/6/2011").replace("17850", "17852"))
    results = [bronze(shop) for shop in shops]
    assert [result.success for result in results] == [True, True]
    assert [shop.orders("bronze") for shop in shops] == [["3", "7"]] * 2
    assert same(shops)
    said = [checks(result)["every_row_landed"] for result in results]
    assert [(each.passed, each.metadata["erased"].value) for each in said] == [(True, 5)] * 2
    assert said[0].description == said[1].description

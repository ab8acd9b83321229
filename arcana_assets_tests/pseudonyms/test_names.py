"""Names under a key, tables under these names and back again, and what the lake keeps of it."""

import time

import ibis
import pyarrow as pa
import pytest

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.erasure.register import Register
from arcana_assets.graph.lineage import column_lineage
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.reader import LOOKS_EVERY, Part
from arcana_assets.lake.reading import table_of
from arcana_assets.pseudonyms.kept import MixedNames, begin, names_of, refuse_left
from arcana_assets.pseudonyms.key import AnotherKey, NoKey
from arcana_assets.pseudonyms.names import Columns, Names, Naming
from arcana_assets.pseudonyms.reader import Owned, OwnersReader
from arcana_assets.pseudonyms.renamed import Owners, owned, pseudonymous
from arcana_assets_tests.erasure.conftest import KEY

NAMES = Names("retail", KEY.encode())
CODES = ["C1", "C2", "C3"]
COLUMNS = Columns(("customer_id",), ("typical",))


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def lake(tmp_path):
    return Lake(root=str(tmp_path / "lake"))


def written(lake, engine, layer="silver", name="sales", codes=CODES):
    lake.write(("retail", layer, name), pa.table({"customer_id": codes}), None, engine=engine, run_id="r")


def test_a_pseudonym_is_the_same_each_time_and_another_in_each_domain_and_under_each_key():
    said = NAMES.of("C1")
    assert said == Names("retail", KEY.encode()).of("C1")
    assert (len(said), said.isalnum(), said.lower()) == (26, True, said)
    others = {NAMES.of("C2"), Names("b2b", KEY.encode()).of("C1"), Names("retail", KEY[1:].encode()).of("C1")}
    assert len({said, *others}) == 4
    assert KEY not in repr(NAMES)
    # The register of the erased hashes under the same key: the two cannot be laid beside each other.
    assert Register("retail", KEY.encode(), ()).hmac_of("C1")[:8] not in NAMES.of_all(pa.array(["C1"])).to_pylist()[0]


def test_rows_go_by_pseudonyms_and_by_codes_again(lake, engine):
    written(lake, engine)
    rows = ibis.memtable(
        pa.table(
            {
                "n": [1, 2, 3, 4],
                "customer_id": ["C2", None, "C1", "C2"],
                "typical": ["C1, C2", None, "C3", "C1, C2"],
            }
        )
    )
    hidden = pseudonymous(rows, COLUMNS, NAMES, engine)
    a, b, c = (NAMES.of(code) for code in CODES)
    found = engine.backend.to_pyarrow(hidden.order_by("n"))
    assert found.schema.names == ["n", "customer_id", "typical"]
    assert found["customer_id"].to_pylist() == [b, None, a, b]
    assert found["typical"].to_pylist() == [f"{a}, {b}", None, c, f"{a}, {b}"]
    assert KEY not in engine.backend.to_sql(hidden)
    owners = Owners(lake, NAMES, {"sales": ("customer_id",), "never_written": ("customer_id",)})
    back = owned(hidden, COLUMNS, owners, engine)
    assert engine.backend.to_pyarrow(back.order_by("n")).to_pylist() == engine.backend.to_pyarrow(rows).to_pylist()


def test_what_is_no_pseudonym_stays_and_new_customers_of_silver_are_known(lake, engine):
    written(lake, engine)
    owners = Owners(lake, NAMES, {"sales": ("customer_id",)})
    rows = ibis.memtable(pa.table({"customer_id": ["A77", NAMES.of("C9"), NAMES.of("C1")]}))
    first = engine.backend.to_pyarrow(owned(rows, COLUMNS, owners, engine))["customer_id"].to_pylist()
    assert sorted(first) == sorted(["A77", NAMES.of("C9"), "C1"])
    written(lake, engine, codes=[*CODES, "C9"])
    then = engine.backend.to_pyarrow(owned(rows, COLUMNS, owners, engine))["customer_id"].to_pylist()
    assert sorted(then) == ["A77", "C1", "C9"]


def test_the_lineage_of_a_renamed_column_is_that_of_silver(lake, engine):
    written(lake, engine)
    rows = lake.read(("retail", "silver", "sales"), None, engine)
    said = column_lineage(pseudonymous(rows, COLUMNS, NAMES, engine), table_of)
    assert said == {"customer_id": {(("retail", "silver", "sales"), "customer_id")}}


def test_a_code_or_a_pseudonym_is_known_by_both(lake, engine):
    written(lake, engine)
    owners = Owners(lake, NAMES, {"sales": ("customer_id",)})
    both = {"C1", NAMES.of("C1")}
    assert owners.both({"C1"}, engine) == owners.both({NAMES.of("C1")}, engine) == both
    written(lake, engine, codes=["C2"])  # erased from silver: what is known of her goes on
    assert owners.both(both, engine) == both


def test_another_key_or_none_is_refused_and_nothing_is_written(lake, monkeypatch):
    monkeypatch.delenv("ARCANA_PSEUDONYM_KEY")
    with pytest.raises(NoKey, match="pseudonyms beyond silver, and ARCANA_PSEUDONYM_KEY is not set"):
        begin("retail", lake, "r")
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", KEY)
    assert begin("retail", lake, "r") == names_of("retail", lake) == NAMES
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", KEY + " no more")
    with pytest.raises(AnotherKey, match="under two keys") as refused:
        begin("retail", lake, "r")
    assert KEY not in str(refused.value)


def test_codes_and_pseudonyms_are_never_mixed(lake, engine):
    refuse_left("retail", lake)
    written(lake, engine, "gold", "customer_360")
    with pytest.raises(MixedNames, match="was made with the codes"):
        begin("retail", lake, "r")
    assert begin("b2b", lake, "r")
    with pytest.raises(MixedNames, match="no `pseudonyms: true` any more"):
        refuse_left("b2b", lake)


def test_the_tag_of_a_step_is_read_as_it_was_written():
    said = Naming("people", {"sales": ("customer_id", "card_id")})
    assert Naming.heard(said.told()) == said
    assert Columns.heard(COLUMNS.told()) == COLUMNS


def test_a_reader_of_owners_knows_lists_and_whom_silver_has_since(lake, engine, monkeypatch):
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", KEY)
    begin("retail", lake, "r")
    written(lake, engine)
    key = ("retail", "gold", "profiles")
    names = ", ".join(map(NAMES.of, ("C3", "C1", "C9")))
    rows = pa.table({"customer_id": [NAMES.of("C2"), None], "typical": [names, None], "n": [1, 2]})
    lake.write(key, rows, None, engine=engine, run_id="r")
    reader = OwnersReader(lake.root, {"retail": Owned({key: COLUMNS}, {"sales": ("customer_id",)})}, threads=1)
    try:
        said = reader.rows("SELECT * FROM p ORDER BY n", {"p": Part(key)}).to_pylist()
        assert said == [
            {"customer_id": "C2", "typical": f"C3, C1, {NAMES.of('C9')}", "n": 1},
            {"customer_id": None, "typical": None, "n": 2},
        ]
        written(lake, engine, codes=[*CODES, "C9"])
        time.sleep(LOOKS_EVERY)
        [row, _] = reader.rows("SELECT typical FROM p ORDER BY n ", {"p": Part(key)}).to_pylist()
        assert row["typical"] == "C3, C1, C9"
        with reader.shell({key: None}) as shell:
            assert shell.table("SELECT customer_id FROM gold.profiles WHERE n = 1")[0].to_pylist() == [NAMES.of("C2")]
    finally:
        reader.close()

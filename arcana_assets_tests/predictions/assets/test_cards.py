"""Cards of models through Dagster: files a month, the same bytes again, groups as they were, nothing of a person.

Slow: each of these tests computes months of a domain.
"""

import json
import re
from datetime import date
from types import SimpleNamespace

import dagster as dg
import ibis
import numpy as np
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph import spec as spec_module
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.predictions.assets.cards import _Tables
from arcana_assets_tests.worlds.loyalty import START
from arcana_assets_tests.worlds.predictions import EVERYTHING, Shop, sales_of

pytestmark = pytest.mark.slow

CARDS = ("published_cartoes_dos_modelos",)


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(spec_module, "RETRIES", dg.RetryPolicy(max_retries=0))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Seven months of predictions, and a segment of each customer: three of them are in one of their own."""
    shop = Shop(tmp_path_factory.mktemp("cards"))
    shop.deliver_sales(sales_of(), 7)
    assert shop.run(0, 6, EVERYTHING).success
    everyone = shop.table("feature_matrix")[["customer_id", "month"]]
    number = everyone["customer_id"].str[1:].astype(int)
    persona = np.where(number < 3, "03-<b>Raros</b>", np.where(number % 2 == 0, "01-Pares & Cia", "02-Ímpares"))
    segments = everyone.assign(segmentation="value", segment_id=1, persona=persona)
    months = [shifted(START, step) for step in range(7)]
    shop.write("segments", segments, months)
    codes = [f"c{at:03}" for at in range(300)]
    listed = pd.DataFrame([(code, month) for month in months for code in codes], columns=["customer_id", "month"])
    listed["gender"] = np.where(listed["customer_id"].str[1:].astype(int) % 3 == 0, "F", "M")
    shop.lake.write(("retail", "silver", "customers"), listed, months, engine=shop.engine, run_id="world")
    return shop


def files(shop, month="2011-06"):
    folder = shop.root / "lake" / "retail" / "published" / "cartoes_dos_modelos" / month
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_card_is_a_page_and_its_json_and_made_again_it_is_the_same_to_the_byte(shop):
    assert shop.run(6, names=CARDS).success
    found = files(shop)
    assert list(found) == ["volta.html", "volta.json"]
    assert shop.run(6, names=CARDS).success
    assert files(shop) == found
    told = json.loads(found["volta.json"])["horizons"][0]
    evaluation = shop.table("prediction_evaluation", 6)
    assert {row["candidate"] for row in told["candidates"]} == set(evaluation["candidate"])
    assert told["champion"] == evaluation.loc[evaluation["serves"], "candidate"].iloc[0]
    assert told["training"]["digest"] == shop.models()["digest"].iloc[6]
    said = shop.table("predictions", 6)
    assert told["customers"] == len(said)
    assert told["expected"] == pytest.approx(said["probability"].sum())
    assert "03-&lt;b&gt;" not in found["volta.html"].decode()  # three customers could be recognised
    assert "01-Pares &amp; Cia" in found["volta.html"].decode() or told["groups"][0]["group"] != "01-Pares & Cia"


def test_groups_are_of_what_was_said_then_and_of_what_came_since(shop):
    assert shop.run(6, names=CARDS).success
    told = json.loads(files(shop)["volta.json"])["horizons"][0]
    assert told["groups_of"] == "2011-05-01"
    then, sales = shop.table("predictions", 5), sales_of()
    came = set(sales.loc[sales["month"] == shifted(START, 6), "customer_id"])
    shown = {row["group"]: row for row in told["groups"] if row["dimension"] == "segment"}
    assert sum(row["n"] for row in told["groups"] if row["dimension"] == "gender") == len(then)
    assert len(shown) == 1  # the small one, and with it the smaller of the others
    (name,) = shown
    number = then["customer_id"].str[1:].astype(int)
    mine = then[(number >= 3) & ((number % 2 == 0) == (name == "01-Pares & Cia"))]
    assert shown[name]["n"] == len(mine)
    assert shown[name]["said"] == pytest.approx(mine["probability"].mean())
    assert shown[name]["came"] == pytest.approx(mine["customer_id"].isin(came).mean())


def test_no_customer_is_named_in_a_card(shop):
    assert shop.run(6, names=CARDS).success
    for content in files(shop).values():
        text = content.decode()
        codes = set(shop.table("predictions", 6)["customer_id"])
        assert [code for code in codes if re.search(rf"\b{code}\b", text)] == []


def test_a_month_of_which_nothing_is_known_yet_has_a_card_that_says_so(shop):
    assert shop.run(0, names=CARDS).success
    found = files(shop, "2010-12")
    assert json.loads(found["volta.json"])["horizons"][0]["champion"] is None
    assert "Nada se prevê ainda" in found["volta.html"].decode()


def test_what_was_said_while_a_month_was_open_is_not_compared_as_if_it_were_its_own(shop):
    said, months = shop.table("predictions", 5), [shifted(START, 5)]
    shop.write("predictions", said.assign(made_in=shifted(START, 4)), months)
    try:
        assert shop.run(6, names=CARDS).success
        assert json.loads(files(shop)["volta.json"])["horizons"][0]["groups"] == []
    finally:
        shop.write("predictions", said, months)


def test_age_and_gender_are_read_for_the_audit_where_the_domain_has_them():
    spec = DomainSpec(load_domain(DEFS / "mall"), DEFS / "mall")
    now = date(2024, 6, 1)
    members = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "old"],
            "month": [now, now, now, date(2024, 5, 1)],
            "birth_year": pd.array([1990, None, 1950, 1990], dtype="Int64"),
            "gender": ["F", "M", None, "F"],
        }
    )
    engine = Engine(threads=1)
    customers = pd.DataFrame({"customer_id": ["a"], "month": [now], "region": ["Sul"]})
    tables = {
        "customer_360": ibis.memtable(customers),
        "segments": ibis.memtable(
            pd.DataFrame(
                {
                    "customer_id": ["a", "a"],
                    "month": [now, now],
                    "segmentation": [spec.domain.segmentations[0].name, "other"],
                    "persona": ["VIP", "x"],
                }
            )
        ),
        **{name: ibis.memtable(members) for name in spec.silvers("customers")},
    }
    groups = _Tables(spec, SimpleNamespace(), engine, tables)._attributes(now, now)
    told = {name: _groups_of(engine, table) for name, table in groups.items()}
    assert told["segment"] == {"a": "VIP"}
    assert told["region"] == {"a": "Sul"}
    assert told["gender"] == {"a": "F", "b": "M", "c": None}
    assert told["age"] == {"a": 1990, "b": None, "c": 1950}
    features = {name for each in spec.domain.predictions for name in each.features}
    assert not features & {"gender", "birth_year", "age"}


def _groups_of(engine, table):
    return {row["customer_id"]: row["group"] for row in engine.backend.to_pyarrow(table).to_pylist()}

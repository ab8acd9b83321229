"""Models as a chain of months: a night scores, a month that is over is fitted, and what was promoted stays promoted.

Slow: each of these tests computes months of a domain.
"""

import random
import shutil
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.segmentation.models.month import decision_of_month, passes
from arcana_assets_tests.worlds.platform import Platform
from arcana_assets_tests.worlds.shop import failure

pytestmark = pytest.mark.slow

DECEMBER, JANUARY, FEBRUARY = date(2010, 12, 1), date(2011, 1, 1), date(2011, 2, 1)
MODEL = dg.AssetKey(["retail", "models", "value"])


@pytest.fixture(scope="module")
def shop(make_platform: Callable[[], Platform], tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """The shipped segmentations, without the programme and the lists that are made of them."""
    platform = make_platform()
    platform.folder = tmp_path_factory.mktemp("defs")
    shutil.copytree(DEFS / "retail", platform.folder / "retail")
    defs = yaml.safe_load((DEFS / "retail" / "defs.yaml").read_text(encoding="utf-8"))
    defs["attributes"]["programmes"] = []
    del defs["attributes"]["recommendations"]
    (platform.folder / "retail" / "defs.yaml").write_text(yaml.safe_dump(defs, sort_keys=False), encoding="utf-8")
    write_retail_drop(platform.landing, customers=150, months=2, seed=7)
    assert platform.refresh(DECEMBER, JANUARY, published=False).succeeded
    return platform


def fit(shop: Platform, month: date, as_of: str, **config: bool) -> dg.ExecuteInProcessResult:
    """The model of a month alone, as the UI does it."""
    job = dg.define_asset_job("model_alone", dg.AssetSelection.assets(MODEL))
    definitions = dg.Definitions.merge(shop.definitions, dg.Definitions(jobs=[job]))
    return definitions.resolve_job_def("model_alone").execute_in_process(
        instance=shop.instance,
        partition_key=month.isoformat(),
        tags={"arcana/as_of": as_of},
        run_config={"ops": {"retail_model_value": {"config": config}}} if config else None,
        raise_on_error=False,
    )


def row(shop: Platform, month: date) -> dict[str, object]:
    (found,) = shop.table("models", "value", month).to_pylist()
    return found


def test_a_month_that_is_over_is_fitted_on_itself(shop: Platform) -> None:
    assert (row(shop, DECEMBER)["outcome"], row(shop, DECEMBER)["fitted_month"]) == ("first", DECEMBER)
    assert row(shop, JANUARY)["fitted_month"] == JANUARY
    tried = shop.table("gold", "segmentation_selection", JANUARY)
    tried = tried.filter(pc.equal(tried["segmentation"], "value"))
    assert pc.sum(tried["chosen"]).as_py() == 1
    assert tried.num_rows >= 3
    serves = row(shop, JANUARY)["outcome"] in ("first", "replaced", "promoted")
    assert pc.sum(tried["serves"]).as_py() == int(serves)


def test_every_customer_knows_what_a_move_is_due_to(shop: Platform) -> None:
    segments = shop.table("gold", "segments", JANUARY).to_pylist()
    assert {each["move"] for each in segments} <= {"nova", "nenhuma", "comportamento", "modelo", "ambos"}
    for each in segments:
        assert (each["move"] == "nova") == (each["previous_segment_id"] is None)
        assert (each["move"] == "nenhuma") == (each["previous_segment_id"] == each["segment_id"])
        assert each["move"] != "modelo" or each["behaviour_segment_id"] == each["previous_segment_id"]


def test_a_night_of_the_open_month_scores_with_the_model_of_the_month_before(shop: Platform) -> None:
    over = row(shop, JANUARY)
    assert fit(shop, JANUARY, "2011-01-20T02:00:00+00:00").success
    night = row(shop, JANUARY)
    assert (night["outcome"], night["fitted_month"]) == ("scored", DECEMBER)
    assert night["model"] == row(shop, DECEMBER)["model"]
    assert fit(shop, JANUARY, "2011-03-01T00:00:00+00:00").success
    assert row(shop, JANUARY) == over


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The months that are decided rather than taken as they are."""
    months = list[date]()

    def counted(segmentation, everyone, before, month, **how):
        months.append(month)
        return decision_of_month(segmentation, everyone, before, month, **how)

    monkeypatch.setattr("arcana_assets.segmentation.assets.models.decision_of_month", counted)
    return months


def spoil(shop: Platform, layer: str, name: str, month: date, column: str, value: object) -> pa.Table:
    """Puts a value into the first row of a month; what was there before."""
    kept = shop.table(layer, name, month)
    rows = kept.to_pylist()
    rows[0][column] = value
    changed = pa.Table.from_pylist(rows, schema=kept.schema)
    shop.lake.write(("retail", layer, name), changed, [month], engine=Engine(), run_id="changed")
    return kept


def test_a_month_with_the_inputs_of_its_row_is_not_fitted_again_and_would_be_the_same(
    shop: Platform, decided: list[date]
) -> None:
    later, there = "2011-03-01T00:00:00+00:00", row(shop, JANUARY)
    done = fit(shop, JANUARY, later)
    assert (decided, row(shop, JANUARY)) == ([], there)
    passed = {each.check_name: each.passed for each in done.get_asset_check_evaluations()}
    assert passed["a_clustering_passes_the_gate"] is passes(there)
    spoil(shop, "models", "value", JANUARY, "inputs_digest", None)
    assert fit(shop, JANUARY, later).success
    assert (decided, row(shop, JANUARY)) == ([JANUARY], there)


def test_another_feature_of_one_customer_or_another_model_before_fits_the_month_again(
    shop: Platform, decided: list[date]
) -> None:
    later, there = "2011-03-01T00:00:00+00:00", row(shop, JANUARY)
    features = spoil(shop, "gold", "feature_matrix", JANUARY, "monetary", 12_345.0)
    fit(shop, JANUARY, later)
    assert decided == [JANUARY]
    assert row(shop, JANUARY)["model"] != there["model"]
    key = ("retail", "gold", "feature_matrix")
    shop.lake.write(key, features, [JANUARY], engine=Engine(), run_id="repair")
    before = row(shop, DECEMBER)["model"]
    model = spoil(shop, "models", "value", DECEMBER, "model", str(before).replace('"seed": 7', '"seed": 8'))
    fit(shop, JANUARY, later)
    assert decided == [JANUARY, JANUARY]
    shop.lake.write(("retail", "models", "value"), model, [DECEMBER], engine=Engine(), run_id="repair")
    fit(shop, JANUARY, later)
    assert (decided, row(shop, JANUARY)) == ([JANUARY] * 3, there)


KINDS = ((1, 4, 10), (6, 26, 120), (14, 29, 1_500), (2, 15, 9_000))
"""Orders in a month, the day of the last one, and about what one costs."""


def deliver_kinds(folder: Path, months: dict[date, Sequence[tuple[int, int, int]]]) -> None:
    """Sales of forty customers of each kind in each month, in the layout of the real file."""
    folder.mkdir(parents=True)
    draw = random.Random(5)
    lines, invoice = ["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"], 536_365
    for month, kinds in months.items():
        for kind, (orders, last, price) in enumerate(kinds):
            for customer in range(40):
                for order in range(max(1, orders + draw.choice((-1, 0, 0, 1)) * (orders > 2))):
                    day, cost = max(1, last - order - draw.randrange(2)), price * draw.uniform(0.7, 1.4)
                    at = f"{month.month}/{day}/{month.year} 10:30"
                    lines.append(f"{invoice},85123A,LAMP,1,{at},{cost:.2f},{1_000 * (kind + 1) + customer},France")
                    invoice += 1
    (folder / "sales.csv").write_text("\n".join(lines) + "\n", encoding="latin-1")


@pytest.fixture(scope="module")
def strict(make_platform: Callable[[], Platform], tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """A shop with one segmentation, that looks back one month; in January a fourth kind of customers comes."""
    platform = make_platform()
    platform.folder = tmp_path_factory.mktemp("strict")
    shutil.copytree(DEFS / "retail", platform.folder / "retail")
    defs = yaml.safe_load((DEFS / "retail" / "defs.yaml").read_text(encoding="utf-8"))
    domain = defs["attributes"]
    domain |= {"lookback_months": 1, "segmentations": domain["segmentations"][:1], "combinations": [], "programmes": []}
    domain.pop("warehouse")  # it names columns of segmentations that are not here
    value = domain["segmentations"][0]
    for name in ("personas", "share_limits"):
        del value[name]
    value |= {"k": [3, 5], "refit": {"maximum_moves": 0, "better_by": 0}}
    for named in ("never", "requires", "limits"):
        domain["recommendations"].pop(named, None)
    (platform.folder / "retail" / "defs.yaml").write_text(yaml.safe_dump(defs, sort_keys=False), encoding="utf-8")
    deliver_kinds(platform.landing / "transactions", {DECEMBER: KINDS[:3], JANUARY: KINDS, FEBRUARY: KINDS})
    assert platform.refresh(DECEMBER, FEBRUARY, published=False).succeeded
    return platform


def test_who_waits_waits_on_while_nothing_is_fitted_and_the_check_says_so(strict: Platform) -> None:
    january = row(strict, JANUARY)
    assert january["challenger"] is not None, january["reason"]
    done = fit(strict, FEBRUARY, "2011-02-20T02:00:00+00:00")
    night = row(strict, FEBRUARY)
    assert (night["outcome"], night["challenger"]) == ("scored", january["challenger"])
    assert night["reason"].endswith("O desafiante do último mês ajustado ainda espera.")
    (waits,) = (each for each in done.get_asset_check_evaluations() if each.check_name == "no_challenger_waits")
    assert not waits.passed


def test_what_was_promoted_stays_promoted_until_it_is_taken_back(strict: Platform) -> None:
    later, before = "2011-05-01T00:00:00+00:00", row(strict, JANUARY)
    done = fit(strict, JANUARY, later, promote=True)
    promoted = row(strict, JANUARY)
    assert (promoted["outcome"], promoted["promoted_in_run"]) == ("promoted", done.run_id)
    assert promoted["challenger"] is None
    assert promoted["k"] == SegmentationModel.from_json(before["challenger"]).clusterer.k
    fit(strict, JANUARY, later)
    assert row(strict, JANUARY) == promoted
    fit(strict, JANUARY, later, promote=False)
    assert row(strict, JANUARY) == before


def test_a_damaged_model_stops_the_month_after_it_and_is_named(shop: Platform) -> None:
    kept = shop.table("models", "value", DECEMBER)
    spoilt = kept.set_column(kept.schema.get_field_index("model"), "model", [['{"name": "value"}']])
    key, engine = ("retail", "models", "value"), Engine()
    shop.lake.write(key, spoilt, [DECEMBER], engine=engine, run_id="damage")
    done = fit(shop, JANUARY, "2011-03-01T00:00:00+00:00")
    assert "value of 2010-12: the segmentation model lacks 'axis'" in failure(done)
    shop.lake.write(key, kept, [DECEMBER], engine=engine, run_id="repair")
    assert fit(shop, JANUARY, "2011-03-01T00:00:00+00:00").success


def test_a_feature_that_does_not_exist_is_refused_with_the_nearest_name(tmp_path) -> None:
    from arcana_assets.domain.yaml.file import ContractError

    folder = tmp_path / "retail"
    shutil.copytree(DEFS / "retail", folder)
    defs = folder / "defs.yaml"
    defs.write_text(
        defs.read_text().replace("[recency_days, frequency, monetary]", "[recency_day, frequency, monetary]")
    )
    with pytest.raises(ContractError, match=r"'recency_day'.*did you mean 'recency_days'"):
        load_domain(folder)

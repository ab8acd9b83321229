"""Models as a chain of months: a night scores, a month that is over is fitted, and what was promoted stays promoted."""

from collections.abc import Callable
from datetime import date

import dagster as dg
import pyarrow.compute as pc
import pytest

from arcana_assets.resources.engine import Engine
from arcana_assets.samples.retail import write_retail_drop
from arcana_assets_tests.assets.shop import failure
from arcana_assets_tests.platform import Platform

DECEMBER, JANUARY = date(2010, 12, 1), date(2011, 1, 1)
MODEL = dg.AssetKey(["retail", "models", "value"])


@pytest.fixture(scope="module")
def shop(make_platform: Callable[[], Platform]) -> Platform:
    platform = make_platform()
    write_retail_drop(platform.landing, customers=150, months=2, seed=5)
    assert platform.refresh(DECEMBER, JANUARY).succeeded
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
    assert pc.sum(tried["chosen"]).as_py() == 1
    assert tried.num_rows >= 3


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
    import shutil

    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.customer_domain import load_domain
    from arcana_assets.domain.yaml_file import ContractError

    folder = tmp_path / "retail"
    shutil.copytree(DEFS / "retail", folder)
    defs = folder / "defs.yaml"
    defs.write_text(
        defs.read_text().replace("[recency_days, frequency, monetary]", "[recency_day, frequency, monetary]")
    )
    with pytest.raises(ContractError, match=r"'recency_day'.*did you mean 'recency_days'"):
        load_domain(folder)

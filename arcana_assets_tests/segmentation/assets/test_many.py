"""More customers than are held at once: learnt from a sample, scored block by block, counted by the engine."""

import pandas as pd
import pytest

from arcana_assets.domain.settings.personas import Personas
from arcana_assets.segmentation.assets import migration, scoring
from arcana_assets.segmentation.assets.inputs import fitted_models
from arcana_assets.segmentation.assets.scoring import Scoring
from arcana_assets.segmentation.assets.segments import segmentation_assets
from arcana_assets.segmentation.definitions import segment_files, segment_tables
from arcana_assets.segmentation.models import learnt
from arcana_assets_tests.segmentation.assets.hundred import CUSTOMERS, DECEMBER, JANUARY, MONTHS, told_of
from arcana_assets_tests.worlds.run import deployment_in, materialized, there
from arcana_assets_tests.worlds.shop import checks, failure

OF = {DECEMBER: 100, JANUARY: 99}


@pytest.fixture
def refresh(base):
    """Tables of segments, and their pictures, of both months in one run, from features that are in the lake."""
    base.settings |= {"personas": Personas(), "share_limits": {}}
    base.features_of_both()

    def run(*assets):
        given = there(base.spec, "feature_matrix", "customer_360")
        result = materialized([*assets, *given], MONTHS, deployment_in(base.root), instance=base.instance)
        assert result.success, failure(result)
        return result

    return run


def rows_of(base, table, *keys):
    return base.rows(table, *MONTHS).to_pandas().sort_values(list(keys)).reset_index(drop=True)


def test_blocks_of_seven_come_to_what_all_come_to_at_once_however_often_they_are_run(base, refresh, monkeypatch):
    refresh(*segmentation_assets(base.spec))
    at_once = rows_of(base, "segments", "month", "customer_id")
    features = base.lake.read(("retail", "gold", "feature_matrix"), list(MONTHS), base.engine)
    models = fitted_models(base.lake.read(("retail", "models", base.name), list(MONTHS), base.engine), base.engine)
    monkeypatch.setattr(scoring, "AT_ONCE", 7)
    stream = Scoring.of(base.spec.domain, {base.name: models}, features, MONTHS, None, base.engine)
    assert len(stream.blocks) > 10
    first = stream.reader().read_all()
    assert stream.reader().read_all() == first
    in_blocks = first.to_pandas().sort_values(["month", "customer_id"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(in_blocks[at_once.columns], at_once, check_exact=True, check_dtype=False)


def test_beyond_the_size_every_customer_has_one_segment_of_a_model_that_was_learnt_from_a_sample(
    base, refresh, monkeypatch
):
    monkeypatch.setattr(learnt, "LEARNT_FROM", 60)
    monkeypatch.setattr(scoring, "AT_ONCE", 60)
    monkeypatch.setattr(migration, "AT_ONCE", 60)
    result = refresh(*segment_tables(base.spec), *segment_files(base.spec))
    segments = rows_of(base, "segments", "month", "customer_id")
    assert segments["customer_id"].tolist() == [*CUSTOMERS, *CUSTOMERS[:99]]
    assert set(segments["segmentation"]) == {base.name}
    assert checks(result)["every_customer_in_one_segment"].passed
    models = base.lake.read(("retail", "models", base.name), list(MONTHS), base.engine)
    for row in base.engine.backend.to_pyarrow(models).to_pylist():
        of = OF[row["month"]]
        assert row["customers"] == 60
        sample = (
            f"Amostra: ajustado em 60 dos {of} clientes que formam o modelo, medido em 60 dos {of} clientes do mês."
        )
        assert row["reason"].endswith(sample)
    assert told_of(result, base.name)["sample"].value == sample
    profiles = rows_of(base, "segment_profiles", "month", "segment_id")
    assert profiles.groupby("month")["customers"].sum().to_dict() == OF
    for month in MONTHS:
        mine = segments[segments["month"] == month]
        monetary = base.rows("feature_matrix", month).to_pandas().set_index("customer_id")["monetary"]
        worth = mine["customer_id"].map(monetary).groupby(mine["segment_id"]).agg(["mean", "median"])
        of_month = profiles[profiles["month"] == month].set_index("segment_id")
        assert of_month["mean_monetary"].to_dict() == pytest.approx(worth["mean"].to_dict(), abs=1e-8)
        assert of_month["median_monetary"].to_dict() == pytest.approx(worth["median"].to_dict())
        assert of_month["membership_rule"].notna().all()
    drift = base.rows("feature_drift", JANUARY).to_pandas()
    assert set(drift["customers_now"]) == {99}
    assert set(drift["customers_before"]) == {60}
    assert checks(result)["migration_adds_up"].passed
    assert checks(result)["every_picture_published"].passed

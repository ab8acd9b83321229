"""The model of a month through Dagster: fitted where the month is over, scored where it is open."""

from datetime import UTC, datetime

import pyarrow as pa

from arcana_assets.domain.settings.personas import Personas
from arcana_assets.segmentation.assets.models import model_asset
from arcana_assets_tests.segmentation.assets.hundred import CUSTOMERS, DECEMBER, JANUARY
from arcana_assets_tests.worlds.run import deployment_in, materialized, there


def delivered(base, day):
    """The newest sale of January in silver."""
    at = pa.array([datetime(2011, 1, day, 12, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))
    sale = pa.table({"month": pa.array([JANUARY], pa.date32()), "ordered_at": at})
    base.lake.write(("retail", "silver", "transactions"), sale, [JANUARY], engine=base.engine, run_id="silver")


def outcomes(base):
    """The outcomes of December and January in one run of 15 March."""
    spec = base.spec
    assets = [model_asset(spec, spec.domain.segmentations[0]), *there(spec, "feature_matrix")]
    assert materialized(assets, (DECEMBER, JANUARY), deployment_in(base.root), instance=base.instance).success
    table = base.lake.read(("retail", "models", base.name), [DECEMBER, JANUARY], base.engine)
    rows = base.engine.backend.to_pyarrow(table).to_pylist()
    return {row["month"]: row["outcome"] for row in rows}


def test_who_stands_out_in_customer_360_shapes_no_model_where_a_segmentation_says_so(base):
    base.settings["personas"] = Personas()
    base.features_of_both()
    flags = [
        {"customer_id": customer, "month": month, "is_outlier": place < 7}
        for month in (DECEMBER, JANUARY)
        for place, customer in enumerate(CUSTOMERS)
    ]
    base.write("customer_360", flags)

    def customers():
        spec = base.spec
        assets = [model_asset(spec, spec.domain.segmentations[0]), *there(spec, "feature_matrix", "customer_360")]
        assert materialized(assets, (DECEMBER, DECEMBER), deployment_in(base.root), instance=base.instance).success
        table = base.lake.read(("retail", "models", base.name), [DECEMBER], base.engine)
        return base.engine.backend.to_pyarrow(table)["customers"].to_pylist()

    assert customers() == [100]
    base.settings["outliers"] = "not_fitted"
    assert customers() == [93]
    base.write("customer_360", [row | {"is_outlier": False} for row in flags])
    assert customers() == [100]  # other flags are other inputs


def test_a_month_that_its_files_end_inside_is_scored_until_the_rest_of_it_came(base):
    base.settings["personas"] = Personas()  # the customers of this base have no tenure, which rules look at
    base.features_of_both()
    delivered(base, 9)
    found = outcomes(base)
    assert (found[DECEMBER], found[JANUARY]) == ("first", "scored")
    delivered(base, 30)
    assert outcomes(base)[JANUARY] != "scored"

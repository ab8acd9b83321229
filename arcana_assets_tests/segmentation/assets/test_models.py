"""The model of a month through Dagster: fitted where the month is over, scored where it is open."""

import json
from datetime import UTC, date, datetime

import pyarrow as pa

from arcana_assets.domain.settings.personas import Personas
from arcana_assets.segmentation.assets.models import model_asset
from arcana_assets_tests.segmentation.assets.hundred import CUSTOMERS, DECEMBER, JANUARY, MONTHS
from arcana_assets_tests.worlds.run import deployment_in, materialized, there

STATED = pa.schema(
    [("month", pa.date32()), ("customer_id", pa.string()), ("persona", pa.string()), ("labelled_on", pa.date32())]
)


def delivered(base, day):
    """The newest sale of January in silver."""
    at = pa.array([datetime(2011, 1, day, 12, tzinfo=UTC)], pa.timestamp("us", tz="UTC"))
    sale = pa.table({"month": pa.array([JANUARY], pa.date32()), "ordered_at": at})
    base.lake.write(("retail", "silver", "transactions"), sale, [JANUARY], engine=base.engine, run_id="silver")


def selection(base, month):
    table = base.lake.read(("retail", "models", base.name), [month], base.engine)
    (row,) = base.engine.backend.to_pyarrow(table).to_pylist()
    return {each["algorithm"]: each for each in json.loads(row["selection"])}, row


def labelled(base, per_persona, *days):
    """Labels of the customers who are worth most and least, stated on days of January."""
    rows = [
        {"month": JANUARY, "customer_id": customer, "persona": persona, "labelled_on": date(2011, 1, day)}
        for day in days
        for persona, those in (("Vale muito", base.best[:per_persona]), ("Vale pouco", base.best[-per_persona:]))
        for customer in those
    ]
    there_by = pa.Table.from_pylist(rows, schema=STATED)
    base.lake.write(("retail", "silver", "pesquisa"), there_by, list(MONTHS), engine=base.engine, run_id="silver")


def test_a_month_learns_from_the_labels_stated_by_its_end_and_another_label_fits_it_again(base):
    base.settings |= {"personas": Personas(), "labels": "pesquisa"}
    december, _ = base.features_of_both()
    base.best = december.sort_values("monetary", ascending=False)["customer_id"].tolist()
    delivered(base, 30)
    labelled(base, 20, 3)
    outcomes(base, "pesquisa")
    of_december, of_january = (selection(base, month)[0]["labelled"]["refused_for"] for month in (DECEMBER, JANUARY))
    assert of_december == "são precisas ao menos 2 personas com 30 rótulos cada"
    assert of_january.startswith("faltam rótulos: 1")
    before = selection(base, JANUARY)[1]["inputs_digest"]
    outcomes(base, "pesquisa")
    assert selection(base, JANUARY)[1]["inputs_digest"] == before
    labelled(base, 40, 3)
    outcomes(base, "pesquisa")
    tried, row = selection(base, JANUARY)
    assert tried["labelled"]["label_agreement"] > 0.5
    assert (tried["labelled"]["parameter"], row["inputs_digest"] != before) == (
        "79 rótulos de 2 personas",
        True,
    )  # one left


def outcomes(base, *labels):
    """The outcomes of December and January in one run of 15 March."""
    spec = base.spec
    given = [*there(spec, "feature_matrix"), *there(spec, *labels, layer="silver")]
    assets = [model_asset(spec, spec.domain.segmentations[0]), *given]
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

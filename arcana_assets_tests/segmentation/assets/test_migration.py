"""Moves and drift of two months, from gold tables small enough to check by eye, materialized in a lake."""

from datetime import date

import dagster as dg
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb import Engine
from arcana_assets.graph import spec as spec_module
from arcana_assets.graph.io_manager import LakeIOManager
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.segmentation.assets.migration import segment_movement_assets
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets_tests.worlds.shop import checks, failure

DECEMBER, JANUARY = date(2010, 12, 1), date(2011, 1, 1)
MONTHS = (DECEMBER, JANUARY)
CUSTOMERS = [f"c{number:03}" for number in range(100)]
PERSONAS = {1: "01-VIPs", 2: "02-Médio"}


def fitted(frame, name, features):
    """A model of the customers, as JSON."""
    return fit_segmentation(frame, name, features, k_range=(2, 2), axis="monetary", month=DECEMBER).to_json()


class Base:
    """A hundred customers in two months: in December 30 are VIPs; in January 25 more, and one left."""

    def __init__(self, root, instance):
        self.instance, self.lake, self.engine = instance, Lake(root=str(root / "lake")), Engine()
        domain = load_domain(DEFS / "retail")
        segmentation = domain.segmentation("value")
        self.name, self.features = segmentation.name, ["recency_days", "frequency", "monetary"]
        self.settings = {"share_limits": {"01-VIPs": (0.2, 0.5)}, "features": self.features, "fitted_on": None}
        self.refit, self.domain, self.segmentation = {"psi": 0.25}, domain, segmentation
        self.now = {"monetary": 1.0, "recency_days": 3.0, "frequency": 1.0}  # times what December had

    @property
    def spec(self):
        refit = self.segmentation.refit.model_copy(update=self.refit)
        changed = self.segmentation.model_copy(update={**self.settings, "refit": refit})
        return DomainSpec(self.domain.model_copy(update={"segmentations": [changed]}), DEFS / "retail")

    def write(self, table, rows, layer="gold"):
        found = pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False)
        self.lake.write(("retail", layer, table), found, list(MONTHS), engine=self.engine, run_id="gold")

    def fill(self, segments=None, without=()):
        rng = np.random.default_rng(3)
        december = pd.DataFrame({"customer_id": CUSTOMERS, **{f: rng.lognormal(2, 1, 100) for f in self.features}})
        january = december.assign(**{f: december[f] * times for f, times in self.now.items()})[:99]
        matrix = pd.concat([december.assign(month=DECEMBER), january.assign(month=JANUARY)])
        self.write("feature_matrix", matrix.drop(columns=list(without)))
        self.write("segments", segments or self.segments())
        model = fitted(december, self.name, self.features)
        row = {"segmentation": self.name, "fitted_month": DECEMBER, "model": model}
        self.write(self.name, [row | {"month": month} for month in MONTHS], "models")
        return december, january

    def segments(self):
        return [
            {"customer_id": customer, "month": month, "segmentation": self.name, "segment_id": each}
            | {"persona": PERSONAS[each], "move": move}
            for month, vips, there in ((DECEMBER, 30, 100), (JANUARY, 55, 99))
            for place, customer in enumerate(CUSTOMERS[:there])
            for each in [1 if place < vips else 2]
            for move in ["comportamento" if month == JANUARY and 30 <= place < 55 else "nenhuma"]
        ]

    def run(self, *months):
        spec = self.spec
        tables = [spec.key("gold", "segments"), spec.key("gold", "feature_matrix"), spec.key("models", self.name)]
        definitions = dg.Definitions(
            assets=[
                *segment_movement_assets(spec),
                *(dg.AssetSpec(key, partitions_def=spec.months) for key in tables),
            ],
            jobs=[
                dg.define_asset_job(
                    "move",
                    dg.AssetSelection.groups("retail_gold").materializable(),
                    executor_def=dg.in_process_executor,
                )
            ],
            resources={
                "engine": self.engine,
                "io_manager": LakeIOManager(lake=self.lake, engine=self.engine),
            },
        )
        tags = {
            f"dagster/asset_partition_range_{end}": month.isoformat()
            for end, month in (("start", months[0]), ("end", months[-1]))
        }
        return definitions.resolve_job_def("move").execute_in_process(
            instance=self.instance, tags={**tags, "arcana/as_of": "2011-03-01T00:00:00+00:00"}, raise_on_error=False
        )

    def rows(self, table, *months):
        return self.engine.backend.to_pyarrow(self.lake.read(("retail", "gold", table), list(months), self.engine))


@pytest.fixture
def base(tmp_path, monkeypatch):
    # Another try would come to the same, seconds later.
    monkeypatch.setattr(spec_module, "RETRIES", dg.RetryPolicy(max_retries=0))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Base(tmp_path, instance)


def materialized(result, table):
    [found] = [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key.path[-1] == table
    ][-1:]
    return found.metadata


def test_the_moves_of_a_month_are_kept_with_what_they_are_worth(base):
    december, january = base.fill()
    result = base.run(JANUARY)
    assert result.success, failure(result)
    rows = base.rows("segment_migration", JANUARY).to_pylist()
    assert [(row["from_segment_id"], row["to_segment_id"], row["customers"], row["by_behaviour"]) for row in rows] == [
        (1, 1, 30, 0),
        (2, 1, 25, 25),
        (2, 2, 44, 0),
        (2, None, 1, 0),
    ]
    now, before = january["monetary"], december["monetary"]
    worth = [now[:30].sum(), now[30:55].sum(), now[55:].sum(), before[99]]
    assert [row["value"] for row in rows] == pytest.approx(worth, abs=0.01)
    found = checks(result)["migration_adds_up"]
    assert (found.passed, found.blocking) == (True, True)
    name = base.name
    assert {key: value.value for key, value in found.metadata.items()} == {
        f"{name}_to": 99,
        f"{name}_to_expected": 99,
        f"{name}_from": 100,
        f"{name}_from_expected": 100,
    }
    metadata = materialized(result, "segment_migration")
    assert metadata["moved_value"].value == 25  # and one left, which is no move
    assert f"| {name} | 02-Médio | 01-VIPs | 25 |" in metadata["largest_moves"].value
    origins = metadata["dagster/column_lineage"].value.deps_by_column
    assert {(each.asset_key.path[-1], each.column_name) for each in origins["to_persona"]} == {("segments", "persona")}
    assert ("feature_matrix", "monetary") in {(e.asset_key.path[-1], e.column_name) for e in origins["value"]}


def test_both_months_in_one_run_are_those_of_a_run_each(base):
    base.fill()
    assert base.run(*MONTHS).success
    tables = ("segment_migration", "feature_drift")
    together = {table: base.rows(table, *MONTHS).to_pylist() for table in tables}
    assert base.run(DECEMBER).success
    assert base.run(JANUARY).success
    for table in tables:
        assert base.rows(table, *MONTHS).to_pylist() == together[table]
        assert {row["month"] for row in together[table]} == set(MONTHS)


def test_a_persona_that_jumped_and_passed_its_limits_is_named_in_warnings(base):
    base.fill()
    result = base.run(*MONTHS)
    assert result.success
    found = checks(result)
    limits, jumped = found["segments_within_share_limits"], found["no_persona_jumps"]
    assert [(check.passed, check.severity) for check in (limits, jumped)] == [(False, dg.AssetCheckSeverity.WARN)] * 2
    assert limits.description == (
        f"2011-01, {base.name}: '01-VIPs' tem 55,6 % dos clientes, mais que o máximo de 50,0 %."
    )
    assert jumped.description == (
        f"2011-01, {base.name}: '01-VIPs' cresceu de 30,0 % para 55,6 % dos clientes; dos 25 clientes que entraram, "
        f"25 vieram de '02-Médio'. 2011-01, {base.name}: '02-Médio' caiu de 70,0 % para 44,4 % dos clientes; dos 26 "
        "clientes que saíram, 25 foram para '01-VIPs'."
    )
    assert jumped.metadata["count"].value == 2


def test_the_first_month_passes_all_checks(base):
    base.fill()
    result = base.run(DECEMBER)
    assert {name: check.passed for name, check in checks(result).items()} == {
        "migration_adds_up": True,
        "segments_within_share_limits": True,
        "no_persona_jumps": True,
        "features_keep_their_distribution": True,
    }


def test_moves_that_do_not_add_up_stop_the_run(base):
    base.fill([*base.segments(), base.segments()[0]])  # a customer twice
    found = checks(base.run(*MONTHS))["migration_adds_up"]
    assert (found.passed, found.blocking, found.severity) == (False, True, dg.AssetCheckSeverity.ERROR)
    assert f"2010-12, {base.name}: 101 clientes na migração, 100 no mês" in found.description


def test_a_feature_that_drifted_is_named_and_kept_with_its_reference(base):
    december, january = base.fill()
    result = base.run(JANUARY)
    rows = {row["feature"]: row for row in base.rows("feature_drift", JANUARY).to_pylist()}
    assert list(rows) == base.features
    assert {feature: row["drifted"] for feature, row in rows.items()} == {
        "recency_days": True,
        "frequency": False,
        "monetary": False,
    }
    row = rows["recency_days"]
    assert row["median_before"] == pytest.approx(december["recency_days"].median())
    assert row["median_now"] == pytest.approx(january["recency_days"].median())
    assert (row["customers_before"], row["customers_now"], row["fitted_month"]) == (100, 99, DECEMBER)
    found = checks(result)["features_keep_their_distribution"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.description.startswith(f"2011-01, {base.name}: Recência (dias) (recency_days) mudou, com PSI ")
    assert "Valor" not in found.description
    metadata = materialized(result, "feature_drift")
    assert metadata[f"largest_psi_{base.name}"].value == pytest.approx(row["psi"])
    assert "Recência (dias)" in metadata["drift"].value


def test_the_limit_of_drift_is_that_of_the_segmentation(base):
    base.refit = {"psi": 50.0}
    base.fill()
    result = base.run(JANUARY)
    assert checks(result)["features_keep_their_distribution"].passed
    assert not any(base.rows("feature_drift", JANUARY)["drifted"].to_pylist())


def test_features_that_are_new_or_gone_have_rows_that_say_so(base):
    base.fill(without=["frequency"])
    base.settings["features"] = [*base.features, "distinct_products"]
    result = base.run(JANUARY)
    notes = {
        row["feature"]: (row["psi"] is None, row["note"]) for row in base.rows("feature_drift", JANUARY).to_pylist()
    }
    assert notes["frequency"] == (True, "ausente na base atual")
    assert notes["distinct_products"] == (True, "sem referência no modelo, ausente na base atual")
    description = checks(result)["features_keep_their_distribution"].description
    assert "(frequency) está ausente na base atual" in description
    assert "distinct_products" not in description


def test_a_model_fitted_on_some_customers_is_compared_to_those(base):
    base.settings["fitted_on"] = "frequency"
    base.now = dict.fromkeys(base.features, 1.0)
    december, _ = base.fill()
    nobody = pd.concat(
        [
            december.assign(month=DECEMBER),
            december.assign(month=JANUARY, customer_id=lambda f: "x" + f.customer_id, frequency=0.0, monetary=0.0),
        ]
    )
    base.write("feature_matrix", pd.concat([nobody, december.assign(month=JANUARY)]))
    base.run(JANUARY)
    rows = base.rows("feature_drift", JANUARY).to_pylist()
    assert {row["customers_now"] for row in rows} == {100}
    assert max(row["psi"] for row in rows) < 0.01


def test_a_month_without_a_model_has_no_drift(base):
    base.fill()
    empty = base.rows("segments", DECEMBER)[:0]
    schema = pa.schema(
        [("month", pa.date32()), *((n, pa.string()) for n in ("segmentation", "model")), ("fitted_month", pa.date32())]
    )
    base.lake.write(("retail", "models", base.name), schema.empty_table(), list(MONTHS), engine=base.engine, run_id="m")
    base.lake.write(("retail", "gold", "segments"), empty, list(MONTHS), engine=base.engine, run_id="m")
    result = base.run(JANUARY)
    assert result.success, failure(result)
    assert all(check.passed for check in checks(result).values() if check.check_name != "segments_within_share_limits")
    assert base.rows("feature_drift", JANUARY).num_rows == base.rows("segment_migration", JANUARY).num_rows == 0


def test_a_domain_without_segmentations_has_neither_table():
    domain = load_domain(DEFS / "retail").model_copy(update={"segmentations": []})
    assert segment_movement_assets(DomainSpec(domain, DEFS / "retail")) == []

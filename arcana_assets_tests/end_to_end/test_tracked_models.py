"""A refresh leaves its fits in MLflow, and goes on without it.

Slow: each of these tests computes months of a domain.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
import yaml

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.erasure.places import Roots, files_of, scan
from arcana_assets.erasure.wanted import Wanted
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets.tracking.fits import Tracked, TrackedFit
from arcana_assets.tracking.tracking import Tracking
from arcana_assets_tests.worlds.platform import Platform

pytestmark = pytest.mark.slow

DECEMBER, JANUARY = date(2010, 12, 1), date(2011, 1, 1)
MODEL = dg.AssetKey(["retail", "models", "value"])


@pytest.fixture(scope="module")
def shop(make_platform: Callable[[], Platform], tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Two months of a shop that keeps the fits of its two segmentations, and has no programme, which keeps none."""
    platform = make_platform()
    platform.folder = tmp_path_factory.mktemp("defs")
    shutil.copytree(DEFS / "retail", platform.folder / "retail")
    defs = yaml.safe_load((DEFS / "retail" / "defs.yaml").read_text(encoding="utf-8"))
    defs["attributes"]["programmes"] = []
    (platform.folder / "retail" / "defs.yaml").write_text(yaml.safe_dump(defs, sort_keys=False), encoding="utf-8")
    write_retail_drop(platform.landing, customers=150, months=2, seed=7)
    platform.tracking = ""
    assert platform.refresh(DECEMBER, JANUARY, published=False).succeeded
    return platform


def january_again(platform: Platform) -> dg.ExecuteInProcessResult:
    """The models of January alone, as the UI makes them: nothing after them says where fits are kept."""
    job = dg.define_asset_job("models_alone", dg.AssetSelection.key_prefixes(["retail", "models"]))
    definitions = dg.Definitions.merge(platform.definitions, dg.Definitions(jobs=[job]))
    return definitions.resolve_job_def("models_alone").execute_in_process(
        instance=platform.instance, partition_key=JANUARY.isoformat(), raise_on_error=False
    )


def kept(platform: Platform) -> dict[str, object]:
    """The row of January's model, but for whether its fits were kept."""
    (row,) = platform.table("models", "value", JANUARY).to_pylist()
    return row | {"inputs_digest": None, "tracked": None}


def metadata(platform: Platform) -> dict[str, dg.MetadataValue]:
    event = platform.instance.get_latest_materialization_event(MODEL)
    assert event is not None
    assert event.asset_materialization is not None
    return dict(event.asset_materialization.metadata)


def test_every_fit_is_a_run_and_each_names_the_other(shop: Platform) -> None:
    from mlflow import MlflowClient

    place = f"sqlite:///{Path(shop.deployment.lake).absolute() / '.mlflow' / 'mlflow.db'}"
    client = MlflowClient(tracking_uri=place, registry_uri=place)
    experiment = client.get_experiment_by_name("arcana/retail/value")
    assert experiment is not None
    runs = {run.data.tags["month"]: run for run in client.search_runs([experiment.experiment_id])}
    assert sorted(runs) == ["2010-12", "2011-01"]
    said = metadata(shop)
    assert said["mlflow_champion_run"].value == runs["2011-01"].info.run_id
    assert runs["2011-01"].data.tags["dagster_run_id"] in {run.run_id for run in shop.instance.get_runs()}
    assert runs["2011-01"].data.metrics["silhouette"] == pytest.approx(said["silhouette"].value)
    assert {each.path for each in client.list_artifacts(runs["2011-01"].info.run_id)} >= {
        *("centros.csv", "motivo.txt", "perfil.png", "personas.csv", "selecao.csv", "selecao.png", "model"),
    }
    (kept,) = shop.table("models", "value", JANUARY).to_pylist()
    version = client.get_model_version_by_alias("retail.value", "champion")
    assert str(version.version) == said["mlflow_champion_version"].value
    path = client.download_artifacts(runs["2011-01"].info.run_id, "model/artifacts/model.json")
    assert json.loads(Path(path).read_text(encoding="utf-8")) == json.loads(kept["model"])


def test_only_the_last_champion_of_a_run_has_pictures(shop: Platform) -> None:
    folder = Path(shop.deployment.lake) / ".mlflow/artifacts/arcana/retail/value"
    drawn = [run for run in folder.iterdir() if (run / "artifacts" / "perfil.png").exists()]
    assert [run.name for run in drawn] == [metadata(shop)["mlflow_champion_run"].value]
    assert (drawn[0] / "artifacts" / "selecao.png").exists()
    assert all((run / "artifacts" / "selecao.csv").exists() for run in folder.iterdir())


def test_a_month_that_is_not_fitted_again_still_says_where_its_fits_are_and_has_them(shop: Platform) -> None:
    (before,), said = shop.table("models", "value", JANUARY).to_pylist(), metadata(shop)
    assert january_again(shop).success
    assert metadata(shop)["mlflow_champion_run"] == said["mlflow_champion_run"]
    assert metadata(shop)["mlflow_champion_version"] == said["mlflow_champion_version"]
    assert shop.table("models", "value", JANUARY).to_pylist() == [before]


def test_what_somebody_deleted_of_mlflow_is_recorded_again(shop: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    before, recorded = kept(shop), list[tuple[str, date]]()
    record = Tracking.record

    def listened(self: Tracking, fits: Sequence[TrackedFit]) -> list[Tracked]:
        recorded.extend((fit.name, fit.month) for fit in fits)
        return record(self, fits)

    monkeypatch.setattr(Tracking, "record", listened)
    folder = Path(shop.deployment.lake) / ".mlflow/artifacts/arcana/retail/value"
    folder.rename(folder.with_name("elsewhere"))
    try:
        assert january_again(shop).success
    finally:
        folder.with_name("elsewhere").rename(folder)
    assert set(recorded) == {("value", JANUARY)}
    assert kept(shop) == before


def test_a_server_that_is_gone_costs_a_warning_and_no_month(shop: Platform) -> None:
    before = kept(shop)
    shop.tracking = "http://127.0.0.1:9"  # nothing listens there
    try:
        done = shop.refresh(JANUARY, published=False)
    finally:
        shop.tracking = ""
    assert done.succeeded
    assert kept(shop) == before
    (row,) = shop.table("models", "value", JANUARY).to_pylist()
    assert row["inputs_digest"] is None  # so that the fits are made, and kept, when the server is there again
    warned = [each for each in done.warnings if "fits_are_tracked" in each]
    of = {each.split(":")[0].removeprefix("retail/models/") for each in warned}
    assert of >= {"value", "categories"}, done.warnings
    assert of <= {"value", "categories", *(each.name for each in load_domain(DEFS / "retail").predictions)}
    assert all("127.0.0.1:9" in each for each in warned)


def test_no_file_of_a_model_or_of_its_tracking_names_a_customer_and_one_that_did_would_be_told(shop):
    def left() -> list[tuple[str, str]]:
        roots = Roots(shop.deployment.lake, shop.deployment.landing, str(shop.root / "home"), "retail")
        files = [each for each in files_of(roots) if each.kind == "tracking" or "/models/" in each.place]
        # A log of a table says how large its files are, and such a number may be a code of five digits.
        files = [each for each in files if "/_delta_log/" not in each.place]
        assert {each.kind for each in files} == {"tracking", "tables"}
        assert sum(each.place.endswith("model.json") for each in files) > 2
        found = scan(files, wanted)
        assert not found.undecoded
        return sorted({(each.kind, each.place.rpartition("/")[2]) for each in found.left})

    lines = (shop.landing / "customers" / "customers.csv").read_text().splitlines()[1:]
    wanted = Wanted([line.split(",")[0] for line in lines])
    assert len(wanted.ids) == 150
    assert left() == []
    [planted, *_] = sorted(Path(shop.deployment.lake).glob(".mlflow/**/model.json"))
    kept = planted.read_text()
    planted.write_text(f'{kept[:-1]}, "fitted_on": ["{wanted.ids[7]}"]}}')
    try:
        assert left() == [("tracking", "model.json")]
    finally:
        planted.write_text(kept)

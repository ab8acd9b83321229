"""Fits kept in MLflow: once each, as data and never as a pickle, and never at the cost of the fit.

The store is real: SQLite and files in a folder. Slow: some run in processes of their own, which import the platform.
"""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from arcana_assets.deployment import DeploymentError
from arcana_assets.segmentation.models.model import SegmentationModel
from arcana_assets.tracking.fits import TrackedFit, UnknownRole, model_digest
from arcana_assets.tracking.store import opened
from arcana_assets.tracking.tracking import Tracking, TrackingUnavailable
from arcana_assets_tests.tracking.tracked_customers import (
    JULY,
    MAY,
    PNG,
    SEGMENTS,
    aliases_of,
    customers,
    fit,
    fitted,
    record,
    runs_of,
    score,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model() -> str:
    return fitted().to_json()


@pytest.fixture(scope="module")
def other(model) -> str:
    text = fitted(seed=8).to_json()
    assert text != model
    return text


@pytest.fixture(scope="module")
def embedded(tmp_path_factory) -> Tracking:
    """One store for tests that each have a domain of their own: to make its tables takes seconds."""
    tracking = Tracking(lake=str(tmp_path_factory.mktemp("my lake")))
    with opened("", tracking.lake) as store:
        assert store.client.search_registered_models() == []
    return tracking


def test_a_fit_is_a_finished_run_with_all_that_was_said_of_it(embedded, model):
    tracked = record(embedded, fit(model, domain="said"))
    (run,) = runs_of(embedded, "said")
    assert (run.info.run_id, run.info.status, run.info.run_name) == (tracked.run_id, "FINISHED", "2011-06 champion")
    assert tracked.url is None
    ours = {name: value for name, value in run.data.tags.items() if not name.startswith("mlflow.")}
    assert ours == {
        "domain": "said",
        "segmentation": "value",
        "month": "2011-06",
        "role": "champion",
        "model_digest": model_digest(model),
        "dagster_run_id": "run-1",
        "code_version": "v1",
    }
    assert run.data.params == {"k": "3", "seed": "7", "features": "frequency, monetary"}
    assert run.data.metrics == {"silhouette": 0.75}  # the stability that was not measured is absent
    (read,) = run.inputs.dataset_inputs
    assert json.loads(read.dataset.source) == {"path": "retail/gold/feature_matrix", "delta_table_version": 4}
    assert json.loads(read.dataset.profile) == {"num_rows": 30}
    assert read.dataset.digest == "9f" * 18  # what MLflow has room for


def test_its_files_are_texts_and_pictures_and_a_model_without_any_pickle(embedded, model):
    tracked = record(embedded, fit(model, domain="files"))
    folder = Path(embedded.lake) / ".mlflow/artifacts/arcana/files/value" / tracked.run_id / "artifacts"
    assert (folder / "reason.txt").read_text("utf-8") == "k = 3: separação clara.\n"
    assert (folder / "profile.png").read_bytes() == PNG
    assert (folder / "model/artifacts/model.json").read_text("utf-8") == model
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"MLmodel", "served_model.py", "centroids.csv"}
    assert [path for path in files if path.suffix in (".pkl", ".pickle", ".joblib")] == []
    assert [path for path in files if path.read_bytes()[:1] == b"\x80"] == []  # how pickles begin


def test_the_model_of_an_alias_scores_as_the_model_itself_does(embedded, model, monkeypatch):
    record(embedded, fit(model, domain="scores"))
    scored = score(f"sqlite:///{embedded.lake}/.mlflow/mlflow.db", "models:/scores.value@champion", monkeypatch)
    assert scored["segment_id"].tolist() == SEGMENTS
    pd.testing.assert_frame_equal(scored, SegmentationModel.from_json(model).assign(customers()))


def test_a_fit_recorded_every_night_is_one_run_and_one_version(embedded, model):
    first = record(embedded, fit(model, domain="nights"))
    assert record(embedded, fit(model, domain="nights", dagster_run_id="run-2")) == first
    assert len(runs_of(embedded, "nights")) == 1
    later = record(embedded, fit(model, month=JULY, domain="nights"))
    assert (later.run_id != first.run_id, later.model_version) == (True, first.model_version)


def test_another_model_of_the_same_month_is_another_run_and_the_new_champion(embedded, model, other):
    assert record(embedded, fit(model, domain="again")).model_version == "1"
    assert record(embedded, fit(other, domain="again")).model_version == "2"
    assert aliases_of(embedded, "again") == {"champion": "2"}
    assert len(runs_of(embedded, "again")) == 2


def test_a_challenger_waits_beside_the_champion_until_it_is_promoted(embedded, model, other):
    record(embedded, fit(model, domain="waits"))
    record(embedded, fit(other, role="challenger", domain="waits"))
    assert aliases_of(embedded, "waits") == {"champion": "1", "challenger": "2"}
    assert record(embedded, fit(other, domain="waits")).model_version == "2"
    assert aliases_of(embedded, "waits") == {"champion": "2"}
    record(embedded, fit(other, role="challenger", domain="waits"))  # the month once more, from before the promotion
    assert aliases_of(embedded, "waits") == {"champion": "2"}


def test_a_candidate_that_neither_serves_nor_waits_is_a_run_with_its_json_and_no_version(embedded, model, other):
    record(embedded, fit(model, domain="tried"))
    tracked = record(embedded, fit(other, role="candidate", domain="tried"))
    assert tracked.model_version is None
    folder = Path(embedded.lake) / ".mlflow/artifacts/arcana/tried/value" / tracked.run_id / "artifacts"
    assert (folder / "model.json").read_text("utf-8") == other
    assert not (folder / "model").exists()
    assert aliases_of(embedded, "tried") == {"champion": "1"}
    assert len(runs_of(embedded, "tried")) == 2
    assert record(embedded, fit(other, month=JULY, domain="tried")).model_version == "2"  # once it serves


def test_the_fits_of_several_months_kept_at_once_are_those_kept_one_by_one(embedded, model, other):
    months = [
        fit(model, month=MAY, domain="{}"),
        fit(other, month=MAY, role="challenger", domain="{}"),
        fit(other, domain="{}"),
        fit(model, role="candidate", domain="{}"),
        fit(model, month=JULY, role="challenger", domain="{}"),
    ]

    def kept(domain: str, fits: list[TrackedFit]) -> tuple[set[tuple[str, ...]], dict[str, str]]:
        runs = runs_of(embedded, domain)
        said = {tuple(run.data.tags[name] for name in ("month", "role", "model_digest")) for run in runs}
        assert len(said) == len(runs) == len(fits)
        return said, aliases_of(embedded, domain)

    together = [replace(each, domain="together") for each in months]
    apart = [replace(each, domain="apart") for each in months]
    at_once = embedded.record(together)
    one_by_one = [record(embedded, each) for each in apart]
    assert kept("together", together) == kept("apart", apart)
    assert kept("together", together)[1] == {"champion": "2", "challenger": "1"}
    assert [each.model_version for each in at_once] == [each.model_version for each in one_by_one]
    assert embedded.record(together) == at_once  # found, and none twice


def test_pictures_are_drawn_for_a_run_that_is_written_and_not_for_one_that_is_found(embedded, model):
    drawn = []

    def draw() -> dict[str, bytes]:
        drawn.append(1)
        return {"profile.png": PNG}

    record(embedded, fit(model, domain="drawn", draw=draw))
    record(embedded, fit(model, domain="drawn", draw=draw))
    assert drawn == [1]


def test_a_run_that_broke_off_is_failed_and_written_anew_with_the_fits_of_other_months(embedded, model, other):
    def lost() -> dict[str, bytes]:
        raise OSError("the disk is full")

    fits = [fit(model, month=MAY, domain="broke"), fit(other, domain="broke", draw=lost)]
    with pytest.raises(
        TrackingUnavailable, match="keep the 2 fits of broke/value 2011-05 to 2011-06: the disk is full"
    ):
        embedded.record(fits)
    (may, june) = embedded.record([fits[0], replace(fits[1], draw=None)])
    statuses = {run.info.run_id: run.info.status for run in runs_of(embedded, "broke")}
    assert sorted(statuses.values()) == ["FAILED", "FINISHED", "FINISHED"]
    assert (statuses[may.run_id], statuses[june.run_id]) == ("FINISHED", "FINISHED")
    assert aliases_of(embedded, "broke") == {"champion": "2"}


def test_each_model_has_an_id_of_its_own(embedded, model, other):
    from mlflow.models import Model

    folders = [
        Path(embedded.lake) / ".mlflow/artifacts/arcana/ids/value" / tracked.run_id / "artifacts/model"
        for tracked in embedded.record([fit(model, domain="ids"), fit(other, month=JULY, domain="ids")])
    ]
    first, second = (Model.load(folder) for folder in folders)
    assert first.model_uuid != second.model_uuid
    assert first.model_size_bytes == sum(
        file.stat().st_size for file in folders[0].rglob("*") if file.is_file() and file.name != "MLmodel"
    )


def test_a_challenger_recorded_as_champion_challenges_nobody_any_longer(embedded, model, other):
    record(embedded, fit(model, domain="takes"))
    record(embedded, fit(other, role="challenger", domain="takes"))
    assert record(embedded, fit(other, month=JULY, domain="takes")).model_version == "2"
    assert aliases_of(embedded, "takes") == {"champion": "2"}


def test_an_old_month_computed_again_does_not_take_the_champion_back(embedded, model, other):
    record(embedded, fit(other, month=JULY, domain="old"))
    record(embedded, fit(model, month=MAY, domain="old"))
    assert aliases_of(embedded, "old") == {"champion": "1"}
    assert len(runs_of(embedded, "old")) == 2


def test_an_experiment_that_somebody_deleted_comes_back_with_the_next_fit(embedded, model, other):
    record(embedded, fit(model, domain="deleted"))
    with opened(embedded.uri, embedded.lake) as store:
        store.client.delete_experiment(store.experiment("arcana/deleted/value"))
    tracked = record(embedded, fit(other, domain="deleted"))
    assert tracked.run_id in {run.info.run_id for run in runs_of(embedded, "deleted")}


def test_a_fit_has_one_of_two_roles(model):
    with pytest.raises(UnknownRole, match="found 'champoin'; did you mean 'champion'"):
        fit(model, role="champoin")


def test_a_lake_that_cannot_be_written_to_is_unavailable_and_says_what_to_do(tmp_path, model):
    (tmp_path / "lake").write_text("a file where the folder should be")
    with pytest.raises(TrackingUnavailable, match="could not keep the champion of retail/value 2011-06") as raised:
        record(Tracking(lake=str(tmp_path / "lake")), fit(model))
    assert "kept in the lake" in str(raised.value)


def test_a_password_in_the_uri_is_refused_and_not_repeated(tmp_path, model):
    tracking = Tracking(uri="http://ana:hunter2@127.0.0.1:9", lake=str(tmp_path))
    with pytest.raises(DeploymentError, match="MLFLOW_TRACKING_PASSWORD") as raised:
        record(tracking, fit(model))
    assert "hunter2" not in str(raised.value)


def test_without_mlflow_or_with_tracking_off_nothing_is_tracked(tmp_path, monkeypatch, model, caplog):
    assert not Tracking(uri="off", lake=str(tmp_path)).enabled
    tracking = Tracking(lake=str(tmp_path))
    assert tracking.enabled
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "mlflow" else found(name))
    with caplog.at_level("INFO", logger="dagster"):
        assert (tracking.enabled, tracking.enabled) == (False, False)
    with pytest.raises(TrackingUnavailable, match="Ask `enabled` first"):
        record(tracking, fit(model))
    assert [said for said in caplog.messages if "MLflow is not installed" in said] == [
        "MLflow is not installed, so no fit is tracked. Install arcana-assets[tracking], "
        "or set ARCANA_TRACKING=off to say that none shall be."
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_loading_the_definitions_imports_no_mlflow(tmp_path):
    code = "import sys, arcana_assets.definitions, arcana_assets.tracking.tracking; print('mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "False"


@pytest.mark.slow
def test_two_processes_that_find_no_store_make_one_and_record_one_run_without_a_word(tmp_path, model):
    (tmp_path / "model.json").write_text(model, encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    code = (
        "from datetime import date; from pathlib import Path\n"
        "from arcana_assets.segmentation.assets.tracking import SERVED_MODEL\n"
        "from arcana_assets.tracking.fits import TrackedFit\n"
        "from arcana_assets.tracking.tracking import Tracking\n"
        "data = {'table': 't', 'version': 1, 'rows': 1, 'digest': 'd'}\n"
        f"text = Path({str(tmp_path / 'model.json')!r}).read_text('utf-8')\n"
        "of = ('retail', 'value', date(2011, 6, 1), 'champion', 'r', 'v', data, {}, {}, {}, text, SERVED_MODEL)\n"
        f"Tracking(lake={str(tmp_path / 'lake')!r}).record([TrackedFit(*of)])\n"
    )
    how = {"cwd": tmp_path / "elsewhere", "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([sys.executable, "-c", code], **how) for _ in range(2)]
    said = [(*each.communicate(timeout=120), each.returncode) for each in both]
    assert said == [("", "", 0), ("", "", 0)]
    assert [run.info.status for run in runs_of(Tracking(lake=str(tmp_path / "lake")))] == ["FINISHED"]
    assert list((tmp_path / "elsewhere").iterdir()) == []

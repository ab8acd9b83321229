"""What a refresh says of its steps while it runs."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest
import yaml

from arcana_assets.automation.location import MODULE
from arcana_assets.automation.refresh import confirming_withdrawn, in_words, refresh
from arcana_assets.definitions import build_definitions
from arcana_assets.engine.processes import this_process
from arcana_assets.graph.process import PROCESS_TAG

ROOT = Path(__file__).parents[2]
RUN = "00000000-0000-0000-0000-000000000001"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("retail_bronze_transactions", "reading files: transactions"),
        ("retail_silver_recommendation_feedback", "checking rows: recommendation feedback"),
        ("b2b_model_valor", "finding segments: valor"),
        ("retail_published_base_analitica", "writing files: base analitica"),
        ("retail_customer_360", "customer 360"),
    ],
)
def test_a_step_is_named_in_words(step, words):
    assert in_words(step) == words


def test_progress_is_told_at_the_begin_and_the_end_of_each_step():
    months = dg.MonthlyPartitionsDefinition("2011-01-01", end_date="2011-03-01")
    options = {"partitions_def": months, "backfill_policy": dg.BackfillPolicy.single_run()}

    @dg.asset(name="retail_customer_360", **options)
    def first() -> None: ...

    @dg.asset(name="retail_model_value", deps=[first], **options)
    def second() -> None:
        raise dg.Failure("no customer", allow_retries=False)

    definitions = dg.Definitions(assets=[first, second], jobs=[dg.define_asset_job("all")])
    told: list[tuple[str, int, int]] = []
    with dg.instance_for_test() as instance:
        job = definitions.resolve_job_def("all")
        january, february = (months.time_window_for_partition_key(f"2011-0{n}-01").start.date() for n in (1, 2))
        done = refresh(job, [january, february], instance, lambda *step: told.append(step))
    assert told == [
        ("customer 360", 0, 2),
        ("customer 360", 1, 2),
        ("finding segments: value", 1, 2),
        ("finding segments: value", 2, 2),
    ]
    assert done.failures == ["retail_model_value: no customer"]


def test_a_refresh_is_a_run_of_the_job_that_the_web_page_has(tmp_path):
    """By its origin alone the timeline and the job know a run; `execute_in_process` gives it none."""

    @dg.asset
    def retail_customers() -> None: ...

    job = dg.Definitions(assets=[retail_customers], jobs=[dg.define_asset_job("all", tags={"of": "job"})])
    with dg.instance_for_test() as instance:
        done = refresh(
            job.resolve_job_def("all"), [date(2011, 1, 1)], instance, lambda *_: None, {"of_run": "1"}, run_id=RUN
        )
        run = instance.get_run_by_id(RUN)
        label = f"{run.remote_job_origin.repository_origin.repository_name}@{MODULE}"
        assert [each.run_id for each in instance.get_runs(dg.RunsFilter(tags={".dagster/repository": label}))] == [RUN]
    assert (done.succeeded, done.run_id, run.is_success) == (True, RUN, True)
    assert run.remote_job_origin.location_name == MODULE
    assert {"of": "job", "of_run": "1", "dagster/max_retries": "0"}.items() <= run.tags.items()
    [loaded] = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"]
    assert loaded["python_module"] == {"module_name": MODULE, "location_name": MODULE}


def test_a_refresh_can_confirm_what_was_withdrawn_of_every_source():
    job = build_definitions().resolve_job_def("refresh_retail")
    ops = confirming_withdrawn(job, "retail")
    sources = {"customers", "products", "recommendation_feedback", "transactions"}
    assert set(ops) == {f"retail_bronze_{source}" for source in sources}
    assert dg.validate_run_config(job, {"ops": ops})


def test_a_refresh_ends_runs_that_were_killed_before_it_and_signs_its_own():
    @dg.asset(partitions_def=dg.MonthlyPartitionsDefinition("2011-01-01", end_date="2011-03-01"))
    def only() -> None: ...

    job = dg.Definitions(assets=[only], jobs=[dg.define_asset_job("all")]).resolve_job_def("all")
    machine, number, _ = this_process().rsplit(" ", 2)
    with dg.instance_for_test() as instance:
        killed = instance.create_run_for_job(
            dg.GraphDefinition("empty").to_job(), tags={PROCESS_TAG: f"{machine} {number} 1"}
        )
        begun = dg.DagsterEvent(event_type_value="PIPELINE_START", job_name=killed.job_name)
        instance.report_dagster_event(begun, killed.run_id)
        done = refresh(job, [date(2011, 1, 1)], instance, lambda *_: None)
        runs = {run.run_id: run for run in instance.get_runs()}
    assert runs[killed.run_id].status == dg.DagsterRunStatus.FAILURE
    tags = runs[done.run_id].tags
    assert tags[PROCESS_TAG] == this_process()
    assert tags["dagster/max_retries"] == "0", "the daemon cannot start a run of the command again"

"""What a refresh says of its steps while it runs."""

import dagster as dg
import pytest

from arcana_assets.automation.refresh import confirming_withdrawn, in_words, refresh
from arcana_assets.definitions import build_definitions


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


def test_a_refresh_can_confirm_what_was_withdrawn_of_every_source():
    job = build_definitions().resolve_job_def("refresh_retail")
    ops = confirming_withdrawn(job, "retail")
    sources = {"customers", "products", "recommendation_feedback", "transactions"}
    assert set(ops) == {f"retail_bronze_{source}" for source in sources}
    assert dg.validate_run_config(job, {"ops": ops})

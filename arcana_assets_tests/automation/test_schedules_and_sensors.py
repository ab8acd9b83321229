"""The nightly schedule and the landing sensor of the retail domain, ticked for real against a lake and a landing.

Slow: each of these tests loads all domains, or starts runs of them.
"""

import json
import re
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.automation.sensors import _changed, _seen
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.domain.months import months_between
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.processes import this_process
from arcana_assets.graph.process import PROCESS_TAG
from arcana_assets.landing.zone import LandingChanged, LandingFile, LandingZone
from arcana_assets.samples.retail.folder import write_retail_drop
from arcana_assets_tests.worlds.platform import Platform

pytestmark = pytest.mark.slow

START, END = RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


def evaluated(platform: Platform, cursor: str | None) -> dg.SensorResult:
    definitions = platform.definitions
    sensor = definitions.get_repository_def().get_sensor_def("landing_retail")
    needed = {name: (definitions.resources or {})[name] for name in sensor.required_resource_keys}
    return sensor.evaluate_tick(dg.build_sensor_context(instance=platform.instance, cursor=cursor, resources=needed))


def tick(platform: Platform, cursor: str | None) -> tuple[list[tuple[str, str]], str | None, str]:
    """Months asked for as (first, last), the new cursor, and why nothing was asked for."""
    result = evaluated(platform, cursor)
    asked = [tuple(request.tags[tag] for tag in RANGE) for request in result.run_requests or []]
    return asked, result.cursor or cursor, result.skip_message or ""


def computed(platform: Platform, first: date, last: date) -> None:
    """Leaves customer 360 as a refresh of these months would, without its rows."""
    none = pa.table({"month": pa.array([], pa.date32()), "customer_id": pa.array([], pa.string())})
    months = months_between(first, last)
    platform.lake.write(("retail", "gold", "customer_360"), none, months, engine=Engine(), run_id="earlier")


def nightly(platform: Platform, at: datetime) -> list[dg.RunRequest]:
    schedule = platform.definitions.get_repository_def().get_schedule_def("nightly_retail")
    context = dg.build_schedule_context(instance=platform.instance, scheduled_execution_time=at)
    return list(schedule.evaluate_tick(context).run_requests or [])


def test_the_night_asks_for_the_open_month_as_of_its_scheduled_time(platform: Platform) -> None:
    (request,) = nightly(platform, datetime(2011, 7, 20, 1, tzinfo=UTC))
    assert [request.tags[tag] for tag in RANGE] == ["2011-07-01", "2011-07-01"]
    assert request.tags["arcana/as_of"] == "2011-07-20T01:00:00+00:00"


def test_the_first_nights_of_a_month_ask_for_the_month_before_too(platform: Platform) -> None:
    (request,) = nightly(platform, datetime(2011, 7, 3, 1, tzinfo=UTC))
    assert [request.tags[tag] for tag in RANGE] == ["2011-06-01", "2011-07-01"]


def test_the_month_of_a_night_is_that_of_the_domain_and_not_of_utc(platform: Platform) -> None:
    # 23:30 UTC on the last of June is 00:30 on the first of July in London.
    (request,) = nightly(platform, datetime(2011, 6, 30, 23, 30, tzinfo=UTC))
    assert [request.tags[tag] for tag in RANGE] == ["2011-06-01", "2011-07-01"]


def test_no_night_asks_for_a_month_before_the_domain(platform: Platform) -> None:
    (request,) = nightly(platform, datetime(2010, 12, 2, 2, tzinfo=UTC))
    assert [request.tags[tag] for tag in RANGE] == ["2010-12-01", "2010-12-01"]
    assert nightly(platform, datetime(2010, 11, 20, 2, tzinfo=UTC)) == []


def ended(platform: Platform) -> Platform:
    """The retail domain, whose data end in 2011-12."""
    folder = platform.root / "defs" / "retail"
    shutil.copytree(DEFS / "retail", folder)
    said = (folder / "defs.yaml").read_text(encoding="utf-8")
    (folder / "defs.yaml").write_text(said.replace("  start: 2010-12\n", "  start: 2010-12\n  end: 2011-12\n"))
    platform.folder = platform.root / "defs"
    return platform


def test_the_nights_of_a_domain_end_with_its_data(platform: Platform) -> None:
    (last,) = nightly(ended(platform), datetime(2012, 1, 3, 2, tzinfo=UTC))  # a late row may still arrive
    assert [last.tags[tag] for tag in RANGE] == ["2011-12-01", "2011-12-01"]
    assert nightly(platform, datetime(2012, 1, 20, 2, tzinfo=UTC)) == []
    assert nightly(platform, datetime(2026, 3, 1, 2, tzinfo=UTC)) == []


def test_files_of_a_domain_whose_data_ended_still_ask_for_its_months(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=14, seed=1)
    asked, _, _ = tick(ended(platform), None)
    assert asked == [("2010-12-01", "2011-12-01")], "and for none after them"


def test_schedules_and_sensors_are_off_until_the_deployment_is_production(tmp_path: Path) -> None:
    def states(env: str) -> set[str]:
        lake, landing, home = (str(tmp_path / place) for place in ("lake", "landing", "home"))
        repository = build_definitions(deployment=Deployment(lake, landing, home, env=env)).get_repository_def()
        schedules = {schedule.default_status.value for schedule in repository.schedule_defs}
        asking = [sensor for sensor in repository.sensor_defs if sensor.name.startswith("landing_")]
        return schedules | {sensor.default_status.value for sensor in asking}

    assert states("local") == {"STOPPED"}
    assert states("production") == {"RUNNING"}


def test_a_first_drop_asks_for_the_months_it_touches_in_one_range(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=3, seed=1)
    asked, cursor, _ = tick(platform, None)
    assert asked == [("2010-12-01", "2011-02-01")]
    again, _, why = tick(platform, cursor)
    assert again == []
    assert why == "no file is new, changed or withdrawn"


def test_a_changed_and_a_new_file_ask_for_their_months_and_the_computed_ones_after_them(platform):
    write_retail_drop(platform.landing, customers=30, months=4, seed=1)
    held_back = platform.landing / "transactions" / "2011-03.csv"
    shutil.move(held_back, platform.root / "later.csv")
    _, cursor, _ = tick(platform, None)
    computed(platform, date(2010, 12, 1), date(2011, 2, 1))
    changed = platform.landing / "transactions" / "2011-01.csv"
    changed.write_bytes(changed.read_bytes().replace(b"United Kingdom", b"Portugal", 1))
    shutil.move(platform.root / "later.csv", held_back)
    asked, _, _ = tick(platform, cursor)
    assert asked == [("2011-01-01", "2011-03-01")]


def test_a_month_whose_history_was_never_computed_is_asked_for_with_it(platform):
    write_retail_drop(platform.landing, customers=30, months=4, seed=1)
    for month in ("2010-12", "2011-01", "2011-02"):
        (platform.landing / "transactions" / f"{month}.csv").unlink()
    asked, _, _ = tick(platform, None)
    assert asked == [("2010-12-01", "2011-03-01")]


def test_a_withdrawn_file_asks_for_the_months_it_had(platform):
    write_retail_drop(platform.landing, customers=30, months=3, seed=1)
    _, cursor, _ = tick(platform, None)
    computed(platform, date(2010, 12, 1), date(2011, 2, 1))
    (platform.landing / "transactions" / "2011-02.csv").unlink()
    asked, _, _ = tick(platform, cursor)
    assert asked == [("2011-02-01", "2011-02-01")]


def test_a_content_that_comes_back_after_another_one_is_asked_for_again(platform):
    write_retail_drop(platform.landing, customers=30, months=1, seed=1)
    file = platform.landing / "transactions" / "2010-12.csv"
    first, keys, cursor = file.read_bytes(), [], None
    for content in (first, first.replace(b"United Kingdom", b"Portugal", 1), first):
        file.write_bytes(content)
        result = evaluated(platform, cursor)
        keys += [request.run_key for request in result.run_requests]
        cursor = result.cursor
    assert len(keys) == len(set(keys)) == 3


def test_a_late_row_asks_for_the_computed_months_that_look_back_on_it(platform):
    write_retail_drop(platform.landing, customers=30, months=3, seed=1)
    _, cursor, _ = tick(platform, None)
    computed(platform, date(2010, 12, 1), date(2011, 2, 1))
    late = platform.landing / "transactions" / "late.csv"
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n"
    late.write_text(header + "900001,22423,LATE,1,1/31/2011 10:00,2.5,10001,United Kingdom\r\n")
    asked, _, _ = tick(platform, cursor)
    assert asked == [("2011-01-01", "2011-02-01")]


def test_a_changed_catalogue_asks_for_the_last_month_there_is(platform):
    write_retail_drop(platform.landing, customers=30, months=2, seed=1)
    _, cursor, _ = tick(platform, None)
    computed(platform, date(2010, 12, 1), date(2011, 1, 1))
    catalogue = platform.landing / "products" / "products.csv"
    catalogue.write_text(catalogue.read_text(encoding="utf-8").replace("Moda", "Roupas"), encoding="utf-8")
    asked, _, _ = tick(platform, cursor)
    assert asked == [("2011-01-01", "2011-01-01")]


def test_a_file_that_cannot_be_read_is_told_and_does_not_hide_the_others(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=1, seed=1)
    (platform.landing / "products" / "products.csv").write_text("nothing;like;it\n")
    asked, cursor, _ = tick(platform, None)
    assert asked == [("2010-12-01", "2010-12-01")]
    _, _, why = tick(platform, cursor)
    assert "products/products.csv" in why


def spoil(platform: Platform) -> Path:
    """Leaves a catalogue that cannot be read beside sales that can, all of it seen already."""
    catalogue = platform.landing / "products" / "products.csv"
    catalogue.write_text("nothing;like;it\n")
    return catalogue


def test_a_source_that_cannot_be_read_is_asked_for_alone_once_a_day_and_fails(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=1, seed=1)
    _, cursor, _ = tick(platform, None)
    computed(platform, date(2010, 12, 1), date(2010, 12, 1))
    spoil(platform)
    result = evaluated(platform, cursor)
    [request] = result.run_requests or []
    keys = [key.to_user_string() for key in request.asset_selection or ()]
    assert keys == [f"retail/{layer}/products" for layer in ("bronze", "silver", "quarantine")]
    asked, again, why = tick(platform, result.cursor)
    assert (asked, "products/products.csv" in why) == ([], True)
    # The next day: the cursor says when it was told last.
    yesterday = json.loads(again or "") | {"told": {"products": "2011-01-01"}}
    [reminder] = evaluated(platform, json.dumps(yesterday)).run_requests or []
    assert reminder.run_key != request.run_key
    job = platform.definitions.resolve_job_def("refresh_retail")
    run = job.execute_in_process(
        instance=platform.instance,
        asset_selection=list(request.asset_selection or ()),
        tags=dict(request.tags),
        raise_on_error=False,
    )
    [failed] = [event for event in run.all_events if event.is_step_failure]
    assert failed.step_key == "retail_bronze_products"
    said = failed.step_failure_data.user_failure_data.description
    assert "products/products.csv" in said
    assert "is that the delimiter?" in said


def told_of(result: dg.SensorResult) -> list[list[str]]:
    """The assets of each run that a tick asks for; none are named where it is all of them."""
    return [[key.to_user_string() for key in request.asset_selection or ()] for request in result.run_requests or []]


def test_a_file_that_cannot_be_read_is_told_each_day_until_it_is_mended_and_then_once_more(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=2, seed=1)
    _, cursor, _ = tick(platform, None)
    computed(platform, date(2010, 12, 1), date(2011, 1, 1))
    file = platform.landing / "transactions" / "2011-01.csv"
    good, alone = file.read_bytes(), [[f"retail/{layer}/transactions" for layer in ("bronze", "silver", "quarantine")]]
    file.write_bytes(b"nothing;like;it\n")
    result = evaluated(platform, cursor)
    assert told_of(result) == alone
    asked, again, why = tick(platform, result.cursor)
    assert (asked, "transactions/2011-01.csv" in why) == ([], True)
    yesterday = json.loads(again or "") | {"told": {"transactions:transactions/2011-01.csv": "2011-01-01"}}
    result = evaluated(platform, json.dumps(yesterday))
    assert told_of(result) == alone
    file.write_bytes(good)  # nothing is new to the sensor, and the check is red still
    result = evaluated(platform, result.cursor)
    assert told_of(result) == alone
    assert tick(platform, result.cursor)[0] == []


def test_good_files_beside_one_that_cannot_be_read_are_asked_for_at_once(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=3, seed=1)
    held_back = platform.landing / "transactions" / "2011-02.csv"
    shutil.move(held_back, platform.root / "later.csv")
    (platform.landing / "transactions" / "2011-01.csv").write_bytes(b"")
    asked, cursor, _ = tick(platform, None)
    assert asked == [("2010-12-01", "2010-12-01")]
    computed(platform, date(2010, 12, 1), date(2010, 12, 1))
    shutil.move(platform.root / "later.csv", held_back)
    asked, cursor, _ = tick(platform, cursor)
    assert asked == [("2011-01-01", "2011-02-01")]
    asked, _, why = tick(platform, cursor)
    assert (asked, "transactions/2011-01.csv is empty" in why) == ([], True)


def test_a_file_that_becomes_unreadable_is_none_that_was_withdrawn(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=2, seed=1)
    _, cursor, _ = tick(platform, None)
    computed(platform, date(2010, 12, 1), date(2011, 1, 1))
    file = platform.landing / "transactions" / "2011-01.csv"
    file.write_bytes(b"")
    result = evaluated(platform, cursor)
    assert json.loads(result.cursor)["files"] == json.loads(cursor or "")["files"]
    file.unlink()
    assert tick(platform, result.cursor)[0] == [("2011-01-01", "2011-01-01")]


def test_a_source_that_waits_for_a_delivery_is_not_told_twice_a_day(platform: Platform, monkeypatch) -> None:
    write_retail_drop(platform.landing, customers=30, months=2, seed=1)
    (platform.landing / "transactions" / "2011-01.csv").write_bytes(b"")
    _, cursor, _ = tick(platform, None)

    def growing(zone: LandingZone, files: Iterable[LandingFile]) -> None:
        raise LandingChanged("transactions/2010-12.csv changed while it was read")

    with monkeypatch.context() as patch:
        patch.setattr(LandingZone, "assert_unchanged", growing)
        asked, cursor, why = tick(platform, cursor)
    assert (asked, why) == ([], "transactions/2010-12.csv changed while it was read")
    assert tick(platform, cursor)[0] == []


def test_a_source_that_was_mended_and_spoilt_again_is_told_again(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=1, seed=1)
    _, cursor, _ = tick(platform, None)
    catalogue = platform.landing / "products" / "products.csv"
    good, keys = catalogue.read_bytes(), []
    for content in (b"nothing;like;it\n", good.replace(b"Moda", b"Roupas"), b"nothing;like;it\n"):
        catalogue.write_bytes(content)
        result = evaluated(platform, cursor)
        keys += [request.run_key for request in result.run_requests or []]
        cursor = result.cursor
    assert len(keys) == len(set(keys)) == 3


def test_what_changed_beside_a_source_that_cannot_be_read_is_asked_for(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=3, seed=1)
    _, cursor, _ = tick(platform, None)
    computed(platform, date(2010, 12, 1), date(2011, 2, 1))
    spoil(platform)
    changed = platform.landing / "transactions" / "2011-02.csv"
    changed.write_bytes(changed.read_bytes().replace(b"United Kingdom", b"Portugal", 1))
    asked, cursor, _ = tick(platform, cursor)
    assert asked == [("2011-02-01", "2011-02-01")]
    assert tick(platform, cursor)[0] == []  # the run of that month told of the catalogue


def test_a_file_that_is_still_being_delivered_delays_its_source_alone(platform: Platform, monkeypatch) -> None:
    write_retail_drop(platform.landing, customers=30, months=2, seed=1)
    unchanged = LandingZone.assert_unchanged

    def growing(zone: LandingZone, files: Iterable[LandingFile]) -> None:
        files = list(files)
        if any(file.path.startswith("products/") for file in files):
            raise LandingChanged("products/products.csv changed while it was read")
        unchanged(zone, files)

    with monkeypatch.context() as patch:
        patch.setattr(LandingZone, "assert_unchanged", growing)
        asked, cursor, _ = tick(platform, None)
        assert asked == [("2010-12-01", "2011-01-01")]
        asked, cursor, why = tick(platform, cursor)
        assert (asked, why) == ([], "products/products.csv changed while it was read")
    computed(platform, date(2010, 12, 1), date(2011, 1, 1))
    assert tick(platform, cursor)[0] == [("2011-01-01", "2011-01-01")]


def test_the_cursor_says_for_each_file_its_content_and_its_months(platform: Platform) -> None:
    write_retail_drop(platform.landing, customers=30, months=1, seed=1)
    _, cursor, _ = tick(platform, None)
    seen = json.loads(cursor or "")["files"]
    assert seen["transactions:transactions/2010-12.csv"][1:] == ["2010-12-01"]
    assert len(seen["transactions:transactions/2010-12.csv"][0]) == 64


@pytest.mark.parametrize("what", ["owners", "kinds", "tags", "group", "description", "defined_in"])
def test_every_asset_says_who_owns_it_and_what_it_is(platform: Platform, what: str) -> None:
    for key, node in ((spec.key.to_user_string(), spec) for spec in platform.definitions.resolve_all_asset_specs()):
        found = {
            "owners": node.owners,
            "kinds": node.kinds,
            "tags": {"domain", "layer"} <= node.tags.keys(),
            "group": node.group_name,
            "description": node.description,
            "defined_in": Path(node.metadata["defined_in"].value).exists() if "defined_in" in node.metadata else False,
        }[what]
        assert found, f"{key} has no {what}"


def test_a_tick_ends_the_runs_whose_process_was_killed_and_is_always_on(platform: Platform) -> None:
    sensor = platform.definitions.get_repository_def().get_sensor_def("killed_runs_retail")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    machine, number, _ = this_process().rsplit(" ", 2)
    killed = platform.instance.create_run_for_job(
        dg.GraphDefinition("empty").to_job(), tags={PROCESS_TAG: f"{machine} {number} 1"}
    )
    begun = dg.DagsterEvent(event_type_value="PIPELINE_START", job_name=killed.job_name)
    platform.instance.report_dagster_event(begun, killed.run_id)
    context = dg.build_sensor_context(instance=platform.instance, resources={"lake": platform.lake})
    told = [sensor.evaluate_tick(context).skip_message for _ in range(2)]
    assert told == [f"ended {killed.run_id}", "every run that goes on has its process"]
    after = platform.instance.get_run_by_id(killed.run_id)
    assert after is not None
    assert after.status == dg.DagsterRunStatus.FAILURE


def test_no_run_is_asked_for_by_what_a_run_put_down_of_a_query(platform, monkeypatch):
    write_retail_drop(platform.landing, customers=30, months=2, seed=1)
    folder = platform.root / "defs"
    shutil.copytree(platform.folder / "retail", folder / "retail")
    contract = folder / "retail" / "sources" / "products.yaml"
    text = contract.read_text()
    old = re.search(r"^landing: .*$\n^format: .*$", text, re.MULTILINE)
    asked = "{kind: sql, url_env: SHOP_DATABASE, query: SELECT 1}"
    landing = 'landing: {pattern: "products/*.parquet", deliveries: latest}'
    contract.write_text(text.replace(old[0], f"{landing}\nformat: {asked}"))
    platform.folder = folder
    asked_for, cursor, _ = tick(platform, None)
    assert asked_for == [("2010-12-01", "2011-01-01")]
    place = platform.landing / "products" / "20110201T000000Z_1f2e3d4c.parquet"
    pq.write_table(pa.table({"a": ["1"]}), place)
    assert tick(platform, cursor)[0] == []


def test_rows_that_go_from_month_to_month_while_their_file_stays_ask_for_both_months():
    def seen(rows):
        record = SimpleNamespace(sha256="a", path="items.csv", by_month=lambda bounds: rows)
        inventory = SimpleNamespace(files={"items.csv": record}, dated=True)
        return _seen("items", inventory, None, counted=True)

    april, may = date(2024, 4, 1), date(2024, 5, 1)
    assert _changed(seen({april: 3, may: 1}), seen({april: 3, may: 1})) is None
    assert _changed(seen({april: 3, may: 1}), seen({april: 2, may: 2})) == {april, may}

"""What did not happen: nights, freshness and ticks of a real instance."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState, FreshnessStateChange
from dagster._core.remote_origin import RemoteInstigatorOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.test_utils import create_run_for_test
from dagster._utils.error import SerializableErrorInfo

from arcana_assets.alerts import runs
from arcana_assets.alerts.board import read_board, write_boards
from arcana_assets.alerts.finding import Finding
from arcana_assets.alerts.state import State
from arcana_assets.alerts.watch import Watched, last_night, standing
from arcana_assets.automation.location import job_origin
from arcana_assets.domain.settings.nightly import Nightly
from arcana_assets_tests.alerts.conftest import AFTER, TABLE, OnCall

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def keep(on_call: OnCall, name: str, kind: InstigatorType, status: InstigatorStatus) -> InstigatorState:
    """The state of a schedule or sensor, as the daemon keeps it."""
    origin = RemoteInstigatorOrigin(job_origin("refresh_retail").repository_origin, name)
    data = SensorInstigatorData() if kind == InstigatorType.SENSOR else ScheduleInstigatorData("0 2 * * *", None)
    state = InstigatorState(origin, kind, status, data)
    on_call.instance.add_instigator_state(state)
    return state


def tick(on_call: OnCall, state: InstigatorState, at: float, error: SerializableErrorInfo | None = None) -> None:
    status = TickStatus.FAILURE if error else TickStatus.SKIPPED
    on_call.instance.create_tick(
        TickData(
            state.instigator_origin_id, state.instigator_name, state.instigator_type, status, at, error=error,
            selector_id=state.selector_id,
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hour", "fresh_by", "now", "expected"),
    [
        (2, 6, "2026-03-10T07:00", ("2026-03-10T02:00", "2026-03-10T06:00")),
        (2, 6, "2026-03-10T06:00", ("2026-03-10T02:00", "2026-03-10T06:00")),
        (2, 6, "2026-03-10T05:59", ("2026-03-09T02:00", "2026-03-09T06:00")),
        (22, 6, "2026-03-01T07:00", ("2026-02-28T22:00", "2026-03-01T06:00")),
        (6, 6, "2026-03-10T07:00", ("2026-03-09T06:00", "2026-03-10T06:00")),
    ],
)
def test_the_last_night_is_the_one_whose_deadline_passed(retail, hour, fresh_by, now, expected):
    domain = retail.model_copy(
        update={"timezone": "America/Sao_Paulo", "nightly": Nightly(hour=hour, fresh_by=fresh_by)}
    )
    night = last_night(domain, datetime.fromisoformat(now).replace(tzinfo=SAO_PAULO).timestamp())
    assert night == tuple(datetime.fromisoformat(each).replace(tzinfo=SAO_PAULO) for each in expected)


@pytest.fixture
def morning(on_call: OnCall) -> tuple[OnCall, datetime]:
    """Somebody on call in production, after a deadline that lies an hour back, and long after the first look."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    nightly = Nightly(hour=(hour - timedelta(hours=3)).hour, fresh_by=hour.hour)
    on_call.domains = [on_call.domains[0].model_copy(update={"timezone": "UTC", "nightly": nightly})]
    on_call.watched = Watched(by_itself=True)
    State(began=(hour - timedelta(days=3)).timestamp(), cursor=hour.timestamp()).save(on_call.instance)
    return on_call, hour


def words(on_call: OnCall) -> list[str]:
    return [each.finding.words for each in on_call.look().standing]


def test_a_night_without_a_run_is_told_and_its_run_ends_that(morning):
    on_call, hour = morning
    begins = hour - timedelta(hours=3)
    (said,) = words(on_call)
    assert said.startswith(f"Nenhuma execução da noite começou desde as {begins:%H:%M}, e às {hour:%H:%M}")
    assert on_call.told() == (1, 2)
    on_call.run(month=f"{begins:%Y-%m}-01")
    assert words(on_call) == []
    assert on_call.told() == (1, 2)


def test_a_domain_that_cannot_be_read_is_told_and_its_mending_ends_that(on_call):
    on_call.watched = Watched(broken={"mall": "mall/defs.yaml:10: attributes.currency: 'x' is no currency"})
    assert words(on_call) == ["mall/defs.yaml:10: attributes.currency: 'x' is no currency"]
    assert on_call.told() == (1, 2)
    assert len(words(on_call)) == 1
    assert on_call.told() == (0, 0), "once"
    on_call.watched = Watched()
    assert words(on_call) == []
    assert on_call.told() == (1, 2)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (dg.DagsterRunStatus.STARTED, "ainda não tinha terminado"),
        (dg.DagsterRunStatus.STARTING, "ainda não tinha terminado"),
        (dg.DagsterRunStatus.CANCELED, "foi interrompida"),
        (dg.DagsterRunStatus.SUCCESS, None),
    ],
)
def test_a_night_whose_run_is_not_over_is_told_as_that(morning, status, expected):
    on_call, hour = morning
    month = f"{hour - timedelta(hours=3):%Y-%m}-01"
    create_run_for_test(on_call.instance, "refresh_retail", status=status, tags={"dagster/partition": month})
    said = words(on_call)
    assert len(said) == (expected is not None)
    assert all(expected in each for each in said)


def test_no_night_is_missed_of_a_domain_whose_data_ended(morning):
    on_call, _ = morning
    on_call.domains = [on_call.domains[0].model_copy(update={"end": date(2011, 12, 1)})]
    assert words(on_call) == []


def test_a_run_of_another_month_is_not_the_night(morning):
    on_call, _ = morning
    on_call.run(month="2011-05-01")
    assert len(words(on_call)) == 1


def test_a_schedule_that_was_switched_off_is_named(morning):
    on_call, _ = morning
    keep(on_call, "nightly_retail", InstigatorType.SCHEDULE, InstigatorStatus.STOPPED)
    assert words(on_call)[0].startswith("A agenda da noite foi desligada no Dagster")


def test_no_night_is_missed_before_the_first_look_nor_where_nights_are_off(morning):
    on_call, hour = morning
    on_call.watched = Watched(by_itself=False)
    assert words(on_call) == []
    on_call.watched = Watched(by_itself=True)
    State(began=(hour - timedelta(hours=1)).timestamp(), cursor=hour.timestamp()).save(on_call.instance)
    assert words(on_call) == []


def test_gold_that_is_not_fresh_is_told_once_a_domain_and_ends(on_call: OnCall) -> None:
    def judged(key: dg.AssetKey, now: FreshnessState, before: FreshnessState) -> None:
        change = FreshnessStateChange(key=key, new_state=now, previous_state=before, state_change_timestamp=1.0)
        on_call.instance._report_runless_asset_event(change)

    on_call.watched = Watched(fresh=(TABLE, AFTER))
    for key in (TABLE, AFTER):
        judged(key, FreshnessState.FAIL, FreshnessState.PASS)
    (found,) = on_call.look().standing
    assert found.finding.key == "fresh:retail"
    assert found.finding.words == (
        "2 tabelas não foram atualizadas até as 06:00: gold/afterwards, gold/segment_migration."
    )
    assert on_call.told() == (1, 2)
    for key in (TABLE, AFTER):
        judged(key, FreshnessState.PASS, FreshnessState.FAIL)
    assert on_call.look().standing == []
    assert on_call.told() == (1, 2)


def test_a_sensor_that_fails_twice_is_told_with_a_cause_that_repeats_no_data(on_call: OnCall) -> None:
    on_call.watched = Watched(ticking=("landing_retail", "nightly_retail"))
    state = keep(on_call, "landing_retail", InstigatorType.SENSOR, InstigatorStatus.DECLARED_IN_CODE)
    said = "arcana_assets.domain.yaml.file.ContractError: 2011-05.csv has no column 'Quantity'\n"
    ours = SerializableErrorInfo(said, [], "ContractError")
    wrapped = SerializableErrorInfo("Error occurred during the execution", [], "SensorExecutionError", ours)
    tick(on_call, state, 1.0, wrapped)
    assert on_call.look().standing == []
    tick(on_call, state, 61.0, wrapped)
    (found,) = on_call.look().standing
    assert found.finding.words == "2011-05.csv has no column 'Quantity'"
    assert (
        "«landing_retail» não consegue ver o que fazer" in on_call.mailbox.mails[0].get_body(("plain",)).get_content()
    )
    theirs = SerializableErrorInfo("C123456", [], "KeyError")
    tick(on_call, state, 121.0, theirs)
    assert on_call.look().standing[0].finding.words == "KeyError"
    tick(on_call, state, 181.0)
    assert on_call.look().standing == []


def test_a_schedule_that_fails_once_is_told_and_one_that_is_off_is_not(on_call: OnCall) -> None:
    on_call.watched = Watched(ticking=("nightly_retail", "weekly_maintenance_retail"))
    error = SerializableErrorInfo("x", [], "KeyError")
    for name, status in (
        ("nightly_retail", InstigatorStatus.RUNNING),
        ("weekly_maintenance_retail", InstigatorStatus.STOPPED),
    ):
        tick(on_call, keep(on_call, name, InstigatorType.SCHEDULE, status), 1.0, error)
    found = standing(on_call.instance, on_call.domains, on_call.watched, 0.0, 100.0)
    assert [(each.key, each.domain) for each in found] == [("tick:nightly_retail", "retail")]


def test_a_run_that_failed_is_over_when_others_have_done_all_its_months():
    months = ("2011-03", "2011-04", "2011-05")
    state = State(0.0, 0.0)
    state.fails(Finding("run", ("refresh_retail",), "error", "x", "retail", 1.0, "run-1", months))
    run = dg.DagsterRun(job_name="refresh_retail", tags={"arcana/domain": "retail"})
    runs._succeeded(state, run, 2.0, months[1:])
    assert [each.finding.months for each in state.standing] == [("2011-03",)]
    runs._succeeded(state, run, 3.0, months[:1])
    assert state.standing == []


def test_a_board_that_cannot_be_read_is_written_anew(tmp_path, retail):
    (tmp_path / "retail").mkdir()
    (tmp_path / "retail" / "_alerts.json").write_text('{"of": "another version"}')
    write_boards(str(tmp_path), [retail], State(0.0, 0.0), 9.0)
    found = read_board(str(tmp_path), "retail")
    assert (found.looked, found.lines) == (9.0, ())

"""What runs that are over say: which checks failed and passed, whether the run did, and why.

A run is read once, when it has ended: a check that only warns leaves its run successful, so that no sensor of failed
runs ever hears of it.

Belongs here: from the events of a run to findings. Does not belong here: what did not run at all (`watch`).
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.dagster_run import RunRecord
from dagster._core.storage.tags import MAX_RETRIES_TAG, WILL_RETRY_TAG

from arcana_assets.alerts.finding import Finding, Severity
from arcana_assets.alerts.state import State
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.months import months_between
from arcana_assets.graph.failures import Cause, cause_of
from arcana_assets.graph.process import DOMAIN_TAG

OVERLAP = 600.0  # seconds: clocks of machines differ, and a run is recorded after it has ended
AT_ONCE = 50  # runs read in one look; the others follow in the next
NOT_YET_KNOWN = 15.0  # seconds, in which it may not be written yet whether a failed run is tried again
CAUSES = 3  # steps whose causes are told of a run
OWN_WORDS = 400  # characters of a cause
_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_TOLD = {
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
}
_RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@]*@")


def hear(state: State, instance: dg.DagsterInstance, domains: Collection[CustomerDomain], now: float) -> None:
    """Reads the runs that ended since the state was last brought up to date, in the order in which they ended."""
    floor = min(state.cursor, now) - OVERLAP
    known = dg.RunsFilter(statuses=_ENDED, updated_after=datetime.fromtimestamp(floor, UTC))
    records = [each for each in instance.get_run_records(known) if _ended_at(each) >= floor]
    state.seen = {run: at for run, at in state.seen.items() if at >= floor}
    unread = sorted((each for each in records if each.dagster_run.run_id not in state.seen), key=_ended_at)
    for record in unread[:AT_ONCE]:
        run, ended = record.dagster_run, _ended_at(record)
        failed = run.status == dg.DagsterRunStatus.FAILURE
        if failed and instance.run_retries_enabled and WILL_RETRY_TAG not in run.tags and now - ended < NOT_YET_KNOWN:
            return  # the runs after it wait as well, so that the last one has the last word
        if not will_be_retried(run):
            _hear_run(state, instance, run, ended, [each.name for each in domains])
        state.seen[run.run_id] = ended
        state.cursor = min(max(state.cursor, ended), now)


def will_be_retried(run: dg.DagsterRun) -> bool:
    """Whether Dagster starts a failed run again by itself."""
    return run.tags.get(WILL_RETRY_TAG) == "true" and run.tags.get(MAX_RETRIES_TAG) != "0"


def months_of(run: dg.DagsterRun) -> tuple[str, ...]:
    """The months that a run was asked for, as `YYYY-MM`; none of one without months."""
    asked = [run.tags[tag][:7] for tag in _RANGE if tag in run.tags]
    asked = asked or [run.tags[tag][:7] for tag in ("dagster/partition",) if tag in run.tags]
    if not asked or not all(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", each) for each in asked):
        return ()
    first, last = (datetime.strptime(each, "%Y-%m").date() for each in (asked[0], asked[-1]))  # noqa: DTZ007
    return tuple(f"{month:%Y-%m}" for month in months_between(first, last))


def _hear_run(state: State, instance: dg.DagsterInstance, run: dg.DagsterRun, ended: float, domains: list[str]) -> None:
    months, causes, said = months_of(run), list[str](), list[str]()
    checks = dict[str, Finding | None]()
    for entry in instance.all_logs(run.run_id, of_type=_TOLD):
        event = entry.dagster_event
        if event is None:
            continue
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            found = _of_check(event, run.run_id, months, ended, domains)
            checks[found.key] = None if event.asset_check_evaluation_data.passed else found  # the last try counts
        elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
            causes.append(f"{event.step_key}: {worded(cause_of(event))}")
        else:
            said.append(plain(event.message or ""))
    for key, failed in checks.items():
        if failed is None:
            state.passes(key, ended, months)
        else:
            state.fails(failed)
    if run.status == dg.DagsterRunStatus.FAILURE:
        domain = run.tags.get(DOMAIN_TAG) or next(iter(_domains_of(run, domains)), "")
        words = " · ".join(causes[:CAUSES]) + (f" · + {len(causes) - CAUSES}" if len(causes) > CAUSES else "")
        state.fails(
            Finding(
                "run", (run.job_name,), "error", words or " ".join(said), domain, ended, run.run_id, months
            )
        )  # fmt: skip
    elif run.status == dg.DagsterRunStatus.SUCCESS:
        _succeeded(state, run, ended, months)


def _succeeded(state: State, run: dg.DagsterRun, ended: float, months: tuple[str, ...]) -> None:
    """Ends what earlier runs of the same job, or parts of the domain's refresh, had failed at for these months."""
    whole = f"refresh_{run.tags.get(DOMAIN_TAG, '')}" == run.job_name
    for key, each in list(state.open.items()):
        finding = each.finding
        mine = finding.subject == (run.job_name,)
        mine = mine or (whole and bool(finding.months) and finding.domain == run.tags[DOMAIN_TAG])
        if finding.kind != "run" or finding.at > ended or not mine:
            continue
        left = tuple(month for month in finding.months if month not in months)
        if not left:
            state.passes(key, ended, months)
        elif left != finding.months and each.passed is None:  # the rest of it is done by other runs
            each.finding = replace(finding, months=left)
            del state.open[key]
            state.open.setdefault(each.finding.key, each)


def _of_check(event: dg.DagsterEvent, run_id: str, months: tuple[str, ...], at: float, domains: list[str]) -> Finding:
    found = event.asset_check_evaluation_data
    first, *rest = found.asset_key.path
    severity: Severity = "warning" if found.severity == dg.AssetCheckSeverity.WARN else "error"
    domain, words = first if first in domains else "", plain(found.description or "")
    return Finding(
        "check", ("/".join([first, *rest]), found.check_name), severity, words, domain, at, run_id, months
    )  # fmt: skip


def _domains_of(run: dg.DagsterRun, domains: list[str]) -> Iterator[str]:
    for key in sorted(run.asset_selection or ()):
        if key.path[0] in domains:
            yield key.path[0]


def _ended_at(record: RunRecord) -> float:
    return record.end_time or record.update_timestamp.timestamp()


def worded(cause: Cause) -> str:
    """A cause as it may be told: of an error that is not the platform's its class, for its words may repeat data."""
    if not cause.ours:
        return cause.kind
    return re.sub(rf"^[\w.]*\b{re.escape(cause.kind)}: ", "", plain(cause.words))[:OWN_WORDS]


def plain(text: str) -> str:
    """One line, without passwords of addresses."""
    return _PASSWORD.sub(r"\1***@", " ".join(text.split()))

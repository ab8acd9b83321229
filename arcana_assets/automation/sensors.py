"""Sensors: landing files ask for the months they touch; runs that were killed are ended.

Belongs here: comparing deliveries with what was seen before, and when runs are looked after. Does not belong here:
reading files (`landing.files`), telling dead runs from living ones (`graph.process`).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from arcana_assets.domain.contract.formats import SqlFormat
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.months import Bounds, months_between, ranges, shifted
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.process import end_dead_runs, know_pool
from arcana_assets.graph.run import range_tags
from arcana_assets.lake.lake import Lake
from arcana_assets.lake.lease import last_sign_of
from arcana_assets.landing.files.records import Inventory
from arcana_assets.landing.zone import LandingZone

Seen = dict[str, list[Any]]
TakeInventory = Callable[[str, LandingZone, Lake, Engine], Inventory]


def landing_sensor(
    domain: CustomerDomain, job: Any, take: TakeInventory, status: dg.DefaultSensorStatus
) -> dg.SensorDefinition:
    """Notices new, changed and withdrawn files and asks for one run for each unbroken range of months they touch.

    A computed month that lies after a touched one is asked for too, because its numbers look back on that month; so is
    a month never computed that lies before one, because a month is refused while its history is missing.

    A source with a file that cannot be read is asked for as well, once a day until that is mended, and then once more:
    a check of its bronze fails and says why, or its bronze where no file of it can be read. One whose delivery is not
    complete is looked at again. Neither delays what other files ask for.
    """

    @dg.sensor(
        name=f"landing_{domain.name}",
        job=job,
        minimum_interval_seconds=60,
        default_status=status,
        description="Refreshes the months that new, changed or withdrawn landing files touch.",
    )
    def landing_files(
        context: dg.SensorEvaluationContext, landing: LandingZone, lake: Lake, engine: Engine
    ) -> dg.SensorResult:
        know_pool(context.instance, domain.name)
        before = json.loads(context.cursor or '{"deliveries": 0, "files": {}}')
        bounds = domain.bounds(datetime.now(UTC))
        open_month = shifted(bounds.end, -1)
        today = f"{datetime.now(ZoneInfo(domain.timezone)):%Y-%m-%d}"
        now, waiting, unreadable = _look(
            before["files"], domain, bounds, lambda name: take(name, landing, lake, engine)
        )
        earlier = before.get("told", {})
        told = {what: day for what, day in earlier.items() if what in unreadable or _source(what) in waiting}
        number, latest = before["deliveries"] + 1, _latest(domain, lake, open_month)
        changed = _changed(before["files"], now)
        if changed is not None:
            touched = [month for month in changed if month <= open_month]
            asked = with_their_neighbours(touched, domain, lake, open_month) or [latest]
            # Dagster runs a key once. A content that comes back after another one is a delivery of its own.
            requests = [
                dg.RunRequest(run_key=f"{number}:{_stamp(now)}:{months[0]:%Y-%m}", tags=range_tags(months))
                for months in ranges(asked)
            ]
        else:
            # A run of changes reads the other sources too, and says as much.
            to_tell = {_source(what) for what in unreadable if told.get(what) != today}
            mended = {_source(what) for what in earlier if what not in told}
            requests = [
                _reminder(domain, source, latest, f"unreadable:{source}:{today}:{number}")
                for source in sorted(to_tell | mended)
            ]
        if not requests:
            why = "; ".join([*unreadable.values(), *waiting.values()]) or "no file is new, changed or withdrawn"
            return dg.SensorResult(skip_reason=why, cursor=json.dumps(before | {"told": told}, sort_keys=True))
        cursor = {"deliveries": number, "files": now, "told": told | dict.fromkeys(unreadable, today)}
        return dg.SensorResult(run_requests=requests, cursor=json.dumps(cursor, sort_keys=True))

    return landing_files


def killed_runs_sensor(domain: CustomerDomain) -> dg.SensorDefinition:
    """Ends the runs whose process was killed, which else hold the pool of their domain for hours. It is always on."""

    @dg.sensor(
        name=f"killed_runs_{domain.name}",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Marks runs whose process was killed as failed, and frees what they held.",
    )
    def killed_runs(context: dg.SensorEvaluationContext, lake: Lake) -> dg.SkipReason:
        know_pool(context.instance, domain.name)
        ended = end_dead_runs(context.instance, lambda name, number: last_sign_of(lake.root, name, number))
        return dg.SkipReason(f"ended {', '.join(ended)}" if ended else "every run that goes on has its process")

    return killed_runs


def _look(
    seen: Seen, domain: CustomerDomain, bounds: Bounds, take: Callable[[str], Inventory]
) -> tuple[Seen, dict[str, str], dict[str, str]]:
    """What lies in the landing now, why some sources wait for a delivery, and why files or sources cannot be read.

    Any of them is as it was seen last, so that what changed beside it is asked for all the same. A file is named by its
    source and path, as in what was seen.
    """
    now, waiting, unreadable = Seen(), dict[str, str](), dict[str, str]()
    for source, contract in domain.sources.items():
        if isinstance(contract.format, SqlFormat):
            continue  # a run puts its files there; to ask for another run of them would never end
        try:
            inventory = take(source)
            bad = {f"{source}:{path}": why for path, why in inventory.unread.items()}
            now |= _seen(source, inventory, bounds, counted=contract.dating is not None) | {
                file: seen[file] for file in bad if file in seen
            }
            unreadable |= bad
        except ArcanaError as problem:
            if problem.retriable:
                waiting[source] = str(problem)
            else:
                unreadable[source] = str(problem)
            now |= {path: held for path, held in seen.items() if path.startswith(f"{source}:")}
    return now, waiting, unreadable


def _source(what: str) -> str:
    """The source of a file, or of itself."""
    return what.partition(":")[0]


def _reminder(domain: CustomerDomain, source: str, month: date, key: str) -> dg.RunRequest:
    """A run of a source alone, which says what is wrong with its files and what to do, or that nothing is any more.

    Which months a file has rows of is not known until it is read, and the files that can be read are as they were: any
    month will do.
    """
    assets = [dg.AssetKey([domain.name, layer, source]) for layer in ("bronze", "silver", "quarantine")]
    return dg.RunRequest(run_key=key, tags=range_tags([month]), asset_selection=assets)


def _seen(source: str, inventory: Inventory, bounds: Bounds, counted: bool = False) -> Seen:
    """For each file of a source its hash and the months it has rows of that have begun.

    A snapshot has no months of its own. Rows whose dates are in another source go from month to month while the file
    stays as it is: they are `counted`.
    """
    return {
        f"{source}:{record.path}": [
            record.sha256,
            *sorted(
                f"{month.isoformat()}={rows}" if counted else month.isoformat()
                for month, rows in record.by_month(bounds).items()
                if inventory.dated
            ),
        ]
        for record in inventory.files.values()
    }


def _changed(before: Mapping[str, list[Any]], now: Mapping[str, list[Any]]) -> set[date] | None:
    """Months of files that are not as they were, in their old and their new content; None where no file changed."""
    differing = [path for path in before.keys() | now.keys() if before.get(path) != now.get(path)]
    if not differing:
        return None
    return {
        date.fromisoformat(month.partition("=")[0])
        for path in differing
        for held in (before, now)
        for month in held.get(path, ["-"])[1:]
    }


def with_their_neighbours(touched: Iterable[date], domain: CustomerDomain, lake: Lake, open_month: date) -> list[date]:
    """The months touched, the computed ones after them, which look back on them, and those never computed before."""
    touched = set(touched)
    if not touched:
        return []
    months = months_between(domain.start, open_month)
    computed = set(lake.materialized_months((domain.name, "gold", "customer_360"), months))
    later = {month for month in computed if month > min(touched)}
    history = {month for month in months if month < max(touched) and month not in computed}
    return sorted(touched | later | history)


def _latest(domain: CustomerDomain, lake: Lake, open_month: date) -> date:
    """The month that a changed snapshot is for: the last one there is.

    Where the nights are kept up, that is the open one.
    """
    months = months_between(domain.start, open_month)
    return max(lake.materialized_months((domain.name, "gold", "customer_360"), months), default=open_month)


def _stamp(now: Seen) -> str:
    return hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()[:16]

"""`arcana try`: a month of a domain in a lake that is thrown away, and what came of it.

Belongs here: the month and the folder as they are named, the run, what is told. Does not belong here: what is told
(`drafting.trial`), running a job (`automation`).
"""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from arcana_assets.cli.refresh import stopped_by_signals
from arcana_assets.cli.terminal import console, domain_folder, errors, month_of, progress
from arcana_assets.deployment import TRACKING_OFF, WAREHOUSE_OFF, Deployment, is_s3
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.months import shifted

if TYPE_CHECKING:
    import dagster as dg

    from arcana_assets.domain.customer_domain import CustomerDomain
    from arcana_assets.drafting.trial import Rows, Trial
    from arcana_assets.graph.spec import DomainSpec


def try_(
    domain: Annotated[str, typer.Argument(help="A domain, such as one that arcana new drafted.")],
    month: Annotated[
        str | None, typer.Option(help="The month, such as 2011-05.", show_default="the last whole one with rows")
    ] = None,
    defs: Annotated[
        Path | None, typer.Option(help="The folder that the domain's folder lies in.", show_default="as of refresh")
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the lake of the trial in this folder, which is new.")] = None,
) -> None:
    """Refresh a month, with what it looks back on, into a scratch lake; say what is wrong and what one gets."""
    folder = domain_folder(domain) if defs is None else defs / domain
    if not (folder / "defs.yaml").is_file():
        raise typer.BadParameter(f"there is no domain '{domain}' in {defs}: expected {folder / 'defs.yaml'}")
    wanted = None if month is None else month_of(month)
    with stopped_by_signals(), _scratch(keep) as lake:
        raise typer.Exit(0 if _tried(folder, wanted, lake) else 1)


@contextmanager
def _scratch(keep: Path | None) -> Iterator[Path]:
    """The lake of the trial: a folder that is removed, or the one to keep, which has to be new or empty."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="arcana-try-", ignore_cleanup_errors=True) as folder:
            yield Path(folder).resolve()
        return
    if keep.exists() and any(keep.iterdir()):
        raise typer.BadParameter(f"--keep {keep} holds files already; name a folder that is new")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.resolve()


def _tried(folder: Path, wanted: date | None, lake_folder: Path) -> bool:
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.automation.refresh import refresh
    from arcana_assets.automation.stopping import stoppable
    from arcana_assets.components.customer_domain import resources
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.drafting.trial import Trial, months_of, told, whole_month
    from arcana_assets.graph.spec import DomainSpec
    from arcana_assets.lake.reader import Reader

    # Programmes go on from the month before, and a trial has none.
    domain = load_domain(folder).model_copy(update={"programmes": []})
    given = Deployment.from_env()
    deployment = replace(
        given,
        landing=_landing(domain, given.landing, lake_folder),
        lake=str(lake_folder),
        home=str(lake_folder / ".dagster"),
        event_engine="",
        glue="",
        tracking=TRACKING_OFF,
        warehouse=WAREHOUSE_OFF,
        env="local",
    )
    spec, there = DomainSpec(domain, folder), resources(deployment)
    now = datetime.now(UTC)
    last = shifted(domain.bounds(now).end, -1)  # the open month, or the last one of a domain that has ended
    rows = _rows(spec, there)
    month = wanted or whole_month(rows, domain.bounds(now).end if domain.has_ended(now) else last, domain.start)
    if month is not None and month < domain.start:
        raise ArcanaError(
            f"{domain.name} begins in {domain.start:%Y-%m}: expected a --month from then on, found {month:%Y-%m}. Name "
            "a later one, or write an earlier start into defs.yaml"
        )
    dated = [each for months in rows.values() for each in months if each]
    if month is None and dated:
        raise ArcanaError(
            f"{domain.name} begins in {domain.start:%Y-%m}: expected rows of whole months from then on, found "
            f"none; there are some of {min(dated):%Y-%m} to {max(dated):%Y-%m}. Mend the start in defs.yaml, or name a "
            "--month"
        )
    if month is None and not any(each.dated for each in domain.sources.values()):
        raise ArcanaError(
            f"{domain.name} has no source whose rows have a date of their own, so none tells which month to try: name "
            "one that the files know, with --month"
        )
    if month is None:
        raise ArcanaError(
            f"expected files of {domain.name} with dated rows in {deployment.landing}/{domain.name}, found none. Put "
            "them there (arcana new says into which folder), name another landing with ARCANA_LANDING, or a --month"
        )
    months = months_of(domain, month)
    back = f", with {months[0]:%Y-%m} to {months[-2]:%Y-%m}, which it looks back on" if months[1:] else ""
    console.print(f"trying {domain.name}, {month:%Y-%m}{back}", soft_wrap=True)
    run_id, job = str(uuid.uuid4()), _job(_beginning(spec, months[0]), deployment)
    with instance_of(deployment) as instance, progress(f"try {domain.name}", errors, passing=True) as step:
        done = stoppable(lambda: refresh(job, months, instance, step, {}, run_id), run_id, instance)
    reader = Reader(deployment.lake, deployment.threads, deployment.memory_limit)
    earlier, trial = months[0] > domain.start, Trial(domain, month, reader, rows)
    try:
        said = told(trial, last, there["lake"], there["engine"], done.succeeded)
        warnings = [line for line in done.warnings if not (earlier and _of_left_out(line, trial))]
    finally:
        reader.close()
    for part in said:
        console.print(f"[bold]{escape(part.title)}[/]", soft_wrap=True)
        for line in part.lines or ("nothing",):
            console.print(f"  {escape(line)}", soft_wrap=True)
    for line in warnings:
        console.print(f"[yellow]warning:[/] {escape(line)}", soft_wrap=True)
    for line in done.failures:
        errors.print(f"[red]failure:[/] {escape(line)}", soft_wrap=True)
    if earlier:
        early = f"{domain.start:%Y-%m}:{month:%Y-%m}"
        console.print(
            f"earlier months were left out; all of them: arcana refresh {domain.name} --months {early}", soft_wrap=True
        )
    return done.succeeded


def _of_left_out(warning: str, trial: "Trial") -> bool:
    """Whether it tells of nothing but rows that a trial refuses because it leaves earlier months out.

    Such are most rows of a source, or those whose date is in another one. Where too many others were refused as well,
    it is no such warning.
    """
    asset, _, said = warning.partition(": ")
    name = asset.rpartition("/")[2]
    source = trial.domain.sources.get(name)
    if source is None or not said.startswith("few_rows_refused: "):
        return False
    mostly_early = "most rows are dated before the domain's start" in said
    return (mostly_early or source.dating is not None) and not trial.many_refused(name)


def _beginning(spec: "DomainSpec", month: date) -> "DomainSpec":
    """The domain as if it began with a month: what looks further back finds its beginning, and no month that lacks.

    Rows before it are refused in the trial alone, which tells nothing of them (`Trial`).
    """
    return replace(spec, domain=spec.domain.model_copy(update={"start": month}))


def _landing(domain: "CustomerDomain", landing: str, lake_folder: Path) -> str:
    """The landing that a trial reads: a copy of the domain's where a run would put what a query gives into it."""
    from arcana_assets.domain.contract.formats import SqlFormat
    from arcana_assets.landing.queried import take_in
    from arcana_assets.landing.zone import LandingZone

    asked = {name: each for name, each in domain.sources.items() if isinstance(each.format, SqlFormat)}
    if not asked:
        return landing
    if is_s3(landing):
        raise ArcanaError(
            f"{domain.name} asks databases, whose rows a trial puts beside a copy of the landing: expected a folder of "
            f"this machine as landing, found {landing}. Name one with ARCANA_LANDING"
        )
    copied, there = lake_folder / "landing", Path(landing) / domain.name
    if there.is_dir():
        shutil.copytree(there, copied / domain.name)
    for contract in asked.values():
        assert isinstance(contract.format, SqlFormat)
        take_in(LandingZone(root=str(copied)), domain.name, contract, contract.format, "trial")
    return str(copied)


def _rows(spec: "DomainSpec", there: dict) -> "Rows":
    """Rows that the landing has of each dated source by month, as far as its files can be read."""
    from arcana_assets.landing.definitions import source_inventory
    from arcana_assets.landing.zone import LandingError

    found = dict[str, dict[date | None, int]]()
    for name, contract in spec.domain.sources.items():
        if not contract.dated:
            continue
        try:
            inventory = source_inventory(spec, name, there["landing"], there["lake"], there["engine"])
        except LandingError as wrong:
            errors.print(f"[yellow]{name}:[/] {escape(str(wrong))}", soft_wrap=True)
            continue
        months = dict[date | None, int]()
        for record in inventory.files.values():
            for month, rows in record.rows.items():
                months[month] = months.get(month, 0) + rows
        found[name] = months
    return found


def _job(spec: "DomainSpec", deployment: Deployment) -> "dg.JobDefinition":
    """The refresh of the domain's tables; files for people and a database are of no use in a trial."""
    import dagster as dg

    from arcana_assets.components.customer_domain import domain_definitions, resources

    name = spec.domain.name
    tables = dg.AssetSelection.key_prefixes([name]) - dg.AssetSelection.key_prefixes(
        [name, "published"], [name, "warehouse"]
    )
    part = dg.define_asset_job(f"try_{name}", selection=tables, executor_def=dg.in_process_executor)
    given = dg.Definitions(resources=resources(deployment), executor=dg.in_process_executor, jobs=[part])
    return dg.Definitions.merge(domain_definitions(spec, deployment), given).resolve_job_def(f"try_{name}")

"""`arcana refresh` and `backfill`: the job of a domain for some months, in this process, and what it came to.

Belongs here: the run's arguments, its progress, its summary. Does not belong here: running it (`automation`).
"""

import json
import os
import re
import shlex
import signal
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from arcana_assets.cli.terminal import console, domain_folder, errors, months_of, progress
from arcana_assets.deployment import SHIPPED, Deployment, is_s3
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.months import month_at, ranges

_PLACES = ("ARCANA_LAKE", "ARCANA_DEFS", "ARCANA_LANDING", "ARCANA_HOME")

if TYPE_CHECKING:
    import dagster as dg

    from arcana_assets.automation.refresh import Refresh


def refresh(
    domain: Annotated[str, typer.Argument(help="A domain of the deployment, such as retail.")],
    months: Annotated[str, typer.Option(help="A month, or a range such as 2010-12:2011-05.")],
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON, for machines.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="Compute as of a day, such as 2011-12-10, of which nothing is known any more, or of a moment such as "
            "2011-12-10T05:00, in the timezone of the domain.",
            show_default="now",
        ),
    ] = None,
    tables: Annotated[bool, typer.Option("--tables", help="Name every table and its rows, too.")] = False,
    confirm_withdrawn: Annotated[
        bool, typer.Option("--confirm-withdrawn", help="Let rows go that the files do not have any more.")
    ] = False,
) -> None:
    """Run a domain's job for some months in this process; exit code 0 only if nothing failed but warnings."""
    run_job("refresh", domain, months, as_of, as_json, tables, confirm_withdrawn)


def backfill(
    domain: Annotated[str, typer.Argument(help="A domain of the deployment, such as retail.")],
    missing: Annotated[
        bool, typer.Option("--missing", help="Refresh these months; without it they are listed, and nothing is done.")
    ] = False,
) -> None:
    """Find the months that were never computed or are older than their files and tables, and refresh them in order."""
    from arcana_assets.automation.missing import missing_months
    from arcana_assets.catalogue.tables import tables_of
    from arcana_assets.components.customer_domain import resources
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.graph.spec import DomainSpec
    from arcana_assets.landing.definitions import source_inventory

    deployment, folder = Deployment.from_env(), domain_folder(domain)
    found, there = load_domain(folder), resources(deployment)
    tables = [(domain, each.layer, each.name) for each in tables_of(found)]
    take = partial(source_inventory, DomainSpec(found, folder))
    due = missing_months(found, tables, take, there["landing"], there["lake"], there["engine"])
    for month, why in due.items():
        console.print(f"{month:%Y-%m}: {escape(why)}", soft_wrap=True)
    if not due:
        console.print(f"{domain}: every month is computed, and of the files and tables that there are")
        return
    if not missing:
        console.print(f"to refresh them: arcana backfill {domain} --missing")
        return
    for months in ranges(due):
        try:
            run_job("refresh", domain, f"{months[0]:%Y-%m}:{months[-1]:%Y-%m}")
        except typer.Exit as done:
            if done.exit_code:
                raise


def run_job(
    kind: str,
    domain: str,
    months: str,
    as_of: str | None = None,
    as_json: bool = False,
    tables: bool = False,
    confirm_withdrawn: bool = False,
) -> None:
    """The job `<kind>_<domain>` for some months, in this process; ends the command."""
    with stopped_by_signals():
        _run(kind, domain, months, as_of, as_json, tables, confirm_withdrawn)


def _run(
    kind: str, domain: str, months: str, as_of: str | None, as_json: bool, tables: bool, confirm_withdrawn: bool
) -> None:
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.automation.refresh import confirming_withdrawn
    from arcana_assets.automation.refresh import refresh as run_refresh
    from arcana_assets.automation.stopping import stoppable
    from arcana_assets.graph.run import AS_OF_TAG

    deployment, run_id = Deployment.from_env(), str(uuid.uuid4())
    job, wanted = job_of(kind, domain, deployment), months_of(months)
    tags = {} if as_of is None else {AS_OF_TAG: _moment(as_of, domain, wanted[-1]).isoformat()}
    with (
        instance_of(deployment) as instance,
        progress(f"{kind} {domain} {months}", errors if as_json else console, passing=as_json) as step,
    ):
        ops = confirming_withdrawn(job, domain) if confirm_withdrawn else {}
        done = stoppable(lambda: run_refresh(job, wanted, instance, step, tags, run_id, ops), run_id, instance)
    if as_json:
        sys.stdout.write(json.dumps(done.as_dict(), indent=2, ensure_ascii=False) + "\n")
    else:
        _print(done, domain, tables)
        if done.succeeded and kind == "refresh":
            _print_highlights(domain, deployment, wanted[-1])
        _print_verdicts(done)
    raise typer.Exit(0 if done.succeeded else 1)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the command with exit code 130, before its run has begun and while it goes on."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        errors.print("[yellow]stopped:[/] nothing was written since; tables hold what they held, or their new months")
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def job_of(kind: str, domain: str, deployment: Deployment) -> "dg.JobDefinition":
    """The job of a domain; what is wrong with another one is none of its affairs. Raises ContractError."""
    folder = domain_folder(domain)
    from arcana_assets.catalogue.domains import Domains
    from arcana_assets.definitions import definitions_of
    from arcana_assets.domain.folder import load_domain

    asked = Domains({folder: load_domain(folder)}, {})
    return definitions_of(asked, deployment).resolve_job_def(f"{kind}_{domain}")


def _moment(text: str, domain: str, last: date) -> datetime:
    """The moment that `--as-of` says, in UTC; `last` is the last month that is asked for."""
    from arcana_assets.domain.folder import load_domain

    zone = ZoneInfo(load_domain(domain_folder(domain)).timezone)
    try:
        if not re.match(r"\d{4}-\d\d-\d\d(T|\Z)", text):
            raise ValueError(text)
        said = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"--as-of is '{text}'; expected a day such as 2011-12-10 or a moment such as 2011-12-10T05:00"
        ) from None
    moment = (said if said.tzinfo else said.replace(tzinfo=zone)).astimezone(UTC)
    if moment > datetime.now(UTC):
        raise typer.BadParameter(f"--as-of {text} has not come yet; leave it out to compute as of now")
    if (known := month_at(moment, zone.key)) < last:
        raise typer.BadParameter(f"--as-of {text} knows months up to {known:%Y-%m}, and {last:%Y-%m} is asked for")
    return moment


def _print(done: "Refresh", domain: str, tables: bool) -> None:
    if tables:
        table = Table("table", "rows", title=f"{domain}, {done.months[0]} to {done.months[-1]}", title_justify="left")
        table.columns[1].justify = "right"
        for name, rows in done.rows.items():
            table.add_row(name, f"{rows:,}")
        console.print(table)


def _print_verdicts(done: "Refresh") -> None:
    console.print(
        f"{len(done.rows)} tables, {done.checks_passed} checks passed, {len(done.warnings)} warnings, "
        f"{len(done.failures)} failures"
    )
    for line in done.warnings:
        console.print(f"[yellow]warning:[/] {escape(line)}", soft_wrap=True)
    for line in _told_once(done.failures):
        errors.print(f"[red]failure:[/] {escape(line)}", soft_wrap=True)


def _told_once(failures: list[str]) -> list[str]:
    """Failures of one cause, such as a domain that another run writes, in one line."""
    causes = dict[str, list[str]]()
    for step, _, cause in (line.partition(": ") for line in failures):
        causes.setdefault(cause, []).append(step)
    return [f"{steps[0]}{f' and {len(steps) - 1} more' * (len(steps) > 1)}: {cause}" for cause, steps in causes.items()]


def _print_highlights(domain: str, deployment: Deployment, month: date) -> None:
    """What the month came to, and where all of it is."""
    from arcana_assets.components.customer_domain import resources
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.publication.highlights import highlights

    there = resources(deployment)
    try:
        found = list(highlights(load_domain(domain_folder(domain)), month, there["lake"], there["engine"]))
    except ArcanaError as error:  # every table is there: what cannot be told of them makes no refresh a failed one
        errors.print(f"[yellow]warning:[/] the month cannot be summed up: {escape(str(error))}", soft_wrap=True)
        found = []
    told = [(each.title, each.lines) for each in found]
    where = (
        f"files for people: {deployment.lake}/{domain}/published",
        f"all tables: {_ui(deployment)}, then http://127.0.0.1:3000/assets",
    )
    table = Table("", "", title=f"{domain}, {month:%Y-%m}", title_justify="left", box=None, show_header=False)
    for title, lines in (*told, ("Where to look", where)):
        table.add_row(f"[bold]{escape(title)}[/]", escape("\n".join(lines) or "nothing yet"))
    console.print(table)


def _ui(deployment: Deployment) -> str:
    """What starts Dagster's page on this lake: make in the repository, else the command, told what this one was."""
    here = Path.cwd()
    if not (here / "Makefile").is_file() or not Path(SHIPPED).is_relative_to(here):
        told = [f"{name}={shlex.quote(os.environ[name])} " for name in _PLACES if os.environ.get(name)]
        return f"{''.join(told)}arcana ui"
    if deployment.lake == Deployment.from_env({}).lake:
        return "make ui"
    lake = deployment.lake
    if not is_s3(lake) and Path(lake).is_relative_to(here):
        lake = str(Path(lake).relative_to(here))
    return f"make ui LAKE={shlex.quote(lake)}"

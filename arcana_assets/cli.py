"""The `arcana` command: samples, refreshes, checks, docs and the UI, all through what the code location itself offers.

Belongs here: arguments, progress bars and tables. Does not belong here: anything that the UI could not do too.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.resources.deployment import Deployment

if TYPE_CHECKING:
    import dagster as dg

    from arcana_assets.automation.refresh import Refresh

app = typer.Typer(
    help="arcana_assets from the command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
PACKAGE = Path(__file__).parent
BAR = (TextColumn("{task.description:<44}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def main() -> None:
    """The entry point; our own errors are printed as one sentence and end with exit code 2."""
    try:
        app()
    except ArcanaError as error:
        errors.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)


@app.command()
def sample(
    domain: Annotated[str, typer.Argument(help="retail")],
    customers: Annotated[int, typer.Option(help="Customers planted.")] = 500,
    months: Annotated[int, typer.Option(help="Months of sales.")] = 6,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 7,
    start: Annotated[str, typer.Option(help="First month, YYYY-MM.")] = "2010-12",
    folder: Annotated[Path | None, typer.Option(help="Where to write; the landing of the domain by default.")] = None,
) -> None:
    """Write a realistic synthetic landing drop."""
    from arcana_assets.samples.retail import write_retail_drop

    makers = {"retail": write_retail_drop}
    if domain not in makers:
        raise typer.BadParameter(f"there is no sample of '{domain}'{nearest(domain, makers)}")
    landing = Deployment.from_env().landing
    if folder is None and landing.startswith("s3://"):
        raise typer.BadParameter(f"the landing is {landing}; name a local --folder and copy it there")
    target = folder or Path(landing) / domain
    _refuse_strangers(target, _month(start), months)
    try:
        with Progress(*BAR, console=console) as bar:
            task = bar.add_task("writing sample files", total=months)
            drop = makers[domain](
                target,
                customers,
                months,
                seed,
                _month(start),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    console.print(f"{sum(drop.rows.values()):,} sales rows in {len(drop.files)} files below {target}")


@app.command()
def refresh(
    domain: Annotated[str, typer.Argument(help="A domain of arcana_assets/defs, such as retail.")],
    months: Annotated[str, typer.Option(help="A month, or a range such as 2010-12:2011-05.")],
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON, for machines.")] = False,
) -> None:
    """Run a domain's job for some months in this process; exit code 0 only if every asset and blocking check passed."""
    from arcana_assets.automation.refresh import refresh as run_refresh

    deployment = Deployment.from_env()
    job, wanted = _job(domain, deployment), _months(months)
    with (
        _instance(deployment) as instance,
        Progress(*BAR, console=errors if as_json else console, transient=as_json) as bar,
    ):
        task = bar.add_task(f"refreshing {domain}", total=None)

        def step(name: str, steps: int) -> None:
            bar.update(task, advance=1, total=steps, description=name)

        done = run_refresh(job, wanted, instance, step)
        bar.update(task, description=f"refreshed {domain} {months}")
    if as_json:
        sys.stdout.write(json.dumps(done.as_dict(), indent=2, ensure_ascii=False) + "\n")
    else:
        _print(done, domain, deployment)
    raise typer.Exit(0 if done.succeeded else 1)


@app.command()
def check() -> None:
    """Validate the YAML of every domain and hold the generated docs against it."""
    from arcana_assets.definitions import DEFS, build_definitions
    from arcana_assets.domain.reference import stale_reference

    build_definitions()
    console.print("contracts: every domain loads")
    docs = PACKAGE.parent / "docs" / "reference"
    if docs.is_dir():
        stale = stale_reference(DEFS, docs)
        if stale:
            errors.print(
                f"[red]error:[/] not current: {', '.join(str(path) for path in stale)}. Write them again: arcana docs",
                soft_wrap=True,
            )
            raise typer.Exit(1)
        console.print("docs: every generated page is current")


@app.command()
def docs() -> None:
    """Write the generated reference pages again."""
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.reference import write_reference

    for path in write_reference(DEFS, PACKAGE.parent / "docs" / "reference"):
        console.print(f"wrote {path}")


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port of the web page.")] = 3000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; loopback unless you know who can reach it.")
    ] = "127.0.0.1",
) -> None:
    """Start the Dagster web page and its daemon."""
    deployment = Deployment.from_env()
    _settle(deployment)
    console.print(f"Dagster on http://{host}:{port}, instance files in {deployment.home}, lake {deployment.lake}")
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "--host",
        host,
        "--port",
        str(port),
        "--module-name",
        "arcana_assets.definitions",
    ]
    os.execv(sys.executable, command)  # noqa: S606


def _job(domain: str, deployment: Deployment) -> "dg.JobDefinition":
    from arcana_assets.definitions import DEFS, build_definitions

    known = [path.parent.name for path in DEFS.glob("*/defs.yaml")]
    if domain not in known:
        raise typer.BadParameter(f"there is no domain '{domain}'{nearest(domain, known)}")
    return build_definitions(deployment=deployment).resolve_job_def(f"refresh_{domain}")


def _month(text: str) -> date:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise typer.BadParameter(f"'{text}' is not a month such as 2010-12")
    return date(int(text[:4]), int(text[5:]), 1)


def _months(text: str) -> list[date]:
    first, _, last = text.partition(":")
    months = months_between(_month(first), _month(last or first))
    if not months:
        raise typer.BadParameter(f"'{text}' ends before it begins; write the earlier month first")
    return months


def _refuse_strangers(target: Path, start: date, months: int) -> None:
    """A sample among files of another origin would be taken for more sales of the same shop."""
    ours = {f"transactions/{month:%Y-%m}.csv" for month in months_between(start, shifted(start, max(months, 1) - 1))}
    ours |= {"products/products.csv", "customers/customers.csv"}
    found = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    strangers = [path for path in found if path not in ours and not path.rsplit("/", 1)[-1].startswith(".")]
    if strangers:
        raise typer.BadParameter(
            f"{target} holds files that this sample would not replace: {', '.join(strangers[:5])}. Samples and other "
            "files would be counted together: name an empty --folder, or another lake with ARCANA_LAKE."
        )


def _settle(deployment: Deployment) -> None:
    """Makes the instance's folder and puts the settings of the instance into it.

    So nothing is written elsewhere.
    """
    home = Path(deployment.home)
    settings = next(path for path in (PACKAGE.parent / "dagster.yaml", PACKAGE / "dagster.yaml") if path.exists())
    try:
        home.mkdir(parents=True, exist_ok=True)
        _copy_unless_edited(settings, home / "dagster.yaml")
    except OSError as refused:
        raise ArcanaError(
            f"cannot keep the Dagster instance in {home} ({refused}). Set ARCANA_HOME to a folder that can be written."
        ) from refused
    # Absolute, because the processes that Dagster starts may run in another folder.
    os.environ |= {
        "DAGSTER_HOME": str(home),
        "ARCANA_HOME": str(home),
        "ARCANA_LAKE": deployment.lake,
        "ARCANA_LANDING": deployment.landing,
    }


def _copy_unless_edited(settings: Path, copy: Path) -> None:
    """Settings that somebody changed in the instance's folder stay; ours are brought up to date."""
    mark = copy.with_name(".dagster.yaml.sha256")
    told = mark.read_text() if mark.exists() else ""
    if copy.exists() and hashlib.sha256(copy.read_bytes()).hexdigest() != told:
        return
    shutil.copyfile(settings, copy)
    mark.write_text(hashlib.sha256(settings.read_bytes()).hexdigest())


@contextmanager
def _instance(deployment: Deployment) -> "Iterator[dg.DagsterInstance]":
    import dagster as dg

    _settle(deployment)
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with dg.DagsterInstance.get() as instance:
        yield instance


def _print(done: "Refresh", domain: str, deployment: Deployment) -> None:
    table = Table("table", "rows", title=f"{domain}, {done.months[0]} to {done.months[-1]}", title_justify="left")
    table.columns[1].justify = "right"
    for name, rows in done.rows.items():
        table.add_row(name, f"{rows:,}")
    console.print(table)
    console.print(f"{done.checks_passed} checks passed, {len(done.warnings)} warnings, {len(done.failures)} failures")
    for line in done.warnings:
        console.print(f"[yellow]warning:[/] {escape(line)}", soft_wrap=True)
    for line in done.failures:
        errors.print(f"[red]failure:[/] {escape(line)}", soft_wrap=True)
    if done.succeeded:
        console.print(
            f"Lake: {deployment.lake}/{domain}. To look around: make ui{_lake_argument(deployment)}, then open "
            "http://127.0.0.1:3000/assets",
            soft_wrap=True,
        )


def _lake_argument(deployment: Deployment) -> str:
    """What `make ui` must be told to show this lake."""
    if deployment.lake == Deployment.from_env({}).lake:
        return ""
    folder = Path(deployment.lake)
    return f" LAKE={folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder}"

"""The `arcana` command: samples, refreshes, checks, docs and the UI, all through what the code location itself offers.

Belongs here: arguments, progress bars and tables. Does not belong here: anything that the UI could not do too.
"""

import json
import re
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from arcana_assets.deployment import Deployment, is_s3
from arcana_assets.domain.errors import ArcanaError, nearest
from arcana_assets.domain.months import month_at, months_between, shifted

if TYPE_CHECKING:
    import dagster as dg

    from arcana_assets.automation.refresh import Refresh
    from arcana_assets.samples.truth import Personas


app = typer.Typer(
    help="arcana_assets from the command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
PACKAGE = Path(__file__).parent
SAMPLE_OPTIONS = {"retail": ("customers", "months", "start"), "b2b": ("scale",)}
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
    domain: Annotated[str, typer.Argument(help="retail or b2b")],
    customers: Annotated[int | None, typer.Option(help="retail: customers planted.", show_default="500")] = None,
    months: Annotated[int | None, typer.Option(help="retail: months of sales.", show_default="6")] = None,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 7,
    start: Annotated[str | None, typer.Option(help="retail: first month, YYYY-MM.", show_default="2010-12")] = None,
    scale: Annotated[
        float | None, typer.Option(help="b2b: 1 is 10,615 customers and 2 GB.", show_default="0.02")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Where to write; the landing of the domain by default.")] = None,
    truth: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write the planted kinds of customers; in no landing.")
    ] = None,
) -> None:
    """Write a realistic synthetic landing drop, and the truth that was planted in it."""
    from arcana_assets.samples.truth import refuse_truth_in, write_truth

    if domain not in SAMPLE_OPTIONS:
        raise typer.BadParameter(f"there is no sample of '{domain}'{nearest(domain, SAMPLE_OPTIONS)}")
    given = {"customers": customers, "months": months, "start": start, "scale": scale}
    _refuse_options_of_others(domain, [name for name, value in given.items() if value is not None])
    landing = Deployment.from_env().landing
    if folder is None and is_s3(landing):
        raise typer.BadParameter(f"the landing is {landing}; name a local --folder and copy it there")
    target = folder or Path(landing) / domain
    make = _b2b_maker(scale) if domain == "b2b" else _retail_maker(customers, months, start)
    _refuse_strangers(target, make.files)
    try:
        if truth is not None:
            refuse_truth_in([target, *([] if is_s3(landing) else [Path(landing)])], truth)
        with Progress(*BAR, console=console) as bar:
            task = bar.add_task("writing sample files", total=None)
            drop = make.write(target, seed, lambda done, total: bar.update(task, completed=done, total=total))
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    console.print(f"{sum(drop.rows.values()):,} {make.what} in {len(make.files)} files below {target}")
    if truth is not None:
        try:
            console.print(f"{write_truth(truth, drop.personas):,} rows of planted truth in {truth}")
        except OSError as wrong:
            raise typer.BadParameter(f"the sample is written, its truth is not: {wrong}") from None


@app.command()
def refresh(
    domain: Annotated[str, typer.Argument(help="A domain of arcana_assets/defs, such as retail.")],
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
    with _stopped_by_signals():
        _refresh(domain, months, as_of, as_json, tables, confirm_withdrawn)


def _refresh(domain: str, months: str, as_of: str | None, as_json: bool, tables: bool, confirm_withdrawn: bool) -> None:
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.automation.refresh import confirming_withdrawn
    from arcana_assets.automation.refresh import refresh as run_refresh
    from arcana_assets.automation.stopping import stoppable
    from arcana_assets.graph.run import AS_OF_TAG

    deployment, run_id = Deployment.from_env(), str(uuid.uuid4())
    job, wanted = _job(domain, deployment), _months(months)
    tags = {} if as_of is None else {AS_OF_TAG: _moment(as_of, domain, wanted[-1]).isoformat()}
    with (
        instance_of(deployment) as instance,
        Progress(*BAR, console=errors if as_json else console, transient=as_json) as bar,
    ):
        task = bar.add_task(f"refreshing {domain}", total=None)

        def step(doing: str, ended: int, steps: int) -> None:
            bar.update(task, completed=ended, total=steps, description=doing)

        ops = confirming_withdrawn(job, domain) if confirm_withdrawn else {}
        done = stoppable(lambda: run_refresh(job, wanted, instance, step, tags, run_id, ops), run_id, instance)
        bar.update(task, description=f"refreshed {domain} {months}")
    if as_json:
        sys.stdout.write(json.dumps(done.as_dict(), indent=2, ensure_ascii=False) + "\n")
    else:
        _print(done, domain, deployment, wanted[-1], tables)
    raise typer.Exit(0 if done.succeeded else 1)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the command with exit code 130, before its run has begun and while it goes on."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        errors.print("[yellow]stopped:[/] nothing was written since; tables hold what they held, or their new months")
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@app.command()
def check() -> None:
    """Validate the YAML of every domain and hold the generated docs against it."""
    from arcana_assets.catalogue.domain_page import stale_reference
    from arcana_assets.definitions import DEFS, build_definitions

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
    from arcana_assets.catalogue.domain_page import write_reference
    from arcana_assets.definitions import DEFS

    for path in write_reference(DEFS, PACKAGE.parent / "docs" / "reference"):
        console.print(f"wrote {path}")


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port of the web page.")] = 3000,
    host: Annotated[
        str, typer.Option(help="Address to listen on; loopback unless you know who can reach it.")
    ] = "127.0.0.1",
) -> None:
    """Start the Dagster web page and its daemon; Ctrl-C ends both."""
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.automation.serving import cancel_runs, serve
    from arcana_assets.graph.process import end_dead_runs

    deployment = Deployment.from_env()
    console.print(f"starting; lake {deployment.lake}, instance {deployment.home}", soft_wrap=True)
    with instance_of(deployment) as instance:
        try:
            open_page = f"open http://{host}:{port}, stop with Ctrl-C"
            serve(host, port, lambda: console.print(open_page), lambda groups: cancel_runs(instance, groups))
        finally:
            end_dead_runs(instance)
    console.print("stopped")


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


def _moment(text: str, domain: str, last: date) -> datetime:
    """The moment that `--as-of` says, in UTC; `last` is the last month that is asked for."""
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.folder import load_domain

    zone = ZoneInfo(load_domain(DEFS / domain).timezone)
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


class _Drop(Protocol):
    """What the command tells of a drop: rows by file or month, and the personas that were planted."""

    @property
    def rows(self) -> dict[str, int]: ...

    @property
    def personas(self) -> "Personas": ...


class _Maker(NamedTuple):
    """What a sample writes: its files below the folder, what their rows are, and the writing."""

    files: set[str]
    what: str
    write: Callable[[Path, int, Callable[[int, int], None]], _Drop]


def _retail_maker(customers: int | None, months: int | None, start: str | None) -> _Maker:
    from arcana_assets.samples.retail.folder import write_retail_drop

    people, length = 500 if customers is None else customers, 6 if months is None else months
    begin = _month("2010-12" if start is None else start)
    named = months_between(begin, shifted(begin, max(length, 1) - 1))
    files = {f"transactions/{month:%Y-%m}.csv" for month in named} | {
        "products/products.csv",
        "customers/customers.csv",
    }
    return _Maker(
        files,
        "sales rows",
        lambda folder, seed, step: write_retail_drop(folder, people, length, seed, begin, step),
    )


def _b2b_maker(scale: float | None) -> _Maker:
    from arcana_assets.samples.b2b.folder import write_b2b_drop
    from arcana_assets.samples.b2b.layout import FILES

    size = 0.02 if scale is None else scale
    return _Maker(set(FILES), "rows", lambda folder, seed, step: write_b2b_drop(folder, size, seed, step))


def _refuse_options_of_others(domain: str, given: list[str]) -> None:
    """An option that a sample does not have would be silently without effect."""
    takes = SAMPLE_OPTIONS[domain]
    foreign = [f"--{name}" for name in given if name not in takes]
    if foreign:
        known = ", ".join(f"--{name}" for name in (*takes, "seed", "folder", "truth"))
        raise typer.BadParameter(f"the {domain} sample does not take {', '.join(foreign)}; it takes {known}")


def _refuse_strangers(target: Path, ours: set[str]) -> None:
    """A sample among files of another origin would be taken for more rows of the same company."""
    found = sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())
    strangers = [path for path in found if path not in ours and not path.rsplit("/", 1)[-1].startswith(".")]
    if strangers:
        raise typer.BadParameter(
            f"{target} holds files that this sample would not replace: {', '.join(strangers[:5])}. Samples and other "
            "files would be counted together: name an empty --folder, or another lake with ARCANA_LAKE."
        )


def _print(done: "Refresh", domain: str, deployment: Deployment, month: date, tables: bool) -> None:
    if tables:
        table = Table("table", "rows", title=f"{domain}, {done.months[0]} to {done.months[-1]}", title_justify="left")
        table.columns[1].justify = "right"
        for name, rows in done.rows.items():
            table.add_row(name, f"{rows:,}")
        console.print(table)
    if done.succeeded:
        _print_highlights(domain, deployment, month)
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
    from arcana_assets.definitions import DEFS
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.publication.highlights import highlights

    there = resources(deployment)
    try:
        found = list(highlights(load_domain(DEFS / domain), month, there["lake"], there["engine"]))
    except ArcanaError as error:  # every table is there: what cannot be told of them makes no refresh a failed one
        errors.print(f"[yellow]warning:[/] the month cannot be summed up: {escape(str(error))}", soft_wrap=True)
        found = []
    told = [(each.title, each.lines) for each in found]
    where = (
        f"files for people: {deployment.lake}/{domain}/published",
        f"all tables: make ui{_lake_argument(deployment)}, then http://127.0.0.1:3000/assets",
    )
    table = Table("", "", title=f"{domain}, {month:%Y-%m}", title_justify="left", box=None, show_header=False)
    for title, lines in (*told, ("Where to look", where)):
        table.add_row(f"[bold]{escape(title)}[/]", escape("\n".join(lines) or "nothing yet"))
    console.print(table)


def _lake_argument(deployment: Deployment) -> str:
    """What `make ui` must be told to show this lake."""
    if deployment.lake == Deployment.from_env({}).lake:
        return ""
    folder = Path(deployment.lake)
    return f" LAKE={folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder}"

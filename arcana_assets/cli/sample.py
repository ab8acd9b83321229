"""`arcana sample`: a landing drop made up, and the truth that was planted in it.

Belongs here: what can be asked of each sample, and what is refused before a file is written. Does not belong here: what
a sample holds (`samples`).
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from arcana_assets.cli.terminal import console, month_of, progress
from arcana_assets.deployment import Deployment, is_s3
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.months import months_between, shifted

if TYPE_CHECKING:
    from arcana_assets.samples.truth import Personas

SHOP_TIME = ZoneInfo("Europe/London")  # of the timestamps of the retail sample, as its contract says
SAMPLE_OPTIONS = {
    "retail": ("customers", "months", "start"),
    "b2b": ("scale",),
    "mall": ("customers", "months", "start"),
}


def sample(
    domain: Annotated[str, typer.Argument(help="retail, b2b or mall")],
    customers: Annotated[
        int | None, typer.Option(help="retail, mall: customers planted.", show_default="500; 20000 of the mall")
    ] = None,
    months: Annotated[
        int | None, typer.Option(help="retail, mall: months told.", show_default="6; 12 of the mall")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 7,
    start: Annotated[
        str | None,
        typer.Option(
            help="retail, mall: first month, YYYY-MM; of retail nothing after now is written.",
            show_default="2010-12; 2024-01 of the mall",
        ),
    ] = None,
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
    makers = {
        "retail": lambda: _retail_maker(customers, months, start),
        "b2b": lambda: _b2b_maker(scale),
        "mall": lambda: _mall_maker(customers, months, start),
    }
    make = makers[domain]()
    _refuse_strangers(target, make.files)
    try:
        if truth is not None:
            refuse_truth_in([target, *([] if is_s3(landing) else [Path(landing)])], truth)
        with progress("writing sample files") as step:
            drop = make.write(target, seed, lambda done, total: step("writing sample files", done, total))
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    console.print(f"{sum(drop.rows.values()):,} {make.what} in {len(make.files)} files below {escape(str(target))}")
    if truth is not None:
        try:
            console.print(f"{write_truth(truth, drop.personas):,} rows of planted truth in {escape(str(truth))}")
        except OSError as wrong:
            raise typer.BadParameter(f"the sample is written, its truth is not: {wrong}") from None


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
    begin = month_of("2010-12" if start is None else start)
    named = months_between(begin, shifted(begin, max(length, 1) - 1))
    now = datetime.now(SHOP_TIME).replace(tzinfo=None)  # nothing is sold tomorrow
    files = {f"transactions/{month:%Y-%m}.csv" for month in named} | {
        "products/products.csv",
        "customers/customers.csv",
    }
    return _Maker(
        files,
        "sales rows",
        lambda folder, seed, step: write_retail_drop(folder, people, length, seed, begin, step, now),
    )


def _b2b_maker(scale: float | None) -> _Maker:
    from arcana_assets.samples.b2b.folder import write_b2b_drop
    from arcana_assets.samples.b2b.layout import FILES

    size = 0.02 if scale is None else scale
    return _Maker(set(FILES), "rows", lambda folder, seed, step: write_b2b_drop(folder, size, seed, step))


def _mall_maker(customers: int | None, months: int | None, start: str | None) -> _Maker:
    from arcana_assets.samples.mall.folder import CUSTOMERS, MONTHS, START, write_mall_drop
    from arcana_assets.samples.mall.layout import files_of

    people, length = CUSTOMERS if customers is None else customers, MONTHS if months is None else months
    begin = START if start is None else month_of(start)
    return _Maker(
        set(files_of(begin, max(length, 1))),
        "rows",
        lambda folder, seed, step: write_mall_drop(folder, people, length, seed, begin, step),
    )


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

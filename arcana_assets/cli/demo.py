"""`arcana demo`: a shop of the last six months, made up, in a domain of its own, refreshed.

Belongs here: writing the domain, and what is asked of the sample. Does not belong here: the sample (`samples`), the
refresh (`refresh`).
"""

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import typer
from rich.markup import escape

from arcana_assets.cli.refresh import run_job
from arcana_assets.cli.sample import SHOP_TIME, sample
from arcana_assets.cli.terminal import console
from arcana_assets.deployment import SHIPPED, Deployment, is_s3
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import month_at, months_between, shifted

NAME = "shop"
MONTHS = 6  # the open one included
CUSTOMERS, SEED = 500, 7
_CHANGED = {
    "name": NAME,
    "title": r"\g<said> (demo)",
    "description": "Made-up sales of a shop, of the last months up to today",
}


def demo() -> None:
    """Write a domain of its own with a made-up shop of the last six months up to now, and refresh all of them.

    The domain `shop` goes below the first folder of ARCANA_DEFS, once; its files into the landing. Again: the shop goes
    on to today.
    """
    deployment = Deployment.from_env()
    folder = Path(deployment.defs[0]) / NAME
    if deployment.defs[0] == SHIPPED:
        raise typer.BadParameter(
            "the demo has a domain of its own: name a folder for it, and a lake, as in "
            "`ARCANA_LAKE=demo ARCANA_DEFS=demo/defs arcana demo`"
        )
    if is_s3(deployment.landing):
        raise typer.BadParameter(f"the landing is {deployment.landing}; the demo takes a local one")
    open_month = month_at(datetime.now(UTC), SHOP_TIME.key)
    if not folder.exists():
        write_domain(folder, shifted(open_month, 1 - MONTHS))
        console.print(f"domain {NAME}: {escape(str(folder))}", soft_wrap=True)
    start = load_domain(folder).start
    months = len(months_between(start, open_month))
    landing = Path(deployment.landing) / NAME
    sample("retail", customers=CUSTOMERS, months=months, seed=SEED, start=f"{start:%Y-%m}", folder=landing)
    run_job("refresh", NAME, f"{start:%Y-%m}:{open_month:%Y-%m}")


def write_domain(folder: Path, start: date) -> None:
    """The contracts of the shipped retail domain, as a domain of another name that begins in `start`."""
    shutil.copytree(Path(SHIPPED) / "retail", folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (folder / "defs.yaml").read_text(encoding="utf-8")
    for key, value in {**_CHANGED, "start": f"{start:%Y-%m}"}.items():
        text, found = re.subn(rf"^  {key}: (?P<said>.*)$", f"  {key}: {value}", text, count=1, flags=re.MULTILINE)
        assert found == 1, f"the shipped retail domain has no {key}"
    text = re.sub(r"\A#.*\n", "# Written by `arcana demo` from the retail domain; edit it as you like.\n", text)
    (folder / "defs.yaml").write_text(text, encoding="utf-8")

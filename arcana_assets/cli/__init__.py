"""The `arcana` command: drafts, samples, refreshes, databases, SQL, checks, docs and the UI, as the page has them.

Belongs here: arguments, progress bars and tables of the terminal, a file for a command or a few. Does not belong here:
anything that the UI or the page could not do too.
"""

import sys
from typing import Annotated

import typer
from rich.markup import escape

from arcana_assets import __version__
from arcana_assets.cli.alerts import alerts
from arcana_assets.cli.catalogue import catalogue
from arcana_assets.cli.dashboard import dashboard
from arcana_assets.cli.demo import demo
from arcana_assets.cli.erase import erase
from arcana_assets.cli.explain import explain
from arcana_assets.cli.new import new
from arcana_assets.cli.project import check, docs, ui
from arcana_assets.cli.publish import publish
from arcana_assets.cli.refresh import backfill, refresh
from arcana_assets.cli.sample import sample
from arcana_assets.cli.sql import sql
from arcana_assets.cli.status import quarantine, status
from arcana_assets.cli.terminal import console, errors
from arcana_assets.cli.trial import try_
from arcana_assets.domain.errors import ArcanaError

app = typer.Typer(
    help="arcana_assets from the command line.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _tell_version(asked: bool) -> None:
    if asked:
        console.print(f"arcana-assets {__version__}")
        raise typer.Exit(0)


@app.callback()
def of_all(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say the version, and end.")
    ] = False,
) -> None:
    """arcana_assets from the command line."""


COMMANDS = (
    *(demo, new, sample, refresh, backfill, status, quarantine, publish, erase, explain),
    *(dashboard, sql, catalogue, check, docs, ui),
)
for command in COMMANDS:
    app.command()(command)
app.command("try")(try_)
app.add_typer(alerts, name="alerts")


def main() -> None:
    """The entry point; our own errors are printed as one sentence and end with exit code 2."""
    try:
        app()
    except ArcanaError as error:
        errors.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)

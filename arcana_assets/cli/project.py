"""`arcana check`, `docs` and `ui`: the project's YAML and pages, and the web page of Dagster.

Belongs here: commands about the code location as a whole. Does not belong here: those about a month or a table.
"""

from typing import Annotated

import typer

from arcana_assets.cli.terminal import DEFS, PACKAGE, console, errors
from arcana_assets.deployment import Deployment


def check() -> None:
    """Validate the YAML of every domain and of the alerts, and hold the generated docs against it."""
    from arcana_assets.alerts.settings import load_alerts
    from arcana_assets.catalogue.domain_page import stale_reference
    from arcana_assets.definitions import build_definitions
    from arcana_assets.domain.folder import load_domains

    build_definitions()
    console.print("contracts: every domain loads")
    deployment = Deployment.from_env()
    channels = load_alerts(deployment, load_domains(DEFS).values()).channels
    console.print(f"alerts: {len(channels)} channels in {deployment.alerts_file}", soft_wrap=True)
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


def docs() -> None:
    """Write the generated reference pages again."""
    from arcana_assets.catalogue.domain_page import write_reference

    for path in write_reference(DEFS, PACKAGE.parent / "docs" / "reference"):
        console.print(f"wrote {path}")


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

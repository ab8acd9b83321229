"""`arcana check`, `docs` and `ui`: the project's YAML and pages, and the web page of Dagster.

Belongs here: commands about the code location as a whole. Does not belong here: those about a month or a table.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from arcana_assets.cli.terminal import console, errors
from arcana_assets.deployment import SHIPPED, Deployment

REPOSITORY = Path(SHIPPED).parents[1]


def check() -> None:
    """Validate the YAML of every domain and of the alerts, and in the repository hold the generated docs against it."""
    from arcana_assets.alerts.settings import load_alerts
    from arcana_assets.catalogue.domain_page import stale_reference
    from arcana_assets.catalogue.domains import domains_of
    from arcana_assets.definitions import definitions_of

    deployment = Deployment.from_env()
    found = domains_of(deployment.defs)
    definitions_of(replace(found, broken={}), deployment)
    for why in found.broken.values():
        errors.print(f"[red]error:[/] {escape(why)}", soft_wrap=True)
    if not found.loaded and not found.broken:
        nowhere = escape(", ".join(deployment.defs))
        errors.print(
            f"[red]error:[/] expected a domain below {nowhere}, found none; a domain is a folder with defs.yaml"
        )
    names = ", ".join(domain.name for domain in found.loaded.values())
    if found.broken or not found.loaded:
        if names:
            console.print(f"contracts: these domains load: {names}", soft_wrap=True)
        raise typer.Exit(1)
    console.print(f"contracts: every domain loads: {names}", soft_wrap=True)
    channels = load_alerts(deployment, found.loaded.values()).channels
    console.print(f"alerts: {len(channels)} channels in {escape(deployment.alerts_file)}", soft_wrap=True)
    # Only the repository has pages, and only of the domains that come with the package.
    docs = REPOSITORY / "docs" / "reference"
    if SHIPPED in deployment.defs and (REPOSITORY / "pyproject.toml").is_file() and docs.is_dir():
        stale = stale_reference(Path(SHIPPED), docs)
        if stale:
            errors.print(
                f"[red]error:[/] not current: {escape(', '.join(map(str, stale)))}. Write them again: arcana docs",
                soft_wrap=True,
            )
            raise typer.Exit(1)
        console.print("docs: every generated page is current")


def docs() -> None:
    """Write the generated reference pages again."""
    from arcana_assets.catalogue.domain_page import write_reference

    if not (REPOSITORY / "pyproject.toml").is_file():
        raise typer.BadParameter(
            "the pages are those of the repository of arcana_assets, and this is an installed package"
        )
    for path in write_reference(Path(SHIPPED), REPOSITORY / "docs" / "reference"):
        console.print(f"wrote {escape(str(path))}")


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
    console.print(escape(f"starting; lake {deployment.lake}, instance {deployment.home}"), soft_wrap=True)
    with instance_of(deployment) as instance:
        try:
            open_page = f"open http://{host}:{port}, stop with Ctrl-C"
            serve(host, port, lambda: console.print(escape(open_page)), lambda groups: cancel_runs(instance, groups))
        finally:
            end_dead_runs(instance)
    console.print("stopped")

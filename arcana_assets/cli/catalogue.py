"""`arcana catalogue`: what the Glue catalogue has of a domain's tables, and putting it right.

Belongs here: the command. Does not belong here: what an entry says (`lake.glue`).
"""

from typing import Annotated

import typer
from rich.table import Table

from arcana_assets.cli.terminal import console, domain_folder
from arcana_assets.deployment import Deployment

SAID = {
    "registered": "registered",
    "outdated": "columns or place are not those of the table",
    "missing": "not in the catalogue",
    "stray": "in the catalogue, and no table of the lake",
}


def catalogue(
    domain: Annotated[str, typer.Argument(help="A domain of the deployment, such as retail.")],
    repair: Annotated[bool, typer.Option("--repair", help="Register what is missing or not current.")] = False,
) -> None:
    """List how the tables of a domain stand in the Glue catalogue; what is wrong there ends with exit code 1."""
    from arcana_assets.catalogue.tables import tables_of
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.lake.errors import MissingTable
    from arcana_assets.lake.glue import Glue
    from arcana_assets.lake.lake import Lake

    deployment = Deployment.from_env()
    if not deployment.glue:
        raise typer.BadParameter(
            "ARCANA_GLUE_DATABASE is not set, so no table is registered; set it to a word such as arcana: the tables "
            f"of {domain} are then in arcana_{domain}"
        )
    lake, glue, states = Lake(root=deployment.lake), Glue(deployment.glue), dict[str, str]()
    for table in tables_of(load_domain(domain_folder(domain))):
        key = (domain, table.layer, table.name)
        try:
            there = lake.open(key)
        except MissingTable:
            continue
        if repair:
            glue.register(key, lake.uri(key), there, table.about)
        state = glue.state(key, lake.uri(key), there)
        states[f"{table.layer}_{table.name}".lower()] = state
    # What is stray is told and never removed: somebody may have put it there by hand.
    states |= {name: "stray" for name in glue.names(domain) if name not in states}
    shown = Table("table", "state")
    for name, found in sorted(states.items()):
        shown.add_row(name, SAID[found])
    console.print(shown)
    console.print(f"database {glue.database_of(domain)}: {len(states)} tables")
    if {"outdated", "missing"} & {*states.values()}:
        raise typer.Exit(1)

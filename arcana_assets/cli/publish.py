"""`arcana publish`: months of a domain into its database, from gold as it is.

Belongs here: the command. Does not belong here: running the job and telling what it came to (`refresh`).
"""

from typing import Annotated

import typer

from arcana_assets.cli.refresh import run_job
from arcana_assets.deployment import WAREHOUSE_OFF, Deployment


def publish(
    domain: Annotated[str, typer.Argument(help="A domain of the deployment, such as retail.")],
    months: Annotated[str, typer.Option(help="A month, or a range such as 2010-12:2011-05.")],
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON, for machines.")] = False,
) -> None:
    """Publish months of a domain into its database; a month that is there, of the same gold, is left as it is."""
    if Deployment.from_env().warehouse == WAREHOUSE_OFF:
        raise typer.BadParameter(
            "ARCANA_WAREHOUSE is off, so there is no database; unset it, or set it to "
            "postgresql+psycopg://user@host:port/database"
        )
    run_job("publish", domain, months, as_json=as_json, tables=True)

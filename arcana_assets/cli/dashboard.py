"""`arcana dashboard`: the page for the people who decide, on this machine.

Belongs here: the command and its options. Does not belong here: serving it (`dashboard.server`).
"""

from typing import Annotated

import typer
from rich.markup import escape

from arcana_assets.cli.terminal import console
from arcana_assets.deployment import Deployment
from arcana_assets.domain.errors import ArcanaError


def dashboard(
    port: Annotated[int, typer.Option(help="Port of the page.")] = 8501,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; any other than loopback needs a login (ARCANA_DASHBOARD_OIDC_...)."),
    ] = "127.0.0.1",
    url: Annotated[
        str | None,
        typer.Option(help="Where readers open it, such as https://clientes.empresa; needed off loopback."),
    ] = None,
) -> None:
    """Serve the page: segments, customers, movement, lists and what to offer whom; Ctrl-C ends it."""
    try:
        from arcana_assets.dashboard.server import serve
    except ImportError as missing:
        raise ArcanaError(
            f"the page needs {missing.name}: install arcana-assets[dashboard], or run make, which does."
        ) from None
    deployment = Deployment.from_env()
    console.print(escape(f"lake {deployment.lake}"), soft_wrap=True)
    console.print(escape(f"open {url or f'http://{host}:{port}'}, stop with Ctrl-C"))
    serve(deployment, host, port, url)

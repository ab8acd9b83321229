"""`arcana explain`: all that is held of one customer, what was decided on it and why, for whoever has a right to it.

Belongs here: the question as it is typed, and the two files. Does not belong here: the answer (`explanation`).
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from arcana_assets.cli.terminal import console, domain_folder, months_of
from arcana_assets.deployment import Deployment
from arcana_assets.domain.errors import ArcanaError


def explain(
    domain: Annotated[str, typer.Argument(help="A domain of the deployment, such as retail.")],
    customer: Annotated[str, typer.Argument(help="The customer's code, as gold/customer_360 has it.")],
    month: Annotated[
        str | None, typer.Option(help="As of the end of this month, such as 2011-05.", show_default="the last one")
    ] = None,
    into: Annotated[Path, typer.Option(help="The folder to write the page and the JSON into.")] = Path(),
) -> None:
    """Write down what is held of a customer, and why it is where it is: a page for paper, and every row as JSON."""
    from arcana_assets.catalogue.owners import owned_by
    from arcana_assets.domain.folder import load_domain
    from arcana_assets.explanation.report import as_json, as_page
    from arcana_assets.explanation.report import explain as explained
    from arcana_assets.lake.lake import Lake
    from arcana_assets.presentation.language import language_of
    from arcana_assets.pseudonyms.kept import names_of
    from arcana_assets.pseudonyms.reader import OwnersReader

    deployment, found = Deployment.from_env(), load_domain(domain_folder(domain))
    if found.pseudonyms:
        names_of(domain, Lake(root=deployment.lake))  # who explains has the key, or is told so
    reader = OwnersReader(deployment.lake, owned_by([found]), deployment.threads, deployment.memory_limit)
    try:
        known = reader.months((domain, "gold", "customer_360"))
        if not known:
            raise ArcanaError(f"{deployment.lake} has no month of {domain} yet: arcana refresh {domain} --months ...")
        asked = months_of(month) if month else [known[-1]]
        if asked[1:] or asked[0] not in known:
            raise typer.BadParameter(
                f"--month is '{month}'; expected one of {known[0]:%Y-%m} to {known[-1]:%Y-%m} that was refreshed"
            )
        name = language_of(found.language).say("explanation.file")
        told = explained(found, reader, customer.strip(), asked[0])
        written = {f"{name}.html": as_page(told), f"{name}.json": as_json(told)}
    finally:
        reader.close()
    into.mkdir(parents=True, exist_ok=True)
    if there := [name for name in written if (into / name).exists()]:
        raise typer.BadParameter(f"--into has {' and '.join(there)} already, maybe of another customer; name another")
    for name, text in written.items():
        path = into / name
        path.touch(mode=0o600, exist_ok=False)  # it is about a person
        path.write_text(text, encoding="utf-8")
        console.print(f"written: {escape(str(path))}", soft_wrap=True)

"""`arcana erase`: customers out of a domain, and the proof of it.

Belongs here: the request as it is typed, and what came of it. Does not belong here: carrying it out
(`automation.erasure`).
"""

import getpass
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from arcana_assets.cli.refresh import job_of, stopped_by_signals
from arcana_assets.cli.terminal import console, errors, progress
from arcana_assets.deployment import Deployment
from arcana_assets.erasure.proof import read_proof
from arcana_assets.erasure.requests import Request, Requests, checked_reference


def erase(
    domain: Annotated[str, typer.Argument(help="A domain of the deployment, such as retail.")],
    reference: Annotated[str, typer.Option(help="The company's number of the request; names the proof.")],
    customers: Annotated[list[str] | None, typer.Argument(help="Their codes; none goes on with a request.")] = None,
    keep_until: Annotated[
        str | None, typer.Option("--keep-until", help="The last day on which the law has the rows kept: 2031-12-31.")
    ] = None,
    accept: Annotated[
        Path | None,
        typer.Option("--accept", help="A JSON file of places that you looked at and accept, as the proof tells them."),
    ] = None,
) -> None:
    """Erase customers and prove it; exit code 0 only if nothing is left but what somebody accepted."""
    with stopped_by_signals():
        _erase(domain, checked_reference(reference), customers or [], keep_until, accept)


def _erase(domain: str, reference: str, customers: Sequence[str], keep_until: str | None, accept: Path | None) -> None:
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.automation.refresh import refresh as run_job
    from arcana_assets.automation.stopping import stoppable

    deployment, run_id = Deployment.from_env(), str(uuid.uuid4())
    held, accepted = _day(keep_until), _accepted(accept)
    job, inbox = job_of("erase", domain, deployment), Requests(deployment.landing, domain)
    today = datetime.now(UTC).date()
    if customers:
        inbox.add(Request(each.strip(), today, reference, held) for each in customers)
    elif not any(each.reference == reference for each in inbox.read()):
        raise typer.BadParameter(
            f"no request {reference} is waiting; name the customers, as in `arcana erase {domain} C1`"
        )
    ops = {f"prove_erasure_of_{domain}": {"config": {"places": accepted, "by": getpass.getuser()}}}
    with instance_of(deployment) as instance, progress(f"erase {domain}", errors, passing=True) as step:
        done = stoppable(lambda: run_job(job, [], instance, step, {}, run_id, ops), run_id, instance)
    for line in done.failures:
        errors.print(f"[red]failure:[/] {escape(line)}", soft_wrap=True)
    place, proof = read_proof(deployment.lake, domain, reference) or ("", {})
    if proof.get("run") == done.run_id and proof["eliminated"]:  # whatever came of other requests
        page = f"{place.removesuffix('.json')}.html"
        console.print(f"erased: {escape(page)} proves it", soft_wrap=True)
        raise typer.Exit(0)
    if kept := sorted(
        {str(each.keep_until) for each in inbox.read() if each.reference == reference and each.keep_until}
    ):
        errors.print(
            f"[yellow]kept:[/] the law has rows of {reference} kept until {kept[-1]}; run it again after that day"
        )
    elif done.succeeded:
        errors.print(f"[yellow]kept:[/] rows of {reference} are of somebody whom another request has kept by law")
    raise typer.Exit(1)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--keep-until is '{text}'; expected a day such as 2031-12-31") from None


def _accepted(path: Path | None) -> list[dict[str, Any]]:
    """The places of the file: a list, or a whole proof with the list under `places`."""
    if path is None:
        return []
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        places = told["places"] if isinstance(told, dict) else told
        return [
            {
                "place": str(each["place"]),
                "context": str(each.get("context") or each["where"]),
                "customer": str(each["customer"]),
            }
            for each in places
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise typer.BadParameter(
            f"--accept {path}: expected a JSON list of places as a proof tells them under `places`, each with `place`, "
            f"`customer` and `context` or `where`; found {type(error).__name__}"
        ) from None

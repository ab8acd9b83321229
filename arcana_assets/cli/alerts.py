"""`arcana alerts`: what is open, closing it by hand, and a message by which each channel is tried.

Belongs here: the commands and their words. Does not belong here: a look (`alerts.look`), sending (`alerts.channels`).
"""

import getpass
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from arcana_assets.cli.terminal import console, errors
from arcana_assets.deployment import Deployment

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from arcana_assets.alerts.state import State
    from arcana_assets.catalogue.domains import Domains

alerts = typer.Typer(
    help="What went wrong and is not over; `close` closes it by hand, `test` sends a message by each channel."
)


@alerts.callback(invoke_without_command=True)
def open_findings(context: typer.Context) -> None:
    """List what went wrong and is not over, as the instance of Dagster knows it; nobody is told."""
    if context.invoked_subcommand is not None:
        return
    from arcana_assets.alerts.message import message_of
    from arcana_assets.alerts.state import News
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.catalogue.domains import domains_of

    deployment = Deployment.from_env()
    known = domains_of(deployment.defs)
    with instance_of(deployment) as instance:
        state = _found(instance, deployment, known)
    news = [News("still", each) for each in state.standing]
    if not news:
        console.print("nothing is open")
        return
    entries = message_of(news, [*known.loaded.values()], deployment.web_url, shown=len(news)).entries
    for entry, each_of in zip(entries, news, strict=True):
        colour = {"error": "red", "warning": "yellow"}.get(entry.mark, "green")
        named = " · ".join(each for each in (entry.domain, entry.title) if each)
        console.print(f"[{colour}]{entry.said_mark}[/] {escape(named)}", soft_wrap=True)
        for each in (entry.words, entry.facts, entry.run_url):
            if each:
                console.print(f"  {escape(each)}", soft_wrap=True)
        console.print(f"  [dim]{escape(each_of.of.finding.key)}[/]", soft_wrap=True)


@alerts.command()
def close(
    key: Annotated[str, typer.Argument(help="The key of the finding, as `arcana alerts` shows it.")],
    reason: Annotated[str, typer.Option(help="Why nothing is to be done, or what was; no customer's code.")],
    by: Annotated[str, typer.Option(help="Who closes it.", show_default="who is logged in")] = "",
) -> None:
    """Close what is open by hand: channels hear that it is over, and nothing more until it is new or worse."""
    from arcana_assets.alerts.closed import LETTERS, Closed, save_closed
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.catalogue.domains import domains_of

    said, who = " ".join(reason.split()), by.strip() or getpass.getuser()
    if not said or len(said) > LETTERS:
        raise typer.BadParameter(f"--reason has {len(said)} characters; expected 1 to {LETTERS}")
    deployment, now = Deployment.from_env(), time.time()
    with instance_of(deployment) as instance:
        state = _found(instance, deployment, domains_of(deployment.defs))
        there = {each.finding.key: each for each in state.standing}
        if key not in there:
            known = "; ".join(there) or "none"
            raise typer.BadParameter(f"nothing is open under '{key}'; open are: {known}")
        # Of those closed before, whatever is still found stays closed; the others are forgotten.
        kept = {each: closed for each, closed in state.closed.items() if each in state.open}
        save_closed(instance, kept | {key: Closed(key, who, said, now, there[key].finding.severity)})
    console.print(f"closed: {escape(key)}, by {escape(who)}: {escape(said)}", soft_wrap=True)


@alerts.command()
def test() -> None:
    """Send a message by each channel of alerts.yaml; exit code 0 only if every one of them took it."""
    from arcana_assets.alerts.channels import tell_all
    from arcana_assets.alerts.message import trial
    from arcana_assets.alerts.settings import load_alerts
    from arcana_assets.catalogue.domains import domains_of
    from arcana_assets.domain.words import DEFAULT_LANGUAGE
    from arcana_assets.presentation.language import language_of

    deployment = Deployment.from_env()
    known = domains_of(deployment.defs)
    domains = [*known.loaded.values()]
    channels = load_alerts(deployment, domains, known.broken).channels
    if not channels:
        errors.print(
            f"[red]error:[/] expected channels in {escape(deployment.alerts_file)}, found none (docs/operate.md)",
            soft_wrap=True,
        )
        raise typer.Exit(1)
    codes = {each.language for each in domains}
    language = language_of(codes.pop() if len(codes) == 1 else DEFAULT_LANGUAGE)
    message = trial(language, time.time())
    outcomes = tell_all([(channel, message) for channel in channels], deployment.alert_secrets)
    for name, outcome in outcomes.items():
        colour, word = ("green", "told") if outcome.told else ("red", "not told")
        said = f": {escape(outcome.said)}" if outcome.said else ""
        console.print(f"[{colour}]{word}[/] {escape(name)}{said}", soft_wrap=True)
    if not all(outcome.told for outcome in outcomes.values()):
        raise typer.Exit(1)


def _found(instance: "DagsterInstance", deployment: Deployment, known: "Domains") -> "State":
    from arcana_assets.alerts.look import found
    from arcana_assets.alerts.sensor import watched_of
    from arcana_assets.definitions import definitions_of

    repository = definitions_of(known, deployment).get_repository_def()
    return found(instance, [*known.loaded.values()], watched_of(repository, deployment, known.broken), time.time())

"""`arcana alerts`: what is open, and a message by which each channel is tried.

Belongs here: the commands and their words. Does not belong here: a look (`alerts.look`), sending (`alerts.channels`).
"""

import time

import typer
from rich.markup import escape

from arcana_assets.cli.terminal import console, errors
from arcana_assets.deployment import Deployment

alerts = typer.Typer(help="What went wrong and is not over; `test` sends a message by each channel.")


@alerts.callback(invoke_without_command=True)
def open_findings(context: typer.Context) -> None:
    """List what went wrong and is not over, as the instance of Dagster knows it; nobody is told."""
    if context.invoked_subcommand is not None:
        return
    from arcana_assets.alerts.look import found
    from arcana_assets.alerts.message import message_of
    from arcana_assets.alerts.sensor import watched_of
    from arcana_assets.alerts.state import News
    from arcana_assets.automation.instance import instance_of
    from arcana_assets.catalogue.domains import domains_of
    from arcana_assets.definitions import definitions_of

    deployment = Deployment.from_env()
    known = domains_of(deployment.defs)
    domains = [*known.loaded.values()]
    repository = definitions_of(known, deployment).get_repository_def()
    with instance_of(deployment) as instance:
        state = found(instance, domains, watched_of(repository, deployment, known.broken), time.time())
    news = [News("still", each) for each in state.standing]
    if not news:
        console.print("nothing is open")
        return
    for entry in message_of(news, domains, deployment.web_url, shown=len(news)).entries:
        colour = {"error": "red", "warning": "yellow"}.get(entry.mark, "green")
        named = " · ".join(each for each in (entry.domain, entry.title) if each)
        console.print(f"[{colour}]{entry.said_mark}[/] {escape(named)}", soft_wrap=True)
        for each in (entry.words, entry.facts, entry.run_url):
            if each:
                console.print(f"  {escape(each)}", soft_wrap=True)


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

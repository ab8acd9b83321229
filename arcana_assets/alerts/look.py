"""A look: what is wrong now, whom it is told, and what is remembered of that.

Belongs here: the order of the steps, on which it depends that nothing is lost and hardly anything is told twice. Does
not belong here: the steps.
"""

import dagster as dg

from arcana_assets.alerts.board import write_boards
from arcana_assets.alerts.channels import Outcome, tell_all
from arcana_assets.alerts.finding import Kind
from arcana_assets.alerts.message import message_of
from arcana_assets.alerts.runs import hear
from arcana_assets.alerts.settings import Alerts
from arcana_assets.alerts.state import State, load_state
from arcana_assets.alerts.watch import Watched, standing
from arcana_assets.deployment import Deployment
from arcana_assets.domain.customer_domain import CustomerDomain

STATES: tuple[Kind, ...] = ("domain", "night", "fresh", "tick")


def found(instance: dg.DagsterInstance, domains: list[CustomerDomain], watched: Watched, now: float) -> State:
    """What was known, brought up to date; nothing is written, and nobody is told.

    Raises UnreadableState.
    """
    state = load_state(instance, now)
    hear(state, instance, domains, now)
    state.stands(STATES, standing(instance, domains, watched, state.began, now), now)
    return state


def look(
    instance: dg.DagsterInstance,
    domains: list[CustomerDomain],
    alerts: Alerts,
    watched: Watched,
    deployment: Deployment,
    now: float,
) -> tuple[State, dict[str, Outcome]]:
    """Finds what is wrong, tells each channel what it is due, and remembers who was told.

    A channel that fails is told in the next look; the others are told all the same. Returns what is known now, and what
    came of each channel that was due something. Raises UnreadableState, and LakeError where the board of the page
    cannot be written, after everybody was told.
    """
    state = found(instance, domains, watched, now)
    news = {channel.name: state.due(channel, domains, now) for channel in alerts.channels}
    due = [channel for channel in alerts.channels if news[channel.name]]
    messages = [(channel, message_of(news[channel.name], domains, deployment.web_url)) for channel in due]
    outcomes = tell_all(messages, deployment.alert_secrets)
    for channel in due:
        if outcomes[channel.name].told:
            state.tell(channel, news[channel.name], now)
    state.settle(alerts.channels)
    state.save(instance)
    write_boards(deployment.lake, domains, state, now)
    return state, outcomes

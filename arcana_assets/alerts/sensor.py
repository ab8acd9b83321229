"""The sensor `alerts`: it looks every minute, for all domains of the code location.

Belongs here: what Dagster asks for. Does not belong here: what a look does (`look`).
"""

import time
from collections.abc import Collection, Mapping

import dagster as dg

from arcana_assets.alerts.channels import NotTold
from arcana_assets.alerts.look import look
from arcana_assets.alerts.settings import channels_of
from arcana_assets.alerts.watch import Watched
from arcana_assets.deployment import Deployment
from arcana_assets.domain.customer_domain import CustomerDomain

NAME = "alerts"


def alerts_sensor(
    domains: Collection[CustomerDomain], deployment: Deployment, broken: Mapping[str, str]
) -> dg.SensorDefinition:
    """Tells channels of what went wrong and of its end. On in production, as what makes runs is.

    `alerts.yaml` and what is open are read at each tick, so a wrong file stops no night. A tick fails where a channel
    was not told, or names a domain that has gone, after all others were. `broken` says by name why a domain is not
    among `domains`.
    """
    runs = deployment.env == "production"

    @dg.sensor(
        name=NAME,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING if runs else dg.DefaultSensorStatus.STOPPED,
        description="Tells the channels of alerts.yaml of failed checks and runs, and of what did not run at all.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        assert context.repository_def is not None, "Dagster gives a sensor the repository that it is of"
        settings, refuse_unknown = channels_of(deployment, domains, broken)
        watched = watched_of(context.repository_def, deployment, broken)
        state, outcomes = look(context.instance, list(domains), settings, watched, deployment, time.time())
        said = [f"{name}: {outcome.said}" for name, outcome in outcomes.items() if outcome.said]
        if not all(outcome.told for outcome in outcomes.values()):
            raise NotTold("not told, and told again in a minute: " + "; ".join(said))
        refuse_unknown()
        told = f"told {', '.join(outcomes)}" if outcomes else "nothing new"
        return dg.SkipReason("; ".join([f"{told}; {len(state.standing)} open", *said]))

    return alerts


def watched_of(repository: dg.RepositoryDefinition, deployment: Deployment, broken: Mapping[str, str]) -> Watched:
    """What of a code location is to be watched."""
    ticking = [each.name for each in repository.schedule_defs]
    ticking += [each.name for each in repository.sensor_defs if each.name != NAME]
    graph = repository.asset_graph
    fresh = [key for key in graph.materializable_asset_keys if graph.get(key).freshness_policy is not None]
    return Watched(tuple(sorted(ticking)), tuple(sorted(fresh)), deployment.env == "production", dict(broken))

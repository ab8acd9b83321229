"""The settings of alerts: who is told, from which severity on, of which domains.

Belongs here: what `alerts.yaml` may say. Does not belong here: addresses and passwords of servers, which are secrets
and come from the environment; sending (`channels`).
"""

import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from arcana_assets.alerts.finding import SEVERITIES, Finding, Severity
from arcana_assets.deployment import Deployment
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.yaml.explanations import Place
from arcana_assets.domain.yaml.file import Strict, read_yaml

ChannelKind = Literal["email", "slack", "teams", "webhook"]
KINDS: tuple[ChannelKind, ...] = ("email", "slack", "teams", "webhook")


def _is_a_variable(name: str) -> str:
    if not re.fullmatch(r"ARCANA_ALERT_[A-Z0-9_]{1,80}", name):
        # What was found is not repeated: it may be the address itself.
        raise ValueError(
            "expected the name of the environment variable that holds the address, such as ARCANA_ALERT_SLACK_URL; an "
            "address is a secret and is in no file"
        )
    return name


def _is_an_address(address: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", address):
        raise ValueError(f"'{address}' is not an e-mail address such as plantao@empresa.com.br")
    return address


Variable = Annotated[str, AfterValidator(_is_a_variable)]
Address = Annotated[str, AfterValidator(_is_an_address)]


class Channel(Strict):
    """Somebody who is told, in one of four ways; `from`, `domains` and `owners` say of what."""

    email: list[Address] = Field([], description="the addresses of a message, by the server of ARCANA_ALERT_SMTP_HOST")
    slack: Variable | None = Field(None, description="the variable with the address of an incoming webhook of Slack")
    teams: Variable | None = Field(None, description="the variable with the address of a Workflows webhook of Teams")
    webhook: Variable | None = Field(None, description="the variable with an address that takes JSON")
    from_: Severity = Field("warning", alias="from", description="the severity from which on it is told")
    domains: list[str] = Field([], description="the domains of which it is told; empty: all")
    owners: list[str] = Field([], description="owners of whose domains it is told; empty: all")

    @model_validator(mode="after")
    def _is_one_channel(self) -> "Channel":
        given = [kind for kind in KINDS if getattr(self, kind)]
        if len(given) != 1:
            raise ValueError(f"expected one of {', '.join(KINDS)}, found {' and '.join(given) or 'none'}")
        return self

    @property
    def kind(self) -> ChannelKind:
        """How it is told."""
        return next(kind for kind in KINDS if getattr(self, kind))

    @property
    def name(self) -> str:
        """What tells it from the other channels, without a secret in it."""
        value = getattr(self, self.kind)
        return f"{self.kind}:{value if isinstance(value, str) else ','.join(value)}"

    def concerns(self, finding: Finding, domains: Collection[CustomerDomain]) -> bool:
        """Whether it is told of the domain of a finding; what is of no domain is told to everybody."""
        domain = next((each for each in domains if each.name == finding.domain), None)
        if domain is None:
            return True
        named = not self.domains or domain.name in self.domains
        return named and (not self.owners or bool({*self.owners} & {*domain.owners}))

    def wants(self, severity: Severity) -> bool:
        """Whether a severity is one that it is told of."""
        return SEVERITIES.index(severity) >= SEVERITIES.index(self.from_)


class Alerts(Strict):
    """The whole of `alerts.yaml`."""

    channels: list[Channel] = Field([], description="who is told")


def load_alerts(deployment: Deployment, domains: Collection[CustomerDomain], broken: Collection[str] = ()) -> Alerts:
    """The channels of a deployment; none where it has no file and the environment names none.

    `broken` are the names of domains that cannot be read: a channel may name them, and owners who may be theirs.
    Raises ContractError, with file, line and nearest right name, for what cannot be acted on.
    """
    alerts, refuse_unknown = channels_of(deployment, domains, broken)
    refuse_unknown()
    return alerts


def channels_of(
    deployment: Deployment, domains: Collection[CustomerDomain], broken: Collection[str] = ()
) -> tuple[Alerts, Callable[[], None]]:
    """The channels, and what raises ContractError where they name a domain or an owner that there is not.

    Such a name was right until its domain went away: the other channels are told before that is refused. Raises
    ContractError for a file that cannot be acted on at all.
    """
    path = Path(deployment.alerts_file)
    if not deployment.alerts and not path.exists():
        return Alerts(), lambda: None
    file = read_yaml(path)
    alerts = file.parse(Alerts)
    names = [*(each.name for each in domains), *broken]
    owners = sorted({owner for each in domains for owner in each.owners})
    problems, twice = list[tuple[Place, str]](), list[tuple[Place, str]]()
    for index, channel in enumerate(alerts.channels):
        for word, given, known in (("domains", channel.domains, names), ("owners", channel.owners, owners)):
            problems += [
                (("channels", index, word, at), f"no domain has the {_ONE[word]} '{name}'" + nearest(name, known))
                for at, name in enumerate(given)
                if name not in known and not (broken and word == "owners")
            ]
        if channel.name in [each.name for each in alerts.channels[:index]]:
            twice.append((("channels", index), f"'{channel.name}' is there already"))
    if twice:
        file.refuse([*problems, *twice])
    return alerts, lambda: file.refuse(problems)


_ONE = {"domains": "name", "owners": "owner"}

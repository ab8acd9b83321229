"""Who may see what: groups of the login, the roles they give, and the log of what was exported.

Belongs here: roles, and the decision whether a screen or an export is for somebody. Does not belong here: the login
itself, which is Streamlit's (`server`), and screens.
"""

import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from arcana_assets.deployment import GROUPS_CLAIM, Deployment, DeploymentError
from arcana_assets.domain.errors import ArcanaError, nearest

Role = Literal["totals", "customers", "quality"]
"""Totals are for all who are let in; customers by code for sales; data, models and their checks for data people."""

ROLES: tuple[Role, ...] = get_args(Role)
_WORDS: Mapping[str, Role] = {
    "totais": "totals",
    "clientes": "customers",
    "qualidade": "quality",
    **{role: role for role in ROLES},
}
NOBODY = "loopback"  # who looks where no login is asked for
LOOPBACK: Mapping[str, Any] = {"arcana": {"listens_on": NOBODY}}
"""What the server tells the page, in the place of a login, where nobody but this machine reaches it."""


class NotServed(ArcanaError):
    """The page runs without a login, and `arcana dashboard` is not what serves it: anybody may reach it."""


class NotYours(ArcanaError):
    """A file is asked for by somebody whom no group gives the role that it is for."""


class LoginEnded(ArcanaError):
    """A file is asked for on a page that is still open, by a login that is over."""


@dataclass(frozen=True)
class Viewer:
    """Who looks at the page, and what for. `name` is that of the login, for the log of exports alone; `until` is when
    the login ends, in seconds since 1970.
    """

    name: str
    roles: frozenset[Role]
    until: float = math.inf

    def may(self, role: Role) -> bool:
        """Whether a screen of this role is for the viewer."""
        return role in self.roles

    def must(self, role: Role) -> None:
        """Lets a file of this role be made for the viewer.

        Raises LoginEnded where the viewer may take nothing any more, NotYours where the role is another's.
        """
        self.must_be_in()
        if not self.may(role):
            raise NotYours(
                f"expected somebody with the role '{role}', found {', '.join(sorted(self.roles)) or 'none'}."
            )

    def must_be_in(self) -> None:
        """Raises LoginEnded where the login is over."""
        if self.until <= time.time():
            raise LoginEnded("the login has ended, and no file is given. Load the page again and log in.")


def roles_of(text: str) -> Mapping[str, frozenset[Role]]:
    """Groups and the roles that each gives, as `vendas=clientes;dados=clientes,qualidade`.

    Whoever has a role sees totals. Raises DeploymentError for what is no such text.
    """
    found = dict[str, frozenset[Role]]()
    for each in filter(None, (part.strip() for part in text.split(";"))):
        group, sign, words = each.partition("=")
        asked = [word.strip() for word in words.split(",") if word.strip()]
        if not sign or not group.strip() or not asked:
            raise DeploymentError(
                f"ARCANA_DASHBOARD_ROLES has '{each}'; expected group=role,role such as vendas=clientes, with ; between"
            )
        if unknown := [word for word in asked if word not in _WORDS]:
            raise DeploymentError(
                f"ARCANA_DASHBOARD_ROLES gives '{group.strip()}' the role '{unknown[0]}'{nearest(unknown[0], _WORDS)}"
            )
        found[group.strip()] = frozenset({"totals", *(_WORDS[word] for word in asked)})
    return found


def viewer_of(
    claims: Mapping[str, Any],
    roles: Mapping[str, frozenset[Role]],
    now: float | None = None,
    groups_claim: str = GROUPS_CLAIM,
) -> Viewer | None:
    """The viewer behind the claims of a login; None where it has expired.

    Groups are the claim `groups_claim`, a list or one text. A group that no role is given to gives none, so whoever is
    in no known group sees nothing.
    """
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or not expires > (time.time() if now is None else now):
        return None
    groups = claims.get(groups_claim)
    asked = [groups] if isinstance(groups, str) else groups if isinstance(groups, Sequence) else []
    given = frozenset[Role]().union(*(roles.get(str(group), frozenset()) for group in asked))
    return Viewer(str(claims.get("email") or claims.get("sub") or ""), given, expires)


def login_is_asked(told: Mapping[str, Any], deployment: Deployment) -> bool:
    """Whether whoever looks has to log in; `told` is what the server told the page, its secrets.

    Raises NotServed where the server neither has the login that the deployment sets, nor listens on loopback alone.
    """
    if "auth" in told:
        return True
    if any(deployment.dashboard_oidc.values()):
        raise NotServed(
            "expected the login that ARCANA_DASHBOARD_OIDC_... sets, found a page that was told of none. Start it by "
            "`arcana dashboard`."
        )
    if told.get("arcana") != LOOPBACK["arcana"]:
        raise NotServed(
            "expected a login, or a server that listens on loopback alone, found neither. Start the page by `arcana "
            "dashboard`, not by `streamlit run`."
        )
    return False


def log_export(
    deployment: Deployment,
    viewer: Viewer,
    domain: str,
    month: str,
    table: str,
    filtered_by: Mapping[str, Any],
    rows: int | None,
    format_: str,
) -> None:
    """Adds a line to the log of exports: who took what, when, by which filters, how many rows; no customer is named.

    `filtered_by` says each filter with its values, those of a search for customers excepted. `rows` is missing
    of a file that was published before. Raises LoginEnded where the viewer may take nothing any more.
    """
    viewer.must_be_in()
    folder = Path(deployment.home) / "dashboard"
    folder.mkdir(parents=True, exist_ok=True)
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": viewer.name,
        "domain": domain,
        "month": month,
        "table": table,
        "filtered_by": dict(filtered_by),
        "rows": rows,
        "format": format_,
    }
    place = os.open(folder / "exports.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(place, "a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")

"""Registered models: the versions of a segmentation's or prediction's, and where `champion` and `challenger` point.

Belongs here: one version a model, and that an alias never goes back in time. Does not belong here: runs (`fits`,
`tracking`).
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from arcana_assets.tracking.fits import ALIASES, TrackedFit

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


@dataclass(frozen=True)
class _Aliases:
    """Which version each alias names, and the month since which it does."""

    versions: dict[str, str] = field(default_factory=dict)
    since: dict[str, str] = field(default_factory=dict)

    def after(self, role: str, version: str, month: str) -> "_Aliases":
        """With a version in a role, unless the role is held since a later month; a champion is no challenger."""
        if month < self.since.get(role, "") or (role == "challenger" and self.versions.get("champion") == version):
            return self
        others = {alias: each for alias, each in self.versions.items() if role != "champion" or each != version}
        return replace(self, versions=others | {role: version}, since=self.since | {role: month})


@dataclass
class Registered:
    """The registered model `<domain>.<name>`, read once; aliases move when `point` is called."""

    client: "MlflowClient"
    name: str
    versions: dict[str, str]
    before: _Aliases
    aliases: _Aliases

    @classmethod
    def of(cls, client: "MlflowClient", fit: TrackedFit) -> "Registered":
        """What MLflow has of what a fit is of; made where there is none."""
        from mlflow.exceptions import MlflowException

        name = f"{fit.domain}.{fit.name}"
        try:
            client.create_registered_model(name, tags={"domain": fit.domain, fit.kind: fit.name})
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        model = client.get_registered_model(name)
        # The embedded store gives versions as numbers here, a server as texts.
        named = {alias: str(version) for alias, version in model.aliases.items() if alias in ALIASES}
        since = {role: model.tags[f"{role}_since"] for role in ALIASES if f"{role}_since" in model.tags}
        now = _Aliases(named, since)
        return cls(client, name, _versions(client, name), now, now)

    def version(self, run: "Run", fit: TrackedFit) -> str:
        """The version of the fit's model, made if there is none; its role's alias will name it."""
        digest, month = fit.model_digest, f"{fit.month:%Y-%m}"
        if digest not in self.versions:
            source, tags = f"{run.info.artifact_uri}/model", {"model_digest": digest, "month": month}
            made = self.client.create_model_version(self.name, source, run.info.run_id, tags=tags)
            self.versions[digest] = str(made.version)
        self.aliases = self.aliases.after(fit.role, self.versions[digest], month)
        return self.versions[digest]

    def point(self) -> None:
        """Moves the aliases to where the versions given since put them."""
        for role in ALIASES:
            version, month = self.aliases.versions.get(role), self.aliases.since.get(role)
            if version is None and role in self.before.versions:
                self.client.delete_registered_model_alias(self.name, role)
            if version is not None and version != self.before.versions.get(role):
                self.client.set_registered_model_alias(self.name, role, version)
            if month is not None and month != self.before.since.get(role):
                self.client.set_registered_model_tag(self.name, f"{role}_since", month)
        self.before = self.aliases


def _versions(client: "MlflowClient", name: str) -> dict[str, str]:
    """The latest version of each model that has one, by the digest of its JSON."""
    found, token = dict[str, str](), None
    while True:
        page = client.search_model_versions(f"name = '{name}'", page_token=token)
        for each in page:
            digest, version = each.tags.get("model_digest", ""), str(each.version)
            found[digest] = max(version, found.get(digest, "0"), key=int)
        if not (token := page.token):
            return found

"""Somebody on call: an instance, a tiny shop whose checks fail as a test says, and servers on loopback."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets.alerts.channels import Outcome
from arcana_assets.alerts.look import look
from arcana_assets.alerts.settings import load_alerts
from arcana_assets.alerts.state import State
from arcana_assets.alerts.watch import Watched
from arcana_assets.automation.instance import PACKAGE
from arcana_assets.automation.refresh import QUIET
from arcana_assets.definitions import DEFS
from arcana_assets.deployment import Deployment
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.folder import load_domain
from arcana_assets_tests.worlds.receivers import Mailbox, Site, mail_server, web_server
from arcana_assets_tests.worlds.run import deployment_in

TABLE = dg.AssetKey(["retail", "gold", "segment_migration"])
AFTER = dg.AssetKey(["retail", "gold", "afterwards"])
SENTENCE = "2011-05: 04-Risco churn holds 31.0 % of the customers, 12.4 % the month before"
SECRET = "T0KEN-of-the-channel"
YAML = """channels:
  - {email: [plantao@empresa.com.br, dados@empresa.com.br]}
  - {slack: ARCANA_ALERT_SLACK_URL}
  - {webhook: ARCANA_ALERT_HOOK_URL}
"""


@dataclass
class OnCall:
    """An instance with its channels; `at` is the time of the next look, in seconds since 1970."""

    instance: dg.DagsterInstance
    deployment: Deployment
    domains: list[CustomerDomain]
    mailbox: Mailbox
    site: Site
    watched: Watched = field(default_factory=Watched)
    shift: float = 0.0
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def look(self, now: float | None = None) -> State:
        """One tick of the sensor."""
        alerts = load_alerts(self.deployment, self.domains)
        now = time.time() + self.shift if now is None else now
        state, self.outcomes = look(self.instance, self.domains, alerts, self.watched, self.deployment, now)
        return state

    def told(self) -> tuple[int, int]:
        """How many mails and posts came since it was asked last."""
        found = len(self.mailbox.raw), len(self.site.posts)
        self.mailbox.raw.clear()
        self.site.posts.clear()
        return found

    def run(
        self, *failing: str, error: Exception | None = None, month: str = "2011-05-01", tags: dict | None = None
    ) -> dg.ExecuteInProcessResult:
        """A run of the refresh, in which the checks named fail: `warns` as a warning, `blocks` as an error.

        With `error` its first step raises it.
        """
        definitions = shop(set(failing), error)
        done = definitions.resolve_job_def("refresh_retail").execute_in_process(
            instance=self.instance, partition_key=month, raise_on_error=False, run_config=QUIET
        )
        if tags:
            self.instance.add_run_tags(done.run_id, tags)
        return done


def shop(failing: set[str], error: Exception | None = None, table: dg.AssetKey = TABLE) -> dg.Definitions:
    """A table with a check that warns and one that blocks, and a table after it."""
    months = dg.MonthlyPartitionsDefinition(start_date="2011-01-01", end_offset=1)

    @dg.asset(
        key=table,
        partitions_def=months,
        check_specs=[
            dg.AssetCheckSpec("no_persona_jumps", asset=table),
            dg.AssetCheckSpec("migration_adds_up", asset=table, blocking=True),
        ],
    )
    def migration():
        if error is not None:
            raise error
        yield dg.MaterializeResult(
            asset_key=table,
            check_results=[
                dg.AssetCheckResult(
                    check_name="no_persona_jumps",
                    passed="warns" not in failing,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=SENTENCE,
                ),
                dg.AssetCheckResult(
                    check_name="migration_adds_up",
                    passed="blocks" not in failing,
                    severity=dg.AssetCheckSeverity.ERROR,
                    description="2011-05: 60 customers before, 59 after",
                ),
            ],
        )

    @dg.asset(key=AFTER, deps=[table], partitions_def=months)
    def afterwards() -> None: ...

    job = dg.define_asset_job("refresh_retail", selection="*", tags={"arcana/domain": "retail"})
    return dg.Definitions([migration, afterwards], jobs=[job], executor=dg.in_process_executor)


@pytest.fixture(scope="session")
def retail() -> CustomerDomain:
    return load_domain(DEFS / "retail")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def site() -> Iterator[Site]:
    with web_server() as site:
        yield site


@pytest.fixture(scope="session")
def empty_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an instance with the project's settings, whose tables are made; a test has a copy."""
    home = tmp_path_factory.mktemp("instance")
    shutil.copyfile(PACKAGE.parent / "dagster.yaml", home / "dagster.yaml")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ARCANA_HOME", str(home))
        with dg.DagsterInstance.from_config(str(home)) as instance:
            instance.get_runs(limit=1)
            instance.all_instigator_state()
            instance.all_asset_keys()
    return home


@pytest.fixture
def instance(empty_instance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    home = shutil.copytree(empty_instance, tmp_path / "home")
    monkeypatch.setenv("ARCANA_HOME", str(home))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@pytest.fixture
def on_call(
    tmp_path: Path, instance: dg.DagsterInstance, retail: CustomerDomain, mailbox: Mailbox, site: Site
) -> OnCall:
    secrets = {
        "ARCANA_ALERT_SMTP_HOST": "127.0.0.1",
        "ARCANA_ALERT_SMTP_PORT": str(mailbox.port),
        "ARCANA_ALERT_SMTP_FROM": "arcana@empresa.com.br",
        "ARCANA_ALERT_SLACK_URL": f"{site.url}/slack/{SECRET}",
        "ARCANA_ALERT_TEAMS_URL": f"{site.url}/teams/{SECRET}",
        "ARCANA_ALERT_HOOK_URL": f"{site.url}/hook/{SECRET}",
    }
    file = tmp_path / "alerts.yaml"
    file.write_text(YAML)
    deployment = replace(
        deployment_in(tmp_path), alerts=str(file), alert_secrets=secrets, web_url="https://dagster.empresa"
    )
    return OnCall(instance, deployment, [retail], mailbox, site)

"""What alerts.yaml may say, and the sensor and commands that read it."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets.alerts.channels import NotTold
from arcana_assets.alerts.settings import Alerts, load_alerts
from arcana_assets.definitions import DEFS, build_definitions
from arcana_assets.deployment import Deployment, DeploymentError
from arcana_assets.domain.yaml.file import ContractError
from arcana_assets_tests.alerts.conftest import SECRET, OnCall
from arcana_assets_tests.worlds.run import deployment_in


def loaded(tmp_path, retail, text) -> Alerts:
    file = tmp_path / "alerts.yaml"
    file.write_text(text)
    return load_alerts(replace(deployment_in(tmp_path), alerts=str(file)), [retail])


def test_a_file_says_who_is_told_of_what(tmp_path, retail):
    (mail, teams) = loaded(
        tmp_path,
        retail,
        "channels:\n- {email: [a@b.co], from: error, domains: [retail]}\n- {teams: ARCANA_ALERT_TEAMS_URL}\n",
    ).channels
    assert (mail.name, mail.from_, mail.domains) == ("email:a@b.co", "error", ["retail"])
    assert (teams.name, teams.from_) == ("teams:ARCANA_ALERT_TEAMS_URL", "warning")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{slack: ARCANA_ALERT_SLACK_URL, form: error}", r"yaml:2: channels\[0\]\.form: unknown key 'form'.*'from'"),
        ("{slack: ARCANA_ALERT_SLACK_URL, from: warn}", r"did you mean 'warning'"),
        ("{slack: ARCANA_ALERT_SLACK_URL, domains: [retial]}", r"yaml:2: .*no domain has the name 'retial'.*'retail'"),
        ("{slack: ARCANA_ALERT_SLACK_URL, owners: [team:x]}", r"no domain has the owner 'team:x'"),
        ("{slack: ARCANA_ALERT_A, teams: ARCANA_ALERT_B}", r"expected one of .*, found slack and teams"),
        ("{from: error}", r"expected one of .*, found none"),
        ("{email: [nobody]}", r"'nobody' is not an e-mail address"),
        ('{email: ["a@b.co\\r\\nBcc: x@y.z"]}', r"is not an e-mail address"),
        ("{email: [a@b.co]}\n- {email: [a@b.co]}", r"yaml:3: .*'email:a@b.co' is there already"),
    ],
)
def test_what_cannot_be_acted_on_is_refused_with_its_line(tmp_path, retail, line, problem):
    with pytest.raises(ContractError, match=problem):
        loaded(tmp_path, retail, f"channels:\n- {line}\n")


def test_an_address_in_the_file_is_refused_and_not_repeated(tmp_path, retail):
    with pytest.raises(ContractError, match="expected the name of the environment variable") as refused:
        loaded(tmp_path, retail, f"channels:\n- slack: https://hooks.slack.com/services/{SECRET}\n")
    assert SECRET not in str(refused.value)


def test_without_a_file_nobody_is_told_and_a_named_one_has_to_be_there(tmp_path, retail):
    assert load_alerts(deployment_in(tmp_path), [retail]) == Alerts()
    with pytest.raises(ContractError, match="expected a YAML file here, found none"):
        load_alerts(replace(deployment_in(tmp_path), alerts=str(tmp_path / "none.yaml")), [retail])


def test_secrets_of_the_environment_are_not_shown(tmp_path):
    told = {"ARCANA_HOME": str(tmp_path), "ARCANA_ALERT_SLACK_URL": SECRET, "ARCANA_WEB_URL": "https://d.empresa/x/"}
    deployment = Deployment.from_env(told)
    assert deployment.alert_secrets == {"ARCANA_ALERT_SLACK_URL": SECRET}
    assert deployment.alerts_file == f"{tmp_path}/alerts.yaml"
    assert deployment.web_url == "https://d.empresa/x"
    assert SECRET not in repr(deployment)
    with pytest.raises(DeploymentError, match="ARCANA_WEB_URL is no address") as refused:
        Deployment.from_env({"ARCANA_WEB_URL": f"https://u:{SECRET}@d"})
    assert SECRET not in str(refused.value)


def test_the_sensor_of_the_code_location_looks_at_all_its_domains_and_fails_after_telling(on_call: OnCall):
    definitions = build_definitions(DEFS, on_call.deployment)
    repository = definitions.get_repository_def()
    sensor = repository.get_sensor_def("alerts")

    def tick():
        with dg.build_sensor_context(on_call.instance, repository_def=repository) as context:
            return sensor.evaluate_tick(context).skip_message

    assert tick() == "nothing new; 0 open"
    on_call.run("warns")
    on_call.site.codes = {f"/slack/{SECRET}": 500}
    with pytest.raises(NotTold) as failed:
        tick()
    assert SECRET not in str(failed.value)
    assert on_call.told() == (1, 2)
    on_call.site.codes = {}
    assert tick() == "told slack:ARCANA_ALERT_SLACK_URL; 1 open"


def test_a_channel_of_a_domain_that_has_gone_is_refused_after_the_others_were_told(on_call: OnCall):
    repository = build_definitions(DEFS, on_call.deployment).get_repository_def()
    file = Path(on_call.deployment.alerts_file)
    file.write_text(f"{file.read_text()}  - {{teams: ARCANA_ALERT_TEAMS_URL, domains: [padaria]}}\n")
    on_call.run("warns")
    with (
        dg.build_sensor_context(on_call.instance, repository_def=repository) as context,
        pytest.raises(ContractError, match="no domain has the name 'padaria'"),
    ):
        repository.get_sensor_def("alerts").evaluate_tick(context)
    assert on_call.told() == (1, 2)


def test_a_channel_may_name_a_domain_that_cannot_be_read_and_an_owner_who_may_be_its(retail, tmp_path):
    file = tmp_path / "alerts.yaml"
    file.write_text("channels:\n  - {slack: ARCANA_ALERT_SLACK_URL, domains: [bakery], owners: ['team:pao']}\n")
    deployment = replace(deployment_in(tmp_path), alerts=str(file))
    assert load_alerts(deployment, [retail], ["bakery"]).channels[0].domains == ["bakery"]
    with pytest.raises(ContractError, match="no domain has the name 'bakery'"):
        load_alerts(deployment, [retail])

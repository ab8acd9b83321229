"""What `deploy/` hands to AWS, taken by API servers of this machine: tasks, rights, and an instance that launches runs.

Slow: an instance on a real PostgreSQL is made, and a step runs in it.
"""

import json
import re
import subprocess
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import dagster as dg
import pytest
import yaml
from dagster._core.launcher import LaunchRunContext
from dagster._core.test_utils import in_process_test_workspace
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from arcana_assets.deployment import Deployment
from arcana_assets_tests.worlds import postgres

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
AWS = ROOT / "deploy" / "aws"
ACCOUNT, REGION = "123456789012", "us-east-1"
PLACES = {
    "ACCOUNT": ACCOUNT,
    "REGION": REGION,
    "LAKE_BUCKET": "company-lake",
    "LANDING_BUCKET": "company-landing",
    "LOGS_BUCKET": "company",
    "WAREHOUSE_HOST": "db.example.com",
    "VERSION": "1",
    "APPLICATION": "00abc",
    "ONE_BUCKET": "company",
}


def filled(name):
    """A file of deploy/aws with places put in, as the guide has it done."""
    text = (AWS / f"{name}.json").read_text()
    for place, value in PLACES.items():
        text = re.sub(rf"(?<![A-Z_]){place}(?![A-Z_])", value, text)
    return json.loads(text)


def test_the_commands_of_the_guide_fill_in_every_place(tmp_path):
    guide = (ROOT / "docs" / "aws.md").read_text()
    commands = textwrap.dedent(guide.split("**Files with your names**:")[1].split("```")[1])
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    subprocess.run(["sh", "-ec", commands], cwd=tmp_path, check=True)
    made = {path.stem: path.read_text() for path in (tmp_path / "build").iterdir()}
    given = {path.stem for path in AWS.glob("*.json")} - {"bucket-policy"}
    assert made.keys() == given | {f"policy-of-company-{name}" for name in ("lake", "landing", "logs")}
    for name, text in made.items():
        json.loads(text)
        assert not [place for place in PLACES if place in text], name
    assert "arn:aws:s3:::company-landing/*" in made["policy-of-company-landing"]


@pytest.mark.parametrize("name", ["policy-run", "policy-service", "policy-execution", "policy-events"])
def test_rights_are_policies_that_iam_takes_and_name_what_they_are_for(s3, name):
    document = filled(name)
    iam = boto3.client("iam")
    made = iam.create_policy(PolicyName=f"arcana-{name}", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    iam.delete_policy(PolicyArn=made)
    # Whatever there is of a kind, such as every application, is no right for a purpose.
    places = [place for each in document["Statement"] for place in each["Resource"]]
    assert not [place for place in places if re.match(r"arn:aws:[^:]+:[^:]*:[^:]*:/?[a-z-]+[/:]\*$", place)]
    everywhere = {action for each in document["Statement"] if each["Resource"] == ["*"] for action in each["Action"]}
    # Only what AWS gives no resource for.
    assert everywhere <= {"ecs:DescribeTaskDefinition", "ec2:DescribeNetworkInterfaces", "ecr:GetAuthorizationToken"}
    actions = [action for each in document["Statement"] for action in each["Action"]]
    assert not [action for action in actions if "*" in action]


def test_a_run_may_start_no_other_run_and_read_but_not_write_the_landing():
    actions = {action for each in filled("policy-run")["Statement"] for action in each["Action"]}
    assert {action for action in actions if action.startswith(("ecs:", "iam:"))} == {"iam:PassRole"}
    (passed,) = [each for each in filled("policy-run")["Statement"] if "iam:PassRole" in each["Action"]]
    assert passed["Resource"] == ["arn:aws:iam::123456789012:role/arcana-events"]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}}
    (landing,) = [each for each in filled("policy-run")["Statement"] if each["Sid"] == "LandingIsRead"]
    assert all(action.startswith("s3:Get") for action in landing["Action"])


@pytest.mark.parametrize("name", ["task-run", "task-service"])
def test_tasks_have_an_environment_that_the_platform_takes_and_no_secret_in_it(name):
    (container,) = filled(name)["containerDefinitions"]
    environment = {each["name"]: each["value"] for each in container["environment"]}
    deployment = Deployment.from_env(environment)
    assert (deployment.lake, deployment.env, deployment.glue) == ("s3://company-lake/lake", "production", "arcana")
    secrets = {each["name"] for each in container["secrets"]}
    assert {"ARCANA_DAGSTER_POSTGRES_URL", "PGPASSWORD"} == secrets
    assert not secrets & environment.keys()
    assert "password" not in json.dumps(environment).lower()


def test_the_instance_of_aws_is_the_local_one_but_for_its_storage_logs_and_launcher():
    ours, theirs = (yaml.safe_load((folder / "dagster.yaml").read_text()) for folder in (ROOT, AWS))
    other = {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
    assert other == {"storage", "compute_logs", "run_launcher", "concurrency"}
    assert ours["concurrency"]["pools"] == theirs["concurrency"]["pools"]


def test_the_image_is_made_of_what_there_is():
    lines = (AWS / "Dockerfile").read_text()
    for copied in re.findall(r"(?m)^COPY (?:--chown=\S+ )?(?!--from)(.+) \S+$", lines):
        for each in copied.split():
            assert (ROOT / each).exists(), each
    assert "USER arcana" in lines


@pytest.mark.parametrize("path", sorted((ROOT / "deploy" / "ec2").glob("*.service")), ids=lambda path: path.name)
def test_services_of_one_machine_have_no_right_that_they_do_not_need(path):
    text = path.read_text()
    for line in ("NoNewPrivileges=true", "ProtectSystem=strict", "UMask=0077", "User=arcana"):
        assert line in text.splitlines()


@pytest.fixture
def of_task() -> Iterator[str]:
    """What ECS tells a container of its own task."""
    told = {"Cluster": "arcana", "TaskARN": ""}

    class Told(BaseHTTPRequestHandler):
        def do_GET(self):
            content = json.dumps(told if self.path.endswith("/task") else {"Name": "service"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Told) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.told = told
        yield server
        server.shutdown()


@dg.op
def speaks(context: dg.OpExecutionContext) -> None:
    print("said by the step")


@dg.job
def talk() -> None:
    speaks()


def test_an_instance_from_its_settings_launches_runs_as_tasks_and_keeps_what_steps_print(
    s3, tmp_path, monkeypatch, of_task
):
    if reason := postgres.missing():
        pytest.skip(reason)
    ecs, ec2 = boto3.client("ecs"), boto3.client("ec2")
    ecs.create_cluster(clusterName="arcana")
    for name in ("task-service", "task-run"):
        ecs.register_task_definition(**filled(name))
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group], "assignPublicIp": "DISABLED"}}
    service = ecs.run_task(
        cluster="arcana", taskDefinition="arcana", launchType="FARGATE", networkConfiguration=network
    )["tasks"][0]
    of_task.told["TaskARN"] = service["taskArn"]
    monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", f"http://127.0.0.1:{of_task.server_address[1]}")
    monkeypatch.setenv("ARCANA_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("ARCANA_LOGS_BUCKET", "company")
    monkeypatch.setenv("ARCANA_ECS_RUN_TASK", "arcana-run")
    (tmp_path / "dagster.yaml").write_text((AWS / "dagster.yaml").read_text())
    with postgres.server() as server:
        monkeypatch.setenv("ARCANA_DAGSTER_POSTGRES_URL", server.uri.replace("+psycopg:", "+psycopg2:"))
        with dg.DagsterInstance.get() as instance:
            done = talk.execute_in_process(instance=instance)
            (file,) = [
                item["Key"]
                for item in s3.list_objects_v2(Bucket="company", Prefix="dagster/")["Contents"]
                if item["Key"].endswith(".out") and done.run_id in item["Key"]
            ]
            assert s3.get_object(Bucket="company", Key=file)["Body"].read() == b"said by the step\n"

            origin = LoadableTargetOrigin(python_file=__file__, attribute="talk")
            with in_process_test_workspace(instance, origin) as workspace:
                (location,) = workspace.code_locations
                job = location.get_repository("__repository__talk").get_full_job("talk")
                run = instance.create_run_for_job(
                    talk,
                    tags={"ecs/cpu": "8192", "ecs/memory": "61440", "arcana/domain": "retail"},
                    remote_job_origin=job.get_remote_origin(),
                    job_code_origin=job.get_python_origin(),
                )
                instance.run_launcher.launch_run(LaunchRunContext(run, workspace))
            tags = instance.get_run_by_id(run.run_id).tags
            (task,) = ecs.describe_tasks(cluster="arcana", tasks=[tags["ecs/task_arn"]])["tasks"]
            assert task["taskDefinitionArn"].split("/")[-1].startswith("arcana-run:")
            assert (task["overrides"]["cpu"], task["overrides"]["memory"]) == ("8192", "61440")
            (override,) = task["overrides"]["containerOverrides"]
            assert override["name"] == "run"
            assert override["command"][:3] == ["dagster", "api", "execute_run"]
            assert instance.run_launcher.supports_check_run_worker_health

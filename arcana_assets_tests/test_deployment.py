import os
import re
from pathlib import Path

import pytest

from arcana_assets import deployment
from arcana_assets.deployment import Deployment, DeploymentError, s3_filesystem, storage_options

DOCS = Path(deployment.__file__).parent.parent / "docs"


def test_without_any_variable_everything_is_below_data_lake(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    deployment = Deployment.from_env({})
    lake = str(tmp_path / "data_lake")
    assert deployment == Deployment(lake=lake, landing=f"{lake}/landing", home=f"{lake}/.dagster")
    assert deployment.env == "local"


def test_a_local_lake_does_not_follow_a_later_change_of_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    deployment = Deployment.from_env({"ARCANA_LAKE": "here/../lake", "ARCANA_LANDING": "in"})
    assert (deployment.lake, deployment.landing) == (str(tmp_path / "lake"), str(tmp_path / "in"))


def test_a_lake_in_a_bucket_keeps_its_instance_on_a_local_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    deployment = Deployment.from_env({"ARCANA_LAKE": "s3://bucket/lake/"})
    assert deployment.lake == "s3://bucket/lake"
    assert deployment.landing == "s3://bucket/lake/landing"
    assert deployment.home == str(tmp_path / "data_lake" / ".dagster")


def test_a_variable_set_to_nothing_counts_as_not_set():
    assert Deployment.from_env({"ARCANA_ENV": "", "ARCANA_THREADS": " "}).env == "local"


def test_runs_are_kept_for_ninety_days_unless_the_deployment_says_otherwise():
    assert Deployment.from_env({}).keep_runs_days == 90
    assert Deployment.from_env({"ARCANA_KEEP_RUNS_DAYS": "400"}).keep_runs_days == 400


def test_limits_are_read_for_the_engine():
    deployment = Deployment.from_env({"ARCANA_THREADS": "2", "ARCANA_MEMORY_LIMIT": "4GB", "ARCANA_ENV": "production"})
    assert (deployment.threads, deployment.memory_limit, deployment.env) == (2, "4GB", "production")


def test_a_login_asks_for_what_every_provider_knows_unless_the_deployment_says_otherwise():
    usual = Deployment.from_env({})
    assert (usual.dashboard_scope, usual.dashboard_groups) == ("openid email profile", "groups")
    given = {"SCOPE": " email  openid groups ", "GROUPS_CLAIM": "cognito:groups"}
    set_ = Deployment.from_env({f"ARCANA_DASHBOARD_OIDC_{name}": value for name, value in given.items()})
    assert (set_.dashboard_scope, set_.dashboard_groups) == ("email openid groups", "cognito:groups")


@pytest.mark.parametrize(("given", "mode"), [("640", 0o640), ("0600", 0o600), ("", 0o644)])
def test_who_reads_published_files_is_a_mode(given, mode):
    assert Deployment.from_env({"ARCANA_PUBLISHED_MODE": given}).published_mode == mode


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ARCANA_ENV", "producton", "'producton'; it may be local or production; did you mean 'production'?"),
        ("ARCANA_ENV", "xyz", "it may be local or production."),
        ("ARCANA_THREADS", "0", "a whole number from 1"),
        ("ARCANA_THREADS", "two", "a whole number from 1"),
        ("ARCANA_KEEP_RUNS_DAYS", "0", "ARCANA_KEEP_RUNS_DAYS is '0'; it may be a whole number from 1"),
        ("ARCANA_KEEP_RUNS_DAYS", "²", "a whole number from 1"),
        ("ARCANA_KEEP_RUNS_DAYS", "12345678", "a whole number from 1 to 999999"),
        ("ARCANA_MEMORY_LIMIT", "lots", "a size such as 4GB"),
        ("ARCANA_LAKE", "gs://bucket", "may be a local path or start with s3://"),
        ("ARCANA_LAKE", "s3://", "names no bucket"),
        ("ARCANA_HOME", "s3://bucket/home", "needs a local folder"),
        ("ARCANA_DASHBOARD_OIDC_SCOPE", "email groups", "openid among them"),
        ("ARCANA_DASHBOARD_OIDC_SCOPE", 'openid "email"', "scopes that the provider knows, with spaces between"),
        ("ARCANA_PUBLISHED_MODE", "666", "it may be 600, 640, 604 or 644"),
        ("ARCANA_PUBLISHED_MODE", "rw-r--r--", "it may be 600, 640, 604 or 644"),
    ],
)
def test_a_value_that_cannot_be_names_its_variable_and_what_it_may_be(variable, value, said):
    with pytest.raises(DeploymentError) as raised:
        Deployment.from_env({variable: value})
    assert variable in str(raised.value)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, ""),
        ({"ARCANA_TRACKING": "off"}, "off"),
        ({"ARCANA_TRACKING": "http://127.0.0.1:5000/"}, "http://127.0.0.1:5000"),
        ({"ARCANA_TRACKING": "https://mlflow.example.com/team"}, "https://mlflow.example.com/team"),
    ],
)
def test_tracking_is_embedded_unless_it_is_off_or_names_a_server(given, kept):
    assert Deployment.from_env(given).tracking == kept


def test_the_embedded_tracking_is_in_a_local_lake_and_else_in_the_home():
    assert Deployment.from_env({"ARCANA_LAKE": "/data/lake"}).tracking_lake == "/data/lake"
    bucket = Deployment.from_env({"ARCANA_LAKE": "s3://bucket/lake", "ARCANA_HOME": "/srv/dagster"})
    assert bucket.tracking_lake == "/srv/dagster"


@pytest.mark.parametrize(
    "value",
    [
        "https://ana:hunter2@mlflow.example.com",
        "https://hunter2@mlflow.example.com",
        "https://mlflow.example.com?token=hunter2",
        "https://mlflow.example.com/#hunter2",
        "postgresql://ana:hunter2@db/mlflow",
        "ana:hunter2@mlflow.example.com",
        "https://[hunter2",
        "https://mlflow.example.com:hunter2",
        "hunter2",
        "http://",
        "sqlite:///hunter2.db",
        "OFF",
        "http://mlflow example.com",
    ],
)
def test_tracking_that_is_no_server_is_refused_without_repeating_what_may_be_a_secret(value):
    with pytest.raises(DeploymentError, match="ARCANA_TRACKING") as raised:
        Deployment.from_env({"ARCANA_TRACKING": value})
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("off", "off"),
        ("postgresql+psycopg://arcana@db.example.com/sales", "postgresql+psycopg://arcana@db.example.com/sales"),
        ("postgresql://db:5433/sales", "postgresql+psycopg://db:5433/sales"),
        ("postgresql://arcana@[::1]:5432/sales-2011", "postgresql+psycopg://arcana@[::1]:5432/sales-2011"),
    ],
)
def test_the_database_is_a_file_unless_it_is_off_or_names_a_server(given, kept):
    assert Deployment.from_env({"ARCANA_WAREHOUSE": given}).warehouse == kept


@pytest.mark.parametrize(
    "value",
    [
        "postgresql+psycopg://ana:hunter2@db/sales",
        "postgresql://:hunter2@db/sales",
        "postgresql://ana:hunter2@host@db/sales",
        "postgresql://ana:hun%74er2@db/sales",
        "postgresql://ana@db/sales?password=hunter2",
        "postgresql://ana@db/sales#hunter2",
        "postgresql://ana@db:hunter2/sales",
        "postgresql://[hunter2/sales",
        "postgresql://ana@db",
        "postgresql://ana@db/hunter2/sales",
        "postgresql://ana hunter2@db/sales",
        "postgresql:///hunter2",
        "mysql://db/hunter2",
        "sqlite:///hunter2.db",
        "hunter2",
        "OFF",
    ],
)
def test_a_database_that_is_none_is_refused_without_repeating_what_may_be_a_secret(value):
    with pytest.raises(DeploymentError, match="ARCANA_WAREHOUSE") as raised:
        Deployment.from_env({"ARCANA_WAREHOUSE": value})
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_a_folder_needs_no_storage_options():
    assert storage_options("/data/lake", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000"}) == {}


def test_a_bucket_commits_by_conditional_put_and_never_shows_credentials():
    environ = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
    assert storage_options("s3://bucket/lake", environ) == {"aws_conditional_put": "etag"}


def test_another_s3_server_is_reached_by_its_endpoint_and_plain_http_only_where_it_says_so():
    plain = storage_options("s3://bucket", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000"})
    assert plain == {"aws_conditional_put": "etag", "aws_endpoint": "http://127.0.0.1:9000", "allow_http": "true"}
    secure = storage_options("s3://bucket", {"AWS_ENDPOINT_URL": "https://s3.example.com"})
    assert "allow_http" not in secure


def test_the_process_environment_is_the_default(monkeypatch):
    monkeypatch.setenv("ARCANA_ENV", "production")
    assert Deployment.from_env().env == "production"
    assert Deployment.from_env(os.environ).env == "production"


def test_buckets_are_reached_where_the_environment_says_and_keep_no_listing(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://one")
    one = s3_filesystem()
    assert (one.endpoint_url, one.dircache.use_listings_cache) == ("http://one", False)
    assert s3_filesystem() is one  # connecting takes a tenth of a second, and each file is asked about
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://other")
    assert s3_filesystem().endpoint_url == "http://other"


def test_the_login_of_the_page_is_read_and_kept_out_of_what_is_printed():
    oidc = {"METADATA": "https://id/x", "CLIENT_ID": "page", "CLIENT_SECRET": " s3cret ", "COOKIE_SECRET": "c00kie"}
    given = {f"ARCANA_DASHBOARD_OIDC_{name}": value for name, value in oidc.items()}
    found = Deployment.from_env(given | {"ARCANA_DASHBOARD_ROLES": "vendas=clientes"})
    assert found.dashboard_oidc == {name.lower(): value.strip() for name, value in oidc.items()}
    assert found.dashboard_roles == "vendas=clientes"
    assert "s3cret" not in repr(found)
    assert "c00kie" not in repr(found)
    hash(found)
    assert set(Deployment.from_env({}).dashboard_oidc.values()) == {""}


@pytest.mark.skipif(not DOCS.is_dir(), reason="an installed package comes without docs")
def test_every_variable_that_is_read_is_told_of():
    read = set(re.findall(r'"(ARCANA_\w+)"', Path(deployment.__file__).read_text(encoding="utf-8")))
    read |= {f"ARCANA_DASHBOARD_OIDC_{name.upper()}" for name in deployment.OIDC}
    pages = (DOCS.parent / "README.md", *DOCS.glob("*.md"))
    told = " ".join(path.read_text(encoding="utf-8") for path in pages)
    assert len(read) > 10
    assert sorted(name for name in read if not re.search(rf"\b{name}\b", told)) == []

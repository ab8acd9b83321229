"""Sessions of EMR Serverless: started, waited for, shown fresh tokens, ended; AWS is played by botocore's Stubber."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import grpc  # type: ignore[import-untyped]
import ibis
import pyarrow as pa
import pytest
from botocore.stub import ANY, Stubber
from pyspark.sql.connect.proto.base_pb2 import ConfigRequest
from pyspark.sql.connect.proto.base_pb2_grpc import SparkConnectServiceStub

from arcana_assets.engine.spark.emr import HEADER, IDLE_MINUTES, EmrServerless, SessionRefused
from arcana_assets.engine.spark.engine import SparkEngine
from arcana_assets.engine.spark.errors import SparkAway, SparkDenied
from arcana_assets.engine.spark.session import forget
from arcana_assets_tests.worlds.spark import SparkServer

APPLICATION, ROLE = "00abcdefghijkl09", "arn:aws:iam::123456789012:role/arcana-events"
SESSION = "00session0000001"
ARN = f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{APPLICATION}/sessions/{SESSION}"
USER = "arn:aws:iam::123456789012:user/platform"
OF = {"applicationId": APPLICATION, "sessionId": SESSION}


class Aws:
    """A client whose answers are told in advance, in order."""

    def __init__(self) -> None:
        self.client = boto3.client(
            "emr-serverless", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
        )
        self.stub = Stubber(self.client)
        self.stub.activate()

    def starts(self, session: str = SESSION) -> None:
        asked = {"applicationId": APPLICATION, "executionRoleArn": ROLE, "idleTimeoutMinutes": IDLE_MINUTES}
        told = {"applicationId": APPLICATION, "sessionId": session, "arn": ARN}
        self.stub.add_response("start_session", told, {**asked, "name": ANY})

    def is_(self, *states: str, details: str = "-") -> None:
        for state in states:
            session = {**OF, "arn": ARN, "state": state, "stateDetails": details, "releaseLabel": "emr-spark-8.0.0"}
            session |= {"executionRoleArn": ROLE, "createdBy": USER}
            session |= dict.fromkeys(("createdAt", "updatedAt"), datetime(2026, 1, 1, tzinfo=UTC))
            self.stub.add_response("get_session", {"session": session}, OF)

    def answers_at(self, endpoint: str, token: str, minutes: float = 60) -> None:
        expires = datetime.now(UTC) + timedelta(minutes=minutes)
        told = {**OF, "endpoint": endpoint, "authToken": token, "authTokenExpiresAt": expires}
        self.stub.add_response("get_session_endpoint", told, OF)

    def ends(self) -> None:
        self.stub.add_response("terminate_session", OF, OF)


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def sessions(aws: Aws) -> EmrServerless:
    return EmrServerless(APPLICATION, ROLE, lambda: aws.client, wait_seconds=5, look_seconds=0)


def test_a_session_is_started_waited_for_and_reached_by_its_endpoint(aws: Aws, sessions: EmrServerless) -> None:
    aws.starts()
    aws.is_("SUBMITTED", "STARTING", "STARTED")
    aws.answers_at("https://abc.emr-serverless-sessions.us-east-1.amazonaws.com", "first")
    channel = sessions.channel()
    assert channel.host == "abc.emr-serverless-sessions.us-east-1.amazonaws.com"
    assert channel.secure
    assert dict(channel.metadata())[HEADER] == "first"
    aws.ends()
    sessions.end()
    aws.stub.assert_no_pending_responses()


def test_a_token_is_renewed_shortly_before_it_expires(aws: Aws, sessions: EmrServerless) -> None:
    aws.starts()
    aws.is_("STARTED")
    aws.answers_at("https://abc.example", "first", minutes=4)
    channel = sessions.channel()
    aws.answers_at("https://abc.example", "second", minutes=60)
    assert dict(channel.metadata())[HEADER] == "second"
    assert dict(channel.metadata())[HEADER] == "second"  # and not at each request
    aws.stub.assert_no_pending_responses()


def test_each_request_of_a_statement_shows_the_token_of_its_time(aws: Aws, sessions: EmrServerless) -> None:
    shown = list[str]()

    class Records(grpc.GenericRpcHandler):
        def service(self, handler_call_details: Any) -> None:
            shown.append(dict(handler_call_details.invocation_metadata)[HEADER])

    server = grpc.server(ThreadPoolExecutor(1), handlers=[Records()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    aws.starts()
    aws.is_("STARTED")
    for token in ("first", "second", "third"):
        aws.answers_at(f"http://127.0.0.1:{port}", token, minutes=4)
    channel = sessions.channel()
    of_a_statement = channel.metadata()  # which its client asks for once
    with channel.toChannel() as open_:
        for _ in range(2):
            with pytest.raises(grpc.RpcError, match="UNIMPLEMENTED"):
                SparkConnectServiceStub(open_).Config(ConfigRequest(), metadata=of_a_statement)
    server.stop(None)
    assert shown == ["second", "third"]


def test_a_session_that_ended_while_it_was_used_is_tried_again_with_another(aws: Aws, sessions: EmrServerless) -> None:
    aws.starts()
    aws.is_("STARTED")
    aws.answers_at("https://one.example", "one", minutes=4)
    channel = sessions.channel()
    aws.stub.add_client_error("get_session_endpoint", "ResourceNotFoundException", "no such session", 404)
    with pytest.raises(SparkAway, match="the session is over") as told:
        dict(channel.metadata())
    assert told.value.retriable
    aws.starts()
    aws.is_("STARTED")
    aws.answers_at("https://two.example", "two")
    assert sessions.channel().host == "two.example"


def test_a_session_that_ended_idle_is_replaced(aws: Aws, sessions: EmrServerless) -> None:
    aws.starts()
    aws.is_("STARTED")
    aws.answers_at("https://one.example", "one")
    sessions.channel()
    aws.is_("TERMINATED")
    aws.starts()
    aws.is_("IDLE")
    aws.answers_at("https://two.example", "two")
    assert sessions.channel().host == "two.example"


def test_a_session_that_fails_before_it_begins_is_ended_and_told(aws: Aws, sessions: EmrServerless) -> None:
    aws.starts()
    aws.is_("STARTING")
    aws.is_("FAILED", details="no subnet has an address left")
    aws.ends()
    with pytest.raises(SessionRefused, match="FAILED before it began: no subnet has an address left"):
        sessions.channel()
    aws.stub.assert_no_pending_responses()


def test_a_session_that_does_not_come_up_in_time_is_ended_and_tried_again_later(aws: Aws) -> None:
    sessions = EmrServerless(APPLICATION, ROLE, lambda: aws.client, wait_seconds=-1, look_seconds=0)
    aws.starts()
    aws.is_("STARTING")
    aws.ends()
    with pytest.raises(SparkAway, match="the session is STARTING after") as told:
        sessions.channel()
    assert told.value.retriable
    aws.stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "status", "error", "retriable"),
    [
        ("AccessDeniedException", 403, SparkDenied, False),
        ("ValidationException", 400, SessionRefused, False),
        ("ResourceNotFoundException", 404, SessionRefused, False),
        ("InternalServerException", 500, SparkAway, True),
        ("ServiceUnavailable", 503, SparkAway, True),
        ("ThrottlingException", 429, SparkAway, True),
    ],
)
def test_what_aws_refuses_is_told_by_its_kind(aws: Aws, sessions, code, status, error, retriable) -> None:
    aws.stub.add_client_error("start_session", code, "says the account 123456789012", status)
    with pytest.raises(error) as told:
        sessions.channel()
    assert told.value.retriable is retriable
    assert "123456789012" not in str(told.value)


def test_credentials_that_are_missing_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    # A session of its own: boto3's default one keeps the credentials it has once seen.
    client: Any = boto3.Session().client("emr-serverless", region_name="us-east-1")
    with pytest.raises(SparkDenied, match="there are none"):
        EmrServerless(APPLICATION, ROLE, lambda: client).channel()


@pytest.mark.slow
def test_a_loopback_server_behind_the_endpoint_answers(
    aws: Aws, sessions: EmrServerless, spark_server: SparkServer
) -> None:
    """Slow: it needs a server of Spark."""
    aws.starts()
    aws.is_("STARTED")
    aws.answers_at(spark_server.uri.replace("sc://", "http://"), "first", minutes=4)
    for token in range(400):  # one that is about to expire is renewed at each request
        aws.answers_at(spark_server.uri.replace("sc://", "http://"), f"token {token}", minutes=4)
    engine = SparkEngine(sessions.place, sessions.channel, scheme="s3")
    rows = ibis.memtable(pa.table({"n": [1, 2]}))
    try:
        assert engine.value(rows.n.sum()) == 3
    finally:
        forget(engine.place, engine.session)

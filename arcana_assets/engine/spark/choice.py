"""Which engine computes tables of events: DuckDB in this process, unless a deployment names another one.

Belongs here: from ARCANA_EVENT_ENGINE to an engine. Does not belong here: what it does (`engine`), the other variables
(`deployment`).
"""

import re
from functools import partial
from urllib.parse import parse_qs, urlsplit

from arcana_assets.deployment import DeploymentError
from arcana_assets.engine.events import EventEngine
from arcana_assets.engine.spark.emr import EmrServerless
from arcana_assets.engine.spark.engine import SparkEngine

SCHEMES = (
    "sc://host:15002 (a server of Spark Connect) or emr-serverless://<application id>?role=<ARN of the role that "
    "sessions run as>"
)
_PORT = 15002
_APPLICATION = re.compile(r"[0-9a-z]{1,64}")
_ROLE = re.compile(r"arn:aws[a-zA-Z0-9-]*:iam::\d{12}:role/[\w+=,.@/-]+")


def event_engine(uri: str, local: EventEngine) -> EventEngine:
    """The engine at a uri; `local` where there is none.

    Raises DeploymentError for a uri that means none, or where the extra for it is not installed; it never repeats
    what was found, for a uri may hold a token.
    """
    if not uri:
        return local
    scheme = uri.partition("://")[0]
    made = {"sc": _connect, "emr-serverless": _emr}.get(scheme)
    if made is None:
        raise DeploymentError(
            f"ARCANA_EVENT_ENGINE begins with '{scheme[:20]}'; expected {SCHEMES}, or nothing, which is DuckDB in this "
            "process."
        )
    return made(uri)


def _connect(uri: str) -> SparkEngine:
    refused = DeploymentError(f"ARCANA_EVENT_ENGINE is no place of a server; expected {SCHEMES}.")
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        raise refused from None
    if not host or "@" in parts.netloc:
        raise refused
    refuse_without_spark()
    from pyspark.errors import PySparkException
    from pyspark.sql.connect.client import DefaultChannelBuilder

    try:
        DefaultChannelBuilder(uri)
    except PySparkException:  # whose words repeat the uri
        raise refused from None
    return SparkEngine(f"sc://{host}:{port}", partial(DefaultChannelBuilder, uri))


def _emr(uri: str) -> SparkEngine:
    parts = urlsplit(uri)
    asked = parse_qs(parts.query)
    application, role = parts.netloc, "".join(asked.get("role", []))
    if not _APPLICATION.fullmatch(application) or not _ROLE.fullmatch(role) or set(asked) != {"role"}:
        raise DeploymentError(f"ARCANA_EVENT_ENGINE names no application of EMR Serverless; expected {SCHEMES}.")
    refuse_without_spark()
    try:
        import boto3
    except ImportError as error:
        raise DeploymentError(
            "ARCANA_EVENT_ENGINE names an application of EMR Serverless, but boto3 is not installed here: "
            "pip install 'arcana-assets[s3,spark]'."
        ) from error
    sessions = EmrServerless(application, role, partial(boto3.client, "emr-serverless"))
    return SparkEngine(sessions.place, sessions.channel, scheme="s3")


def refuse_without_spark() -> None:
    """Raises DeploymentError where the client of Spark Connect is not installed."""
    try:
        import pyspark.sql.connect.session  # noqa: F401
    except ImportError as error:
        raise DeploymentError(
            "ARCANA_EVENT_ENGINE names a server of Spark, but its client is not installed here: "
            "pip install 'arcana-assets[spark]'."
        ) from error

"""The deployment: where the lake, the landing and the instance live, and how much of the machine is ours.

Belongs here: every environment variable the platform reads, each with its default and its check.
Belongs here, too: what the AWS environment says of buckets, for all who reach into one.
Does not belong here: what is done with them; that is `Lake`, `Engine` and the definitions.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from arcana_assets.domain.errors import ArcanaError, nearest

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

ENVIRONMENTS = ("local", "production")
SHIPPED = str(Path(__file__).parent / "defs")  # the domains that come with the package
PSEUDONYM_KEY = "ARCANA_PSEUDONYM_KEY"
KEY_CHARACTERS = 32  # of a key at least
TRACKING_OFF = "off"
WAREHOUSE_OFF = "off"
KEEP_RUNS_DAYS = 90  # a quarter: as long as anybody asks what a night did
PUBLISHED_MODE = 0o644  # of files for people: their owner writes, all of the machine read
OIDC = ("metadata", "client_id", "client_secret", "cookie_secret")  # of the page's login
OIDC_SCOPE = "openid email profile"  # what every provider knows; one that it does not know it refuses
GROUPS_CLAIM = "groups"
_DATABASE = re.compile(r"[a-z][a-z0-9_]{0,99}")
_MEMORY = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B|%)", re.IGNORECASE)


class DeploymentError(ArcanaError):
    """An environment variable of the platform has a value it cannot have."""


@dataclass(frozen=True)
class Deployment:
    """Absolute places (a local path or an `s3://` prefix, without a slash at the end) and limits of one deployment."""

    lake: str
    landing: str
    home: str
    env: str = "local"
    threads: int | None = None
    memory_limit: str | None = None
    tracking: str = ""
    published_mode: int = PUBLISHED_MODE
    keep_runs_days: int = KEEP_RUNS_DAYS
    dashboard_oidc: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(OIDC, ""), repr=False, hash=False)
    dashboard_scope: str = OIDC_SCOPE
    dashboard_groups: str = GROUPS_CLAIM
    dashboard_roles: str = ""
    warehouse: str = ""
    glue: str = ""
    event_engine: str = field(default="", repr=False)
    alerts: str = ""
    alert_secrets: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    web_url: str = ""
    defs: tuple[str, ...] = (SHIPPED,)

    @property
    def alerts_file(self) -> str:
        """Where the channels of alerts are said: the file that the environment names, or one in the home."""
        return self.alerts or f"{self.home}/alerts.yaml"

    @property
    def tracking_lake(self) -> str:
        """The local folder of the embedded MLflow: the lake, or the home where the lake is a bucket."""
        return self.home if is_s3(self.lake) else self.lake

    @property
    def warehouse_folder(self) -> str:
        """The local folder below which SQLite files are: the lake, or the home where the lake is a bucket."""
        return self.tracking_lake

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Deployment":
        """Reads ARCANA_LAKE, ARCANA_LANDING, ARCANA_HOME, ARCANA_DEFS, ARCANA_ENV, ARCANA_THREADS, ARCANA_MEMORY_LIMIT,
        ARCANA_TRACKING, ARCANA_PUBLISHED_MODE, ARCANA_KEEP_RUNS_DAYS, ARCANA_DASHBOARD_OIDC_METADATA, _CLIENT_ID,
        _CLIENT_SECRET, _COOKIE_SECRET, _SCOPE and _GROUPS_CLAIM, ARCANA_DASHBOARD_ROLES, ARCANA_WAREHOUSE,
        ARCANA_GLUE_DATABASE, ARCANA_EVENT_ENGINE, ARCANA_ALERTS, ARCANA_WEB_URL, and the secrets of alerts, whose names
        begin with ARCANA_ALERT_.

        A variable set to nothing counts as not set. Raises DeploymentError, which names the variable and its values.
        """
        given = {name: value.strip() for name, value in environ.items() if name.startswith("ARCANA_") and value.strip()}
        lake = _place("ARCANA_LAKE", given.get("ARCANA_LAKE", "data_lake"))
        # Dagster keeps its runs and logs in SQLite and files: they need a disk even where the lake is a bucket.
        house = "data_lake" if is_s3(lake) else lake
        home = _place("ARCANA_HOME", given.get("ARCANA_HOME", f"{house}/.dagster"))
        if is_s3(home):
            raise DeploymentError(f"ARCANA_HOME is {home}, but the Dagster instance needs a local folder.")
        return cls(
            lake=lake,
            landing=_place("ARCANA_LANDING", given.get("ARCANA_LANDING", f"{lake}/landing")),
            home=home,
            env=_environment(given.get("ARCANA_ENV", "local")),
            threads=_whole("ARCANA_THREADS", given.get("ARCANA_THREADS")),
            memory_limit=_memory_limit(given.get("ARCANA_MEMORY_LIMIT")),
            tracking=tracking_uri(given.get("ARCANA_TRACKING", "")),
            published_mode=_mode(given.get("ARCANA_PUBLISHED_MODE")),
            keep_runs_days=_whole("ARCANA_KEEP_RUNS_DAYS", given.get("ARCANA_KEEP_RUNS_DAYS")) or KEEP_RUNS_DAYS,
            dashboard_oidc={name: given.get(f"ARCANA_DASHBOARD_OIDC_{name.upper()}", "") for name in OIDC},
            dashboard_scope=_scope(given.get("ARCANA_DASHBOARD_OIDC_SCOPE", OIDC_SCOPE)),
            dashboard_groups=given.get("ARCANA_DASHBOARD_OIDC_GROUPS_CLAIM", GROUPS_CLAIM),
            dashboard_roles=given.get("ARCANA_DASHBOARD_ROLES", ""),
            warehouse=warehouse_uri(given.get("ARCANA_WAREHOUSE", "")),
            glue=_glue(given.get("ARCANA_GLUE_DATABASE", ""), lake),
            event_engine=given.get("ARCANA_EVENT_ENGINE", ""),
            alerts=os.path.abspath(Path(given["ARCANA_ALERTS"]).expanduser()) if "ARCANA_ALERTS" in given else "",
            alert_secrets={name: value for name, value in given.items() if name.startswith("ARCANA_ALERT_")},
            web_url=_web_url(given.get("ARCANA_WEB_URL", "")),
            defs=_folders(given.get("ARCANA_DEFS", SHIPPED)),
        )


def _glue(value: str, lake: str) -> str:
    """Nothing, or the word that names of databases in the Glue catalogue begin with."""
    if value and not _DATABASE.fullmatch(value):
        raise DeploymentError(
            f"ARCANA_GLUE_DATABASE is {value!r}; expected lower-case letters, digits and `_`, a letter first: "
            "tables of the domain retail are then in <that>_retail."
        )
    if value and not is_s3(lake):
        raise DeploymentError(
            f"ARCANA_GLUE_DATABASE is {value}, but the lake is the folder {lake}, which no engine of AWS can read. "
            "Unset it, or point ARCANA_LAKE to a bucket."
        )
    return value


def pseudonym_key(lake: str, environ: Mapping[str, str] = os.environ) -> bytes | None:
    """The key under which ids of erased customers are hashed: ARCANA_PSEUDONYM_KEY, or what the file
    ARCANA_PSEUDONYM_KEY_FILE holds, which only its owner may read and which lies outside of the lake; None for neither.

    Raises DeploymentError, which never repeats what was found.
    """
    variable, key = PSEUDONYM_KEY, environ.get(PSEUDONYM_KEY, "").strip()
    if not key and (given := environ.get(f"{PSEUDONYM_KEY}_FILE", "").strip()):
        variable, path = f"{PSEUDONYM_KEY}_FILE", Path(given).expanduser()
        try:
            mode, key = path.stat().st_mode & 0o777, path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise DeploymentError(f"{variable} is {given}, which cannot be read: {error}.") from None
        if mode & 0o077:
            raise DeploymentError(
                f"{variable} is {given}, a file of mode {mode:04o}; expected one that only its owner may read. "
                f"Run `chmod 600 {given}`."
            )
        if not is_s3(lake) and path.resolve().is_relative_to(Path(lake).resolve()):
            raise DeploymentError(
                f"{variable} is {given}, inside of the lake {lake}; whoever copies the lake would have the key, too. "
                "Move it out."
            )
    if key and len(key) < KEY_CHARACTERS:
        raise DeploymentError(
            f"{variable} has {len(key)} characters; expected {KEY_CHARACTERS} or more, as of `openssl rand -hex 32`."
        )
    return key.encode() or None


def is_s3(uri: str) -> bool:
    """Whether the place is a bucket and not a folder of this machine."""
    return uri.startswith("s3://")


def storage_options(uri: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What delta-rs has to be told about the place beyond what it reads from the AWS environment or role itself.

    Credentials are never among the options, so the options may be logged. `aws_conditional_put` makes a commit
    an atomic put-if-absent, without a lock table.
    """
    if not is_s3(uri):
        return {}
    options = {"aws_conditional_put": "etag"}
    if endpoint := _endpoint(environ):
        options["aws_endpoint"] = endpoint
        if endpoint.startswith("http://"):
            options["allow_http"] = "true"
    return options


def s3_filesystem() -> "AbstractFileSystem":
    """The buckets as a file system, once a thread and endpoint; it keeps no listing, so new files are seen at once."""
    import fsspec

    return fsspec.filesystem("s3", endpoint_url=_endpoint(os.environ), use_listings_cache=False)


def _endpoint(environ: Mapping[str, str]) -> str | None:
    return environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")


def tracking_uri(value: str) -> str:
    """Nothing, `off` or the uri of an MLflow server, without a slash at the end.

    Raises DeploymentError, which never repeats what was found: a wrong value may hold a password.
    """
    if value in ("", TRACKING_OFF):
        return value
    expected = "it may be off or the http:// or https:// uri of an MLflow server; not set, MLflow is kept in the lake"
    try:
        uri = urlsplit(value)
        host, _ = uri.hostname, uri.port
    except ValueError:
        raise DeploymentError(f"ARCANA_TRACKING is not a uri; {expected}.") from None
    if "@" in value or uri.query or uri.fragment:
        raise DeploymentError(
            "ARCANA_TRACKING holds more than the place of a server (one of @ ? #). Credentials go into "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
        )
    if uri.scheme not in ("http", "https") or not host or any(each.isspace() for each in value):
        raise DeploymentError(f"ARCANA_TRACKING is no value it can have; {expected}.")
    return value.rstrip("/")


def warehouse_uri(value: str) -> str:
    """Nothing, `off` or the uri of a PostgreSQL database, by the driver psycopg.

    Raises DeploymentError, which never repeats what was found: a wrong value may hold a password.
    """
    if value in ("", WAREHOUSE_OFF):
        return value
    expected = "it may be off or postgresql+psycopg://user@host:port/database; not set, each domain has an SQLite file"
    try:
        uri = urlsplit(value)
        host, _ = uri.hostname, uri.port
    except ValueError:
        raise DeploymentError(f"ARCANA_WAREHOUSE is not a uri; {expected}.") from None
    if uri.password is not None or value.count("@") > 1 or uri.query or uri.fragment or "%" in uri.netloc:
        raise DeploymentError(
            "ARCANA_WAREHOUSE holds more than user, place and name of a database (a password, or one of ? # %). The "
            "password goes into PGPASSWORD or the file ~/.pgpass, all else into the variables of libpq (PGSSLMODE)."
        )
    database = uri.path.removeprefix("/")
    if (
        uri.scheme not in ("postgresql", "postgresql+psycopg")
        or not host
        or not re.fullmatch(r"[\w\-]+", database)
        or not re.fullmatch(r"([\w.\-]+@)?[\w.\-\[\]:]+", uri.netloc)
    ):
        raise DeploymentError(f"ARCANA_WAREHOUSE is no value it can have; {expected}.")
    return f"postgresql+psycopg://{uri.netloc}/{database}"


def _web_url(value: str) -> str:
    """Nothing, or where people open Dagster's page, without a slash at the end."""
    if value and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[\w.~\-/]*)?", value):
        raise DeploymentError(
            "ARCANA_WEB_URL is no address that it can have; expected where people open Dagster's page, such as "
            "https://dagster.empresa, without user, password and query."
        )
    return value.rstrip("/")


def _place(variable: str, value: str) -> str:
    if is_s3(value):
        place = value.rstrip("/")
        if place in ("s3:", "s3:/"):
            raise DeploymentError(f"{variable} is {value!r}, which names no bucket. Write s3://<bucket>/<prefix>.")
        return place
    if "://" in value:
        scheme = value.split("://", 1)[0]
        raise DeploymentError(f"{variable} starts with {scheme}://. It may be a local path or start with s3://.")
    return os.path.abspath(Path(value).expanduser())


def _folders(value: str) -> tuple[str, ...]:
    """The folders of domains, one after the other; whether they are there is seen where domains are read."""
    folders = [each.strip() for each in value.split(os.pathsep) if each.strip()]
    if bucket := next((each for each in folders if "://" in each or each == "s3"), None):
        raise DeploymentError(
            f"ARCANA_DEFS has {bucket!r}; expected folders of this machine, with {os.pathsep!r} between. Copy the YAML "
            "out of the bucket first."
        )
    return tuple(os.path.abspath(Path(each).expanduser()) for each in folders) or (SHIPPED,)


def _environment(value: str) -> str:
    if value not in ENVIRONMENTS:
        hint = nearest(value, ENVIRONMENTS)
        known = " or ".join(ENVIRONMENTS)
        raise DeploymentError(f"ARCANA_ENV is {value!r}; it may be {known}{hint if 'mean' in hint else ''}.")
    return value


def _whole(variable: str, value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 6) or int(value) < 1:
        raise DeploymentError(f"{variable} is {value!r}; it may be a whole number from 1 to 999999.")
    return int(value)


def _memory_limit(value: str | None) -> str | None:
    if value is not None and not _MEMORY.fullmatch(value):
        raise DeploymentError(f"ARCANA_MEMORY_LIMIT is {value!r}; it may be a size such as 4GB or 800MB.")
    return value


def _scope(value: str) -> str:
    words = value.split()
    if "openid" not in words or not all(re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", word) for word in words):
        raise DeploymentError(
            f"ARCANA_DASHBOARD_OIDC_SCOPE is {value!r}; it may be scopes that the provider knows, with spaces between, "
            f"openid among them, such as '{OIDC_SCOPE} groups'."
        )
    return " ".join(words)


def _mode(value: str | None) -> int:
    if value is None:
        return PUBLISHED_MODE
    if not re.fullmatch(r"0?6[04]{2}", value):
        raise DeploymentError(
            f"ARCANA_PUBLISHED_MODE is {value!r}; it may be 600, 640, 604 or 644: who reads published files beside "
            "their owner, the group and all others."
        )
    return int(value, 8)

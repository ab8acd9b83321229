"""The Glue catalogue: where Athena, Redshift Spectrum, EMR and Trino look tables of the lake up.

Belongs here: what an entry says of a Delta table, comparing and putting it. Does not belong here: the table itself
(`lake`), when it is registered (`graph.io_manager`), the catalogue pages of the docs (`catalogue`).

Those engines read rows and files from the Delta log, so an entry is as good after a commit as before it; only columns
have to be told. Nothing here changes a table of the lake.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.types as pat
from deltalake import DeltaTable

from arcana_assets.domain.errors import ArcanaError, first_line
from arcana_assets.lake.names import TableKey, table_name
from arcana_assets.lake.reading import arrow_schema

Registered = Literal["created", "updated", "unchanged"]

_PARAMETERS = {
    "EXTERNAL": "TRUE",
    "classification": "delta",
    "table_type": "delta",
    "spark.sql.sources.provider": "delta",
}
_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_INPUT = "org.apache.hadoop.mapred.SequenceFileInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat"
_LONGEST_COMMENT = 255  # characters that Glue takes
_SECONDS = {"connect_timeout": 5, "read_timeout": 15}


class GlueError(ArcanaError):
    """Raised when the catalogue refuses, or is `away`. The table of the lake is what it was."""

    def __init__(self, message: str, away: bool = False) -> None:
        self.away = away
        super().__init__(message)


@dataclass(frozen=True)
class Glue:
    """Databases `<prefix>_<domain>` with tables `<layer>_<table>`, in the account and region of the AWS environment."""

    prefix: str

    def database_of(self, domain: str) -> str:
        """The database that the tables of a domain are in."""
        return f"{self.prefix}_{domain}".lower()

    def register(self, key: TableKey, uri: str, table: DeltaTable, about: str = "") -> Registered:
        """Tells the columns of a table, where the catalogue does not know them yet; makes the database where none is.

        Raises GlueError.
        """
        domain, _, _ = table_name(key).split("/")
        wanted = entry_of(key, uri, arrow_schema(table), about)
        with _refusals(f"{self.database_of(domain)}.{wanted['Name']}"):
            client = _client()
            found = self._found(client, domain, wanted["Name"])
            if found is not None and _same(found, wanted):
                return "unchanged"
            database = {"DatabaseName": self.database_of(domain)}
            if found is not None:
                kept = {**found.get("Parameters", {}), **wanted["Parameters"]}
                client.update_table(**database, TableInput={**wanted, "Parameters": kept})
                return "updated"
            try:
                client.create_table(**database, TableInput=wanted)
            except client.exceptions.EntityNotFoundException:
                _made_database(client, database["DatabaseName"])
                client.create_table(**database, TableInput=wanted)
            except client.exceptions.AlreadyExistsException:  # another run was faster
                client.update_table(**database, TableInput=wanted)
                return "updated"
            return "created"

    def state(self, key: TableKey, uri: str, table: DeltaTable) -> Literal["registered", "outdated", "missing"]:
        """How an entry stands to the table that is there. Raises GlueError."""
        domain, _, _ = table_name(key).split("/")
        wanted = entry_of(key, uri, arrow_schema(table))
        with _refusals(self.database_of(domain)):
            found = self._found(_client(), domain, wanted["Name"])
        if found is None:
            return "missing"
        return "registered" if _same(found, wanted) else "outdated"

    def names(self, domain: str) -> list[str]:
        """The tables that the catalogue has of a domain; none where it has no such database. Raises GlueError."""
        with _refusals(self.database_of(domain)):
            client = _client()
            try:
                pages = client.get_paginator("get_tables").paginate(DatabaseName=self.database_of(domain))
                return sorted(table["Name"] for page in pages for table in page["TableList"])
            except client.exceptions.EntityNotFoundException:
                return []

    def _found(self, client: Any, domain: str, name: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = client.get_table(DatabaseName=self.database_of(domain), Name=name)["Table"]
        except client.exceptions.EntityNotFoundException:
            return None
        return found


def entry_of(key: TableKey, uri: str, schema: pa.Schema, about: str = "") -> dict[str, Any]:
    """The entry of a table, as Glue takes it.

    Athena finds a Delta table by `table_type`, Spark by `provider` and the `path` of the serde; formats are those that
    AWS's own crawler writes and nobody reads. Months are a column like others: the log says which file is of which.
    """
    _, layer, table = table_name(key).split("/")
    location = uri.rstrip("/")
    return {
        "Name": f"{layer}_{table}".lower(),
        "Description": about[:2048],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": dict(_PARAMETERS),
        "StorageDescriptor": {
            "Columns": [*_columns(schema)],
            "Location": location,
            "InputFormat": _INPUT,
            "OutputFormat": _OUTPUT,
            "SerdeInfo": {
                "SerializationLibrary": _SERDE,
                "Parameters": {"serialization.format": "1", "path": location},
            },
        },
    }


def glue_type(kind: pa.DataType) -> str:
    """A type of the lake as Hive spells it. Raises GlueError for one that the lake does not keep."""
    plain = {
        pa.int64(): "bigint",
        pa.float64(): "double",
        pa.string(): "string",
        pa.binary(): "binary",
        pa.bool_(): "boolean",
        pa.date32(): "date",
    }
    if kind in plain:
        return plain[kind]
    if pat.is_timestamp(kind):
        return "timestamp"
    if pat.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pat.is_list(kind):
        return f"array<{glue_type(kind.value_type)}>"
    if pat.is_map(kind):
        return f"map<{glue_type(kind.key_type)},{glue_type(kind.item_type)}>"
    if pat.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{glue_type(field.type)}' for field in kind)}>"
    raise GlueError(f"a column of {kind} has no type in Glue; the lake keeps none such.")


def _columns(schema: pa.Schema) -> Iterator[dict[str, str]]:
    for field in schema:
        comment = (field.metadata or {}).get(b"comment", b"").decode()
        yield {
            "Name": field.name.lower(),
            "Type": glue_type(field.type),
            **({"Comment": comment[:_LONGEST_COMMENT]} if comment else {}),
        }


def _same(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether an entry says all that is wanted; what somebody else added to its parameters stays and does not count."""
    storage, ours = found.get("StorageDescriptor", {}), wanted["StorageDescriptor"]
    serde = storage.get("SerdeInfo", {}).get("Parameters", {})
    return (
        _plain(storage.get("Columns", [])) == _plain(ours["Columns"])
        and storage.get("Location") == ours["Location"]
        and serde.get("path") == ours["SerdeInfo"]["Parameters"]["path"]
        and wanted["Parameters"].items() <= found.get("Parameters", {}).items()
    )


def _plain(columns: Sequence[Mapping[str, str]]) -> list[tuple[str, str, str]]:
    return [(each["Name"], each["Type"], each.get("Comment", "")) for each in columns]


def _made_database(client: Any, name: str) -> None:
    try:
        client.create_database(DatabaseInput={"Name": name, "Description": "Delta tables of arcana_assets"})
    except client.exceptions.AlreadyExistsException:
        return


def _client() -> Any:
    import boto3
    from botocore.config import Config

    # A session of its own: that of the module may not be shared by threads.
    return boto3.Session().client("glue", config=Config(retries={"mode": "standard", "max_attempts": 3}, **_SECONDS))


@contextmanager
def _refusals(what: str) -> Iterator[None]:
    """Errors of the catalogue as one of ours, which says what was asked and what to do."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise GlueError(
            f"Glue did not take or tell {what}: {first_line(error)}. The table in the lake is what it is to be. Where "
            "a right or a credential lacks, give it (docs/operate.md, Glue); then run `arcana catalogue --repair`.",
            away=isinstance(error, BotoCoreError),
        ) from None

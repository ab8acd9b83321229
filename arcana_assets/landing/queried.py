"""Databases as sources: the rows of a contract's query, put into the landing once a run, as a file that never changes.

Belongs here: asking the database, spelling its values as text, the name of the file. Does not belong here: what a
contract may say of a query (`domain.contract`), reading the file, which is as of any other (`files`).
"""

import hashlib
import json
import math
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from arcana_assets.deployment import s3_filesystem
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.contract.formats import SqlFormat
from arcana_assets.domain.errors import first_line
from arcana_assets.engine.scratch import scratch
from arcana_assets.engine.whole import whole_file
from arcana_assets.landing.zone import LandingError, LandingZone

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Engine

ROWS_AT_ONCE = 20_000
RUN_LETTERS = 8  # of its id, in the name of the file


class DatabaseAway(LandingError):
    """The database does not answer; the same run may succeed once it does."""

    retriable = True


def take_in(
    zone: LandingZone,
    domain: str,
    contract: Contract,
    form: SqlFormat,
    run_id: str,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Puts the rows of the query into `<folder>/<UTC time>_<run>.parquet` of the landing; says what it did.

    Every value is text, an absent one null, as every format is read. Once a run: a retry reads what the run has put
    down before. Rows that are those of the newest file, byte for byte, are put down no second time.

    Raises LandingError where the variable is not set or holds no URL, where the query is wrong, has columns of one name
    or values that are no text, and DatabaseAway where the database does not answer. No message has the URL, a password
    or a value of a row.
    """
    where = f"{domain}/landing/{contract.name}"
    folder, mine = PurePosixPath(contract.landing.pattern).parent, run_id[:RUN_LETTERS]
    any_of = contract.landing.model_copy(update={"required": False})
    there = zone.files(domain, contract.model_copy(update={"landing": any_of}))
    if done := [file.path for file in there if PurePosixPath(file.path).stem.endswith(f"_{mine}")]:
        return f"the query was read before in this run, into {done[-1]}"
    with scratch("landing") as place:
        made = place / "rows.parquet"
        rows = _write(made, where, form, environ)
        with made.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if there and zone.digests(there[-1:])[there[-1]].sha256 == digest:
            return f"the {rows:,} rows of the query are those of {there[-1].path}"
        name = str(folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}_{mine}.parquet")
        _put(zone, domain, name, made)
    return f"put the {rows:,} rows of the query into {name}"


def _write(made: Path, where: str, form: SqlFormat, environ: Mapping[str, str]) -> int:
    """The rows of the query as a file of Parquet, and how many they are."""
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError, SQLAlchemyError

    engine = _engine(where, form.url_env, environ)
    try:
        with engine.connect() as connection:
            _read_only(connection)
            asked = text(re.sub(r"(?<!:):(?=\w)", r"\:", form.query))  # a colon is a colon, and no parameter
            with connection.execution_options(stream_results=True).execute(asked) as result:
                try:
                    rows = _copied(result, made, where)
                except DBAPIError as bad:  # it may speak of a row
                    raise LandingError(f"{_unanswered(where, form)}: {type(bad.orig).__name__} in a row") from None
    except (OperationalError, InterfaceError) as bad:
        raise DatabaseAway(f"{_unanswered(where, form)}: {_said(bad, engine)}") from None
    except ProgrammingError as bad:  # it speaks of the query
        raise LandingError(f"{_unanswered(where, form)}: {_said(bad, engine)}") from None
    except DBAPIError as bad:  # it may speak of a row
        raise LandingError(f"{_unanswered(where, form)}: {type(bad.orig).__name__}") from None
    except SQLAlchemyError as bad:
        raise LandingError(f"{_unanswered(where, form)}: {type(bad).__name__}") from None
    finally:
        engine.dispose()
    return rows


def _copied(result: "CursorResult[Any]", made: Path, where: str) -> int:
    names, rows = list(result.keys()), 0
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise LandingError(
            f"{where}: expected a query whose columns have names of their own, found {', '.join(twice)} twice; give "
            "one another name with AS"
        )
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(made, schema, compression="zstd") as writer:
        for part in result.partitions(ROWS_AT_ONCE):
            writer.write_table(_texts(part, names, schema, where, rows))
            rows += len(part)
    return rows


def _engine(where: str, variable: str, environ: Mapping[str, str]) -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    expected = f"{where}: expected the URL of a database in {variable}, such as postgresql+psycopg://user@host/name"
    url = environ.get(variable, "")
    if not url:
        raise LandingError(f"{expected}; the variable is not set. Set it where Dagster runs")
    try:
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    except (NoSuchModuleError, ModuleNotFoundError) as missing:
        raise LandingError(f"{expected}; the driver is not installed: {first_line(missing)}") from None
    except (ArgumentError, ValueError):
        raise LandingError(f"{expected}; found what is no URL of one") from None


def _read_only(connection: "Connection") -> None:
    """Whatever the query says, nothing is written."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def _unanswered(where: str, form: SqlFormat) -> str:
    return f"{where}: expected rows of the query from the database that {form.url_env} names, found"


def _said(bad: Any, engine: "Engine") -> str:
    """The first line of what the driver says, without the password of the URL."""
    said = f"{type(bad.orig).__name__}: {first_line(bad.orig)}"
    secrets = [engine.url.password, *(value for key, value in engine.url.query.items() if "pass" in key.lower())]
    for secret in filter(None, map(str, filter(None, secrets))):
        said = said.replace(secret, "***")
    return said


def _texts(part: Iterable[Sequence[Any]], names: Sequence[str], schema: pa.Schema, where: str, before: int) -> pa.Table:
    columns: list[list[str | None]] = [[] for _ in names]
    for number, row in enumerate(part, before + 1):
        for name, column, value in zip(names, columns, row, strict=True):
            try:
                column.append(spelled(value))
            except TypeError as bad:
                raise LandingError(
                    f"{where}: expected text, numbers, dates or true and false, found {bad} in row {number} of the "
                    f"query, column {name}; cast it in the query"
                ) from None
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=schema)


def spelled(value: Any) -> str | None:
    """A value of a database as text: `1234.50`, `2011-05-04 10:30:00`, `2011-05-04`, `true`; absent numbers are null.

    Raises TypeError, with its type alone, for a value that is none of these.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f") if math.isfinite(value) else repr(value)
    if isinstance(value, Decimal):
        return None if value.is_nan() else format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    if isinstance(value, bytes | bytearray | memoryview):
        raise TypeError(type(value).__name__)
    return str(value)


def _put(zone: LandingZone, domain: str, name: str, made: Path) -> None:
    """The whole file or none; readable by its owner only."""
    if zone.remote:
        s3_filesystem().put_file(str(made), f"{zone.folder(domain)}/{name}")
        return
    target = Path(zone.folder(domain)) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target) as copy, made.open("rb") as rows:
        shutil.copyfileobj(rows, copy)

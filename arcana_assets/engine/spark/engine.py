"""The engine of events on Spark: expressions as SQL of a session, files of the lake as its tables, rows as its files.

Belongs here: what `EventEngine` asks for, and putting files. Does not belong here: SQL (`compiler`), sessions
(`session`), commits (`lake`).
"""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis import Schema
from ibis import schema as ibis_schema

from arcana_assets.deployment import is_s3
from arcana_assets.domain.errors import ArcanaError
from arcana_assets.engine.events import AT_MOST, BLANK, BREAKS, FILENAME, UNSURE, Delimited, Files, TooManyRows
from arcana_assets.engine.spark import texts
from arcana_assets.engine.spark.compiler import SparkType, compiler_of_spark
from arcana_assets.engine.spark.errors import SparkAway, asked
from arcana_assets.engine.spark.session import forget, lives, session_of
from arcana_assets.engine.spark.sql import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.connect.session import SparkSession

_numbers = itertools.count(1)
_FOLDER = r"{}=([^/]+)/"
STATISTICS = "parquet.column.statistics.enabled"


class NotPlainFiles(ArcanaError):
    """Raised for a table whose rows are not what is in its files."""

    def __init__(self, name: str):
        super().__init__(
            f"{name} was changed by another program in a way that its files do not show (deletion vectors, renamed "
            "columns), which is read by DuckDB only. Materialize its months again, or unset ARCANA_EVENT_ENGINE."
        )


@dataclass(frozen=True, eq=False)
class SparkEngine:
    """Spark over Connect, of one session a process.

    `place` names the server without what is secret of it; `channel` makes the builder of a channel to it. `scheme` is
    how its file system calls a bucket. The order of rows is not kept: the rows are the same, their files need not be.
    """

    place: str
    channel: Callable[[], Any] = field(repr=False)
    scheme: str = "s3a"
    origins: dict[str, ir.Table] = field(default_factory=dict, repr=False)
    _shown: dict[Any, tuple[Any, ir.Table]] = field(default_factory=dict, repr=False)

    @property
    def session(self) -> "SparkSession":
        """The session of this process. Raises SparkAway, SparkDenied."""
        return session_of(self.place, self.channel)

    def table(self, files: Files) -> ir.Table:
        """The rows of the files as an Ibis table, lazily. Raises NotPlainFiles, CorruptFile."""
        if files.stream is not None:
            raise NotPlainFiles(files.name)
        with self._asked() as session:
            # A session that came after one that was lost has no view of it.
            known = self._shown.get(files.snapshot)
            if known is None or known[0] is not session:
                name = f"{files.name}@{next(_numbers)}"
                self._read(session, files).createOrReplaceTempView(quoted(name))
                known = self._shown[files.snapshot] = session, self._named(name, Schema.from_pyarrow(files.columns))
            return known[1]

    @contextmanager
    def cache(self, expr: ir.Table) -> Iterator[ir.Table]:
        """Computes an expression once, on the disks of the workers; dropped at the end of the `with`."""
        name = f"cache@{next(_numbers)}"
        self.origins[name] = expr
        try:
            with self._frame(expr) as (session, frame), self._on_disk(session, frame, name):
                yield self._named(name, expr.schema())
        finally:
            del self.origins[name]

    @contextmanager
    def texts(self, files: Delimited) -> Iterator[ir.Table]:
        """The records of the files, on the disks of the workers, so that they are read once; see `PutsFiles`."""
        kinds = dict.fromkeys((*files.columns, FILENAME), "string") | {UNSURE: "boolean"}
        name, schema = f"texts@{next(_numbers)}", ibis_schema(kinds | dict.fromkeys((BREAKS, BLANK), "int64"))
        with self._asked() as session:
            frame = texts.read(session, files, self._uri)
        with self._on_disk(session, frame, name):
            yield self._named(name, schema)

    @contextmanager
    def _on_disk(self, session: "SparkSession", frame: "DataFrame", name: str) -> Iterator[None]:
        from pyspark.storagelevel import StorageLevel

        with self._asked():
            kept = frame.persist(StorageLevel.DISK_ONLY)
            kept.createOrReplaceTempView(quoted(name))
        try:
            yield
        finally:
            self._drop(session, name, also=kept.unpersist)

    @contextmanager
    def stages(self, source: ir.Table, *stages: Callable[[ir.Table], ir.Table]) -> Iterator[ir.Table]:
        """A chain of expressions in which each column is computed once; its views are dropped after the `with`."""
        table = source
        with ExitStack() as until:
            for stage in stages:
                expr, name = stage(table), f"stage@{next(_numbers)}"
                with self._frame(expr) as (session, frame):
                    frame.createOrReplaceTempView(quoted(name))
                until.callback(self._drop, session, name)
                self.origins[name] = expr
                until.callback(self.origins.pop, name)
                table = self._named(name, expr.schema())
            yield table

    def small(self, expr: ir.Expr, at_most: int = AT_MOST) -> pa.Table:
        """The rows of an expression, in this process and in the types that it promises. Raises TooManyRows."""
        rows = expr.as_table()
        with self._frame(rows) as (_, frame):
            found = frame.limit(at_most + 1).toArrow()
        if found.num_rows > at_most:
            raise TooManyRows(at_most)
        promised = rows.schema().to_pyarrow()
        return found.select(promised.names).cast(pa.schema([each.with_nullable(True) for each in promised]))

    def value(self, expr: ir.Scalar) -> Any:
        """What a scalar comes to."""
        return self.small(expr).column(0)[0].as_py()

    def put(self, expr: ir.Table, folder: str, columns: pa.Schema, by: str | None) -> None:
        """Writes the rows as Parquet files below a folder, in these columns and types; by the values of `by`.

        Tasks that ran twice, or died, leave nothing that is taken for a row: Spark names what it wrote once all of it
        is there.
        """
        schema = Schema.from_pyarrow(columns)
        name = f"put@{next(_numbers)}"
        with self._frame(expr.select(*schema.names)) as (session, given), ExitStack() as until:
            until.callback(self._drop, session, name)
            given.createOrReplaceTempView(quoted(name))
            # Spark has whole numbers of 32 bits where Ibis takes them for 64.
            casts = ", ".join(
                f"CAST({quoted(each)} AS {SparkType.to_string(kind)}) AS {quoted(each)}"
                for each, kind in schema.items()
            )
            hint = f"/*+ REBALANCE(`{by}`) */ " if by else ""
            frame = session.sql(f"SELECT {hint}{casts} FROM {quoted(name)}")
            # Of texts no least and no greatest value, as of files that this process writes (`lake.schema`).
            quiet = {
                f"{STATISTICS}#{each}{'.list.element' * kind.is_array()}": "false"
                for each, kind in schema.items()
                if kind.is_string() or kind.is_array()
            }
            writer = frame.write.mode("append").options(**quiet)
            (writer.partitionBy(by) if by else writer).parquet(self._uri(folder))

    def sql(self, expr: ir.Table) -> str:
        """The expression in Spark's SQL."""
        compiler = compiler_of_spark()
        return str(compiler.to_sqlglot(expr).sql(dialect=compiler.dialect, pretty=False))

    @contextmanager
    def _frame(self, expr: ir.Table) -> Iterator[tuple["SparkSession", "DataFrame"]]:
        """An expression in the session that it is asked of; rows of this process in it are there until the `with` ends.

        A view of the frame has its plan, with those rows, and outlives it.
        """
        with self._asked() as session, ExitStack() as until:
            views = dict[ops.Node, ops.Node]()
            for rows in expr.op().find(ops.InMemoryTable):
                data, name = rows.data.to_pyarrow(rows.schema), f"rows@{next(_numbers)}"
                kept = session.createDataFrame(data if data.num_rows else [], _ddl(rows.schema))
                kept.createOrReplaceTempView(quoted(name))
                until.callback(self._drop, session, name)
                views[rows] = self._named(name, rows.schema).op()
            yield session, session.sql(self.sql(expr.op().replace(views).to_expr() if views else expr))

    def _read(self, session: "SparkSession", files: Files) -> "DataFrame":
        inside = [each for each in files.columns if each.name != files.partition]
        ddl = _ddl(Schema.from_pyarrow(pa.schema(inside)))
        frame: DataFrame
        if files.paths:
            frame = session.read.schema(ddl).parquet(*(self._uri(f"{files.root}/{path}") for path in files.paths))
        else:
            frame = session.createDataFrame([], ddl)
        if files.partition is None:
            return frame
        if not files.paths:
            column = f"CAST(NULL AS DATE) AS `{files.partition}`"
        else:
            pattern = _FOLDER.format(files.partition)
            column = f"CAST(regexp_extract(_metadata.file_path, '{pattern}', 1) AS DATE) AS `{files.partition}`"
        chosen = [column if name == files.partition else quoted(name) for name in files.columns.names]
        return frame.selectExpr(*chosen)

    def _drop(self, session: "SparkSession", name: str, also: Callable[[], Any] | None = None) -> None:
        """Drops a view; with the session that had it, all of its views are gone."""
        if not lives(self.place, session):
            return
        with suppress(SparkAway), self._asked():
            session.catalog.dropTempView(name)  # which takes a name as it is, not as SQL writes it
            if also is not None:
                also()

    def _named(self, name: str, schema: Schema) -> ir.Table:
        return ops.DatabaseTable(name, schema=schema, source=self).to_expr()

    def _uri(self, place: str) -> str:
        return re.sub(r"^s3(?=://)", self.scheme, place) if is_s3(place) else f"file://{place}"

    @contextmanager
    def _asked(self) -> Iterator["SparkSession"]:
        """The session, to ask something of it; where it turns out to be gone, the next who asks gets a new one."""
        session = None
        try:
            with asked(self.place):
                session = self.session
                yield session
        except SparkAway:
            if session is not None:
                forget(self.place, session)
            raise


def _ddl(schema: Schema) -> str:
    """Columns as Spark declares them."""
    return ", ".join(f"{quoted(name)} {SparkType.to_string(kind)}" for name, kind in schema.items())

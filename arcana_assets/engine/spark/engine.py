"""The engine of events on Spark: expressions as SQL of a session, files of the lake as its tables, rows as its files.

Belongs here: what `EventEngine` asks for, and putting files. Does not belong here: SQL (`compiler`), sessions
(`session`), commits (`lake`).
"""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from arcana_assets.engine.spark.session import forget, session_of
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
        with self._asked():
            session = self.session
            # A session that came after one that was lost has no view of it.
            known = self._shown.get(files.snapshot)
            if known is None or known[0] is not session:
                name = f"{files.name}@{next(_numbers)}"
                self._view(self._read(session, files), name)
                known = self._shown[files.snapshot] = session, self._named(name, Schema.from_pyarrow(files.columns))
            return known[1]

    @contextmanager
    def cache(self, expr: ir.Table) -> Iterator[ir.Table]:
        """Computes an expression once, on the disks of the workers; dropped at the end of the `with`."""
        name = f"cache@{next(_numbers)}"
        self.origins[name] = expr
        try:
            with self._on_disk(name, lambda: self._frame(expr)):
                yield self._named(name, expr.schema())
        finally:
            del self.origins[name]

    @contextmanager
    def texts(self, files: Delimited) -> Iterator[ir.Table]:
        """The records of the files, on the disks of the workers, so that they are read once; see `PutsFiles`."""
        kinds = dict.fromkeys((*files.columns, FILENAME), "string") | {UNSURE: "boolean"}
        name, schema = f"texts@{next(_numbers)}", ibis_schema(kinds | dict.fromkeys((BREAKS, BLANK), "int64"))
        with self._on_disk(name, lambda: texts.read(self.session, files, self._uri)):
            yield self._named(name, schema)

    @contextmanager
    def _on_disk(self, name: str, made: Callable[[], "DataFrame"]) -> Iterator[None]:
        from pyspark.storagelevel import StorageLevel

        with self._asked():
            frame = made().persist(StorageLevel.DISK_ONLY)
            self._view(frame, name)
        try:
            yield
        finally:
            with self._asked():
                self.session.catalog.dropTempView(quoted(name))
                frame.unpersist()

    @contextmanager
    def stages(self, source: ir.Table, *stages: Callable[[ir.Table], ir.Table]) -> Iterator[ir.Table]:
        """A chain of expressions in which each column is computed once; its views are dropped after the `with`."""
        views, table = list[str](), source
        try:
            for stage in stages:
                expr, name = stage(table), f"stage@{next(_numbers)}"
                with self._asked():
                    self._view(self._frame(expr), name)
                views.append(name)
                self.origins[name] = expr
                table = self._named(name, expr.schema())
            yield table
        finally:
            for name in views:
                del self.origins[name]
                with self._asked():
                    self.session.catalog.dropTempView(quoted(name))

    def small(self, expr: ir.Expr, at_most: int = AT_MOST) -> pa.Table:
        """The rows of an expression, in this process and in the types that it promises. Raises TooManyRows."""
        rows = expr.as_table()
        with self._asked():
            found = self._frame(rows).limit(at_most + 1).toArrow()
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
        given = self._frame(expr.select(*schema.names))
        name = f"put@{next(_numbers)}"
        with self._asked():
            self._view(given, name)
            # Spark has whole numbers of 32 bits where Ibis takes them for 64.
            casts = ", ".join(
                f"CAST({quoted(each)} AS {SparkType.to_string(kind)}) AS {quoted(each)}"
                for each, kind in schema.items()
            )
            hint = f"/*+ REBALANCE(`{by}`) */ " if by else ""
            frame = self.session.sql(f"SELECT {hint}{casts} FROM {quoted(name)}")
            # Of texts no least and no greatest value, as of files that this process writes (`lake.schema`).
            quiet = {
                f"{STATISTICS}#{each}{'.list.element' * kind.is_array()}": "false"
                for each, kind in schema.items()
                if kind.is_string() or kind.is_array()
            }
            writer = frame.write.mode("append").options(**quiet)
            (writer.partitionBy(by) if by else writer).parquet(self._uri(folder))
            self.session.catalog.dropTempView(quoted(name))

    def sql(self, expr: ir.Table) -> str:
        """The expression in Spark's SQL."""
        compiler = compiler_of_spark()
        return str(compiler.to_sqlglot(expr).sql(dialect=compiler.dialect, pretty=False))

    def _frame(self, expr: ir.Table) -> "DataFrame":
        with self._asked():
            for rows in expr.op().find(ops.InMemoryTable):
                data = rows.data.to_pyarrow(rows.schema)
                kept = self.session.createDataFrame(data if data.num_rows else [], _ddl(rows.schema))
                self._view(kept, rows.name)
            return self.session.sql(self.sql(expr))

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

    def _view(self, frame: "DataFrame", name: str) -> None:
        frame.createOrReplaceTempView(quoted(name))

    def _named(self, name: str, schema: Schema) -> ir.Table:
        return ops.DatabaseTable(name, schema=schema, source=self).to_expr()

    def _uri(self, place: str) -> str:
        return re.sub(r"^s3(?=://)", self.scheme, place) if is_s3(place) else f"file://{place}"

    @contextmanager
    def _asked(self) -> Iterator[None]:
        try:
            with asked(self.place):
                yield
        except SparkAway:
            forget(self.place)
            raise


def _ddl(schema: Schema) -> str:
    """Columns as Spark declares them."""
    return ", ".join(f"{quoted(name)} {SparkType.to_string(kind)}" for name, kind in schema.items())

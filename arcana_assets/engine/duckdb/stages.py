"""Stages: a chain of expressions that the engine runs as one query, in which each column is computed once.

Ibis merges a chain of projections into one projection, in which an early column is computed again wherever a later one
uses it: on 541,909 sales rows that took 32 s where the same chain, with a view between its stages, takes 2 s.

Belongs here: views that stand for expressions, compiled once. Does not belong here: what is computed.
"""

import itertools
from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.engine.duckdb.session import Query
from arcana_assets.engine.duckdb.sql import quoted

_numbers = itertools.count(1)

Stage = Callable[[ir.Table], ir.Table]


class Shown:
    """A table that stands for one of several expressions of the same columns at a time, for the thread that made it.

    What is computed from `table` is compiled once and follows what is shown. The first is shown until another
    is.
    """

    def __init__(self, engine: Engine, expressions: Mapping[str, ir.Table]) -> None:
        backend, first = engine.backend, next(iter(expressions))
        self._connection, self._name = backend.con, f"shown@{next(_numbers)}"
        self._queries = {key: backend.query(expression) for key, expression in expressions.items()}
        self.table: ir.Table = ibis.table(expressions[first].schema(), name=self._name)
        self.show(first)

    def show(self, key: str) -> None:
        """Lets the table stand for the expression of that key. To be called while no stream is open."""
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(self._name)} AS {self._queries[key].sql}")

    def close(self) -> None:
        """Drops the view, and lets go what it stood for."""
        self._connection.execute(f"DROP VIEW IF EXISTS {quoted(self._name)}")
        self._queries.clear()


class Stages:
    """A chain compiled once for the connection of this thread, over a source that is there under its name.

    `result` is what the last stage makes, lazily: it follows whatever the source's name stands for when it is asked.
    """

    def __init__(self, engine: Engine, source: ir.Table, *stages: Stage) -> None:
        backend, table = engine.backend, source
        self._connection, self._views, self._queries = backend.con, list[str](), list[Query]()
        for stage in stages:
            name, query = f"stage@{next(_numbers)}", backend.query(stage(table))
            self._connection.execute(f"CREATE TEMP VIEW {quoted(name)} AS {query.sql}")
            self._views.append(name)
            self._queries.append(query)
            table = backend.table(name)
        self.result = table

    def close(self) -> None:
        """Drops the views, and lets go what they were made of."""
        while self._views:
            self._connection.execute(f"DROP VIEW IF EXISTS {quoted(self._views.pop())}")
        self._queries.clear()

"""Stages: a chain of expressions that the engine runs as one query, in which each column is computed once.

Ibis merges a chain of projections into one projection, in which an early column is computed again wherever a later one
uses it: on 541,909 sales rows that took 32 s where the same chain, with a view between its stages, takes 2 s. Does not
belong here: what is computed.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import ibis
import ibis.expr.types as ir

from arcana_assets.resources.engine import Engine, quoted

_numbers = itertools.count(1)

Stage = Callable[[ir.Table], ir.Table]


class Stages:
    """A chain compiled once for the connection of this thread; may be run again and again, from any thread."""

    def __init__(self, engine: Engine, source: ir.Table, *stages: Stage) -> None:
        backend, table = engine.backend, source
        self._connection, self._steps = backend.con, list[str]()
        for stage in stages:
            expression, self._name = stage(table), f"stage@{next(_numbers)}"
            kind = "TABLE" if stage is stages[-1] else "VIEW"
            self._steps.append(f"CREATE OR REPLACE TEMP {kind} {quoted(self._name)} AS {backend.to_sql(expression)}")
            table = ibis.table(expression.schema(), name=self._name)
        self.result = table
        """The table that the last stage makes: to build expressions on; there are rows in it while `computed`."""

    @contextmanager
    def computed(self) -> Iterator[None]:
        """Runs the stages: the last one is a table until the end of the `with`, the others are views that it reads."""
        try:
            for step in self._steps:
                self._connection.execute(step)
            yield
        finally:
            self._connection.execute(f"DROP TABLE IF EXISTS {quoted(self._name)}")

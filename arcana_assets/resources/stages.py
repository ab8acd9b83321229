"""Stages: a chain of expressions, each computed into a temporary table before the next one reads it.

Ibis merges a chain of projections into one query in which an early column is computed wherever a later one uses it: on
541,909 sales rows that took 32 s where the same chain in stages takes 2 s. Does not belong here: what is computed.
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
        self._connection, self._steps = backend.con, list[tuple[str, str]]()
        for stage in stages:
            expression, name = stage(table), f"stage@{next(_numbers)}"
            self._steps.append((name, backend.to_sql(expression)))
            table = ibis.table(expression.schema(), name=name)
        self.result = table
        """The table that the last stage makes: to build expressions on; there are rows in it while `computed`."""

    @contextmanager
    def computed(self) -> Iterator[None]:
        """Runs the stages; every table but the last is dropped as soon as the next one has read it, that one at the end."""
        made: list[str] = []
        try:
            for name, sql in self._steps:
                self._connection.execute(f"CREATE TEMP TABLE {quoted(name)} AS {sql}")
                made.append(name)
                for earlier in made[:-1]:
                    self._connection.execute(f"DROP TABLE IF EXISTS {quoted(earlier)}")
                made = [name]
            yield
        finally:
            for name in made:
                self._connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")

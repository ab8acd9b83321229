"""Column lineage: which columns of which tables of the lake an output column is made of.

Belongs here: a walk over the Ibis expression. Does not belong here: lineage written by hand, and how Dagster shows it
(`io_manager`).
"""

from collections.abc import Callable, Iterable

import ibis.expr.operations as ops
import ibis.expr.types as ir

Leaf = tuple[str, ...]
Origin = tuple[Leaf, str]

# Relations that pass the columns of their parent on under the same names.
_SAME_COLUMNS = (ops.Filter, ops.Sort, ops.Limit, ops.Distinct, ops.Sample, ops.DropNull, ops.DropColumns)
_RENAMED_RELATION = (ops.Reference, ops.AliasedRelation, ops.SQLStringView)


def column_lineage(expr: ir.Table, leaves: Callable[[str], Leaf | None]) -> dict[str, set[Origin]]:
    """For each output column, the (asset key path, column) pairs its values are computed from.

    `leaves` says which asset a physical table is, by its name; None for a table that is no asset. Values count, with
    what windows and conditional sums are ordered and filtered by; which rows are there at all (filters, join keys)
    does not. A table cached by `Engine.cache` is followed to the expression behind it. A count of rows has no origin.
    """
    relation = expr.op()
    walk = _Walk(leaves)
    return {column: set(walk.of_column(relation, column)) for column in relation.schema.names}


class _Walk:
    def __init__(self, leaves: Callable[[str], Leaf | None]):
        self.leaves = leaves
        self.known: dict[tuple[ops.Relation, str], frozenset[Origin]] = {}

    def of_column(self, relation: ops.Relation, column: str) -> frozenset[Origin]:
        step = (relation, column)
        if step not in self.known:
            self.known[step] = frozenset(self._of_column(relation, column))
        return self.known[step]

    def _of_column(self, relation: ops.Relation, column: str) -> Iterable[Origin]:
        if isinstance(relation, ops.PhysicalTable) and not isinstance(relation, ops.AliasedRelation):
            return self._of_table(relation, column)
        if isinstance(relation, _SAME_COLUMNS + _RENAMED_RELATION):
            # A view in SQL text is opaque; a column that keeps its name is taken to be that column.
            known = column in relation.parent.schema
            return self.of_column(relation.parent, column) if known else ()
        if isinstance(relation, ops.Set):
            return self.of_column(relation.left, column) | self.of_column(relation.right, column)
        if isinstance(relation, ops.FillNull):
            return self.of_column(relation.parent, column) | self._of_replacement(relation, column)
        if isinstance(relation, ops.TableUnnest):
            if column == relation.column_name:
                return self._of_value(relation.column)
            return self.of_column(relation.parent, column) if column in relation.parent.schema else ()
        value = relation.values.get(column)  # Project, Aggregate, JoinChain, DummyTable
        return () if value is None else self._of_value(value)

    def _of_table(self, table: ops.PhysicalTable, column: str) -> Iterable[Origin]:
        cached = getattr(getattr(table, "source", None), "origins", {}).get(table.name)
        if cached is not None:
            return self.of_column(cached.op(), column)
        leaf = self.leaves(table.name)
        return () if leaf is None else ((leaf, column),)

    def _of_replacement(self, relation: ops.FillNull, column: str) -> frozenset[Origin]:
        replacements = relation.replacements
        return self._of_value(replacements) if isinstance(replacements, ops.Value) else frozenset()

    def _of_value(self, value: ops.Node) -> frozenset[Origin]:
        origins: frozenset[Origin] = frozenset()
        waiting, seen = [value], set()
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            if isinstance(node, ops.Field):
                origins |= self.of_column(node.rel, node.name)
            elif isinstance(node, ops.ExistsSubquery):
                continue
            elif isinstance(node, (ops.ScalarSubquery, ops.InSubquery)):
                origins |= self.of_column(node.rel, node.rel.schema.names[0])
                if isinstance(node, ops.InSubquery):
                    waiting.append(node.needle)
            else:
                # Relations below a value are reached through their fields only: a count of rows names none.
                waiting.extend(each for each in node.__children__ if not isinstance(each, ops.Relation))
        return origins

"""Computing: the value of an expression of a contract over typed rows.

Belongs here: from a tree of the grammar to an expression of Ibis. Does not belong here: the grammar and its types
(`domain.contract.expressions`).

Numbers are computed as doubles and rounded to the four decimals that money has: a sum, or a product, of amounts below
100 billion is then exact, and there is none that is too large for an engine to go on.
"""

import ast
import functools
import operator
from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from arcana_assets.domain.contract.expressions import Expression
from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.landing.conform.many import joined
from arcana_assets.tables.types import TYPES

_OPERATORS: dict[type, Callable[[ir.Value, ir.Value], ir.Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def computed(expression: Expression, values: Mapping[str, ir.Value], kind: ColumnType) -> ir.Value:
    """The value of an expression as one of this type; `values` are the columns that it names.

    Absent where a value that it needs is, where it divides by zero, and where it is too large for its type.
    """
    value = _value(expression.tree, values)
    if kind not in ("integer", "decimal", "double"):
        return value
    whole = value.isinf() | value.isnan()
    number = whole.ifelse(ibis.null("float64"), value)
    return number if kind == "double" else number.round(0 if kind == "integer" else 4).try_cast(TYPES[kind])


def _value(node: ast.expr, values: Mapping[str, ir.Value]) -> ir.Value:
    of = functools.partial(_value, values=values)
    match node:
        case ast.Name():
            value = values[node.id]
            return value.cast("float64") if value.type().is_numeric() else value
        case ast.Constant(value=bool() | str() as said):
            return ibis.literal(said)
        case ast.Constant(value=int() | float() as number):
            return ibis.literal(float(number), "float64")
        case ast.BinOp(op=ast.Div()):
            return of(node.left) / of(node.right).nullif(0.0)
        case ast.BinOp():
            return _OPERATORS[type(node.op)](of(node.left), of(node.right))
        case ast.UnaryOp():
            return ~of(node.operand) if isinstance(node.op, ast.Not) else -of(node.operand)
        case ast.BoolOp():
            return joined(
                operator.and_ if isinstance(node.op, ast.And) else operator.or_, [of(each) for each in node.values]
            )
        case ast.Compare():
            return _OPERATORS[type(node.ops[0])](of(node.left), of(node.comparators[0]))
        case ast.IfExp():
            return of(node.test).ifelse(of(node.body), of(node.orelse))
        case ast.Call(func=ast.Name(id=name)):
            return _called(name, node, [of(each) for each in node.args])
    raise ValueError(f"{ast.unparse(node)} is no part of an expression")


def _called(name: str, node: ast.Call, given: list[ir.Value]) -> ir.Value:
    match name:
        case "if_null":
            return ibis.coalesce(*given)
        case "concat":
            return joined(operator.add, given)
        case "abs":
            return given[0].abs()
        case "round":
            places = node.args[1].value if len(given) == 2 and isinstance(node.args[1], ast.Constant) else 0
            return given[0].round(int(str(places)))
        case "lower":
            return given[0].lower()
    return given[0].upper()

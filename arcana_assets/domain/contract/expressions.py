"""Expressions of a contract: small sums and texts of columns, read once, with the type of what they come to.

Belongs here: the grammar, a small part of that of Python's expressions, and types. Does not belong here: computing them
(`landing.conform.computing`).
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from arcana_assets.domain.entities.entity import ColumnType
from arcana_assets.domain.errors import nearest

LONGEST = 1_000
"""Characters of an expression."""
FUNCTIONS = ("if_null", "concat", "abs", "round", "lower", "upper")
ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_NUMBERS = ("integer", "decimal", "double")
_LITERALS: dict[type, ColumnType] = {bool: "boolean", int: "integer", float: "decimal", str: "text"}
_GRAMMAR = (
    "an expression has columns, numbers, 'texts', + - * /, == != < <= > >=, and or not, `a if condition else b`, and "
    f"{', '.join(FUNCTIONS)}"
)


class ExpressionError(ValueError):
    """An expression that cannot be computed; says what is wrong, and the nearest right name."""


@dataclass(frozen=True)
class Expression:
    """What a text says; `tree` holds nothing but what the grammar has."""

    text: str
    tree: ast.expr

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it reads, each once."""
        called = {id(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        named = [node for node in ast.walk(self.tree) if isinstance(node, ast.Name) and id(node) not in called]
        return (*dict.fromkeys(node.id for node in sorted(named, key=lambda node: (node.lineno, node.col_offset))),)

    def type_of(self, kinds: Mapping[str, ColumnType]) -> ColumnType:
        """The type of what it comes to, of columns of these types. Raises ExpressionError."""
        return _type(self.tree, kinds)


def read_expression(text: str) -> Expression:
    """The expression that a text is. Raises ExpressionError for what the grammar does not have."""
    if len(text) > LONGEST:
        raise ExpressionError(f"expected {LONGEST:,} characters at most, found {len(text):,}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as bad:
        said = bad.msg if isinstance(bad, SyntaxError) else "it is too deep"
        raise ExpressionError(f"'{text}' is no expression: {said}; {_GRAMMAR}") from None
    for node in ast.walk(tree):
        _refuse_other(node, text)
    return Expression(text, tree)


def _refuse_other(node: ast.AST, text: str) -> None:
    """Raises ExpressionError for a node that the grammar does not have."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in FUNCTIONS:
            raise ExpressionError(f"'{text}': there is no function '{name}'" + nearest(name, FUNCTIONS))
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            raise ExpressionError(f"'{text}': '{name}' takes values alone; {_GRAMMAR}")
        return
    plain = (ast.Name, ast.Load, ast.BoolOp, ast.And, ast.Or, ast.IfExp, ast.Not, ast.USub, *ARITHMETIC, *COMPARISONS)
    if isinstance(node, plain):
        return
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        return
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        return
    if isinstance(node, ast.Constant) and type(node.value) in _LITERALS:
        return
    found = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
    raise ExpressionError(f"'{text}': '{found}' is no part of an expression; {_GRAMMAR}")


def _type(node: ast.expr, kinds: Mapping[str, ColumnType]) -> ColumnType:
    match node:
        case ast.Name():
            if node.id not in kinds:
                raise ExpressionError(f"there is no column '{node.id}' here" + nearest(node.id, kinds))
            return kinds[node.id]
        case ast.Constant():
            return _LITERALS[type(node.value)]
        case ast.BinOp():
            return _arithmetic(node, _type(node.left, kinds), _type(node.right, kinds))
        case ast.UnaryOp():
            kind = _type(node.operand, kinds)
            wanted = ("boolean",) if isinstance(node.op, ast.Not) else _NUMBERS
            return _among(kind, wanted, node.operand)
        case ast.BoolOp():
            for each in node.values:
                _among(_type(each, kinds), ("boolean",), each)
            return "boolean"
        case ast.Compare():
            _common(node, [_type(node.left, kinds), _type(node.comparators[0], kinds)])
            return "boolean"
        case ast.IfExp():
            _among(_type(node.test, kinds), ("boolean",), node.test)
            return _common(node, [_type(node.body, kinds), _type(node.orelse, kinds)])
        case ast.Call(func=ast.Name(id=name)):
            return _called(name, node, [_type(each, kinds) for each in node.args])
    raise ExpressionError(f"'{ast.unparse(node)}' is no part of an expression; {_GRAMMAR}")


def _arithmetic(node: ast.BinOp, left: ColumnType, right: ColumnType) -> ColumnType:
    if left == right == "text" and isinstance(node.op, ast.Add):
        return "text"
    for kind, each in ((left, node.left), (right, node.right)):
        _among(kind, _NUMBERS, each)
    if isinstance(node.op, ast.Div):
        return "decimal"
    return "integer" if left == right == "integer" else "decimal"


def _called(name: str, node: ast.Call, kinds: list[ColumnType]) -> ColumnType:
    least, most = {"if_null": (2, 9), "concat": (2, 20), "round": (1, 2)}.get(name, (1, 1))
    if not least <= len(kinds) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise ExpressionError(f"'{ast.unparse(node)}': '{name}' takes {wanted} values, found {len(kinds)}")
    if name == "if_null":
        return _common(node, kinds)
    if name == "round" and len(kinds) == 2 and not _is_places(node.args[1]):
        raise ExpressionError(f"'{ast.unparse(node)}': expected a number of decimal places from 0 to 4")
    wanted_of = _NUMBERS if name in ("abs", "round") else ("text",)
    for kind, each in zip(kinds, node.args, strict=True):
        _among(kind, wanted_of, each)
    if name == "round":
        return "integer" if len(kinds) == 1 else "decimal"
    return kinds[0] if name == "abs" else "text"


def _is_places(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value <= 4


def _common(node: ast.expr, kinds: list[ColumnType]) -> ColumnType:
    """The type that values have in common. Raises ExpressionError where they have none."""
    if len(set(kinds)) == 1:
        return kinds[0]
    if all(kind in _NUMBERS for kind in kinds):
        return "decimal"
    raise ExpressionError(f"'{ast.unparse(node)}': {' and '.join(kinds)} do not go together")


def _among(kind: ColumnType, wanted: tuple[str, ...], node: ast.expr) -> ColumnType:
    if kind not in wanted:
        expected = "a number" if wanted == _NUMBERS else {"boolean": "true or false"}.get(wanted[0], wanted[0])
        raise ExpressionError(f"'{ast.unparse(node)}' is {kind}; expected {expected}")
    return kind


def fits(kind: ColumnType, column: ColumnType) -> bool:
    """Whether what comes to one type may be the value of a column of another."""
    return kind == column or (kind in _NUMBERS and column in ("decimal", "double"))

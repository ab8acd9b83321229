"""Running a notebook as its reader would, cell by cell, without a server.

Belongs here: from the cells of a file to what each of them shows. Does not belong here: which notebooks there are.
"""

import ast
import json
from pathlib import Path
from typing import Any


def shown_by(notebook: Path) -> list[Any]:
    """What each code cell shows: the value of its last expression, None where it ends in a statement."""
    names: dict[str, Any] = {}
    shown = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], "a notebook of the docs holds no outputs: they would be of somebody's data"
            shown.append(_run("".join(cell["source"]), cell["id"], names))
    return shown


def _run(source: str, name: str, names: dict[str, Any]) -> Any:
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), names)
    if last is None:
        return None
    assert isinstance(last, ast.Expr)
    return eval(compile(ast.Expression(last.value), name, "eval"), names)

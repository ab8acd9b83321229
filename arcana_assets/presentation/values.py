"""Values: how a number of a column is said in a text, by the kind that its declaration gives.

Belongs here: the words around a number: currency, percent, months. Does not belong here: the number itself
(`notation`), cells of files (`exports`), which kind a column has (`domain.column`).
"""

import math

from arcana_assets.domain.column import Kind
from arcana_assets.presentation.notation import number, percent, sign


def spelled(value: float, kind: Kind, currency: str, *, exact: bool = False, unit: str = "") -> str:
    """`£ 600`, `25,0 %`, `5`, `60 dias`; `sem dado` where there is none.

    Money is rounded to whole units of the currency unless it is to be `exact`; a share is of 0 to 1; `unit` is the word
    that follows any other number.
    """
    if kind == "money" and math.isfinite(value):
        return f"{sign(currency)} {number(value, 2 if exact and value != round(value) else 0)}"
    if kind == "share":
        return percent(value)
    return f"{number(value)} {unit}" if unit and math.isfinite(value) else number(value)


def months(count: int) -> str:
    """`1 mês`, `3 meses`."""
    return "1 mês" if count == 1 else f"{count} meses"

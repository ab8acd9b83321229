"""Values: how a number of a column is said in a text, by the kind that its declaration gives.

Belongs here: the words around a number: currency, percent, months. Does not belong here: the number itself
(`language`), cells of files (`exports`), which kind a column has (`domain.column`).
"""

import math

from arcana_assets.domain.column import Kind
from arcana_assets.presentation.language import DEFAULT, Language


def spelled(
    value: float,
    kind: Kind,
    currency: str,
    *,
    exact: bool = False,
    unit: str = "",
    language: Language = DEFAULT,
) -> str:
    """An amount, a share or a number as the language writes it; its word for what is unknown where there is none.

    Money is rounded to whole units of the currency unless it is to be `exact`; a share is of 0 to 1; `unit` is the word
    that follows any other number.
    """
    if kind == "money" and math.isfinite(value):
        return language.amount(language.number(value, 2 if exact and value != round(value) else 0), currency)
    if kind == "share":
        return language.percent(value)
    return f"{language.number(value)} {unit}" if unit and math.isfinite(value) else language.number(value)


def months(count: int, language: Language = DEFAULT) -> str:
    """`3 months`, in words of the language."""
    return language.say("horizons.months", n=count)

"""Notation: signs of currencies, and numbers, counts and shares as Brazilian readers write them.

Belongs here: what is the same in every language; numbers of who is handed no language. Does not belong here: numbers in
the language of a domain (`language`).
"""

import math

SIGNS = {
    "BRL": "R$",
    "USD": "US$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "CN¥",
    "INR": "₹",
    "CHF": "CHF",
    "ARS": "AR$",
    "CLP": "CLP$",
    "COP": "COP$",
    "MXN": "MX$",
    "PYG": "₲",
    "UYU": "UY$",
    "PEN": "S/",
    "AUD": "AU$",
    "CAD": "CA$",
    "NZD": "NZ$",
}
"""The sign of a currency by its ISO 4217 code, as readers outside its country tell it from others."""


def sign(currency: str) -> str:
    """`R$` of `BRL`, `£` of `GBP`; the code itself where it has no sign here."""
    return SIGNS.get(currency, currency)


def number(value: float, places: int | None = None) -> str:
    """Brazilian notation: `1.234`, `12,5`, `0,25`, from a million on `1,2 mi`; as many decimals as the size needs."""
    if not math.isfinite(value):
        return "sem dado"
    for limit, unit in ((1e9, " bi"), (1e6, " mi")):
        if places is None and abs(value) >= limit:
            return number(value / limit, 1).removesuffix(",0") + unit
    if places is None:
        places = 0 if abs(value) >= 100 or value == round(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))


def count(value: float) -> str:
    """A number of customers: `1.234`."""
    return number(value, 0)


def percent(share: float, places: int = 1) -> str:
    """A share of 0 to 1 as `12,5 %`; what is not 0 but would read so, as `< 0,1 %`."""
    least = 10.0**-places
    if 0 < 100 * share < least / 2:
        return f"< {number(least, places)} %"
    return f"{number(100 * share, places)} %" if math.isfinite(share) else "sem dado"

"""Notation: the signs of currencies, which are the same in every language.

Belongs here: signs by code. Does not belong here: how an amount is written (`language`).
"""

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

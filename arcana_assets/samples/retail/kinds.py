"""The kinds of customers that the retail sample plants, in two dimensions that do not depend on each other.

Belongs here: how often a kind buys, for how much and what, and the name that a segment of it should get. Does not
belong here: single customers (`customers`) and their orders (`visits`, `orders`).
"""

from typing import NamedTuple

from arcana_assets.samples.retail.catalogue import CATEGORIES


class ValueKind(NamedTuple):
    """How a kind buys.

    `monthly` is the mean number of orders in a month of the days in which somebody buys, and `least` how many they have
    at least; `order` is the median value of an order in pence; `lines` are the numbers of lines that somebody thinks of
    for an order, one as likely as another.
    """

    name: str
    persona: str
    share: float
    monthly: float
    least: int
    order: int
    lines: tuple[int, ...]


class Taste(NamedTuple):
    """What a kind spends its money on: the mean share of each category, in the order of `CATEGORIES`."""

    name: str
    persona: str
    share: float
    mix: tuple[float, ...]


VALUE_KINDS = (
    ValueKind("frequent_low", "01-Frequentes de Baixo Valor", 0.28, 2.0, 2, 4_000, (3, 4, 4, 5)),
    ValueKind("frequent_medium", "02-Frequentes de Medio Valor", 0.23, 2.0, 2, 23_000, (5, 6, 7, 8, 10)),
    ValueKind("vip", "03-VIPs/Alta Receita", 0.06, 3.6, 2, 58_000, (6, 7, 8, 10, 14)),
    ValueKind("churn_risk", "04-Risco churn", 0.15, 2.8, 4, 10_000, (4, 5, 6, 8)),
    ValueKind("new", "05-Novos", 0.14, 0.4, 1, 11_000, (4, 5, 6, 7)),
    ValueKind("occasional", "06-Ocasionais", 0.14, 0.2, 1, 9_000, (3, 4, 5, 6)),
)
FREQUENT_LOW, FREQUENT_MEDIUM, VIP, CHURN_RISK, NEW, OCCASIONAL = range(len(VALUE_KINDS))
FEW_ORDERS = (NEW, OCCASIONAL)
FREQUENT = (FREQUENT_LOW, FREQUENT_MEDIUM, VIP)


def _mostly(*liked: str, share: float) -> tuple[float, ...]:
    """`share` of the spend in the categories that are liked, the rest in the others, both evenly."""
    rest = (1 - share) / (len(CATEGORIES) - len(liked))
    return tuple(share / len(liked) if category in liked else rest for category in CATEGORIES)


VARIED = "Variados"
TASTES = (
    Taste("tech", "Tech_Lovers", 0.2, _mostly("Eletrônicos", share=0.75)),
    Taste("moda", "Moda_Lovers", 0.2, _mostly("Moda", share=0.75)),
    Taste("brinquedos", "Brinquedos_Lovers", 0.2, _mostly("Brinquedos", share=0.75)),
    Taste("livros_food", "Livros&Food", 0.2, _mostly("Livros", "Alimentos", share=0.85)),
    Taste("variados", VARIED, 0.2, tuple(1 / len(CATEGORIES) for _ in CATEGORIES)),
)


def persona_by_category(kind: int, taste: Taste) -> str:
    """The name by category that a customer should get: one or two orders tell of no habit."""
    return VARIED if kind in FEW_ORDERS else taste.persona

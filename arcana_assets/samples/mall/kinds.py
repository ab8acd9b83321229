"""The kinds of members that the mall's sample plants, on purpose with much in common.

Belongs here: how a kind comes, stays and buys, and the name that a segment of it should get. Does not belong here:
single members (`people`) and what they do (`trips`, `receipts`).
"""

from typing import NamedTuple

CATEGORIES = ("moda", "alimentacao", "luxo", "eletronicos", "servicos", "lazer", "supermercado", "beleza", "casa")


class Kind(NamedTuple):
    """How a kind lives. Shares are means of Beta distributions over its members, medians those of log-normal ones.

    `monthly` is the median number of days on which somebody comes in an ordinary month, `dwell` the median minutes of a
    stay, `more` the mean number of receipts on a buying day beside the first, `purse` what a receipt costs relative to
    those of others, `taste` the mean share of receipts by category, in the order of `CATEGORIES`.
    """

    name: str
    persona: str
    share: float
    monthly: float
    weekend: float
    evening: float
    dwell: float
    more: float
    coupon: float
    purse: float
    taste: tuple[float, ...]


KINDS = (
    Kind(
        name="weekend",
        persona="Visitante Frequente de Fim de Semana",
        share=0.24,
        monthly=4.6,
        weekend=0.78,
        evening=0.34,
        dwell=145,
        more=0.15,
        coupon=0.12,
        purse=1.0,
        taste=(0.21, 0.276, 0.014, 0.06, 0.06, 0.17, 0.07, 0.06, 0.08),
    ),
    Kind(
        name="luxury",
        persona="Cliente Premium que Busca Luxo",
        share=0.1,
        monthly=4.2,
        weekend=0.4,
        evening=0.42,
        dwell=105,
        more=0.2,
        coupon=0.07,
        purse=1.5,
        taste=(0.15, 0.18, 0.3, 0.07, 0.05, 0.07, 0.04, 0.09, 0.05),
    ),
    Kind(
        name="offers",
        persona="Explorador de Ofertas",
        share=0.22,
        monthly=5.0,
        weekend=0.37,
        evening=0.32,
        dwell=80,
        more=0.25,
        coupon=0.5,
        purse=0.85,
        taste=(0.29, 0.186, 0.014, 0.08, 0.06, 0.07, 0.14, 0.09, 0.07),
    ),
    Kind(
        name="routine",
        persona="Rotina da Semana",
        share=0.24,
        monthly=8.6,
        weekend=0.14,
        evening=0.28,
        dwell=46,
        more=0.08,
        coupon=0.12,
        purse=0.8,
        taste=(0.08, 0.43, 0.01, 0.04, 0.14, 0.04, 0.18, 0.05, 0.03),
    ),
    Kind(
        name="occasional",
        persona="Visitante Ocasional",
        share=0.2,
        monthly=0.7,
        weekend=0.38,
        evening=0.34,
        dwell=72,
        more=0.1,
        coupon=0.13,
        purse=1.0,
        taste=(0.23, 0.266, 0.014, 0.09, 0.08, 0.1, 0.08, 0.07, 0.07),
    ),
)
RATE_SPREAD = 0.45  # of the logarithm of how often members of one kind come
DWELL_SPREAD = 0.25  # of the logarithm of how long they stay, from member to member
PURSE_SPREAD = 0.3  # of the logarithm of what they spend
WEEKEND_LIKENESS, EVENING_LIKENESS, COUPON_LIKENESS = 18.0, 6.0, 18.0  # sums of both parameters of a Beta
TASTE_LIKENESS = 40.0  # the concentration of the Dirichlet distribution of tastes

"""Reasons: what sets a customer apart from the median one, in the words of a Brazilian seller.

Belongs here: how a feature and its value read, and which way it moves the probability. Does not belong here: what each
adds (`methods`), the customers (`scoring`).

Never why: "mais provável" says what customers like this one did, not what made them. No sentence says "porque".
"""

from arcana_assets.domain.settings.predictions import Target, Unit
from arcana_assets.predictions.paces import LAST_SHARE, PACE
from arcana_assets.predictions.rows import DID, SHARE_OF_MONTHS
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.notation import count, number, percent

LEAST = 0.05  # log-odds that are worth a word: about one point of probability
_VERB: dict[Target, str] = {
    "active": "comprou",
    "silent": "comprou",
    "visits": "veio",
    "leaves": "pagou",
    "uses_coupon": "usou cupom",
    "buys_item_group": "comprou da categoria",
    "spend": "comprou",
}
_FELL = "o valor recorrente"  # of who may leave, the last period is whether it fell
_WAYS = {"spend": ("acima do ritmo", "abaixo do ritmo")}
_USUAL_WAYS = ("mais provável", "menos provável")
LIKE_MOST, AT_ITS_PACE = "Como a maioria dos clientes", "No seu próprio ritmo"


def reason(
    feature: str,
    value: float,
    contribution: float,
    target: Target,
    horizon: int,
    lookback: int,
    unit: Unit = "months",
) -> str:
    """A feature of a customer, and whether with it the event is more or less likely than for the median customer.

    Takes the value as the feature matrix has it: nan where it is not known. Of spend: whether customers with it pay
    more or less of their own pace than the median one does of its.

    `Comprou há 12 dias (mais provável)`.
    """
    if feature == DID:
        said = _in_the_last_period(value > 0.5, target, horizon, unit)
    else:
        said = _said(feature, value, _VERB[target], horizon, lookback)
    more, less = _WAYS.get(target, _USUAL_WAYS)
    return f"{said[:1].upper()}{said[1:]} ({more if contribution > 0 else less})"


def sentence(reasons: list[str]) -> str:
    """The reasons of a customer: the first as it is, the others in lower case, but for what is spelt in capitals.

    One that has none is like most.

    >>> sentence(["Nota média: 3 (mais provável)", "MRR: 20 (menos provável)"])
    'Nota média: 3 (mais provável); MRR: 20 (menos provável)'
    """
    if not reasons:
        return LIKE_MOST
    first, *others = reasons
    return "; ".join([first, *(each if each[1:2].isupper() else each[:1].lower() + each[1:] for each in others)])


def _in_the_last_period(did: bool, target: Target, horizon: int, unit: Unit) -> str:
    one, more = ("dia", "dias") if unit == "days" else ("mês", "meses")
    span = f"no último {one}" if horizon == 1 else f"nos últimos {horizon} {more}"
    if target == "leaves":
        return f"{_FELL} {'caiu' if did else 'não caiu'} {span}"
    return f"{_VERB[target]} {span}" if did else f"não {_VERB[target]} {span}"


def _said(feature: str, value: float, verb: str, horizon: int, lookback: int) -> str:
    label = label_of(feature)
    if feature == SHARE_OF_MONTHS:
        return f"{verb} em {percent(value, 0)} dos últimos meses"
    if feature == PACE:
        return f"ritmo de {number(value)} em {_spell(horizon, 'mês', 'meses')}"
    if feature == LAST_SHARE:
        return _since(value, horizon)
    if value != value:
        return f"{label}: sem dado"
    window = _spell(lookback, "mês", "meses")
    if feature in ("recency_days", "days_since_visit"):
        return f"{'comprou' if feature == 'recency_days' else 'veio'} há {_spell(value, 'dia', 'dias')}"
    if feature == "frequency":
        return f"{_spell(value, 'pedido', 'pedidos')} em {window}"
    if feature == "visits":
        return f"{_spell(value, 'visita', 'visitas')} em {window}"
    if feature == "tenure_months":
        return f"cliente há {_spell(value, 'mês', 'meses')}"
    if feature.startswith(("share_", "mrr_growth_")) or feature.endswith("_share"):
        return f"{label}: {percent(value, 0)}"
    return f"{label}: {number(value)}"


def _since(share: float, horizon: int) -> str:
    """How the last period compares with the rate of the window, by its share of the two."""
    span = "no último mês" if horizon == 1 else f"nos últimos {horizon} meses"
    if share != share:
        return f"nada pago {span} nem antes"
    than = "mais que" if share > 0.5 else "menos que" if share < 0.5 else "tanto quanto"
    return f"pagou {span} {than} no ritmo da janela"


def _spell(value: float, one: str, more: str) -> str:
    return f"{count(value)} {one if round(value) == 1 else more}"

"""Reasons: the sentence that tells a seller why an item is recommended to a customer.

Belongs here: its words, and how shares and counts read in it. Does not belong here: what was counted (`evidence`), why
a recommender serves (`serving`).
"""

from typing import NamedTuple

import pandas as pd

from arcana_assets.presentation.notation import count, number
from arcana_assets.recommendations.evidence import IN_SEGMENT


class _Told(NamedTuple):
    """What a sentence rests on: columns of a line."""

    item_name: str
    antecedent_name: str | None
    evidence_in: str
    support: int
    antecedent_owners: int
    lift: float
    segment: str
    buyers: int
    segment_customers: int
    base_owners: int
    base_customers: int


def reasons(lines: pd.DataFrame, lookback: int | None) -> list[str]:
    """Why each item is recommended, in the words of a Brazilian seller; never more than the evidence holds.

    Takes the columns of `evidence` and the names of both items, and over how many months an item is popular; None where
    items are contracted rather than bought.

    `82 % dos clientes de perfil semelhante que têm Fiscal também têm Folha (312 clientes; 3,1 vezes a média).`
    """
    return [
        _reason(_Told(*row), lookback) for row in zip(*(lines[name].tolist() for name in _Told._fields), strict=True)
    ]


def popularity(buyers: int, customers: int, segment: str, verb: str, months: int | None) -> str:
    """How popular an item is in the segment, or without one in the whole base, in the words of a Brazilian seller.

    `Comprado por 38 % dos clientes do segmento «01-Alta Receita» nos últimos 6 meses (412 de 1.084).` Without months:
    `Contratado por 38 % dos clientes do segmento «01-Alta Receita» (412 de 1.084).`
    """
    where = f"do segmento «{segment}»" if segment else "da base"
    span = ""
    if months is not None:
        span = " no último mês" if months == 1 else f" nos últimos {months} meses"
    return f"{verb} por {_share(buyers, customers)} dos clientes {where}{span} ({count(buyers)} de {count(customers)})."


def _reason(told: _Told, lookback: int | None) -> str:
    have, had = ("têm", "Contratado") if lookback is None else ("compraram", "Comprado")
    if told.evidence_in and isinstance(told.antecedent_name, str):
        who = "clientes de perfil semelhante" if told.evidence_in == IN_SEGMENT else "clientes"
        share = _share(told.support, told.antecedent_owners)
        owners = count(told.support) + (" cliente" if told.support == 1 else " clientes")
        more = f"; {number(told.lift, 1)} vezes a média" if told.lift >= 1.05 else ""
        return f"{share} dos {who} que {have} {told.antecedent_name} também {have} {told.item_name} ({owners}{more})."
    if told.buyers > 0 and told.segment:
        return popularity(told.buyers, told.segment_customers, told.segment, had, lookback)
    return popularity(told.base_owners, told.base_customers, "", had, None)


def _share(part: int, whole: int) -> str:
    """A whole percentage that is neither none nor all unless it is."""
    hundredths = (200 * part + whole) // (2 * whole)
    if hundredths == 0 and part:
        return "menos de 1 %"
    return "mais de 99 %" if hundredths == 100 and part < whole else f"{hundredths} %"

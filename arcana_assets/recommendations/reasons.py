"""Reasons: the sentence that tells a seller why an item is recommended to a customer.

Belongs here: which sentence holds, and how shares and counts read in it. Does not belong here: the words (the texts),
what was counted (`evidence`), why a recommender serves (`serving`).
"""

from typing import Any, NamedTuple

import pandas as pd

from arcana_assets.presentation.language import Language
from arcana_assets.recommendations.evidence import places_of


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


def reasons(language: Language, lines: pd.DataFrame, lookback: int | None) -> list[str]:
    """Why each item is recommended, in the words of a seller; never more than the evidence holds.

    Takes the columns of `evidence` and the names of both items, and over how many months an item is popular; None where
    items are contracted rather than bought.

    `82 % dos clientes de perfil semelhante que têm Fiscal também têm Folha (312 clientes; 3,1 vezes a média).`
    """
    known = dict[tuple[Any, ...], str]()  # customers of a segment with the same items are told the same
    told = list[str]()
    for row in zip(*(lines[name].tolist() for name in _Told._fields), strict=True):
        if row not in known:
            known[row] = _reason(language, _Told(*row), lookback)
        told.append(known[row])
    return told


def popularity(
    language: Language, buyers: int, customers: int, segment: str, how: str, months: int | None = None
) -> str:
    """How popular an item is in the segment, or without one in the whole base, in the words of a seller.

    `how` is bought or contracted.

    `Comprado por 38 % dos clientes do segmento «01-Alta Receita» nos últimos 6 meses (412 de 1.084).` Without months:
    `Contratado por 38 % dos clientes do segmento «01-Alta Receita» (412 de 1.084).`
    """
    return language.say(
        f"offered.reason.{how}.{'segment' if segment else 'base'}",
        share=_share(language, buyers, customers),
        segment=segment,
        span="" if months is None else language.say("offered.reason.span", n=months),
        buyers=language.count(buyers),
        customers=language.count(customers),
    )


def _reason(language: Language, told: _Told, lookback: int | None) -> str:
    how = "contracted" if lookback is None else "bought"
    if told.evidence_in and isinstance(told.antecedent_name, str):
        times = language.number(told.lift, 1)
        return language.say(
            f"offered.reason.{how}.{'alike' if told.evidence_in == places_of(language)[0] else 'anyone'}",
            share=_share(language, told.support, told.antecedent_owners),
            antecedent=told.antecedent_name,
            item=told.item_name,
            owners=language.say("offered.reason.owners", n=int(told.support)),
            more=language.say("offered.reason.more", times=times) if told.lift >= 1.05 else "",
        )
    if told.buyers > 0 and told.segment:
        return popularity(language, told.buyers, told.segment_customers, told.segment, how, lookback)
    return popularity(language, told.base_owners, told.base_customers, "", how)


def _share(language: Language, part: int, whole: int) -> str:
    """A whole percentage that is neither none nor all unless it is."""
    hundredths = (200 * part + whole) // (2 * whole)
    if hundredths == 0 and part:
        return language.say("offered.reason.hardly_any")
    if hundredths == 100 and part < whole:
        return language.say("offered.reason.nearly_all")
    return language.percent(hundredths / 100, 0)

"""Upgrades: which of a customer's items a recommended one replaces, in words.

Belongs here: what the customer has of what an item replaces. Does not belong here: who may be recommended what
(`eligibility`), which items replace which (`domain.settings.recommendations`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from arcana_assets.presentation.language import Language
from arcana_assets.recommendations.interactions import Interactions, places


def with_upgrades(
    language: Language,
    reasons: Sequence[str],
    interactions: Interactions,
    lines: pd.DataFrame,
    replaced: Mapping[str, Sequence[str]],
    names: pd.Series,
) -> list[str]:
    """The reasons of lines, those of upgrades of what the customer has with these words before: `Upgrade de Fiscal. `.

    Takes the reason of each line (customer_id, item_id), the items that each upgrade replaces and the names of items by
    id. Who has nothing of what the item replaces is told as of any other item.
    """
    told = list(reasons)
    customers = places(interactions.customers, lines["customer_id"])
    for item, others in replaced.items():
        at = np.flatnonzero((lines["item_id"] == item).to_numpy())
        known = [other for other in others if other in names.index]
        if not len(at) or not known:
            continue
        has = interactions.owned[customers[at]][:, places(interactions.items, known)].toarray() > 0
        for line, mine in zip(at.tolist(), has.tolist(), strict=True):
            owned = [str(names[other]) for other, one in zip(known, mine, strict=True) if one]
            if owned:  # not by commas, which names have
                items = language.say("offered.reason.and").join(owned)
                told[line] = language.say("offered.reason.upgrade", items=items, reason=told[line])
    return told

"""The names that columns of the feature matrix can have, known before any table exists.

Belongs here: the one list that the computation, the check of segmentations and the reference page use.
Does not belong here: what a feature means (the files beside it, `domain.customer_360`), how it is computed.
"""

import re
from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import AfterValidator

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.facet import ABSENT
from arcana_assets.domain.facets.goods import SHARE
from arcana_assets.domain.facets.registered import REGISTERED
from arcana_assets.domain.facets.registry import ENCODED, ENCODED_REGISTERED, FACETS, KNOWN, LISTED, TRANSACTIONS

ALWAYS = ("frequency", "monetary", "distinct_products")
MAY_BE_ABSENT = ("recency_days", "average_ticket", "return_share", "tenure_months")
SHARES_ABSENT = "share_absent"  # the shares are absent together

FIXED = (*ALWAYS, *MAY_BE_ABSENT, *(name + ABSENT for name in MAY_BE_ABSENT), SHARES_ABSENT)

# Categories become columns of their own: a prefix and the value, spelt as a name; so do items owned.
BLOCKS = tuple(f"{name}_is_" for name in ENCODED_REGISTERED)
OWNS = "owns_"
OTHER = "other"  # ends the column of the values that too few customers have


def is_indicator(name: str) -> bool:
    """Whether a feature is 0 or 1: one that says absence, or one of the values of an encoded column."""
    return name.endswith(ABSENT) or name.startswith((*BLOCKS, OWNS))


def is_share(name: str) -> bool:
    """Whether a feature is the share of a category in what was bought."""
    return name.startswith(SHARE) and not is_indicator(name)


def features_of(facet: str) -> tuple[str, ...]:
    """The fixed feature names of one facet, indicators of absence among them."""
    if facet == TRANSACTIONS:
        return FIXED
    return (*(column.name for column in KNOWN[facet].features), *KNOWN[facet].absences)


def known_features(facets: Collection[str] = (*FACETS,)) -> tuple[str, ...]:
    """All fixed feature names of several facets."""
    listed = [TRANSACTIONS + ABSENT] if LISTED in facets and TRANSACTIONS in facets else []
    return tuple(dict.fromkeys([*(name for facet in facets for name in features_of(facet)), *listed]))


def is_feature(name: str, facets: Collection[str] = (*FACETS,)) -> bool:
    """Whether a domain with these facets can have the feature; `share_*` stands for all that begin so.

    >>> is_feature("owns_*", ["contracts"]), is_feature("mrr*", ["subscriptions"])
    (True, False)
    """
    words = r"(\*|[a-z0-9]+(_[a-z0-9]+)*)"
    known = [KNOWN[facet] for facet in facets]
    blocks = ENCODED_REGISTERED if REGISTERED.name in facets else ENCODED
    prefixes = [
        *([SHARE] if TRANSACTIONS in facets else []),
        *((f"{name}_is_" for name in blocks) if any(facet.of_everybody for facet in known) else []),
        *([OWNS] if any(facet.owns_items for facet in known) else []),
    ]
    return name in known_features(facets) or any(re.fullmatch(prefix + words, name) for prefix in prefixes)


def knows_the_future(name: str, facets: Collection[str]) -> bool:
    """Whether a feature's earlier months know what came later, in a domain with these facets; a pattern if any does.

    >>> knows_the_future("contract_value", ["contracts"]), knows_the_future("mrr", ["subscriptions"])
    (True, False)
    """
    present = [KNOWN[facet] for facet in facets if not KNOWN[facet].as_of]
    owned = name.startswith(OWNS) and any(facet.owns_items for facet in present)
    of_now = [each for facet in facets for each in KNOWN[facet].of_now]
    return owned or name in of_now or any(name in features_of(facet.name) for facet in present)


def expanded(features: Sequence[str], columns: Collection[str]) -> list[str]:
    """The features with `share_*` and its like replaced by the columns that begin so, in order; each once."""
    found = (
        sorted(column for column in columns if column.startswith(name[:-1])) if name.endswith("*") else [name]
        for name in features
    )
    return list(dict.fromkeys(column for names in found for column in names))


def checked_feature(name: str) -> str:
    """The name itself. Raises ValueError, with the nearest right name, where no feature can have it."""
    if is_feature(name):
        return name
    known = (*known_features(), SHARE + "<category>")
    raise ValueError(f"the feature matrix has no column '{name}'" + nearest(name, known))


FeatureName = Annotated[str, AfterValidator(checked_feature)]

PERSONA_OF = "persona_"  # begins the column with the persona in a segmentation
MEAN, MEDIAN, LIFT, PERCENTILE = "mean_", "median_", "lift_", "percentile_"  # begin the columns of `segment_profiles`

"""The names that columns of the feature matrix can have, known before any table exists.

Belongs here: the one list that the transform, the check of segmentations and the reference page use, and the names
that pictures give them.
Does not belong here: what a feature means (`gold_columns`), how it is computed (`transforms`).
"""

import re
from typing import Annotated

from pydantic import AfterValidator

from arcana_assets.domain.errors import nearest

ALWAYS = ("frequency", "monetary", "distinct_products")
MAY_BE_ABSENT = ("recency_days", "average_ticket", "return_share", "tenure_months")
SHARE = "share_"  # begins the share of spend in a category; which categories there are is known by the data alone
ABSENT = "_absent"  # ends the column that says 1 where the feature is absent
SHARES_ABSENT = "share_absent"  # the shares are absent together

FIXED = (*ALWAYS, *MAY_BE_ABSENT, *(name + ABSENT for name in MAY_BE_ABSENT), SHARES_ABSENT)

# What a picture calls them, in the language of its readers. Shares have no label: their categories are the data's own.
LABELS = {
    "recency_days": "Recência (dias)",
    "frequency": "Frequência (pedidos)",
    "monetary": "Valor líquido",
    "average_ticket": "Ticket médio",
    "distinct_products": "Produtos distintos",
    "return_share": "Parcela devolvida",
    "tenure_months": "Tempo de casa (meses)",
}


def checked_feature(name: str) -> str:
    """The name itself. Raises ValueError, with the nearest right name, where no feature can have it."""
    if name in FIXED or re.fullmatch(SHARE + r"[a-z0-9]+(_[a-z0-9]+)*", name):
        return name
    raise ValueError(f"the feature matrix has no column '{name}'" + nearest(name, (*FIXED, SHARE + "<category>")))


FeatureName = Annotated[str, AfterValidator(checked_feature)]

"""Silver to gold: rollups, customer 360 and the feature matrix of a domain.

Belongs here: the list of the assets. Does not belong here: the assets, and what they compute (the other files).
"""

import dagster as dg

from arcana_assets.customer_360.assets.consent import consent_assets
from arcana_assets.customer_360.assets.goods.customers import customer_360_assets
from arcana_assets.customer_360.assets.goods.rollups import rollup_assets
from arcana_assets.customer_360.assets.identities import identity_assets
from arcana_assets.customer_360.assets.items import item_assets
from arcana_assets.customer_360.assets.listed_customers import listed_customer_assets
from arcana_assets.customer_360.assets.listed_rollups import listed_rollup_assets
from arcana_assets.customer_360.assets.master import master_assets
from arcana_assets.customer_360.assets.outliers import outlier_assets
from arcana_assets.customer_360.assets.presence import presence_assets
from arcana_assets.customer_360.assets.spellings import spelling_assets
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.graph.spec import DomainSpec


def gold_assets(spec: DomainSpec) -> list[dg.AssetsDefinition]:
    """All gold assets of a domain, by who its customers are; none where no source says."""
    if not spec.domain.facets:
        return []
    if spec.domain.customers_from == "master":
        return [
            *identity_assets(spec),
            *master_assets(spec),
            *(rollup_assets(spec) if TRANSACTIONS in spec.domain.facets else []),
            *presence_assets(spec),
            *listed_rollup_assets(spec),
            *item_assets(spec),
            *outlier_assets(spec),
            *listed_customer_assets(spec),
            *consent_assets(spec),
            *([] if spec.domain.pseudonyms else spelling_assets(spec)),
        ]
    return [
        *rollup_assets(spec),
        *item_assets(spec),
        *outlier_assets(spec),
        *customer_360_assets(spec),
        *([] if spec.domain.pseudonyms else spelling_assets(spec)),
    ]

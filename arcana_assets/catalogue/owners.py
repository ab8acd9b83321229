"""Owners: where customers of domains with pseudonyms are, for a reader that shows them by their codes.

Belongs here: from declared tables to what such a reader asks for. Does not belong here: the reader
(`pseudonyms.reader`), who may use it (the page, `arcana explain`).
"""

from collections.abc import Iterable

from arcana_assets.catalogue.tables import tables_of
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.graph.spec import codes_in_silver, columns_of_customers
from arcana_assets.pseudonyms.reader import Owned
from arcana_assets.tables.table import OF_SOURCES


def owned_by(domains: Iterable[CustomerDomain]) -> dict[str, Owned]:
    """The domains that have pseudonyms, and where their customers are, as a reader of their owners takes them."""
    return {
        domain.name: Owned(
            {
                (domain.name, table.layer, table.name): columns_of_customers(table)
                for table in tables_of(domain)
                if table.layer not in OF_SOURCES and table.customers
            },
            codes_in_silver(domain),
        )
        for domain in domains
        if domain.pseudonyms
    }

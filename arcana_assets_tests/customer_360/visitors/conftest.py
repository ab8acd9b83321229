"""What a facet says, found by customer."""

from arcana_assets_tests.customer_360.listed.conftest import by_customer, one

__all__ = ["by_customer", "one"]

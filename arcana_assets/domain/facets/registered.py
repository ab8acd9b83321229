"""The facet of what a company states of customers who are known by what they buy, column by column.

Belongs here: the columns of customer 360. Does not belong here: the profile of customers whom a master lists
(`commercial`), computing it (`customer_360.listed.registered`).
"""

from arcana_assets.domain.facets.facet import date, facet, text

REGISTERED = facet(
    "registered",
    date("since").means("Since when the sources of customers have the customer; absent where that is later"),
    text("age_band").means("Age in years at the end of the month, by the year of birth; no prediction learns from it"),
    text("segment").means("Market segment, as most rows about the customer say"),
    text("region").means("Region of the state, by the domain's `regions`; absent for other states"),
    text("state").means("State, as most rows say"),
    text("city").means("City, as most rows say"),
    text("country").means("Country, as most rows say"),
    of=("customers",),
    of_everybody=True,
)
STATED = frozenset({"birth_year", "segment", "state", "city"})
"""Columns of the entity of customers, of which a source has one at least for the facet to be there."""

AGES = ((18, "0-17"), (25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64"), (121, "65+"))
"""Bands of age: the age, excluded, at which each ends, and how it is called."""

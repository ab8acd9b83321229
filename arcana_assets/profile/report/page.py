"""The page of the data profile of a month: from where the data come to what goes together.

Belongs here: the order of the sections. Does not belong here: what they say (`origin`, `shape`, `revenue`), how pages
look (`exports.pages`).
"""

from collections.abc import Sequence
from datetime import date

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.exports.pages import Page
from arcana_assets.profile.report import origin, revenue, shape
from arcana_assets.profile.report.said import Month, Row


def profile_page(
    domain: CustomerDomain,
    month: date,
    last_day: date,
    columns: Sequence[Row],
    before: Sequence[Row],
    findings: Sequence[Row],
) -> Page:
    """The page of a month whose data end with `last_day`.

    Takes rows of data_profile of the month and of the one before, and of data_findings of the months up to it.
    """
    found = Month(domain, month, columns, before, findings)
    sections = [
        *origin.origin(found),
        *origin.quality(found),
        *shape.distributions(found),
        *shape.products(found),
        *revenue.revenue(found),
        *shape.relations(found),
    ]
    about = f"{domain.title}, {month:%m/%Y}. O que os dados têm, o que falta e o que foi feito a respeito."
    facts = (("Base", domain.title), ("Dados até", f"{last_day:%d/%m/%Y}"), ("Moeda", domain.currency))
    return Page(f"Perfil dos dados - {month:%m/%Y}", about, sections, facts=facts, in_order=True)

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
    language, short = found.language, found.language.short_month(month)
    facts = (
        (language.say("reports.base"), domain.title),
        (language.say("reports.data_until"), language.day(last_day)),
        (language.say("reports.currency"), domain.currency),
    )
    return Page(
        found.say("profiling.title", month=short),
        found.say("profiling.about", domain=domain.title, month=short),
        sections,
        facts=facts,
        in_order=True,
        language=language.code,
    )

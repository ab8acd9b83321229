"""The page of a programme: the nine answers of a month, with the pictures and the facts beside them.

Belongs here: what is on the page. Does not belong here: what is said (`answers`), how a picture is drawn (`pictures`),
how pages look (`exports.pages`).
"""

import json
from datetime import date

import pandas as pd

from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.exports.pages import Page, Section
from arcana_assets.loyalty.report.pictures import forecast_chart, members_chart, proof_chart
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.notation import sign
from arcana_assets.presentation.png import png


def programme_page(
    domain: CustomerDomain,
    programme: Programme,
    month: date,
    last_day: date,
    *,
    report: pd.DataFrame,
    summary: pd.DataFrame,
    forecast: pd.DataFrame,
    proof: pd.DataFrame,
) -> Page:
    """The page of a programme of a month whose data end with `last_day`.

    Takes the programme's rows of the loyalty tables: of the month, and of all months up to it of `summary`.
    """
    sections = []
    for row in report.sort_values("number").to_dict("records"):
        table = json.loads(row["table"])
        sections.append(Section(f"{row['number']}. {row['question']}", row["answer"], table["columns"], table["data"]))
    language = language_of(domain.language)
    say, short = language.say, language.short_month(month)
    net = "about_net" if TRANSACTIONS in domain.facets else "about"
    about = say(f"programme.page.{net}", month=short, sign=sign(domain.currency))
    of = f"{programme.title}, {short}"
    serves = forecast[forecast["serves"].astype("boolean").fillna(False) & forecast["note"].isna()]
    charts = (
        members_chart(summary, say("programme.page.members", of=of), language),
        forecast_chart(serves, domain.currency, say("programme.page.forecast", of=of), language),
        proof_chart(proof, domain.currency, say("programme.page.proof", of=of), language),
    )
    pictures = [(chart["description"], png(chart)) for chart in charts]
    told = (domain.title, language.day(last_day), domain.currency)
    facts = tuple(zip(language.words("programme.page.facts"), told, strict=True))
    return Page(f"{programme.title} - {short}", about, sections, pictures, facts, language=language.code)

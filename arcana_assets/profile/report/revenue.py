"""Revenue: the sum by month, how it is spread over customers, and who of each month's new customers stays.

Belongs here: its sentences, tables and drawings. Does not belong here: the other sections (`origin`, `shape`).
"""

from datetime import date

from arcana_assets.exports.drawings import Bar, bars, columns
from arcana_assets.exports.pages import Section
from arcana_assets.presentation.notation import sign
from arcana_assets.profile.finding import Cohort, cohorts_of
from arcana_assets.profile.report.said import Month


def revenue(found: Month) -> list[Section]:
    """Revenue: the sum month by month, and how it is spread over customers."""
    total = next(iter(found.of("concentration", "revenue")), None)
    if total is None or not total["value"]:
        return []
    say, count, percent = found.say, found.language.count, found.language.percent
    name = found.label(total["part"])
    gini = found.of("concentration", "gini")[0]["value"]
    top = {row["item"]: row for row in found.of("concentration")}
    text = say(
        "profiling.revenue.said",
        top_20=percent(top["top_20"]["share"], 0),
        part=percent(_SHARES["top_20"], 0),
        top_1=percent(top["top_1"]["share"], 0),
        least=percent(_SHARES["top_1"], 0),
        customers=say("profiling.revenue.top_customers", n=int(top["top_1"]["n"])),
        gini=found.language.number(gini, 2),
        name=name,
        total=found.money(total["value"]),
    )
    history = [row for row in found.history("concentration", "revenue") if row["part"] == total["part"]][-13:]
    over_time = columns(
        say("profiling.revenue.by_month", name=name, sign=sign(found.domain.currency)),
        [row["month"].strftime(found.language.texts["notation"]["column_month"]) for row in history],
        [row["value"] for row in history],
    )
    pareto = bars(
        say("profiling.revenue.pareto"),
        [
            Bar(
                say("profiling.revenue.of_customers", share=percent(share, 0)),
                top[item]["share"],
                say("profiling.revenue.brought", share=percent(top[item]["share"]), customers=count(top[item]["n"])),
            )
            for item, share in _SHARES.items()
        ],
        most=1.0,
    )
    return [
        Section(say("profiling.revenue.heading"), text, drawings=[over_time, pareto], begins=True),
        *_cohorts(found),
    ]


def _cohorts(found: Month) -> list[Section]:
    """Who came in which month, and what of them is there one, two, three ... months later: customers, then revenue."""
    followed = cohorts_of([row for row in found.findings if row["month"] <= found.month], found.month)
    if not any(ages for _, ages in followed["active"].values()):
        return []
    most = max(len(ages) for _, ages in followed["active"].values())
    header = [*found.header("first_month", "customers"), *(f"+{age}" for age in range(1, most + 1))]
    told = {
        "active": _after_one(found, followed) + found.say("profiling.revenue.cohorts"),
        "revenue": found.say("profiling.revenue.cohorts_revenue"),
    }
    count, percent = found.language.count, found.language.percent
    return [
        Section(
            *("", text, header),
            [
                (
                    found.language.short_month(date.fromisoformat(f"{first}-01")),
                    count(size),
                    *("" if share is None else percent(share, 0) for share in ages),
                    *[""] * (most - len(ages)),
                )
                for first, (size, ages) in followed[what].items()
            ],
        )
        for what, text in told.items()
    ]


def _after_one(found: Month, followed: dict[str, dict[str, Cohort]]) -> str:
    known = [(size, ages[0]) for size, ages in followed["active"].values() if ages and ages[0] is not None]
    total = sum(size for size, _ in known)
    if not total:
        return ""
    share = sum(size * share for size, share in known) / total
    return found.say("profiling.revenue.after_one", share=found.language.percent(share)) + " "


_SHARES = {"top_1": 0.01, "top_5": 0.05, "top_10": 0.1, "top_20": 0.2, "top_50": 0.5}

"""Surveys: what customers say, by occasion and by aspect; those without a date are dated through their ticket.

Belongs here: scores by month, and the facet over the lookback. Does not belong here: how rows are dated through others
(`dating`), which aspects and occasions there are (`domain.entities.subscribers`).
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from arcana_assets.customer_360.computation import AddsUp, Computation
from arcana_assets.customer_360.dating import Dating
from arcana_assets.customer_360.gold import DECIMAL, gold
from arcana_assets.customer_360.periods import in_lookback
from arcana_assets.domain.column import CUSTOMER, MONTH, columns, integer
from arcana_assets.domain.entities.subscribers import ASPECTS, SURVEY_KINDS
from arcana_assets.presentation.language import DEFAULT, Language, language_of

_ASPECT = "aspect_"
_ZERO = ibis.literal(0)


SURVEYS_MONTHLY = gold(
    "surveys_monthly",
    "Surveys of each customer by kind, in each month.",
    "a customer, kind of survey and month",
    ("customer_id", "kind", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("kind", "text", "Occasion of the survey"),
        integer("answers", "answers").means("Surveys answered in the month; dated through their ticket where it is"),
        ("scored", "integer", "Those with a score", "answers"),
        ("score_sum", "decimal", "Scores added up", "points"),
        integer("promoters", "answers").means("Scores of 9 and 10"),
        integer("detractors", "answers").means("Scores of 0 to 6"),
    ),
    needs=("surveys",),
)
SURVEY_ASPECTS_MONTHLY = gold(
    "survey_aspects_monthly",
    "Scores that each customer gave to each aspect, in each month.",
    "a customer, aspect and month",
    ("customer_id", "aspect", "month"),
    columns(
        CUSTOMER,
        MONTH,
        ("aspect", "text", "What was asked about"),
        integer("answers", "answers").means("Scores given to it in the month"),
        ("score_sum", "decimal", "They added up", "points"),
    ),
    needs=("surveys",),
)


def surveys_monthly(surveys: ir.Table) -> ir.Table:
    """Surveys of each customer, kind and month: answers, scored, score_sum, promoters, detractors."""
    return (
        surveys.group_by("customer_id", "month", "kind")
        .agg(
            answers=surveys.count(),
            scored=surveys.score.count(),
            score_sum=surveys.score.sum().fill_null(_ZERO).cast(DECIMAL),
            promoters=(surveys.score >= 9).fill_null(False).sum().cast("int64"),
            detractors=(surveys.score <= 6).fill_null(False).sum().cast("int64"),
        )
        .order_by("month", "customer_id", "kind")
    )


def survey_aspects_monthly(surveys: ir.Table) -> ir.Table:
    """Scores of each customer, aspect and month: answers, score_sum."""
    wide = surveys.group_by("customer_id", "month").agg(
        **{f"n_{name}": surveys[_ASPECT + name].count() for name in ASPECTS},
        **{f"s_{name}": surveys[_ASPECT + name].sum().cast(DECIMAL) for name in ASPECTS},
    )
    each = [
        wide.select(
            "customer_id", "month", aspect=ibis.literal(name), answers=wide[f"n_{name}"], score_sum=wide[f"s_{name}"]
        )
        for name in ASPECTS
    ]
    rows = ibis.union(*each, distinct=False)
    return rows.filter(rows.answers > 0).order_by("month", "customer_id", "aspect")


def surveys(monthly: ir.Table, aspects: ir.Table, periods: ir.Table, language: Language = DEFAULT) -> ir.Table:
    """The facet. Takes both rollups of the lookback; the worst aspect is called as the language does."""
    known = in_lookback(monthly, periods)
    later = known.month_ >= known.later_start
    sums: dict[str, ir.Value] = {
        "answers": known.answers.sum().cast("int64"),
        "promoters": known.promoters.sum().cast("int64"),
        "detractors": known.detractors.sum().cast("int64"),
        "scored": known.scored.sum().cast("int64"),
        "later_sum": known.score_sum.sum(where=later).cast("float64"),
        "later_scored": known.scored.sum(where=later).cast("float64"),
        "earlier_sum": known.score_sum.sum(where=~later).cast("float64"),
        "earlier_scored": known.scored.sum(where=~later).cast("float64"),
    }
    for kind in SURVEY_KINDS:
        mine = known.kind == kind
        sums |= {
            f"{kind}_promoters": known.promoters.sum(where=mine).fill_null(_ZERO),
            f"{kind}_detractors": known.detractors.sum(where=mine).fill_null(_ZERO),
            f"nps_{kind}_answers": known.scored.sum(where=mine).fill_null(_ZERO).cast("int64"),
        }
    summed = known.group_by("customer_id", "month").agg(**sums)
    kinds = {
        name: value
        for kind in SURVEY_KINDS
        for name, value in (
            (
                f"nps_{kind}",
                _nps(summed[f"{kind}_promoters"], summed[f"{kind}_detractors"], summed[f"nps_{kind}_answers"]),
            ),
            (f"nps_{kind}_answers", summed[f"nps_{kind}_answers"]),
        )
    }
    worst = _worst(
        in_lookback(aspects, periods), {name: language.say(f"customer_360.aspects.{name}") for name in ASPECTS}
    )
    joined = summed.left_join(worst, ["customer_id", "month"])
    return joined.select(
        "customer_id",
        "month",
        answers=summed.answers,
        nps=_nps(summed.promoters, summed.detractors, summed.scored),
        mean_score=(summed.later_sum.fill_null(0) + summed.earlier_sum.fill_null(0)) / summed.scored.nullif(0),
        promoters=summed.promoters,
        passives=summed.scored - summed.promoters - summed.detractors,
        detractors=summed.detractors,
        score_trend=summed.later_sum / summed.later_scored.nullif(0)
        - summed.earlier_sum / summed.earlier_scored.nullif(0),
        worst_aspect=worst.worst_aspect,
        worst_aspect_score=worst.worst_aspect_score,
        **kinds,
    )


def _nps(promoters: ir.Value, detractors: ir.Value, scored: ir.Value) -> ir.FloatingValue:
    return (promoters - detractors).cast("float64") * 100 / scored.nullif(0)


def _worst(aspects: ir.Table, labels: Mapping[str, str]) -> ir.Table:
    """The aspect with the lowest mean of each customer and month; of equal ones the first by name."""
    means = aspects.group_by("customer_id", "month", "aspect").agg(
        mean=aspects.score_sum.sum().cast("float64") / aspects.answers.sum()
    )
    lowest = means.group_by("customer_id", "month").agg(
        least=ibis.struct({"mean": means["mean"], "aspect": means.aspect}).min()
    )
    names: Sequence[tuple[ir.BooleanValue, str]] = [
        (lowest.least["aspect"] == name, label) for name, label in labels.items()
    ]
    return lowest.select(
        "customer_id",
        "month",
        worst_aspect=ibis.cases(*names, else_=lowest.least["aspect"]),
        worst_aspect_score=lowest.least["mean"],
    )


COMPUTATION = Computation(
    "surveys",
    facet=lambda tables, periods, domain: surveys(
        tables[SURVEYS_MONTHLY.name], tables[SURVEY_ASPECTS_MONTHLY.name], periods, language_of(domain.language)
    ),
    rollups={
        SURVEYS_MONTHLY: lambda silver, _: surveys_monthly(silver),
        SURVEY_ASPECTS_MONTHLY: lambda silver, _: survey_aspects_monthly(silver),
    },
    adds_up=AddsUp(SURVEYS_MONTHLY, "answers"),
    dated_by=Dating("tickets", key="ticket_id", told_by="kind"),
)

"""Facets of how customers fare with what they bought, column by column.

Belongs here: tickets, surveys, usage, in the order of customer 360. Does not belong here: what is sold to them
(`commercial`), computing it (`customer_360.listed`, a file a facet).
"""

from arcana_assets.domain.entities.subscribers import SURVEY_KINDS
from arcana_assets.domain.facets.facet import facet, facet_column

TICKETS = facet(
    "tickets",
    "Suporte",
    facet_column(
        "tickets_opened",
        "integer",
        "Chamados abertos no período",
        "tickets",
        "Opened in the lookback",
        "with_facet",
        window="lookback",
    ),
    (
        "tickets_waiting",
        "integer",
        "Chamados em aberto",
        "tickets",
        "Those of them that nobody had closed by the end of the month",
        "with_facet",
    ),
    facet_column(
        "urgent_share",
        "double",
        "Parcela de chamados urgentes",
        "",
        "Share of them with a priority of the domain's `support.urgent`; one without a priority is not urgent",
        "with_facet",
        shown="share",
    ),
    (
        "open_hours",
        "double",
        "Horas até o fechamento (média)",
        "hours a ticket",
        "Mean time from opening to the last update of those closed by the end of the month; absent where none is",
        "itself",
    ),
    facet_column(
        "sla_kept_share",
        "double",
        "Parcela no prazo (SLA)",
        "",
        "Share of the closed ones with a target that kept it, by `support.sla_hours`; absent where none has one",
        "itself",
        shown="share",
    ),
    (
        "tickets_trend",
        "double",
        "Tendência de chamados",
        "",
        "(b - a) / (b + a) of the tickets opened in the earlier (a) and later (b) half of the lookback, -1 to 1; "
        "absent in months whose lookback begins before the domain",
        "itself",
    ),
)

SURVEYS = facet(
    "surveys",
    "Satisfação",
    facet_column(
        "answers",
        "integer",
        "Respostas de pesquisas",
        "answers",
        "Surveys answered in the lookback",
        "with_facet",
        window="lookback",
    ),
    (
        "nps",
        "double",
        "NPS",
        "points",
        "Share of promoters (9, 10) less share of detractors (0 to 6) among scores of all kinds, times 100; absent "
        "without a score",
        "itself",
    ),
    ("mean_score", "double", "Nota média", "points", "Mean score of all kinds; absent without a score", "itself"),
    ("promoters", "integer", "Promotores", "answers", "Scores of 9 and 10", "with_facet"),
    ("passives", "integer", "Neutros", "answers", "Scores above 6 and below 9", "with_facet"),
    ("detractors", "integer", "Detratores", "answers", "Scores of 0 to 6", "with_facet"),
    (
        "score_trend",
        "double",
        "Tendência da nota",
        "points",
        "Mean score in the later half of the lookback less that in the earlier; absent where one has no score",
        "itself",
    ),
    ("worst_aspect", "text", "Pior aspecto", "", "The aspect with the lowest mean score in the lookback", None),
    ("worst_aspect_score", "double", "Nota do pior aspecto", "points", "That mean; absent without an aspect", "itself"),
    *(
        column
        for kind, words in SURVEY_KINDS.items()
        for column in (
            (f"nps_{kind}", "double", f"NPS {words}", "points", f"NPS of surveys of the kind `{kind}`", "itself"),
            (
                f"nps_{kind}_answers",
                "integer",
                f"Respostas {words}",
                "answers",
                f"Scores of the kind `{kind}`",
                "with_facet",
            ),
        )
    ),
)

USAGE = facet(
    "usage",
    "Uso",
    facet_column(
        "active_days",
        "integer",
        "Dias com uso",
        "days",
        "Days with a session in the lookback, refused ones included",
        "with_facet",
        window="lookback",
    ),
    ("sessions", "integer", "Sessões", "sessions", "Sessions, refused ones included", "with_facet"),
    (
        "usage_hours",
        "double",
        "Horas de uso",
        "hours",
        "Sum of the durations of sessions that were not refused, negative ones and those longer than the domain's "
        "`usage.longest_hours` left out",
        "with_facet",
    ),
    ("modules_used", "integer", "Módulos usados", "modules", "Different modules", "with_facet"),
    ("license_denials", "integer", "Licenças negadas", "sessions", "Sessions whose licence was refused", "with_facet"),
    (
        "negative_durations",
        "integer",
        "Durações negativas",
        "sessions",
        "Sessions with a negative duration; they count as use, their time does not",
        None,
    ),
    (
        "absurd_durations",
        "integer",
        "Durações absurdas",
        "sessions",
        "Sessions longer than the domain's `usage.longest_hours`; they count as use, their time does not",
        None,
    ),
    (
        "usage_trend",
        "double",
        "Tendência de uso",
        "",
        "(b - a) / (b + a) of the sessions a day in the earlier (a) and later (b) half of the days of the lookback "
        "that telemetry of anybody is known of, -1 to 1; absent for who has no session in either half",
        "itself",
    ),
)

EXPERIENCE = (TICKETS, SURVEYS, USAGE)

"""Facets of how customers fare with what they bought, column by column.

Belongs here: tickets, surveys, usage, in the order of customer 360. Does not belong here: what is sold to them
(`commercial`), computing it (`customer_360.listed`, a file a facet).
"""

from arcana_assets.domain.entities.subscribers import SURVEY_KINDS
from arcana_assets.domain.facets.facet import double, facet, integer, share, text

TICKETS = facet(
    "tickets",
    integer("tickets_opened", "tickets", window="lookback").means("Opened in the lookback"),
    integer("tickets_waiting", "tickets").means("Those of them that nobody had closed by the end of the month"),
    share("urgent_share").means(
        "Share of them with a priority of the domain's `support.urgent`; one without a priority is not urgent"
    ),
    double("open_hours", "hours a ticket", feature="itself").means(
        "Mean time from opening to the last update of those closed by the end of the month; absent where none is"
    ),
    share("sla_kept_share", feature="itself").means(
        "Share of the closed ones with a target that kept it, by `support.sla_hours`; absent where none has one"
    ),
    double("tickets_trend", feature="itself").means(
        "(b - a) / (b + a) of the tickets opened in the earlier (a) and later (b) half of the lookback, -1 to 1; "
        "absent in months whose lookback begins before the domain"
    ),
)

SURVEYS = facet(
    "surveys",
    integer("answers", "answers", window="lookback").means("Surveys answered in the lookback"),
    double("nps", "points", feature="itself").means(
        "Share of promoters (9, 10) less share of detractors (0 to 6) among scores of all kinds, times 100; absent "
        "without a score"
    ),
    double("mean_score", "points", feature="itself").means("Mean score of all kinds; absent without a score"),
    integer("promoters", "answers").means("Scores of 9 and 10"),
    integer("passives", "answers").means("Scores above 6 and below 9"),
    integer("detractors", "answers").means("Scores of 0 to 6"),
    double("score_trend", "points", feature="itself").means(
        "Mean score in the later half of the lookback less that in the earlier; absent where one has no score"
    ),
    text("worst_aspect").means("The aspect with the lowest mean score in the lookback"),
    double("worst_aspect_score", "points", feature="itself").means("That mean; absent without an aspect"),
    *(
        column
        for kind in SURVEY_KINDS
        for column in (
            double(f"nps_{kind}", "points", feature="itself").means(f"NPS of surveys of the kind `{kind}`"),
            integer(f"nps_{kind}_answers", "answers").means(f"Scores of the kind `{kind}`"),
        )
    ),
)

USAGE = facet(
    "usage",
    integer("active_days", "days", window="lookback").means(
        "Days with a session in the lookback, refused ones included"
    ),
    integer("sessions", "sessions").means("Sessions, refused ones included"),
    double("usage_hours", "hours").means(
        "Sum of the durations of sessions that were not refused, negative ones and those longer than the domain's "
        "`usage.longest_hours` left out"
    ),
    integer("modules_used", "modules").means("Different modules"),
    integer("license_denials", "sessions").means("Sessions whose licence was refused"),
    integer("negative_durations", "sessions", feature=None).means(
        "Sessions with a negative duration; they count as use, their time does not"
    ),
    integer("absurd_durations", "sessions", feature=None).means(
        "Sessions longer than the domain's `usage.longest_hours`; they count as use, their time does not"
    ),
    double("usage_trend", feature="itself").means(
        "(b - a) / (b + a) of the sessions a day in the earlier (a) and later (b) half of the days of the lookback "
        "that telemetry of anybody is known of, -1 to 1; absent for who has no session in either half"
    ),
)

EXPERIENCE = (TICKETS, SURVEYS, USAGE)

"""Publications: the files that business people are given, and what their columns mean.

Belongs here: which files there are, and what columns mean that no table has. Does not belong here: the rows (`rows`),
the writing of files (`exports`), what a column of gold means (the `tables` of each slice), titles and labels (the texts
of each language, under `files.of` and `columns`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from arcana_assets.catalogue.tables import column_of
from arcana_assets.domain.column import MONEY, Column, columns, date, double, integer, share, text


@dataclass(frozen=True)
class Publication:
    """One file a month. `tables` are the gold tables that say what its columns mean, `own` describes the others."""

    name: str
    description: str
    key: tuple[str, ...]
    tables: tuple[str, ...]
    own: Mapping[str, Column] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    """Columns that are left empty for their readers, where one of a few words is to be filled in: under which key the
    texts have the words."""

    def described(self, column: str) -> Column | None:
        """What the column means; None where nobody says."""
        if column in self.own:
            return self.own[column]
        return next((found for name in self.tables if (found := column_of(name, column))), None)


PERSONAS = (
    "relatorio_de_personas",
    "Each persona on a sheet of A4: size and change, rule, what sets it apart, items, movement. An HTML file a "
    "month, which "
    "needs nothing else.",
)
RESUMO_DO_MES = (
    "resumo_do_mes",
    "The month on two sheets of A4: figures, segments, movement, programmes, recommendations, data. An HTML file a "
    "month, "
    "which needs nothing else.",
)
"""Names and descriptions of the reports for print; they are no tables."""

BASE_ANALITICA = Publication(
    name="base_analitica",
    description="Customer 360 with the persona of each segmentation, a row a customer.",
    key=("customer_id",),
    tables=("customer_360",),
)

CLIENTES_POR_SEGMENTO = Publication(
    name="clientes_por_segmento",
    description="The segment of each customer in each segmentation, now and the month before, a row each.",
    key=("segmentation", "segment_id", "customer_id"),
    tables=("segments", "customer_360"),
    own=columns(
        text("previous_persona").means("The name that the segment of the month before had; null for who was not there")
    ),
)

CONTAS_UNIFICADAS = Publication(
    name="contas_unificadas",
    description="Accounts that are another customer's, by what is linked so far, a row an account.",
    key=("member_id",),
    tables=("customer_identities",),
)

CLIENTES_ATIPICOS = Publication(
    name="clientes_atipicos",
    description="Customers who stand out, and those with an order that does or that took back whole on the day of the "
    "sale, the largest first, each with why. Nobody is removed for it.",
    key=("rank",),
    tables=("outliers", "customer_360"),
    own=columns(
        integer("rank").means("1 has the largest part of the revenue, or of the sales of the month by its events"),
        text("reason").means("What is unusual; amounts in whole units of the currency"),
        double("events_value", MONEY).means(
            "Large orders of the month, and what was sold and taken back whole on one day; null without any"
        ),
    ),
)

RECOMENDACOES_POR_CLIENTE = Publication(
    name="recomendacoes_por_cliente",
    description="The recommendations of each customer, a row a customer and rank, with columns for what came of them.",
    key=("customer_id", "rank"),
    tables=("recommendations",),
    own=columns(
        date("offered_at").means("To be filled in: the day on which the item was offered"),
        text("outcome").means(
            "To be filled in by the list of the cell: won (bought), lost, refused (not for now), not fit"
        ),
    ),
    choices={"outcome": "outcomes"},
)

PREVISOES_POR_CLIENTE = Publication(
    name="previsoes_por_cliente",
    description="How likely each customer is to do what is predicted, or what it is expected to pay, and what sets it "
    "apart, a row a customer, prediction and horizon.",
    key=("prediction", "horizon_label", "rank"),
    tables=("predictions", "customer_360"),
    own=columns(
        text("prediction_title").means("What is predicted"),
        text("horizon_label").means("Within how many days or months after the month it is to happen"),
        integer("rank").means("1 is the likeliest customer of the prediction and horizon, or of most spend"),
    ),
)

RECOMENDACOES_POR_SEGMENTO = Publication(
    name="recomendacoes_por_segmento",
    description="The items of most value that the customers of each segment do not own yet, a row a segment and rank.",
    key=("segment", "rank"),
    tables=("recommendation_opportunities",),
    own=columns(integer("rank").means("1 is the item of the highest expected value, then of the highest potential")),
)

PRODUTOS_POR_SEGMENTO = Publication(
    name="produtos_por_segmento",
    description="The items that most customers of each segment own, a row a segment and rank.",
    key=("segmentation", "segment_id", "rank"),
    tables=("segments",),
    own=columns(
        integer("rank").means("1 is the item that most customers of the segment own"),
        text("item_id").means("The item's code"),
        text("item_name").means("Its name"),
        integer("customers", "customers").means("Customers of the segment who own the item"),
        integer("recent_customers", "customers").means("Those of them who got it within the lookback"),
        integer("segment_customers", "customers").means("Customers of the segment"),
        share("share").means("customers / segment_customers"),
    ),
)

RESUMO_DOS_SEGMENTOS = Publication(
    name="resumo_dos_segmentos",
    description="Size, means, medians and lifts of each segment, a row a segment.",
    key=("segmentation", "segment_id"),
    tables=("segment_profiles",),
)

LISTA_DE_FIDELIDADE = Publication(
    name="lista_de_fidelidade",
    description="Members, entries, exits, members at risk and candidates of each programme, a row a customer.",
    key=("programme", "customer_id"),
    tables=("loyalty_members", "predictions", "customer_360"),
    own=columns(
        ("situation", "text", "Member, at risk, candidate (the nearest to entry first) or left, in words"),
        text("in_the_month").means(
            "What happened in the month, in words: came in, left, fell short or recovered; empty for nothing"
        ),
        integer("priority").means("1 comes first: members by what is expected of them, candidates by what they lack"),
        text("reason").means("Why the customer is in the state"),
        ("expected_up_to", "double", "What at least 8 in 10 customers of a like forecast pay at most", MONEY),
    ),
)

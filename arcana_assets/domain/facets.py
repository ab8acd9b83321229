"""Facets: what customer 360 says of a customer, one facet an entity, column by column.

Belongs here: names, types, units, meaning, the name for business users, which columns are features and how a feature
can be absent. Does not belong here: computing them (`transforms.facets`), columns of other tables (`gold_columns`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from arcana_assets.domain.entities_subscribers import SURVEY_KINDS
from arcana_assets.domain.entity import ColumnType
from arcana_assets.domain.gold_column import MONEY, GoldColumn

Absence = Literal["never", "with_facet", "itself"]
"""How a feature can be absent: never; where the whole facet is, which `<facet>_absent` says; or by itself, too."""

ABSENT = "_absent"  # ends the column that says 1 where a feature or a facet is absent
HAS = "has_"  # begins the column of customer 360 that says whether the facet is known of the customer


@dataclass(frozen=True)
class FacetColumn(GoldColumn):
    """A column of customer 360. `feature` says how it can be absent in the feature matrix; None: it is no feature."""

    label: str = ""
    feature: Absence | None = None


def _columns(*columns: tuple[str, ColumnType, str, str, str, Absence | None]) -> tuple[FacetColumn, ...]:
    return tuple(
        FacetColumn(name, type_, description, unit, label, feature)
        for name, type_, label, unit, description, feature in columns
    )


PROFILE = _columns(
    ("since", "date", "Cliente desde", "", "Since when the master has the customer", None),
    (
        "tenure_months",
        "integer",
        "Antiguidade (meses)",
        "months",
        "Whole months since the customer became one (the master's `since`, else the first order); absent where that is "
        "later or not known",
        "itself",
    ),
    ("segment", "text", "Segmento de mercado", "", "Market segment, as most rows about the customer say", None),
    ("subsegment", "text", "Subsegmento", "", "Part of the segment, as most rows say", None),
    ("revenue_band", "text", "Faixa de faturamento", "", "Band of the customer's own revenue, as most rows say", None),
    (
        "revenue_band_rank",
        "integer",
        "Faixa de faturamento (ordem)",
        "",
        "Place of the revenue band, ascending; absent where the band is not known",
        "itself",
    ),
    ("region", "text", "Região", "", "Region of the state, by the domain's `regions`; absent for other states", None),
    ("state", "text", "UF", "", "State, as most rows say", None),
    ("city", "text", "Cidade", "", "City, as most rows say", None),
    ("country", "text", "País", "", "Country, as most rows say", None),
    ("activity", "text", "Atividade (CNAE)", "", "What the customer does, as most rows say", None),
)

CONTRACTS = _columns(
    (
        "contracts_total",
        "integer",
        "Contratos (todos)",
        "lines",
        "Contract lines signed before the end of the month, whatever became of them",
        "with_facet",
    ),
    (
        "contracts_active",
        "integer",
        "Contratos ativos",
        "lines",
        "Those of them that are active by their status at the time the file was read",
        "with_facet",
    ),
    ("active_share", "double", "Parcela de contratos ativos", "", "contracts_active / contracts_total", "with_facet"),
    (
        "products_owned",
        "integer",
        "Produtos contratados",
        "items",
        "Different items actively contracted, at the level of the domain's `items`",
        "with_facet",
    ),
    (
        "contract_value",
        "decimal",
        "Valor dos contratos ativos",
        MONEY,
        "Value of the active lines; placeholders count nothing",
        "with_facet",
    ),
    (
        "contracts_signed",
        "integer",
        "Contratos assinados no período",
        "lines",
        "Contract lines signed in the lookback, whatever became of them",
        "with_facet",
    ),
    (
        "months_since_contract",
        "integer",
        "Meses desde o último contrato",
        "months",
        "Whole months since the month of the last signature; absent where no line has a date",
        "itself",
    ),
)

SUBSCRIPTIONS = _columns(
    (
        "mrr",
        "decimal",
        "MRR",
        MONEY,
        "Recurring revenue of the month; 0 for who had some within the lookback and has none now; absent for who is "
        "only known by the yearly figure",
        "itself",
    ),
    (
        "mrr_12m",
        "decimal",
        "MRR (12 meses)",
        MONEY,
        "Recurring revenue of twelve months, the company's own figure at the time the file was read, whatever the "
        "month; absent where it gives none",
        "itself",
    ),
    (
        "mrr_growth_3m",
        "double",
        "Crescimento do MRR em 3 meses",
        "",
        "mrr / mrr three months before - 1; absent where there was none then",
        "itself",
    ),
    (
        "mrr_growth_12m",
        "double",
        "Crescimento do MRR em 12 meses",
        "",
        "mrr / mrr twelve months before - 1; absent where there was none then",
        "itself",
    ),
)

PROPOSALS = _columns(
    ("proposals", "integer", "Propostas", "proposals", "Different proposals in the lookback, by month", "with_facet"),
    ("proposal_items", "integer", "Itens de proposta", "items", "Items of proposals in the lookback", "with_facet"),
    ("proposal_value", "decimal", "Valor das propostas", MONEY, "Value of those items after discounts", "with_facet"),
    (
        "discount_share",
        "double",
        "Desconto médio",
        "",
        "Lasting discount on those items / their value before discounts; absent where that is not positive",
        "itself",
    ),
    (
        "months_since_proposal",
        "integer",
        "Meses desde a última proposta",
        "months",
        "Whole months since the month of the last proposal in the lookback",
        "with_facet",
    ),
)

PURCHASES = _columns(
    (
        "purchases_12m",
        "integer",
        "Contratações (12 meses)",
        "contracts",
        "Contracts of twelve months, the company's own count at the time the file was read, whatever the month; absent "
        "where it gives none",
        "itself",
    ),
    (
        "purchases_value_12m",
        "decimal",
        "Valor contratado (12 meses)",
        MONEY,
        "Their value; absent where none is given",
        "itself",
    ),
)

TICKETS = _columns(
    ("tickets_opened", "integer", "Chamados abertos no período", "tickets", "Opened in the lookback", "with_facet"),
    (
        "tickets_waiting",
        "integer",
        "Chamados em aberto",
        "tickets",
        "Those of them that nobody had closed by the end of the month",
        "with_facet",
    ),
    (
        "urgent_share",
        "double",
        "Parcela de chamados urgentes",
        "",
        "Share of them with a priority of the domain's `support.urgent`; one without a priority is not urgent",
        "with_facet",
    ),
    (
        "open_hours",
        "double",
        "Horas até o fechamento (média)",
        "hours a ticket",
        "Mean time from opening to the last update of those closed by the end of the month; absent where none is",
        "itself",
    ),
    (
        "sla_kept_share",
        "double",
        "Parcela no prazo (SLA)",
        "",
        "Share of the closed ones with a target that kept it, by `support.sla_hours`; absent where none has one",
        "itself",
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

SURVEYS = _columns(
    ("answers", "integer", "Respostas de pesquisas", "answers", "Surveys answered in the lookback", "with_facet"),
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

USAGE = _columns(
    (
        "active_days",
        "integer",
        "Dias com uso",
        "days",
        "Days with a session in the lookback, refused ones included",
        "with_facet",
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

FACETS: dict[str, tuple[FacetColumn, ...]] = {
    "customers": PROFILE,
    "contracts": CONTRACTS,
    "subscriptions": SUBSCRIPTIONS,
    "proposals": PROPOSALS,
    "purchases": PURCHASES,
    "tickets": TICKETS,
    "surveys": SURVEYS,
    "usage": USAGE,
}
"""Facets of customers that a master lists, by the entity they are made of, in the order of customer 360."""

FACET_LABELS = {
    "customers": "Perfil",
    "contracts": "Contratos",
    "subscriptions": "Receita recorrente",
    "proposals": "Propostas",
    "purchases": "Contratações",
    "tickets": "Suporte",
    "surveys": "Satisfação",
    "usage": "Uso",
}

ENCODED: dict[str, str] = {"segment": "Segmento", "region": "Região"}
"""Text columns of the profile that become a block of features, 0 or 1 for each value that enough customers have."""


def facets_of(entities: Collection[str]) -> dict[str, tuple[FacetColumn, ...]]:
    """The facets that a domain with sources of these entities can know, in the order of customer 360."""
    return {name: columns for name, columns in FACETS.items() if name in entities}

"""Facets of who a customer is and what is sold to it, column by column.

Belongs here: profile, contracts, subscriptions, proposals, purchases, in the order of customer 360. Does not belong
here: how customers fare with it (`experience`), computing it (`customer_360.listed`, a file a facet).
"""

from arcana_assets.domain.column import MONEY
from arcana_assets.domain.facets.facet import facet, facet_column

PROFILE = facet(
    "customers",
    "Perfil",
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
    of_everybody=True,
)

CONTRACTS = facet(
    "contracts",
    "Contratos",
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
    facet_column(
        "active_share",
        "double",
        "Parcela de contratos ativos",
        "",
        "contracts_active / contracts_total",
        "with_facet",
        shown="share",
    ),
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
    facet_column(
        "contracts_signed",
        "integer",
        "Contratos assinados no período",
        "lines",
        "Contract lines signed in the lookback, whatever became of them",
        "with_facet",
        window="lookback",
    ),
    (
        "months_since_contract",
        "integer",
        "Meses desde o último contrato",
        "months",
        "Whole months since the month of the last signature; absent where no line has a date",
        "itself",
    ),
    owns_items=True,
)

SUBSCRIPTIONS = facet(
    "subscriptions",
    "Receita recorrente",
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
    facet_column(
        "mrr_growth_3m",
        "double",
        "Crescimento do MRR em 3 meses",
        "",
        "mrr / mrr three months before - 1; absent where there was none then",
        "itself",
        shown="share",
    ),
    facet_column(
        "mrr_growth_12m",
        "double",
        "Crescimento do MRR em 12 meses",
        "",
        "mrr / mrr twelve months before - 1; absent where there was none then",
        "itself",
        shown="share",
    ),
)

PROPOSALS = facet(
    "proposals",
    "Propostas",
    facet_column(
        "proposals",
        "integer",
        "Propostas",
        "proposals",
        "Different proposals in the lookback, by month",
        "with_facet",
        window="lookback",
    ),
    facet_column(
        "proposal_items",
        "integer",
        "Itens de proposta",
        "items",
        "Items of proposals in the lookback",
        "with_facet",
        window="lookback",
    ),
    ("proposal_value", "decimal", "Valor das propostas", MONEY, "Value of those items after discounts", "with_facet"),
    facet_column(
        "discount_share",
        "double",
        "Desconto médio",
        "",
        "Lasting discount on those items / their value before discounts; absent where that is not positive",
        "itself",
        shown="share",
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

PURCHASES = facet(
    "purchases",
    "Contratações",
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

COMMERCIAL = (PROFILE, CONTRACTS, SUBSCRIPTIONS, PROPOSALS, PURCHASES)

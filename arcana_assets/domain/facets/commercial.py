"""Facets of who a customer is and what is sold to it, column by column.

Belongs here: profile, consent, contracts, subscriptions, proposals, purchases, in the order of customer 360. Does not
belong here: how customers fare with it (`experience`), computing it (`customer_360.listed`, a file a facet).
"""

from arcana_assets.domain.column import MONEY
from arcana_assets.domain.facets.facet import boolean, date, decimal, facet, integer, share, text

PROFILE = facet(
    "customers",
    "Perfil",
    date("since", "Cliente desde").means("Since when the master has the customer"),
    integer("tenure_months", "Antiguidade (meses)", "months", feature="itself").means(
        "Whole months since the customer became one (the master's `since`, else the first order); absent where that is "
        "later or not known"
    ),
    text("segment", "Segmento de mercado").means("Market segment, as most rows about the customer say"),
    text("subsegment", "Subsegmento").means("Part of the segment, as most rows say"),
    text("revenue_band", "Faixa de faturamento").means("Band of the customer's own revenue, as most rows say"),
    integer("revenue_band_rank", "Faixa de faturamento (ordem)", feature="itself").means(
        "Place of the revenue band, ascending; absent where the band is not known"
    ),
    text("region", "Região").means("Region of the state, by the domain's `regions`; absent for other states"),
    text("state", "UF").means("State, as most rows say"),
    text("city", "Cidade").means("City, as most rows say"),
    text("district", "Bairro").means("Part of the city, as most rows say"),
    text("country", "País").means("Country, as most rows say"),
    text("activity", "Atividade (CNAE)").means("What the customer does, as most rows say"),
    of_everybody=True,
)

CONSENT = facet(
    "consent",
    "Consentimento",
    boolean("profiling_opt_in", "Aceita análise de perfil").means(
        "Whether the customer agrees to be profiled; no once any row says no. Who does not is in no feature matrix, "
        "segment, prediction or list"
    ),
    boolean("marketing_opt_in", "Aceita contato").means(
        "Whether the customer agrees to be contacted; no once any row says no. Who does not gets no offers"
    ),
    of=("customers",),
    of_everybody=True,
)

CONTRACTS = facet(
    "contracts",
    "Contratos",
    integer("contracts_total", "Contratos (todos)", "lines").means(
        "Contract lines signed before the end of the month, whatever became of them"
    ),
    integer("contracts_active", "Contratos ativos", "lines").means(
        "Those of them in force at the end of the month: by their day of cancellation, else by their status when the "
        "snapshot of the month was read"
    ),
    integer("contracts_end_unknown", "Contratos encerrados sem data", "lines", feature=None).means(
        "Lines not in force that have no day of cancellation: they had ended when the snapshot of the month was read, "
        "which of a month that was filled later says nothing of the month itself"
    ),
    share("active_share", "Parcela de contratos ativos").means("contracts_active / contracts_total"),
    integer("products_owned", "Produtos contratados", "items").means(
        "Different items in force, at the level of the domain's `items`"
    ),
    decimal("contract_value", "Valor dos contratos ativos", MONEY).means(
        "Value of the lines in force; placeholders count nothing"
    ),
    integer("contracts_signed", "Contratos assinados no período", "lines", window="lookback").means(
        "Contract lines signed in the lookback, whatever became of them"
    ),
    integer("acquired_items_12m", "Aquisição em 12 meses (itens)", "items").means(
        "Different items with a line signed in the twelve months that end with the month, whatever became of it"
    ),
    decimal("acquired_value_12m", "Aquisição em 12 meses (valor)", MONEY).means(
        "Value of the lines signed in these twelve months, whatever became of them; placeholders count nothing"
    ),
    integer("months_since_contract", "Meses desde o último contrato", "months", feature="itself").means(
        "Whole months since the month of the last signature; absent where no line has a date"
    ),
    owns_items=True,
)

SUBSCRIPTIONS = facet(
    "subscriptions",
    "Receita recorrente",
    decimal("mrr", "MRR", MONEY, feature="itself").means(
        "Recurring revenue of the month; 0 for who had some within the lookback and has none now; absent for who is "
        "only known by the yearly figure"
    ),
    decimal("mrr_12m", "MRR (12 meses)", MONEY, feature="itself").means(
        "Recurring revenue of twelve months, the company's own figure at the time the file was read, whatever the "
        "month; absent where it gives none"
    ),
    share("mrr_growth_3m", "Crescimento do MRR em 3 meses", feature="itself").means(
        "mrr / mrr three months before - 1; absent where there was none then"
    ),
    share("mrr_growth_12m", "Crescimento do MRR em 12 meses", feature="itself").means(
        "mrr / mrr twelve months before - 1; absent where there was none then"
    ),
)

PROPOSALS = facet(
    "proposals",
    "Propostas",
    integer("proposals", "Propostas", "proposals", window="lookback").means(
        "Different proposals in the lookback, by month"
    ),
    integer("proposal_items", "Itens de proposta", "items", window="lookback").means(
        "Items of proposals in the lookback"
    ),
    decimal("proposal_value", "Valor das propostas", MONEY).means("Value of those items after discounts"),
    share("discount_share", "Desconto médio", feature="itself").means(
        "Lasting discount on those items / their value before discounts; absent where that is not positive"
    ),
    integer("months_since_proposal", "Meses desde a última proposta", "months").means(
        "Whole months since the month of the last proposal in the lookback"
    ),
)

PURCHASES = facet(
    "purchases",
    "Contratações",
    integer("purchases_12m", "Contratações (12 meses)", "contracts", feature="itself").means(
        "Contracts of twelve months, the company's own count at the time the file was read, whatever the month; absent "
        "where it gives none"
    ),
    decimal("purchases_value_12m", "Valor contratado (12 meses)", MONEY, feature="itself").means(
        "Their value; absent where none is given"
    ),
)

COMMERCIAL = (PROFILE, CONSENT, CONTRACTS, SUBSCRIPTIONS, PROPOSALS, PURCHASES)

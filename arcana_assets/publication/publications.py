"""Publications: the files that business people are given, and the words and formats of their columns.

Belongs here: which files there are, titles, labels in the language of their readers, the kind of value a column holds.
Does not belong here: the rows (`rows`), the writing of files (`exports`), what a column of gold means (the `tables`
of each slice).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from arcana_assets.catalogue.tables import column_of
from arcana_assets.domain.column import MONEY, Column, columns, date, double, integer, share, text

OUTCOME_WORDS = ("ganho", "perdido", "recusado", "não serve")
"""What a seller fills in, in the order of `feedback.OUTCOMES`; contracts of answers read these words."""


@dataclass(frozen=True)
class Publication:
    """One file a month. `tables` are the gold tables that say what its columns mean, `own` describes the others."""

    name: str
    title: str
    sheet: str
    about: str
    description: str
    key: tuple[str, ...]
    tables: tuple[str, ...]
    own: Mapping[str, Column] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of columns that mean something else here than in their table."""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What may be filled into a column that is left empty for its readers, where it is one of a few words."""

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
    title="Base analítica",
    sheet="Base analítica",
    about="Uma linha por cliente: tudo o que se sabe do cliente no fim do mês e sua persona em cada segmentação.",
    description="Customer 360 with the persona of each segmentation, a row a customer.",
    key=("customer_id",),
    tables=("customer_360",),
)

CLIENTES_POR_SEGMENTO = Publication(
    name="clientes_por_segmento",
    title="Clientes por segmento",
    sheet="Clientes por segmento",
    about="Uma linha por cliente e segmentação: o segmento de agora, o do mês anterior e os principais números.",
    description="The segment of each customer in each segmentation, now and the month before, a row each.",
    key=("segmentation", "segment_id", "customer_id"),
    tables=("segments", "customer_360"),
    own=columns(
        text("previous_persona", "Persona anterior").means(
            "The name that the segment of the month before had; null for who was not there"
        )
    ),
)

CLIENTES_ATIPICOS = Publication(
    name="clientes_atipicos",
    title="Clientes atípicos",
    sheet="Clientes atípicos",
    about="Uma linha por cliente que foge do comum no mês, os maiores primeiro, e por quê. Ninguém foi retirado de "
    "nada: são, em geral, os clientes mais valiosos, ou quem comprou e devolveu. É uma lista para olhar, não para "
    "apagar.",
    description="Customers who stand out, and those with an order that does or that took back whole on the day of the "
    "sale, the largest first, each with why. Nobody is removed for it.",
    key=("rank",),
    tables=("outliers", "customer_360"),
    own=columns(
        integer("rank", "Posição").means(
            "1 has the largest part of the revenue, or of the sales of the month by its events"
        ),
        text("reason", "Por quê").means("What is unusual, in Portuguese; amounts in whole units of the currency"),
        double("events_value", "Valor dos eventos do mês", MONEY).means(
            "Large orders of the month, and what was sold and taken back whole on one day; null without any"
        ),
    ),
)

RECOMENDACOES_POR_CLIENTE = Publication(
    name="recomendacoes_por_cliente",
    title="Recomendações por cliente",
    sheet="Recomendações",
    about="Uma linha por cliente e posição: o item recomendado, que o cliente ainda não tem, e o motivo. Preencha "
    "«Oferecido em» e «Resultado» e devolva o arquivo; linhas sem os dois não contam.",
    description="The recommendations of each customer, a row a customer and rank, with columns for what came of them.",
    key=("customer_id", "rank"),
    tables=("recommendations",),
    own=columns(
        date("offered_at", "Oferecido em").means("To be filled in: the day on which the item was offered"),
        text("outcome", "Resultado").means(
            "To be filled in: ganho (bought), perdido, recusado (not for now) or não serve"
        ),
    ),
    labels={"segment": "Segmento"},
    choices={"outcome": OUTCOME_WORDS},
)

RECOMENDACOES_POR_SEGMENTO = Publication(
    name="recomendacoes_por_segmento",
    title="Recomendações por segmento",
    sheet="Oportunidades",
    about="Uma linha por segmento e item que clientes do segmento ainda não têm: a quem foi recomendado, o valor "
    "esperado e o potencial, que é um teto.",
    description="The items of most value that the customers of each segment do not own yet, a row a segment and rank.",
    key=("segment", "rank"),
    tables=("recommendation_opportunities",),
    own=columns(
        integer("rank", "Posição").means("1 is the item of the highest expected value, then of the highest potential")
    ),
    labels={"segment": "Segmento", "customers": "Clientes do segmento"},
)

PRODUTOS_POR_SEGMENTO = Publication(
    name="produtos_por_segmento",
    title="Produtos por segmento",
    sheet="Produtos por segmento",
    about="Uma linha por segmento e posição: os itens que mais clientes do segmento têm.",
    description="The items that most customers of each segment own, a row a segment and rank.",
    key=("segmentation", "segment_id", "rank"),
    tables=("segments",),
    own=columns(
        integer("rank", "Posição").means("1 is the item that most customers of the segment own"),
        text("item_id", "Código do item").means("The item's code"),
        text("item_name", "Item").means("Its name"),
        integer("customers", "Clientes", "customers").means("Customers of the segment who own the item"),
        integer("recent_customers", "Clientes recentes", "customers").means(
            "Those of them who got it within the lookback"
        ),
        integer("segment_customers", "Clientes do segmento", "customers").means("Customers of the segment"),
        share("share", "Parcela dos clientes").means("customers / segment_customers"),
    ),
    labels={"customers": "Clientes com o item", "share": "Parcela do segmento"},
)

RESUMO_DOS_SEGMENTOS = Publication(
    name="resumo_dos_segmentos",
    title="Resumo dos segmentos",
    sheet="Resumo dos segmentos",
    about="Uma linha por segmento: tamanho, descrição, regra, ações, médias, medianas e lifts (média do segmento / "
    "média geral).",
    description="Size, means, medians and lifts of each segment, a row a segment.",
    key=("segmentation", "segment_id"),
    tables=("segment_profiles",),
    labels={
        "description": "Descrição",
        "typical_customers": "Clientes típicos",
        "membership_rule": "Regra de pertinência",
        "membership_fidelity": "Fidelidade da regra",
        "actions": "Ações sugeridas",
        "confident": "Nome seguro",
        "form": "Forma",
        "reason": "Por que estes segmentos",
    },
)

LISTA_DE_FIDELIDADE = Publication(
    name="lista_de_fidelidade",
    title="Lista de fidelidade",
    sheet="Lista de fidelidade",
    about="Uma linha por programa e cliente: membros, quem entrou ou saiu no mês, quem está em risco e os próximos "
    "candidatos, com o que falta a cada um para entrar. Filtre por «Situação» e «No mês».",
    description="Members, entries, exits, members at risk and candidates of each programme, a row a customer.",
    key=("programme", "customer_id"),
    tables=("loyalty_members", "loyalty_customer_value", "customer_360"),
    own=columns(
        ("situation", "text", "membro, em risco, candidato (the nearest to entry first) or saiu"),
        text("in_the_month").means(
            "What happened in the month: entrou, saiu, ficou em risco, recuperou; empty for nothing"
        ),
        integer("priority").means("1 comes first: members by what is expected of them, candidates by what they lack"),
        text("reason", "Motivo").means("Why the customer is in the state, in Portuguese"),
        ("expected_up_to", "double", "What at least 8 in 10 customers of a like forecast pay at most", MONEY),
    ),
    labels={
        "programme": "Programa",
        "situation": "Situação",
        "in_the_month": "No mês",
        "priority": "Prioridade",
        "since": "Nessa situação desde",
        "member_since": "Membro desde",
        "revenue": "Receita na janela",
        "lacking": "O que falta para entrar",
        "expected": "Receita esperada (3 meses)",
        "expected_up_to": "Esperada: até (8 em 10)",
    },
)

"""The layout of the b2b landing drop: files, headers, real counts, the period.

Belongs here: what every file of the drop is called and looks like, and how many rows of it the real drop has. Does not
belong here: what stands in the rows (`contracts`, `surveys`, ...) and how they are written (`csv`).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from arcana_assets.domain.months import shifted

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FIRST_MONTH = date(2023, 7, 1)
MONTHS = 24
END = date(2025, 7, 1)
"""Every dated row of the drop lies before this day."""
TELEMETRY_FILES = 11
TELEMETRY_FIRST, TELEMETRY_DAYS = date(2025, 6, 23), 5

ONBOARDING_RECOMMENDS = "Em uma escala de 0 a 10, quanto você recomenda o nosso onboarding a outra empresa?."
ONBOARDING_CS_HELP = "Em uma escala de 0 a 10, quanto a equipe de CS ajudou você a começar?"
ONBOARDING_MEETINGS = "- A duração das reuniões foi adequada?"
ONBOARDING_CHANNELS = "- Os canais de contato com a equipe são suficientes?"
ONBOARDING_CLARITY = "- As informações foram passadas com clareza?"
ONBOARDING_EXPECTATIONS = "- As suas expectativas foram atendidas?"
ONBOARDING_QUESTIONS = (
    ONBOARDING_RECOMMENDS,
    ONBOARDING_CS_HELP,
    ONBOARDING_MEETINGS,
    ONBOARDING_CHANNELS,
    ONBOARDING_CLARITY,
    ONBOARDING_EXPECTATIONS,
)

SURVEYS = ("aquisicao", "implantacao", "onboarding", "produto", "suporte")
_RELATIONAL = "respondedAt metadata_codcliente resposta_NPS resposta_unidade Nota_SupTec_Agilidade"
_RELATIONAL += " Nota_SupTec_Atendimento Nota_Comercial Nota_Custos Nota_AdmFin_Atendimento Nota_Software"
_RELATIONAL += " Nota_Software_Atualizacao"
_PROPOSALS = "NR_PROPOSTA ITEM_PROPOSTA DT_UPLOAD HOSPEDAGEM CD_CLI FAT_FAIXA CD_PROD QTD MESES_BONIF VL_PCT_DESC_TEMP"
_PROPOSALS += " VL_PCT_DESCONTO PRC_UNITARIO VL_DESCONTO_TEMPORARIO VL_TOTAL VL_FULL VL_DESCONTO"
_CONTRACTS = "CD_CLIENTE DS_PROD DS_LIN_REC CIDADE DS_CNAE DS_SEGMENTO DS_SUBSEGMENTO FAT_FAIXA MARCA_TOTVS"
_CONTRACTS += " MODAL_COMERC PAIS PERIODICIDADE SITUACAO_CONTRATO UF VL_TOTAL_CONTRATO DT_ASSINATURA_CONTRATO"
_TELEMETRY = (
    "clienteid eventduration moduloid productlineid referencedatestart slotid statuslicenca tcloud clienteprime"
)
_TICKETS = "CODIGO_ORGANIZACAO NOME_GRUPO TIPO_TICKET STATUS_TICKET DT_CRIACAO DT_ATUALIZACAO BK_TICKET"
_TICKETS += " PRIORIDADE_TICKET"
_SUPPORT = "ticket resposta_NPS grupo_NPS Nota_ConhecimentoAgente Nota_Solucao Nota_TempoRetorno Nota_Facilidade"
_SUPPORT += " Nota_Satisfacao cliente"

HEADERS: dict[str, tuple[str, ...]] = {
    "dados_clientes.csv": tuple(_CONTRACTS.split()),
    "clientes_desde.csv": ("CLIENTE", "CLIENTE_DESDE"),
    "contratacoes_ultimos_12_meses.csv": ("CD_CLIENTE", "QTD_CONTRATACOES_12M", "VLR_CONTRATACOES_12M"),
    "historico.csv": tuple(_PROPOSALS.split()),
    "mrr.csv": ("CLIENTE", "MRR_12M"),
    "nps_relacional.csv": tuple(_RELATIONAL.split()),
    "nps_transacional_aquisicao.csv": (
        "Cód. Cliente",
        "Data da Resposta",
        "Nota NPS",
        "Nota Agilidade",
        "Nota Conhecimento",
        "Nota Custo",
        "Nota Facilidade",
        "Nota Flexibilidade",
    ),
    "nps_transacional_implantacao.csv": (
        "Cód. Cliente",
        "Data da Resposta",
        "Nota NPS",
        "Nota Metodologia",
        "Nota Gestao",
        "Nota Conhecimento",
        "Nota Qualidade",
        "Nota Comunicacao",
        "Nota Prazos",
    ),
    "nps_transacional_onboarding.csv": ("Data de resposta", "Cod Cliente", *ONBOARDING_QUESTIONS),
    "nps_transacional_produto.csv": ("Data da Resposta", "Linha de Produto", "Nome do Produto", "Nota", "Cód. T"),
    "nps_transacional_suporte.csv": tuple(_SUPPORT.split()),
    **{f"telemetria_{number}.csv": tuple(_TELEMETRY.split()) for number in range(1, TELEMETRY_FILES + 1)},
    "tickets.csv": tuple(_TICKETS.split()),
}
WORKBOOK = "mrr_mensal.xlsx"
FILES = (*HEADERS, WORKBOOK)
LATIN_1 = frozenset(f"nps_transacional_{name}.csv" for name in SURVEYS if name != "suporte")
COMMAS = frozenset(name for name in HEADERS if name.startswith("telemetria"))

# Sources that know a part of the customers only, with the number of customers in the real drop.
COVERAGE = {
    "mrr": 7_309,
    "tickets": 6_873,
    "nps_relacional": 4_862,
    "telemetria": 4_465,
    "contratacoes": 4_314,
    "historico": 4_053,
}
IN_ALL_SIX, IN_NONE = 1_726, 1_894
PRODUCT_RESPONDENTS, MOST_PRODUCT_ANSWERS = 7_172, 1_302
SUPPORT_RESPONDENTS = 4_756


@dataclass(frozen=True)
class Sizes:
    """Counts of the real drop times the scale, and never less than a handful."""

    scale: float

    def of(self, count: int, least: int = 6) -> int:
        return max(least, round(count * self.scale))

    def of_words(self, count: int, least: int) -> int:
        """The same for the vocabulary: a larger company has more customers, not more products."""
        return min(count, self.of(count, least))

    @property
    def customers(self) -> int:
        return self.of(10_615)

    @property
    def contracts(self) -> int:
        return self.of(238_597)

    @property
    def products(self) -> int:
        """Distinct product texts."""
        return self.of_words(7_372, least=300)

    @property
    def proposals(self) -> int:
        return self.of(22_740)

    @property
    def telemetry(self) -> int:
        return self.of(30_804_197)

    @property
    def tickets(self) -> int:
        return self.of(976_364)

    @property
    def surveys(self) -> dict[str, int]:
        real = {"aquisicao": 178, "implantacao": 662, "onboarding": 208, "produto": 113_207, "suporte": 74_794}
        return {name: self.of(count) for name, count in real.items()} | {"relacional": self.of(14_143)}


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def month_start(index: int) -> date:
    """First day of a month of the period, counted from 0; later indices lie after the period."""
    return shifted(FIRST_MONTH, index)


MONTH_DAYS: Ints = np.array([day_number(month_start(index)) for index in range(MONTHS + 1)], dtype=np.int64)


def month_of(day: Ints) -> Ints:
    """Index of the month of the period that a day number lies in."""
    return np.asarray(np.searchsorted(MONTH_DAYS, day, side="right") - 1, dtype=np.int64)

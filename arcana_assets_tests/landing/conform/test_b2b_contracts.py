"""The b2b contracts on single rows: what becomes of each kind of dirt of the real files, and of worse.

Slow: each of these tests has the engine plan all columns of a contract.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.contract.consistency import load_contract
from arcana_assets.domain.months import Period
from arcana_assets_tests.landing.conform.bronze_rows import Conformed

pytestmark = pytest.mark.slow

JUNE = date(2025, 6, 1)
PERIOD = Period(date(2023, 7, 1), datetime(2025, 7, 1, 3, tzinfo=UTC), "America/Sao_Paulo")
SOURCES = DEFS / "b2b" / "sources"

CONTRACT = {
    "CD_CLIENTE": "TAB123",
    "DS_PROD": "MODULO FISCAL",
    "DS_LIN_REC": "GESTAO FISCAL - LICENCA",
    "SITUACAO_CONTRATO": "ATIVO",
    "VL_TOTAL_CONTRATO": "1234,56",
    "DT_ASSINATURA_CONTRATO": "1971-03-01",
}
TICKET = {
    "BK_TICKET": "1",
    "CODIGO_ORGANIZACAO": "TAB123",
    "DT_CRIACAO": "2025-06-02 10:00:00",
    "DT_ATUALIZACAO": "2025-06-03 10:00:00",
    "STATUS_TICKET": "closed",
    "PRIORIDADE_TICKET": "high",
}
RELATIONAL = {
    "respondedAt": "2025-06-02 10:00:00.123",
    "metadata_codcliente": "TAB123",
    "resposta_NPS": "9",
    "Nota_Custos": "7.0",
}
SESSION = {
    "clienteid": "TAB12300",
    "eventduration": "198.0",
    "moduloid": "0003",
    "referencedatestart": "2025-06-23T07:00:01",
    "statuslicenca": "Conectado",
}
PROPOSAL = {
    "NR_PROPOSTA": "1",
    "ITEM_PROPOSTA": "01",
    "CD_PROD": "00.1-2",
    "CD_CLI": "TAB123",
    "DT_UPLOAD": "2025-06-30",
    "QTD": "4,5",
    "MESES_BONIF": "999",
    "VL_TOTAL": "10,5",
}


@pytest.fixture
def conformed(backend):
    def conform(source, *rows):
        raw = [row | {"month": JUNE} for row in rows]
        return Conformed(backend, load_contract(SOURCES / f"{source}.yaml"), *raw, period=PERIOD)

    return conform


@pytest.mark.parametrize(
    ("source", "row", "column", "value"),
    [
        ("contracts", CONTRACT | {"CD_CLIENTE": " tab123 "}, "customer_id", "TAB123"),
        ("contracts", CONTRACT | {"CD_CLIENTE": "00123"}, "customer_id", "00123"),
        ("contracts", CONTRACT, "amount", Decimal("1234.5600")),
        ("contracts", CONTRACT | {"VL_TOTAL_CONTRATO": "-0,5"}, "amount", Decimal("-0.5")),
        ("contracts", CONTRACT | {"VL_TOTAL_CONTRATO": "0,00420385736791976"}, "amount", None),
        ("contracts", CONTRACT, "signed_on", date(1971, 3, 1)),
        ("contracts", CONTRACT, "is_active", True),
        ("contracts", CONTRACT | {"SITUACAO_CONTRATO": "CANCELADO"}, "is_active", False),
        ("contracts", CONTRACT | {"SITUACAO_CONTRATO": None}, "is_active", False),
        ("contracts", CONTRACT | {"DS_PROD": "\tMODULO,  FISCAL "}, "product", "MODULO, FISCAL"),
        ("contracts", CONTRACT | {"DS_PROD": 'A "B"; C\nD 🚀'}, "product", 'A "B"; C D 🚀'),
        ("customer_profiles", {"CD_CLIENTE": "T1", "FAT_FAIXA": "Faixa 00 - Ate 4,5 M"}, "revenue_band_rank", 0),
        ("customer_profiles", {"CD_CLIENTE": "T1", "FAT_FAIXA": "Faixa 11 - Acima de 850 M"}, "revenue_band_rank", 11),
        (
            "customer_profiles",
            {"CD_CLIENTE": "T1", "FAT_FAIXA": "Sem Informações de Faturamento"},
            "revenue_band_rank",
            None,
        ),
        ("customer_profiles", {"CD_CLIENTE": "T1", "PAIS": "030"}, "country", "030"),
        ("telemetry", SESSION, "customer_id", "TAB123"),
        ("telemetry", SESSION | {"clienteid": "TAB100"}, "customer_id", "TAB1"),
        ("telemetry", SESSION, "module_id", "0003"),
        ("telemetry", SESSION | {"eventduration": "-811819"}, "duration", Decimal("-811819")),
        ("telemetry", SESSION | {"eventduration": "1.2e11"}, "duration", Decimal("120000000000")),
        ("telemetry", SESSION, "is_denied", False),
        ("telemetry", SESSION | {"statuslicenca": "Negado"}, "is_denied", True),
        ("tickets", TICKET, "is_open", False),
        ("tickets", TICKET | {"STATUS_TICKET": "open"}, "is_open", True),
        ("tickets", TICKET | {"STATUS_TICKET": "ABERTO"}, "is_open", None),
        ("tickets", TICKET, "opened_at", datetime(2025, 6, 2, 13, tzinfo=UTC)),
        ("nps_relational", RELATIONAL | {"metadata_codcliente": "tab123"}, "customer_id", "TAB123"),
        ("nps_relational", RELATIONAL | {"resposta_NPS": "10.0"}, "score", Decimal("10")),
        ("nps_relational", RELATIONAL | {"Nota_Custos": None}, "aspect_cost", None),
        (
            "nps_product",
            {"Cód. T": "T1", "Data da Resposta": "6/2/2025 1:05:46 PM", "Nota": "8"},
            "answered_at",
            datetime(2025, 6, 2, 16, 5, 46, tzinfo=UTC),
        ),
        (
            "nps_onboarding",
            {"Cod Cliente": "T1", "Data de resposta": "2025-06-02T13:05:46-03:00"},
            "answered_at",
            datetime(2025, 6, 2, 16, 5, 46, tzinfo=UTC),
        ),
        ("proposals", PROPOSAL, "quantity", Decimal("4.5")),
        ("proposals", PROPOSAL, "bonus_months", None),
        ("proposals", PROPOSAL, "product_id", "00.1-2"),
        ("proposals", PROPOSAL | {"MESES_BONIF": "12"}, "bonus_months", 12),
        ("mrr", {"CLIENTE": "T1", "MRR_12M": "1234.567890123456"}, "mrr_12m", Decimal("1234.5679")),
        ("mrr_monthly", {"CLIENTE": "T1", "COMPETENCIA": "45809", "MRR": "10.5"}, "billed_on", JUNE),
        ("mrr_monthly", {"CLIENTE": "T1", "COMPETENCIA": "2025-06-01 00:00:00", "MRR": "10.5"}, "billed_on", JUNE),
        ("mrr_monthly", {"CLIENTE": "T1", "COMPETENCIA": "45108", "MRR": "1"}, "billed_on", date(2023, 7, 1)),
    ],
)
def test_what_a_file_says_becomes_what_it_means(conformed, source, row, column, value):
    found = conformed(source, row)
    assert found.reasons == []
    assert [row[column] for row in found.silver] == [value]


@pytest.mark.parametrize(
    ("source", "row", "reason"),
    [
        ("nps_relational", RELATIONAL | {"resposta_NPS": "11"}, "score: must be at least 0 and at most 10, found 11"),
        ("nps_relational", RELATIONAL | {"resposta_NPS": "-1"}, "score: must be at least 0 and at most 10, found -1"),
        ("nps_relational", RELATIONAL | {"resposta_NPS": "10,0"}, "score: '10,0' is not a number"),
        ("nps_relational", RELATIONAL | {"Nota_Custos": "100"}, "aspect_cost: must be at least 0 and at most 10"),
        ("nps_relational", RELATIONAL | {"respondedAt": None}, "answered_at: must be present"),
        ("nps_relational", RELATIONAL | {"respondedAt": "02/06/2025"}, "answered_at: '02/06/2025' is not a date in"),
        ("nps_relational", RELATIONAL | {"metadata_codcliente": " "}, "customer_id: must be present"),
        (
            "tickets",
            TICKET | {"DT_ATUALIZACAO": "2025-06-01 10:00:00"},
            "updated_at, opened_at: must have updated_at >= ",
        ),
        (
            "tickets",
            TICKET | {"DT_CRIACAO": "2025-07-02 10:00:00", "DT_ATUALIZACAO": None},
            "opened_at: '2025-07-02 10:00:00' is in the future",
        ),
        ("mrr", {"CLIENTE": "T1", "MRR_12M": "-0.01"}, "mrr_12m: must be at least 0, found -0.01"),
        ("mrr", {"CLIENTE": "T1", "MRR_12M": "1.234,56"}, "mrr_12m: '1.234,56' is not a number"),
        ("mrr_monthly", {"CLIENTE": "T1", "COMPETENCIA": "45809", "MRR": "-3"}, "mrr: must be at least 0, found -3"),
        ("contracts", CONTRACT | {"VL_TOTAL_CONTRATO": "10.0"}, "amount: '10.0' is not a number"),
        ("contracts", CONTRACT | {"DT_ASSINATURA_CONTRATO": "31/12/2024"}, "signed_on: '31/12/2024' is not a date"),
        ("contracts", CONTRACT | {"DT_ASSINATURA_CONTRATO": "2205-06-01"}, "signed_on: must be at least 1900-01-01"),
        ("customers", {"CLIENTE": "T1", "CLIENTE_DESDE": "2205-06-01"}, "since: must be at least 1900-01-01"),
        ("telemetry", SESSION | {"eventduration": "long"}, "duration: 'long' is not a number"),
        ("proposals", PROPOSAL | {"MESES_BONIF": "1,5"}, "bonus_months: '1,5' is not a whole number"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(conformed, source, row, reason):
    found = conformed(source, row)
    assert found.silver == []
    assert len(found.reasons) == 1
    assert found.reasons[0].startswith(reason)


def test_a_ticket_that_comes_again_is_what_its_latest_update_says(conformed):
    later = TICKET | {"STATUS_TICKET": "open", "DT_ATUALIZACAO": "2025-06-04 10:00:00"}
    found = conformed("tickets", TICKET, TICKET, later)
    assert [row["status"] for row in found.silver] == ["open"]
    assert found.duplicates == 1
    assert found.reasons == ["ticket_id: superseded by the row with a later updated_at"]


def test_revenue_of_a_month_told_in_two_figures_is_added_up_by_nobody(conformed):
    row = {"CLIENTE": "T1", "PRODUTO": "X", "MRR": "10.5"}
    found = conformed("mrr_monthly", row | {"COMPETENCIA": "45809"}, row | {"COMPETENCIA": "2025-06-01 00:00:00"})
    assert found.silver == []
    assert len(found.quarantine) == 2


def test_a_yearly_figure_told_twice_is_not_added_up(conformed):
    found = conformed("mrr", {"CLIENTE": "T1", "MRR_12M": "1"}, {"CLIENTE": "t1 ", "MRR_12M": "2"})
    assert found.silver == []
    assert len(found.quarantine) == 2


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_contract_can_be_acted_on_and_takes_workbooks(path):
    contract = load_contract(path)
    assert contract.workbook is not None or contract.format.kind == "xlsx"

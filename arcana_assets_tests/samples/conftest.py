"""One b2b drop for all tests of it, and what its files say."""

import pandas as pd
import pytest
from openpyxl import load_workbook

from arcana_assets.samples.b2b.folder import B2bDrop, write_b2b_drop
from arcana_assets_tests.samples.b2b_files import SCALE, Files, money


@pytest.fixture(scope="session")
def drop(tmp_path_factory: pytest.TempPathFactory) -> B2bDrop:
    return write_b2b_drop(tmp_path_factory.mktemp("b2b"), SCALE)


@pytest.fixture(scope="session")
def files(drop: B2bDrop) -> Files:
    return Files(drop)


@pytest.fixture(scope="session")
def contracts(files: Files) -> pd.DataFrame:
    rows = files["dados_clientes.csv"]
    line = rows["DS_LIN_REC"].str.replace(" - (LICENCA|MANUTENCAO)$", "", regex=True)
    return rows.assign(
        key=files.keys("dados_clientes.csv"),
        line=line,
        signed=pd.to_datetime(rows["DT_ASSINATURA_CONTRATO"], format="%Y-%m-%d"),
        value=money(rows["VL_TOTAL_CONTRATO"]),
        active=rows["SITUACAO_CONTRATO"] == "ATIVO",
    )


@pytest.fixture(scope="session")
def revenue(drop: B2bDrop) -> pd.DataFrame:
    """MRR by customer, month and product line, from the workbook."""
    book = load_workbook(drop.folder / "mrr_mensal.xlsx", read_only=True)
    cells = list(book["MRR"].iter_rows(min_row=4, values_only=True))
    book.close()
    rows = pd.DataFrame(cells, columns=["key", "month", "mrr", "line"])
    plain = rows["month"].map(lambda cell: isinstance(cell, int))
    serial = pd.Timestamp(1899, 12, 30) + pd.to_timedelta(rows["month"].where(plain, 0).astype(int), unit="D")
    months = pd.to_datetime(rows["month"].where(~plain)).fillna(serial)
    assert months.dt.day.eq(1).all()
    rows["month"] = months.dt.to_period("M")
    rows.attrs["plain"] = int(plain.sum())
    return rows

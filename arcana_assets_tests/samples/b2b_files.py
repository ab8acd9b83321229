"""The files of a b2b drop, read by readers that know nothing of its maker."""

import csv
import io

import pandas as pd

from arcana_assets.samples.b2b.folder import B2bDrop

SCALE = 0.02
LATIN_1 = {f"nps_transacional_{name}.csv" for name in ("aquisicao", "implantacao", "onboarding", "produto")}
TELEMETRY = [f"telemetria_{number}.csv" for number in range(1, 12)]
KEY = {
    "dados_clientes.csv": "CD_CLIENTE",
    "clientes_desde.csv": "CLIENTE",
    "contratacoes_ultimos_12_meses.csv": "CD_CLIENTE",
    "historico.csv": "CD_CLI",
    "mrr.csv": "CLIENTE",
    "nps_relacional.csv": "metadata_codcliente",
    "nps_transacional_aquisicao.csv": "Cód. Cliente",
    "nps_transacional_implantacao.csv": "Cód. Cliente",
    "nps_transacional_onboarding.csv": "Cod Cliente",
    "nps_transacional_produto.csv": "Cód. T",
    "nps_transacional_suporte.csv": "cliente",
    "tickets.csv": "CODIGO_ORGANIZACAO",
    **dict.fromkeys(TELEMETRY, "clienteid"),
}
SOURCES = {
    "mrr": ["mrr.csv"],
    "tickets": ["tickets.csv"],
    "nps_relacional": ["nps_relacional.csv"],
    "telemetria": TELEMETRY,
    "contratacoes": ["contratacoes_ultimos_12_meses.csv"],
    "historico": ["historico.csv"],
}
SCORES = {str(score) for score in range(11)} | {f"{score}.0" for score in range(11)}


class Files:
    """Every file as text, as written, and read once."""

    def __init__(self, drop: B2bDrop) -> None:
        self.folder, self.read = drop.folder, {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self.read:
            text = (self.folder / name).read_bytes().decode("latin-1" if name in LATIN_1 else "utf-8")
            rows = list(csv.reader(io.StringIO(text), delimiter="," if name in TELEMETRY else ";", strict=True))
            assert {len(row) for row in rows} == {len(rows[0])}
            self.read[name] = pd.DataFrame(rows[1:], columns=rows[0])
        return self.read[name]

    def keys(self, name: str) -> pd.Series:
        """Keys as a contract would clean them; empty ones left out."""
        keys = self[name][KEY[name]]
        keys = keys.str[:-2] if name in TELEMETRY else keys.str.strip().str.upper()
        return keys[keys != ""]

    def tidy(self, name: str, score: str, at: str, style: str) -> pd.DataFrame:
        rows = self[name]
        months = pd.to_datetime(rows[at], format=style).dt.to_period("M")
        return pd.DataFrame({"key": self.keys(name), "month": months, "score": rows[score].astype(float)}).dropna()


def money(texts: pd.Series) -> pd.Series:
    assert texts.str.fullmatch(r"-?\d+(,\d+)?").all()
    return texts.str.replace(",", ".").astype(float)

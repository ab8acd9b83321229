"""The files of a mall drop, read by readers that know nothing of its maker."""

import json

import pandas as pd

from arcana_assets.samples.mall.folder import MallDrop

HEADERS = {
    "lojas": "loja_id;nome;categoria;nivel_preco;zona_id;piso;area_m2;aberta_em;fechada_em",
    "membros": "membro_id;cadastro_em;ano_nascimento;genero;bairro;aceita_marketing;aceita_perfil;consentimento_em",
    "identidades": "tipo;identificador;membro_id;desde;ate",
    "rotulos": "cliente_id;persona;rotulado_em",
    "notas": "nota_chave;emitida_em;lida_em;loja_id;cliente_id;cartao_token;canal;valor;desconto;cupom_id",
    "visitas": "visita_id;cliente_id;zona_id;entrou_em;saiu_em;visto_por",
    "wifi": "sessao_id;aparelho;cliente_id;zona_id;inicio;fim;sinal;endereco_privado",
}
EVENT = ["evento_id", "cliente_id", "tipo", "cupom_id", "loja_id", "em"]
LOCAL, ISO = "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"
ENDLESS = pd.Timedelta(hours=16)


class Files:
    """Every source as text, as written, and read once; `file` is the month of the file's name."""

    def __init__(self, drop: MallDrop) -> None:
        self.drop, self.read = drop, {}

    def __getitem__(self, source: str) -> pd.DataFrame:
        if source not in self.read:
            paths = [path for path in self.drop.files if path.name.startswith(source)]
            self.read[source] = pd.concat([self._of(path, source) for path in paths], ignore_index=True)
        return self.read[source]

    def _of(self, path, source: str) -> pd.DataFrame:
        if source == "app":
            events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            rows = pd.DataFrame(events, columns=EVENT).fillna("")
        else:
            rows = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)
        return rows.assign(file=path.stem[-7:])

    def receipts(self) -> pd.DataFrame:
        """Typed, with the place of each scan among those of its key."""
        rows = self["notas"]
        rows = rows.assign(
            issued=pd.to_datetime(rows["emitida_em"], format=LOCAL),
            scanned=pd.to_datetime(rows["lida_em"], format=LOCAL),
            value=rows["valor"].str.replace(",", ".").astype(float),
            off=rows["desconto"].str.replace(",", ".").astype(float),
        )
        by_scan = rows.sort_values("scanned").groupby("nota_chave")
        return rows.assign(scan=by_scan.cumcount(), first_by=by_scan["cliente_id"].transform("first"))

    def stays(self) -> pd.DataFrame:
        rows = self["visitas"]
        return rows.assign(
            begin=pd.to_datetime(rows["entrou_em"], format=ISO),
            end=pd.to_datetime(rows["saiu_em"].replace("", None), format=ISO),
        )

    def sessions(self) -> pd.DataFrame:
        rows = self["wifi"]
        rows = rows.assign(
            begin=pd.to_datetime(rows["inicio"], format=ISO),
            end=pd.to_datetime(rows["fim"].replace("", None), format=ISO),
            signal=rows["sinal"].astype(int),
        )
        return rows.assign(length=rows["end"] - rows["begin"])

    def person_of(self) -> dict[str, str]:
        """Account -> the oldest account that it is linked with, by the files alone."""
        members = self["membros"]
        since = dict(zip(members["membro_id"], pd.to_datetime(members["cadastro_em"], format="%d/%m/%Y"), strict=True))
        found = {account: account for account in since}
        links = self["identidades"].query("tipo == 'account'")
        for one, other in zip(links["identificador"], links["membro_id"], strict=True):
            found[one] = found[other] = min((one, other), key=lambda account: (since[account], account))
        return found

    def owners(self, kind: str) -> pd.Series:
        """Identifier -> the people who claim it, as a set."""
        rows = self["identidades"].query("tipo == @kind")
        return rows["membro_id"].map(self.person_of()).groupby(rows["identificador"]).agg(set)

    def staff_devices(self) -> set[str]:
        """Devices that are there on twelve days of a month or more, for five hours in the median."""
        rows = self.sessions()
        rows = rows[rows["length"] <= ENDLESS]
        by = rows.groupby(["aparelho", "file"])
        days = rows["begin"].dt.date.groupby([rows["aparelho"], rows["file"]]).nunique()
        found = (days >= 12) & (by["length"].median() >= pd.Timedelta(hours=5))
        return set(found[found].index.get_level_values("aparelho"))

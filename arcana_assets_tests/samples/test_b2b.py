"""The b2b sample: the layout of the real files and the ledger of dirt, read by independent readers.

Belongs here: what a user of the drop relies on. Does not belong here: the planted truth (`test_b2b_truth`), what the
pipeline makes of it.

Slow: whole samples are written and read.
"""

import hashlib
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from arcana_assets.cli import app
from arcana_assets.samples.b2b.folder import B2bDrop, write_b2b_drop
from arcana_assets.samples.b2b.layout import FILES, HEADERS, ONBOARDING_QUESTIONS
from arcana_assets_tests.samples.b2b_files import KEY, LATIN_1, SCALE, SCORES, SOURCES, TELEMETRY, Files, money

pytestmark = pytest.mark.slow


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_threads(tmp_path: Path) -> None:
    first = write_b2b_drop(tmp_path / "a", 0.01)
    threads = pa.cpu_count()
    pa.set_cpu_count(1)
    try:
        second = write_b2b_drop(tmp_path / "b", 0.01)
    finally:
        pa.set_cpu_count(threads)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert set(digests(tmp_path / "a")) == set(FILES) == {path.name for path in first.files}
    assert (first.groups, first.dirt, first.affinities) == (second.groups, second.dirt, second.affinities)
    write_b2b_drop(tmp_path / "b", 0.01, seed=8)
    one, other = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert all(one[name] != other[name] for name in FILES), "another seed gives other rows, in place of the old ones"


@pytest.mark.parametrize("name", HEADERS)
def test_headers_delimiters_and_encodings_are_those_of_the_real_files(drop: B2bDrop, name: str) -> None:
    data = (drop.folder / name).read_bytes()
    header = data.split(b"\n", 1)[0].decode("latin-1" if name in LATIN_1 else "utf-8")
    assert header.split("," if name in TELEMETRY else ";") == list(HEADERS[name])
    assert b"\r" not in data
    assert not data.startswith(b"\xef\xbb\xbf")
    if name in LATIN_1:
        with pytest.raises(UnicodeDecodeError):
            data.decode("utf-8")


def test_onboarding_asks_whole_questions() -> None:
    assert len(ONBOARDING_QUESTIONS) == 6
    assert ONBOARDING_QUESTIONS[0].endswith("?.")
    assert [question.startswith("- ") for question in ONBOARDING_QUESTIONS] == [False] * 2 + [True] * 4


def test_rows_duplicates_and_orphans_are_as_told(drop: B2bDrop, files: Files) -> None:
    for name in HEADERS:
        assert len(files[name]) == drop.rows[name], name
        assert int(files[name].duplicated().sum()) == drop.duplicates[name], name
        assert int((~files.keys(name).isin(drop.groups)).sum()) == drop.orphans[name], name


def test_sizes_are_those_of_the_real_drop_times_the_scale(drop: B2bDrop) -> None:
    assert len(drop.groups) == 212
    assert drop.rows["dados_clientes.csv"] == 4_772
    assert drop.rows["tickets.csv"] == 19_527
    assert sum(drop.rows[name] for name in TELEMETRY) == 616_084
    assert sum(drop.duplicates[name] for name in TELEMETRY) == round(0.63 * 616_084)
    assert drop.rows["nps_transacional_aquisicao.csv"] == 6, "a handful at least"


def test_every_source_knows_the_customers_of_its_share(drop: B2bDrop, files: Files) -> None:
    found = {}
    for source, names in SOURCES.items():
        keys = set().union(*(files.keys(name) for name in names)) & set(drop.groups)
        assert keys == drop.coverage[source], source
        found[source] = keys
    shares = {source: len(keys) / len(drop.groups) for source, keys in found.items()}
    expected = {"mrr": 0.689, "tickets": 0.647, "nps_relacional": 0.458, "telemetria": 0.421}
    expected |= {"contratacoes": 0.406, "historico": 0.382}
    assert shares == pytest.approx(expected, abs=0.005)
    number = Counter(key for keys in found.values() for key in keys)
    assert sum(count == 6 for count in number.values()) == round(1_726 * SCALE)
    assert len(set(drop.groups) - set(number)) == round(1_894 * SCALE)
    assert set(files.keys("dados_clientes.csv")) == set(files.keys("clientes_desde.csv")) == set(drop.groups)


def test_keys_are_spelt_as_people_type_them(drop: B2bDrop, files: Files) -> None:
    odd = [key for key in drop.groups if not (key[0] == "T" and key[1:].isalnum() and key == key.upper())]
    assert sorted(len(key) for key in odd) == [5, 5, 5, 6]
    assert sum(key.isdigit() for key in odd) == drop.dirt["numeric_keys"] == 3
    assert sum(key.isalpha() for key in odd) == drop.dirt["alphabetic_keys"] == 1
    assert any(key.startswith("0") for key in odd), "a number would lose its zero"
    raw = {name: files[name][KEY[name]] for name in HEADERS}
    assert sum(int((keys != keys.str.strip()).sum()) for keys in raw.values()) == drop.dirt["padded_keys"]
    lower = raw["nps_relacional.csv"]
    assert int((lower != lower.str.upper()).sum()) == drop.dirt["lower_case_keys"] >= 1
    assert sum(int((keys == "").sum()) for keys in raw.values()) == drop.dirt["surveys_without_customer"] == 3
    assert all(raw[name].str.endswith("00").all() for name in TELEMETRY)


def test_contracts_are_as_dirty_as_told(drop: B2bDrop, contracts: pd.DataFrame) -> None:
    dirt, texts = drop.dirt, contracts["DS_PROD"].drop_duplicates()
    placeholder = contracts["VL_TOTAL_CONTRATO"] == "0,00420385736791976"
    assert int(placeholder.sum()) == dirt["placeholder_prices"] == round(0.13 * len(contracts))
    assert int((contracts["value"] < 0).sum()) == dirt["negative_contracts"] >= 2
    assert int((contracts["SITUACAO_CONTRATO"] == "").sum()) == dirt["contracts_without_status"] == round(501 * SCALE)
    assert len(texts) == dirt["products"] == 300
    assert int((texts != texts.str.strip()).sum()) == dirt["padded_products"]
    assert int(texts.str.contains(",").sum()) == dirt["products_with_comma"] >= 3
    assert int(texts.str.contains('"').sum()) == dirt["products_with_quote"] >= 1
    assert contracts["active"].mean() == pytest.approx(0.52, abs=0.001)
    digits = contracts.loc[~placeholder, "VL_TOTAL_CONTRATO"].str.split(",").str[1].str.len()
    assert 12 <= digits.max() <= 15


def test_the_vocabulary_has_the_size_of_the_real_one(drop: B2bDrop, contracts: pd.DataFrame) -> None:
    distinct = contracts.nunique()
    expected = {"DS_SEGMENTO": 14, "DS_SUBSEGMENTO": 65, "FAT_FAIXA": 13, "UF": 39, "PAIS": 12, "DS_LIN_REC": 88}
    assert {name: int(distinct[name]) for name in expected} == expected
    assert {"Faixa 00 - Ate 4,5 M", "Faixa 11 - Acima de 850 M", "Sem Informações de Faturamento"} <= set(
        contracts["FAT_FAIXA"]
    )
    assert contracts["CIDADE"].str.fullmatch("[A-Z]+").all()
    assert contracts["PAIS"].str.fullmatch(r"0\d\d").all()
    assert set(contracts["line"]) == set(drop.lines)
    master = ["CIDADE", "DS_CNAE", "DS_SEGMENTO", "DS_SUBSEGMENTO", "FAT_FAIXA", "PAIS", "UF"]
    assert contracts.groupby("key")[master].nunique().eq(1).all(axis=None), "a customer is told the same in all rows"


def test_dates_are_spelt_as_in_each_real_file_and_lie_in_the_period(files: Files, contracts: pd.DataFrame) -> None:
    spelt = {
        ("nps_relacional.csv", "respondedAt"): (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", "%Y-%m-%d %H:%M:%S.%f"),
        ("nps_transacional_aquisicao.csv", "Data da Resposta"): (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
        ("nps_transacional_implantacao.csv", "Data da Resposta"): (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
        ("nps_transacional_onboarding.csv", "Data de resposta"): (
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-03:00",
            "%Y-%m-%dT%H:%M:%S%z",
        ),
        ("nps_transacional_produto.csv", "Data da Resposta"): (
            r"[1-9]\d?/[1-9]\d?/\d{4} [1-9]\d?:\d\d:\d\d [AP]M",
            "%m/%d/%Y %I:%M:%S %p",
        ),
        ("tickets.csv", "DT_CRIACAO"): (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "%Y-%m-%d %H:%M:%S"),
        ("tickets.csv", "DT_ATUALIZACAO"): (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "%Y-%m-%d %H:%M:%S"),
        ("historico.csv", "DT_UPLOAD"): (r"\d{4}-\d\d-\d\d", "%Y-%m-%d"),
        ("telemetria_1.csv", "referencedatestart"): (r"2025-06-2\dT\d\d:\d\d:\d\d", "%Y-%m-%dT%H:%M:%S"),
    }
    for (name, column), (pattern, style) in spelt.items():
        texts = files[name][column]
        assert texts.str.fullmatch(pattern).all(), name
        instants = pd.to_datetime(texts, format=style, utc=True)
        assert instants.min() >= pd.Timestamp("2023-07-01", tz="UTC"), name
        assert instants.max() < pd.Timestamp("2025-07-01", tz="UTC"), name
    days = {day for name in TELEMETRY for day in files[name]["referencedatestart"].str[:10].unique()}
    assert days == {f"2025-06-{day}" for day in range(23, 28)}
    assert contracts["signed"].min().year == 1971
    assert contracts["signed"].max() < pd.Timestamp(2025, 7, 1)


def test_proposals_have_sentinels_fractions_and_a_key_of_three_columns(drop: B2bDrop, files: Files) -> None:
    rows = files["historico.csv"]
    assert not rows.duplicated(["NR_PROPOSTA", "ITEM_PROPOSTA", "CD_PROD"]).any()
    assert int((rows["MESES_BONIF"] == "999").sum()) == drop.dirt["bonus_sentinels"] > 0
    assert int(rows["QTD"].str.endswith(",5").sum()) == drop.dirt["fractional_quantities"] > 0
    assert int((money(rows["VL_TOTAL"]) < 0).sum()) == drop.dirt["negative_proposals"] > 0
    assert rows["CD_PROD"].str.startswith("0").any()
    assert rows["CD_PROD"].str.contains("-").any()
    assert not set(rows["CD_PROD"]) & set(files["dados_clientes.csv"]["DS_PROD"])
    assert rows.groupby("NR_PROPOSTA")[["CD_CLI", "DT_UPLOAD"]].nunique()["DT_UPLOAD"].eq(1).all()


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("nps_relacional.csv", "resposta_NPS"),
        ("nps_transacional_implantacao.csv", "Nota NPS"),
        ("nps_transacional_suporte.csv", "resposta_NPS"),
    ],
)
def test_scores_are_whole_and_parts_are_missing_in_blocks(files: Files, name: str, first: str) -> None:
    rows = files[name].drop(columns=["grupo_NPS"], errors="ignore")
    columns = [column for column in rows if column.startswith(("Nota", "resposta"))]
    assert set(rows[first]) <= SCORES
    assert set(rows[columns].to_numpy().ravel()) <= SCORES | {""}
    if len(rows) > 100:
        empty = (rows[columns] == "").mean().drop(first)
        assert empty.between(0.15, 0.64).all(), empty
        assert empty.duplicated().any(), "questions of a block are left out together"


def test_one_customer_answers_product_surveys_again_and_again(files: Files) -> None:
    answers = files.keys("nps_transacional_produto.csv").value_counts()
    assert answers.iloc[0] >= 1_302 * SCALE
    owned = files["dados_clientes.csv"]["DS_PROD"]
    assert set(files["nps_transacional_produto.csv"]["Nome do Produto"]) <= set(owned)


def test_tickets_told_twice_differ_and_the_later_update_is_the_truth(drop: B2bDrop, files: Files) -> None:
    rows = files["tickets.csv"].drop_duplicates()
    twice = rows[rows.duplicated("BK_TICKET", keep=False)].groupby("BK_TICKET")
    assert twice.ngroups == drop.dirt["updated_tickets"] == round(400 * SCALE)
    assert twice["DT_CRIACAO"].nunique().eq(1).all()
    assert twice["DT_ATUALIZACAO"].nunique().eq(2).all()
    assert set(rows["STATUS_TICKET"]) == {"open", "pending", "hold", "solved", "closed", "new"}
    assert set(rows["PRIORIDADE_TICKET"]) == {"low", "normal", "high", "urgent", ""}
    assert int((files["tickets.csv"]["PRIORIDADE_TICKET"] == "").sum()) == drop.dirt["tickets_without_priority"]
    assert (rows["DT_ATUALIZACAO"] >= rows["DT_CRIACAO"]).all()
    assert files.keys("tickets.csv").value_counts().median() == pytest.approx(61, abs=12)


def test_support_surveys_are_dated_through_their_ticket(drop: B2bDrop, files: Files) -> None:
    tickets = files["tickets.csv"].drop_duplicates("BK_TICKET").set_index("BK_TICKET")["CODIGO_ORGANIZACAO"]
    surveys = files["nps_transacional_suporte.csv"]
    organisation = surveys["ticket"].map(tickets)
    assert int(organisation.isna().sum()) == drop.dirt["surveys_on_unknown_tickets"] > 0
    known = organisation.notna()
    assert organisation[known].str.strip().equals(surveys.loc[known, "cliente"].str.strip())


def test_telemetry_has_wild_durations_and_two_empty_columns(drop: B2bDrop, files: Files) -> None:
    rows = pd.concat([files[name] for name in TELEMETRY])
    duration = rows["eventduration"].astype(float)
    assert duration.median() == pytest.approx(198, rel=0.06)
    assert (duration.min(), duration.max()) == (-811_819, 1.2e11)
    assert int((duration == 0).sum()) == drop.dirt["zero_durations"]
    assert int((duration < 0).sum()) == drop.dirt["negative_durations"]
    assert rows[["tcloud", "clienteprime"]].eq("").all(axis=None)
    assert set(rows["statuslicenca"]) == {"Desconectado", "Conectado", "Negado"}
    assert rows["moduloid"].str.fullmatch(r"0\d{3}").all()


def test_the_workbook_has_a_title_above_its_header_and_dates_as_serials(drop: B2bDrop, revenue: pd.DataFrame) -> None:
    path = drop.folder / "mrr_mensal.xlsx"
    book = load_workbook(path)
    assert book.sheetnames == ["Leia-me", "MRR", "Resumo"]
    sheet = book["MRR"]
    assert [str(cells) for cells in sheet.merged_cells.ranges] == ["A1:D1"]
    assert [cell.value for cell in sheet[2]] == [None] * 4
    assert [cell.value for cell in sheet[3]] == ["CLIENTE", "COMPETENCIA", "MRR", "PRODUTO"]
    assert len(revenue) == drop.rows["mrr_mensal.xlsx"]
    assert revenue.attrs["plain"] == drop.dirt["bare_serials"] < 0.05 * len(revenue)
    assert int((~revenue["key"].isin(drop.groups)).sum()) == drop.orphans["mrr_mensal.xlsx"] > 0
    assert revenue["month"].nunique() == 24
    assert not revenue.duplicated(["key", "month", "line"]).any()
    with zipfile.ZipFile(path) as parts:
        assert {part.date_time[0] for part in parts.infolist()} == {1980}, "no clock in the file"
    assert book.properties.created == datetime(2025, 6, 30)  # noqa: DTZ001 - a workbook knows no timezone


def test_mrr_is_the_sum_of_the_last_twelve_months_with_a_decimal_point(files: Files, revenue: pd.DataFrame) -> None:
    year = revenue[revenue["month"] >= pd.Period("2024-07")].groupby("key")["mrr"].sum()
    told = files["mrr.csv"].set_index("CLIENTE")["MRR_12M"]
    assert told.str.fullmatch(r"\d+(\.\d{1,2})?").all()
    assert told.astype(float).to_numpy() == pytest.approx(year[told.index].to_numpy())


def test_progress_is_told_after_each_file(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_b2b_drop(tmp_path, 0.01, progress=lambda done, of: told.append((done, of)))
    assert told == [(number, 24) for number in range(1, 25)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": 0.009}, "scale: expected 0.01 to 3; found 0.009"),
        ({"scale": 3.5}, "scale: expected 0.01 to 3; found 3.5"),
        ({"scale": float("nan")}, "scale: expected 0.01 to 3; found nan"),
        ({"seed": -1}, "seed: expected 0 or more; found -1"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_written(tmp_path: Path, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_b2b_drop(tmp_path / "drop", **arguments)
    assert not (tmp_path / "drop").exists()


def test_the_command_writes_a_drop_and_refuses_what_it_does_not_take(tmp_path: Path) -> None:
    def arcana(*arguments: str) -> tuple[int, str]:
        env = {"ARCANA_LAKE": str(tmp_path), "ARCANA_LANDING": "", "COLUMNS": "300"}
        done = CliRunner().invoke(app, ["sample", *arguments], env=env)
        return done.exit_code, " ".join(done.output.replace("│", " ").split())

    landing = tmp_path / "landing" / "b2b"
    code, said = arcana("b2b", "--months", "3", "--scale", "0.01")
    assert (code, landing.exists()) == (2, False)
    assert "the b2b sample does not take --months; it takes --scale, --seed, --folder" in said
    assert "the retail sample does not take --scale" in arcana("retail", "--scale", "0.01")[1]
    assert "scale: expected 0.01 to 3" in arcana("b2b", "--scale", "9")[1]
    code, said = arcana("b2b", "--scale", "0.01")
    assert code == 0, said
    assert {path.name for path in landing.iterdir()} == set(FILES)
    assert "rows in 24 files below" in said
    (landing / "tickets_2.csv").write_text("somebody's tickets")
    code, said = arcana("b2b", "--scale", "0.01")
    assert code == 2
    assert "tickets_2.csv" in said

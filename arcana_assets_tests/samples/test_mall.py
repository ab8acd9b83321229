"""The mall's sample: the layout of its files and the ledger of dirt, read by independent readers.

Belongs here: what a user of the drop relies on. Does not belong here: the planted truth (`test_mall_truth`), what the
pipeline makes of it.
"""

import csv
import hashlib
import re
import tracemalloc
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from arcana_assets.cli import app
from arcana_assets.samples.mall.folder import MallDrop, write_mall_drop
from arcana_assets_tests.samples.mall_files import ENDLESS, EVENT, HEADERS, Files

CATEGORIES = {"moda", "alimentacao", "luxo", "eletronicos", "servicos", "lazer", "supermercado", "beleza", "casa"}
FILES = {
    *("lojas.csv", "membros.csv", "identidades.csv", "rotulos.csv"),
    *(f"notas/notas_2024-0{month}.csv" for month in (1, 2, 3)),
    *(f"visitas/visitas_2024-0{month}.csv" for month in (1, 2, 3)),
    *("wifi/wifi_2024-01.csv", "wifi/wifi_2024-03.csv"),
    *(f"app/app_2024-0{month}.jsonl" for month in (1, 2, 3)),
}
DAY = r"\d\d/\d\d/\d{4}"
LOCAL, ISO = rf"{DAY} \d\d:\d\d:\d\d", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> MallDrop:
    return write_mall_drop(tmp_path_factory.mktemp("mall"), customers=300, months=3)


@pytest.fixture(scope="module")
def files(drop: MallDrop) -> Files:
    return Files(drop)


def digests(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_threads(tmp_path: Path) -> None:
    first = write_mall_drop(tmp_path / "a", customers=120, months=3)
    threads = pa.cpu_count()
    pa.set_cpu_count(1)
    try:
        second = write_mall_drop(tmp_path / "b", customers=120, months=3)
    finally:
        pa.set_cpu_count(threads)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert set(digests(tmp_path / "a")) == FILES == set(first.rows)
    assert [path.relative_to(tmp_path / "a").as_posix() for path in first.files] == list(first.rows)
    assert (first.kinds, first.personas, first.dirt) == (second.kinds, second.personas, second.dirt)
    write_mall_drop(tmp_path / "b", customers=120, months=3, seed=8)
    one, other = digests(tmp_path / "a"), digests(tmp_path / "b")
    assert one.keys() == other.keys(), "in place of the old ones"
    assert all(one[name] != other[name] for name in one)


def test_every_file_has_the_rows_that_are_told_under_the_header_of_its_source(drop: MallDrop) -> None:
    for path, (name, rows) in zip(drop.files, drop.rows.items(), strict=True):
        text = path.read_bytes().decode("utf-8")
        assert "\r" not in text
        assert text.endswith("\n")
        lines = text.splitlines()
        if name.endswith(".jsonl"):
            assert len(lines) == rows, name
            continue
        header, *others = csv.reader(lines, delimiter=";", strict=True)
        assert ";".join(header) == HEADERS[path.stem.split("_")[0]]
        assert len(others) == rows, name
        assert {len(row) for row in others} == {len(header)}


@pytest.mark.parametrize(
    ("source", "patterns"),
    [
        ("lojas", {"loja_id": r"L\d{4}", "area_m2": r"\d+,\d", "aberta_em": DAY, "fechada_em": rf"({DAY})?"}),
        ("lojas", {"nivel_preco": "[1-5]", "zona_id": r"Z\d\d", "piso": "[0-3]"}),
        ("membros", {"membro_id": r"M\d{7}", "cadastro_em": DAY, "ano_nascimento": r"(\d{4})?", "genero": "[FMO]?"}),
        ("membros", {"aceita_marketing": "[SN]?", "aceita_perfil": "[SN]?", "consentimento_em": rf"({DAY})?"}),
        ("identidades", {"tipo": "card|account|device|app_user", "desde": DAY, "ate": rf"({DAY})?"}),
        ("rotulos", {"cliente_id": r"M\d{7}", "rotulado_em": DAY}),
        ("notas", {"nota_chave": r"\d{44}", "emitida_em": LOCAL, "lida_em": LOCAL, "cartao_token": "([0-9a-f]{16})?"}),
        ("notas", {"canal": "till|app_receipt|card", "valor": r"-?\d+,\d\d", "desconto": r"\d+,\d\d"}),
        ("notas", {"cliente_id": r"(M\d{7})?", "cupom_id": r"(CP24\d\d-L\d{4})?"}),
        ("visitas", {"visita_id": r"V24\d{9}", "entrou_em": ISO, "saiu_em": rf"({ISO})?"}),
        ("visitas", {"cliente_id": r"M\d{7}", "visto_por": "gate|camera|parking|app"}),
        ("wifi", {"aparelho": "[0-9a-f]{16}", "cliente_id": r"(M\d{7})?", "inicio": ISO, "fim": rf"({ISO})?"}),
        ("wifi", {"sinal": r"-\d\d", "endereco_privado": "[SN]"}),
        ("app", {"evento_id": "[0-9a-f]{16}", "em": r"2024-\d\d-\d\dT\d\d:\d\d:\d\d-0300"}),
        ("app", {"tipo": "open|coupon_seen|coupon_activated|coupon_used|parking_paid|receipt_scanned"}),
    ],
)
def test_values_are_spelt_as_the_systems_of_the_mall_spell_them(files: Files, source: str, patterns: dict) -> None:
    for column, pattern in patterns.items():
        odd = files[source].loc[~files[source][column].str.fullmatch(pattern), column]
        assert odd.tolist() == [], column
    if source == "app":
        assert list(files["app"].columns) == [*EVENT, "file"]


def test_dated_rows_lie_in_the_file_of_their_month_and_one_month_has_no_wifi(drop: MallDrop, files: Files) -> None:
    assert (files["notas"]["emitida_em"].str[3:10] == files["notas"]["file"].str[5:] + "/2024").all()
    for source, column in (("visitas", "entrou_em"), ("wifi", "inicio"), ("app", "em")):
        assert (files[source][column].str[:7] == files[source]["file"]).all(), source
    months = {"2024-01", "2024-02", "2024-03"}
    assert all(set(files[source]["file"]) == months for source in ("notas", "visitas", "app"))
    assert drop.month_without_wifi == date(2024, 2, 1)
    assert months - set(files["wifi"]["file"]) == {"2024-02"}
    scanned_later = files["notas"]["lida_em"].str[3:10] != files["notas"]["emitida_em"].str[3:10]
    assert scanned_later.sum() > 10


def test_the_month_without_wifi_is_the_seventh_of_twelve_and_none_of_two(tmp_path: Path) -> None:
    year = write_mall_drop(tmp_path / "year", customers=100, months=12)
    assert year.month_without_wifi == date(2024, 7, 1)
    assert not (tmp_path / "year" / "wifi" / "wifi_2024-07.csv").exists()
    assert len(list((tmp_path / "year" / "wifi").iterdir())) == 11
    both = write_mall_drop(tmp_path / "two", customers=100, months=2, start=date(2023, 12, 1))
    assert both.month_without_wifi is None
    assert {path.name for path in (tmp_path / "two" / "wifi").iterdir()} == {"wifi_2023-12.csv", "wifi_2024-01.csv"}


def test_the_dirt_of_receipts_is_what_an_independent_reader_counts(drop: MallDrop, files: Files) -> None:
    rows = files.receipts()
    later, without = rows["scan"] > 0, rows["cliente_id"] == ""
    named = rows[~later & ~without]
    found = {
        "receipts_scanned_again": int((later & (rows["cliente_id"] == rows["first_by"])).sum()),
        "receipts_scanned_by_another": int((later & (rows["cliente_id"] != rows["first_by"])).sum()),
        "values_times_1000": int((rows["value"] > 20_000).sum()),
        "negative_values": int((rows["value"] < 0).sum()),
        "receipts_without_member": int(without.sum()),
        "receipts_without_member_and_card": int((without & (rows["cartao_token"] == "")).sum()),
        "receipts_scanned_days_later": int((rows["scanned"] - rows["issued"] >= pd.Timedelta(days=1)).sum()),
        "receipts_issued_after_scan": int((rows["scanned"] < rows["issued"]).sum()),
        "keys_of_another_month": int((rows["nota_chave"].str[2:6] != rows["issued"].dt.strftime("%y%m")).sum()),
        "bursts": int((named.groupby(["cliente_id", named["issued"].dt.date]).size() >= 15).sum()),
    }
    assert found == {name: drop.dirt[name] for name in found}
    assert min(found.values()) > 0, found


def test_the_dirt_of_sensors_and_of_the_app_is_what_an_independent_reader_counts(drop: MallDrop, files: Files) -> None:
    stays, sessions, events = files.stays(), files.sessions(), files["app"]
    sound = sessions[sessions["length"] <= ENDLESS].sort_values(["file", "aparelho", "begin", "end"])
    same = (sound["aparelho"] == sound["aparelho"].shift()) & (sound["file"] == sound["file"].shift())
    without = sessions["cliente_id"] == ""
    short = sessions["length"] < pd.Timedelta(minutes=5)
    devices, staff = files.owners("device"), files.staff_devices()
    found = {
        "visits_told_again": int(stays.duplicated().sum()),
        "visits_without_leaving": int((stays["saiu_em"] == "").sum()),
        "negative_stays": int((stays["end"] < stays["begin"]).sum()),
        "passers_by": int((without & short & (sessions["signal"] < -70)).sum()),
        "sessions_without_end": int((sessions["fim"] == "").sum()),
        "sessions_of_26_hours": int((sessions["length"] > ENDLESS).sum()),
        "overlapping_sessions": int((same & (sound["begin"] < sound["end"].shift())).sum()),
        "sessions_without_login": int((without & sessions["aparelho"].isin(devices.index)).sum()),
        "staff_devices": len(staff),
        "staff_devices_of_members": len(staff & set(devices.index)),
        "events_sent_again": int(events.duplicated().sum()),
        "test_events": int((events["cliente_id"] == "TESTE-0001").sum()),
    }
    assert found == {name: drop.dirt[name] for name in found}
    assert min(found.values()) > 0, found
    assert not events.drop_duplicates()["evento_id"].duplicated().any()
    assert not stays.drop_duplicates()["visita_id"].duplicated().any()
    assert not sessions.duplicated(["sessao_id", "file"]).any()
    assert sessions["sessao_id"].duplicated().any(), "the controllers count anew in each month"


def test_the_oddities_of_masters_are_what_an_independent_reader_counts(drop: MallDrop, files: Files) -> None:
    members, stores = files["membros"], files["lojas"]
    since = pd.to_datetime(members.set_index("membro_id")["cadastro_em"], format="%d/%m/%Y")
    links = files["identidades"].query("tipo == 'account'")
    linked = pd.to_datetime(links["desde"], format="%d/%m/%Y").to_numpy()
    used_from = since[links["identificador"]].clip(lower=pd.Timestamp(2024, 1, 1)).to_numpy()
    opened, closed = (pd.to_datetime(stores[name], format="%d/%m/%Y") for name in ("aberta_em", "fechada_em"))
    found = {
        "second_accounts": len(links),
        "late_links": int((linked - used_from >= pd.Timedelta(days=60)).sum()),
        "contested_cards": int((files.owners("card").map(len) > 1).sum()),
        "contested_devices": int((files.owners("device").map(len) > 1).sum()),
        "blank_marketing": int((members["aceita_marketing"] == "").sum()),
        "blank_profiling": int((members["aceita_perfil"] == "").sum()),
        "stores_opened": int((opened > pd.Timestamp(2024, 1, 1)).sum()),
        "stores_closed": int(closed.notna().sum()),
    }
    assert found == {name: drop.dirt[name] for name in found}
    assert min(found.values()) > 0, found
    both_blank = (members["aceita_marketing"] == "") & (members["aceita_perfil"] == "")
    assert ((members["consentimento_em"] == "") == both_blank).all()


def test_every_kind_of_dirt_is_counted_in_one_of_these_tests(drop: MallDrop) -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in drop.dirt if f'"{name}": ' not in text] == []


def test_dirt_comes_in_the_shares_of_the_prototype(tmp_path: Path) -> None:
    drop = write_mall_drop(tmp_path, customers=2_000, months=2)
    rows = {
        source: sum(n for name, n in drop.rows.items() if name.startswith(source)) for source in HEADERS | {"app": 0}
    }
    share = {name: count / rows["notas"] for name, count in drop.dirt.items() if "receipts" in name}
    assert share["receipts_without_member"] == pytest.approx(0.129, abs=0.02)
    assert share["receipts_without_member_and_card"] == pytest.approx(0.0125, abs=0.004)
    assert share["receipts_scanned_again"] == pytest.approx(0.018, abs=0.004)
    assert share["receipts_scanned_by_another"] == pytest.approx(0.004, abs=0.0015)
    assert drop.dirt["visits_told_again"] / rows["visitas"] == pytest.approx(0.01, abs=0.001)
    assert drop.dirt["visits_without_leaving"] / rows["visitas"] == pytest.approx(0.03, abs=0.003)
    assert drop.dirt["passers_by"] / rows["wifi"] == pytest.approx(0.53, abs=0.08)
    assert drop.dirt["sessions_without_end"] / rows["wifi"] == pytest.approx(0.0066, abs=0.002)
    assert drop.dirt["overlapping_sessions"] / rows["wifi"] == pytest.approx(0.037, abs=0.01)
    assert drop.dirt["events_sent_again"] / rows["app"] == pytest.approx(0.02, abs=0.002)
    assert drop.dirt["second_accounts"] == 80
    assert drop.dirt["staff_devices"] == 15


def test_a_key_is_that_of_one_receipt_and_its_last_digit_checks_the_others(drop: MallDrop, files: Files) -> None:
    rows = files.receipts()
    again = drop.dirt["receipts_scanned_again"] + drop.dirt["receipts_scanned_by_another"]
    assert rows["nota_chave"].nunique() == len(rows) - again
    same = rows.groupby("nota_chave")[["emitida_em", "loja_id", "valor", "canal"]].nunique()
    assert same.eq(1).all(axis=None), "who scans it again scans the same receipt"
    for key in rows["nota_chave"].head(200):
        weighted = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(reversed(key[:43])))
        assert int(key[43]) == (0 if weighted % 11 < 2 else 11 - weighted % 11)
    assert (rows["nota_chave"].str[20:22] == "65").all()


def test_rows_name_stores_zones_and_members_that_are_there(drop: MallDrop, files: Files) -> None:
    stores, rows = files["lojas"].set_index("loja_id"), files.receipts()
    assert set(stores["categoria"]) == CATEGORIES
    assert stores["nome"].is_unique
    members = set(files["membros"]["membro_id"])
    for source in ("notas", "visitas", "wifi", "app", "rotulos"):
        assert set(files[source]["cliente_id"]) - {"", "TESTE-0001"} <= members, source
    assert set(files["identidades"]["membro_id"]) <= members
    assert set(files["app"]["loja_id"]) - {""} <= set(stores.index)
    assert set(files["visitas"]["zona_id"]) | set(files["wifi"]["zona_id"]) <= {f"Z{n:02}" for n in range(1, 25)}
    opened, closed = (pd.to_datetime(stores[name], format="%d/%m/%Y") for name in ("aberta_em", "fechada_em"))
    sold_on = rows["issued"].dt.normalize()
    assert (opened[rows["loja_id"]].to_numpy() <= sold_on).all(), "no receipt before a store opens"
    assert (closed.fillna(pd.Timestamp(2100, 1, 1))[rows["loja_id"]].to_numpy() > sold_on).all(), (
        "and none after it shuts"
    )
    with_coupon = rows[rows["cupom_id"] != ""]
    assert (with_coupon["cupom_id"].str[-5:] == with_coupon["loja_id"]).all()
    assert (with_coupon["off"] > 0).mean() > 0.99
    tokens = rows[(rows["cliente_id"] == "") & (rows["cartao_token"] != "")]
    assert tokens["cartao_token"].isin(files.owners("card").index).mean() > 0.9, "cards give most members back"


def test_months_are_written_one_after_the_other_and_memory_does_not_grow_with_them(tmp_path: Path) -> None:
    told, there = [], []

    def told_of(done: int, total: int) -> None:
        told.append((done, total))
        there.append(sorted(path.stem[-7:] for path in (tmp_path / "drop" / "notas").iterdir()))

    peaks = []
    for months in (3, 6):
        tracemalloc.start()
        write_mall_drop(tmp_path / ("drop" if months == 3 else "longer"), 200, months, progress=told_of)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert told[:3] == [(1, 3), (2, 3), (3, 3)]
    assert there[:3] == [["2024-01"], ["2024-01", "2024-02"], ["2024-01", "2024-02", "2024-03"]]
    assert peaks[1] < 1.2 * peaks[0], peaks


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"customers": 99}, "customers: expected 100 or more.*found 99"),
        ({"months": 0}, "months: expected 1 or more; found 0"),
        ({"seed": -1}, "seed: expected 0 or more; found -1"),
        ({"start": date(2024, 1, 9)}, "start: expected the first day of a month, as 2024-01-01; found 2024-01-09"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_written(tmp_path: Path, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_mall_drop(tmp_path / "drop", **arguments)
    assert not (tmp_path / "drop").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drop").write_text("mine")
    with pytest.raises(ValueError, match=r"folder: expected a folder.*found a file at .*drop"):
        write_mall_drop(tmp_path / "drop")
    assert (tmp_path / "drop").read_text() == "mine"


@pytest.mark.parametrize(("customers", "months"), [(100, 1), (100, 2), (137, 4)])
def test_a_small_mall_of_a_few_months_has_all_its_files(tmp_path: Path, customers: int, months: int) -> None:
    drop = write_mall_drop(tmp_path, customers, months, seed=customers + months)
    assert set(digests(tmp_path)) == set(drop.rows)
    assert min(drop.rows.values()) > 0
    assert set(drop.kinds.values()) == {"weekend", "luxury", "offers", "routine", "occasional"}


def test_the_command_writes_the_drop_and_its_truth_and_refuses_what_it_does_not_take(tmp_path: Path) -> None:
    def arcana(*arguments: str) -> tuple[int, str]:
        env = {"ARCANA_LAKE": str(tmp_path), "ARCANA_LANDING": "", "COLUMNS": "300"}
        done = CliRunner().invoke(app, ["sample", "mall", *arguments], env=env)
        return done.exit_code, " ".join(done.output.replace("│", " ").split())

    landing, truth = tmp_path / "landing" / "mall", tmp_path / "truth.csv"
    small = ("--customers", "120", "--months", "3", "--seed", "5", "--truth", str(truth))
    code, said = arcana("--scale", "0.01", *small)
    assert (code, landing.exists(), truth.exists()) == (2, False, False)
    assert "the mall sample does not take --scale; it takes --customers, --months, --start, --seed, --folder" in said
    assert "customers: expected 100 or more" in arcana("--customers", "9")[1]
    code, said = arcana(*small)
    assert code == 0, said
    assert set(digests(landing)) == FILES
    assert re.search(r"[\d,]+ rows in 15 files below", said), said
    assert "120 rows of planted truth in" in said
    with truth.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    planted = write_mall_drop(tmp_path / "same", customers=120, months=3, seed=5).personas["perfil"]
    assert {row["customer_id"]: row["persona"] for row in rows} == planted
    assert {row["segmentation"] for row in rows} == {"perfil"}
    assert digests(landing) == digests(tmp_path / "same")
    (landing / "notas" / "outras.csv").write_text("somebody's receipts")
    code, said = arcana(*small)
    assert code == 2
    assert "notas/outras.csv" in said

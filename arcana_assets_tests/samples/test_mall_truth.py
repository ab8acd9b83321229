"""What is planted in the mall's sample, read back from its files: kinds, lapses, links, staff and hunters.

Belongs here: that the truth is that of the files, and that it can be found. Does not belong here: layout and dirt
(`test_mall`).
"""

from collections import Counter
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from arcana_assets.samples.mall.folder import MallDrop, write_mall_drop
from arcana_assets_tests.samples.mall_files import ENDLESS, Files

PERSONAS = {
    "weekend": "Visitante Frequente de Fim de Semana",
    "luxury": "Cliente Premium que Busca Luxo",
    "offers": "Explorador de Ofertas",
    "routine": "Rotina da Semana",
    "occasional": "Visitante Ocasional",
}
STAFF_DAYS = 12


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> MallDrop:
    return write_mall_drop(tmp_path_factory.mktemp("mall"), customers=1_500, months=6)


@pytest.fixture(scope="module")
def files(drop: MallDrop) -> Files:
    return Files(drop)


@pytest.fixture(scope="module")
def days(files: Files) -> pd.DataFrame:
    """What each source sees of an account on a day, by name; scans in the app are no presence."""
    receipts = files.receipts().query("scan == 0")
    stays, sessions = files.stays().drop_duplicates(), files.sessions()
    events = files["app"].query("tipo != 'receipt_scanned' and cliente_id != 'TESTE-0001'")
    at = pd.to_datetime(events["em"].str[:19], format="%Y-%m-%dT%H:%M:%S")
    seen = {
        "receipt": (receipts["cliente_id"], receipts["issued"]),
        "visit": (stays["cliente_id"], stays["begin"]),
        "wifi": (sessions["cliente_id"], sessions["begin"]),
        "app": (events["cliente_id"], at),
    }
    parts = [
        pd.DataFrame({"account": who, "day": when.dt.normalize(), "by": source}) for source, (who, when) in seen.items()
    ]
    rows = pd.concat(parts)
    rows = rows[rows["account"] != ""].drop_duplicates()
    return rows.assign(person=rows["account"].map(files.person_of()))


def test_every_person_is_of_a_kind_and_named_by_the_account_that_is_registered_longest(
    drop: MallDrop, files: Files
) -> None:
    person_of = files.person_of()
    assert set(drop.kinds) == set(drop.personas["perfil"]) == set(person_of.values())
    assert {who: person for who, person in person_of.items() if who != person} == drop.accounts
    assert Counter(drop.kinds.values()) == {
        "weekend": 360,
        "luxury": 150,
        "offers": 330,
        "routine": 360,
        "occasional": 300,
    }
    assert drop.personas["perfil"] == {who: PERSONAS[kind] for who, kind in drop.kinds.items()}
    since = files["membros"].set_index("membro_id")["cadastro_em"]
    same_day = [second for second, first in drop.accounts.items() if since[second] == since[first]]
    assert len(same_day) >= 3, "one in twenty opens both on one day: the smaller id is the person"
    assert all(second > drop.accounts[second] for second in same_day)
    labels = files["rotulos"].set_index("cliente_id")["persona"]
    assert len(labels) == 15
    assert set(labels.index) <= set(drop.kinds)
    assert (labels == pd.Series(drop.personas["perfil"])[labels.index]).mean() > 0.6


def test_nobody_is_seen_before_registering_or_after_lapsing(drop: MallDrop, files: Files, days: pd.DataFrame) -> None:
    since = pd.to_datetime(files["membros"].set_index("membro_id")["cadastro_em"], format="%d/%m/%Y")
    assert (days["day"].to_numpy() >= since[days["account"]].to_numpy()).all()
    assert 0.1 < (since >= pd.Timestamp(2024, 1, 1)).mean() < 0.25
    last = days.groupby("person")["day"].max()
    gone = {who: pd.Timestamp(day) for who, day in drop.lapsed.items()}
    assert 0.08 < len(gone) / len(drop.kinds) < 0.14
    assert {day.day for day in gone.values()} == {1}
    assert all(last[who] < day for who, day in gone.items() if who in last.index)


def test_both_accounts_of_a_person_are_used_and_some_are_linked_months_later(
    drop: MallDrop, files: Files, days: pd.DataFrame
) -> None:
    used = set(days["account"])
    both = [second for second, first in drop.accounts.items() if {second, first} <= used]
    assert len(both) > 0.8 * len(drop.accounts)
    first_use = days.groupby("account")["day"].min()
    links = files["identidades"].query("tipo == 'account'").set_index("identificador")
    linked = pd.to_datetime(links["desde"], format="%d/%m/%Y")
    late = [second for second in both if linked[second] - first_use[second] > pd.Timedelta(days=55)]
    assert len(late) >= 3
    assert len(late) < 0.5 * len(both)


def test_a_contested_card_is_that_of_two_people_who_are_not_linked_and_both_pay_with_it(
    drop: MallDrop, files: Files
) -> None:
    shared = files.owners("card")
    shared = shared[shared.map(len) > 1]
    assert len(shared) == drop.dirt["contested_cards"] == 3
    assert shared.map(len).eq(2).all()
    paid = files["notas"].query("cartao_token != '' and cliente_id != ''")
    users = paid["cliente_id"].map(files.person_of()).groupby(paid["cartao_token"]).agg(set)
    assert all(users.get(card, set()) <= owners for card, owners in shared.items())
    assert any(users.get(card) == owners for card, owners in shared.items())
    assert set(users[~users.index.isin(shared.index)].map(len)) == {1}


def test_who_works_there_is_found_by_the_days_and_hours_of_the_phone(drop: MallDrop, files: Files) -> None:
    sessions = files.sessions()
    found = files.staff_devices()
    members = set(sessions.loc[sessions["aparelho"].isin(found), "cliente_id"]) - {""}
    assert sorted(members) == drop.staff
    others = sessions[~sessions["aparelho"].isin(found) & (sessions["length"] <= ENDLESS)]
    busiest = others["begin"].dt.date.groupby([others["aparelho"], others["file"]]).nunique()
    assert (busiest >= STAFF_DAYS).any(), "there are others who come that often, and do not stay as long"


def test_hunters_scan_many_receipts_on_days_on_which_nothing_sees_them(
    drop: MallDrop, files: Files, days: pd.DataFrame
) -> None:
    receipts = files.receipts().query("scan == 0 and cliente_id != ''")
    a_day = receipts.groupby(["cliente_id", receipts["issued"].dt.normalize()]).size()
    bursts = a_day[a_day >= 15]
    assert sorted(set(bursts.index.get_level_values(0))) == drop.hunters
    assert len(bursts) == drop.dirt["bursts"] == 3 * len(drop.hunters)
    assert a_day[a_day < 15].max() < 10, "nobody else comes near"
    seen = set(days.loc[days["by"].isin(["visit", "wifi"]), ["account", "day"]].itertuples(index=False, name=None))
    assert not seen & set(bursts.index)


def test_sources_cover_a_part_of_the_days_each_and_december_is_the_fullest(
    files: Files, days: pd.DataFrame, tmp_path
) -> None:
    there = days[days["by"] != "app"].drop_duplicates(["person", "day", "by"])
    by = there.groupby(["person", "day"])["by"].agg(set)
    share = {source: by.map(lambda seen, source=source: source in seen).mean() for source in ("visit", "receipt")}
    assert share["visit"] == pytest.approx(0.8, abs=0.05)
    assert share["receipt"] == pytest.approx(0.75, abs=0.06), "without those that only a card tells of"
    year = Files(write_mall_drop(tmp_path, customers=100, months=12))
    stays = year.stays().drop_duplicates()
    monthly = stays.groupby("file").size() / stays.groupby("file")["begin"].agg(lambda at: at.max().day)
    assert monthly.idxmax() == "2024-12"
    assert monthly["2024-12"] > 1.25 * monthly.drop("2024-12").mean()
    assert not set(year["visitas"]["entrou_em"].str[5:10]) & {"12-25", "01-01"}, "shut on two days"


def features(drop: MallDrop, files: Files) -> pd.DataFrame:
    """Of a person, cleaned: visits, shares drawn to the base, minutes of a stay, and money; staff left out."""
    person_of = files.person_of()
    cards = files.owners("card")
    of_card = {card: next(iter(owners)) for card, owners in cards.items() if len(owners) == 1}
    receipts = files.receipts().query("scan == 0 and value > 0 and value <= 20000")
    receipts = receipts.assign(
        person=receipts["cliente_id"].map(person_of).fillna(receipts["cartao_token"].map(of_card))
    )
    receipts = receipts[receipts["person"].notna() & ~receipts["person"].isin(drop.hunters)]
    stays = files.stays().drop_duplicates()
    stays = stays.assign(
        person=stays["cliente_id"].map(person_of), sound=stays["end"].where(stays["end"] > stays["begin"])
    )
    seen = pd.concat([stays[["person", "begin"]], receipts[["person", "issued"]].set_axis(["person", "begin"], axis=1)])
    seen = seen.assign(day=seen["begin"].dt.normalize()).drop_duplicates(["person", "day"])
    visits = seen.groupby("person").size()
    weekend = (seen["day"].dt.day_of_week >= 5).groupby(seen["person"]).sum()
    trip = stays.groupby(["person", stays["begin"].dt.normalize()])
    minutes = (trip["sound"].max() - trip["begin"].min()).dt.total_seconds().div(60).dropna().groupby("person")
    category = files["lojas"].set_index("loja_id")["categoria"]
    luxury = receipts["value"].where(receipts["loja_id"].map(category) == "luxo", 0.0)
    by = receipts.groupby("person")
    table = pd.DataFrame(
        {
            "visits": visits,
            "weekend": weekend,
            "minutes": minutes.sum(),
            "timed": minutes.size(),
            "receipts": by.size(),
            "spend": by["value"].sum(),
            "luxury": luxury.groupby(receipts["person"]).sum(),
            "coupons": (receipts["cupom_id"] != "").groupby(receipts["person"]).sum(),
            "last": seen.groupby("person")["day"].max(),
        }
    )
    return table[~table.index.isin(drop.staff)].fillna({name: 0 for name in table if name != "last"})


def shrunk(part: pd.Series, whole: pd.Series, prior: float) -> pd.Series:
    return (part + prior * part.sum() / whole.sum()) / (whole + prior)


def groups(points: pd.DataFrame) -> np.ndarray:
    scaled = (points - points.mean()) / points.std()
    return KMeans(5, n_init=10, random_state=0).fit_predict(scaled)


def test_kinds_are_found_by_what_members_do_but_not_all_of_them_and_not_by_money_alone(
    drop: MallDrop, files: Files
) -> None:
    table = features(drop, files)
    planted = pd.Series(drop.kinds)[table.index]
    behaviour = pd.DataFrame(
        {
            "visits": np.log1p(table["visits"]),
            "weekend": shrunk(table["weekend"], table["visits"], 6),
            "luxury": np.sqrt(shrunk(table["luxury"], table["spend"], 300)),
            "coupons": np.sqrt(shrunk(table["coupons"], table["receipts"], 6)),
            "dwell": np.log(shrunk(table["minutes"], table["timed"], 2)),
        }
    )
    found = groups(behaviour)
    assert 0.68 < adjusted_rand_score(planted, found) < 0.88, "overlapping on purpose"
    sizes = pd.crosstab(planted, found)
    for kind, precision, recall in (("luxury", 0.7, 0.85), ("offers", 0.88, 0.8), ("weekend", 0.88, 0.8)):
        mine = sizes.loc[kind].idxmax()
        assert sizes.loc[kind, mine] / sizes[mine].sum() > precision, kind
        assert sizes.loc[kind, mine] / sizes.loc[kind].sum() > recall, kind
    recency = (pd.Timestamp(date(2024, 7, 1)) - table["last"]).dt.days
    money = pd.concat([np.log1p(recency), np.log1p(table["receipts"]), np.log1p(table["spend"])], axis=1)
    assert adjusted_rand_score(planted, groups(money)) < 0.4

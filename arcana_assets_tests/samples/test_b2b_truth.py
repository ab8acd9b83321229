"""The truth planted in the b2b sample is in its files: groups, affinities, and what precedes churn.

Slow: whole samples are written and read.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from arcana_assets.samples.b2b.folder import B2bDrop
from arcana_assets_tests.samples.b2b_files import TELEMETRY, Files

pytestmark = pytest.mark.slow


def test_groups_differ_in_value_growth_mood_support_and_products(
    drop: B2bDrop, files: Files, contracts: pd.DataFrame, revenue: pd.DataFrame
) -> None:
    group = pd.Series(drop.groups)
    shares = group.value_counts(normalize=True)
    assert len(shares) == 5
    assert shares.between(0.10, 0.35).all()
    paid = revenue.pivot_table(index="key", columns="month", values="mrr", aggfunc="sum")
    paid = paid[paid.index.isin(group.index)].dropna()
    mood = files.tidy("nps_transacional_produto.csv", "Nota", "Data da Resposta", "%m/%d/%Y %I:%M:%S %p")
    of = pd.DataFrame(
        {
            "value": paid.iloc[:, 12],
            "growth": paid.iloc[:, -1] / paid.iloc[:, 0],
            "mood": mood.groupby("key")["score"].mean(),
            "support": files.keys("tickets.csv").value_counts(),
            "contracts": contracts[contracts["active"]].groupby("key")["value"].sum(),
        }
    )
    medians = of[of.index.isin(group.index)].groupby(group).median()
    assert medians["value"].idxmax() == medians["growth"].idxmax() == "grandes_em_crescimento"
    assert medians["value"].idxmin() == medians["contracts"].idxmin() == "pequenas_digitais"
    assert medians["mood"].idxmin() == medians["support"].idxmax() == "insatisfeitas_com_muito_suporte"
    assert medians["mood"].idxmax() == "medias_fieis"
    assert medians["growth"].idxmin() == "em_saida"
    owned = contracts[contracts["active"]].drop_duplicates(["key", "line"])
    share = pd.crosstab(owned["line"], owned["key"].map(group), normalize="columns")
    favourites = {name: frozenset(share[name].nlargest(6).index) for name in share}
    assert all(not favourites[a] >= favourites[b] for a in favourites for b in favourites if a != b)


def test_each_group_has_a_name_of_its_own_in_the_segmentations_that_can_tell_it(drop: B2bDrop) -> None:
    assert set(drop.personas) == {"produtos", "perfil"}
    for named in drop.personas.values():
        assert named.keys() == drop.groups.keys()
        pairs = {(drop.groups[who], persona) for who, persona in named.items()}
        assert len(pairs) == len({persona for _, persona in pairs}) == len(set(drop.groups.values()))


def test_groups_have_nothing_to_do_with_segment_and_state(drop: B2bDrop, contracts: pd.DataFrame) -> None:
    master = contracts.drop_duplicates("key").set_index("key")
    of_group = pd.crosstab(master.index.map(drop.groups), master["DS_SEGMENTO"])
    expected = np.outer(of_group.sum(axis=1), of_group.sum()) / len(master)
    freedom = (of_group.shape[0] - 1) * (of_group.shape[1] - 1)
    assert ((of_group - expected) ** 2 / expected).to_numpy().sum() < 1.6 * freedom


def test_an_owner_of_a_signs_for_b_within_six_months(drop: B2bDrop, contracts: pd.DataFrame) -> None:
    signed = contracts[contracts["active"]].groupby(["key", "line"])["signed"].min().unstack()
    stays = signed.index.difference(list(drop.churned))
    early, followed = 0, 0
    for a, b in drop.affinities:
        own = signed.loc[stays, [a, b]]
        adopters = own[own[a].notna()]
        assert adopters[a].min() >= pd.Timestamp(2023, 7, 1)
        assert own.loc[own[a].isna(), b].notna().mean() < 0.08
        asked = adopters[adopters[a] < pd.Timestamp(2025, 1, 1)]
        early += len(asked)
        followed += int(((asked[b] > asked[a]) & (asked[b] <= asked[a] + pd.Timedelta(days=183))).sum())
    assert len(drop.affinities) == 6
    assert followed / early == pytest.approx(0.7, abs=0.1)


def test_who_left_pays_and_owns_nothing_any_more(drop: B2bDrop, contracts: pd.DataFrame, revenue: pd.DataFrame) -> None:
    assert len(drop.churned) > 10
    assert {drop.groups[key] for key in [*drop.churned, *drop.at_risk]} == {"em_saida"}
    assert not contracts.loc[contracts["key"].isin(drop.churned), "active"].any()
    last = revenue.groupby("key")["month"].max()
    left = {key: pd.Period(day, "M") for key, day in drop.churned.items() if key in last.index}
    assert all(last[key] == month - 1 for key, month in left.items())
    assert all(date(2024, 10, 1) <= day < date(2025, 7, 1) for day in drop.churned.values())
    assert all(day >= date(2025, 7, 1) for day in drop.at_risk.values())
    assert last[last.index.isin(drop.at_risk)].eq(pd.Period("2025-06")).all()


def test_the_mood_falls_before_a_customer_leaves(drop: B2bDrop, files: Files) -> None:
    answers = files.tidy("nps_transacional_produto.csv", "Nota", "Data da Resposta", "%m/%d/%Y %I:%M:%S %p")
    leaves = answers["key"].map({**drop.churned, **drop.at_risk})
    answers = answers[leaves.notna()]
    ahead = pd.PeriodIndex(pd.to_datetime(leaves.dropna()), freq="M").astype("int64") - pd.PeriodIndex(
        answers["month"]
    ).astype("int64")
    assert ahead.min() >= 1, "nobody answers after leaving"
    before = answers["score"].groupby(np.array(ahead) // 4).mean()
    assert before.loc[0] < before.loc[1] < before.loc[2] < before.loc[3]
    assert before.loc[0] < 4.5 < 7 < before.loc[3]


def test_usage_falls_over_the_five_days_before_a_customer_leaves(drop: B2bDrop, files: Files) -> None:
    rows = pd.concat([files[name].drop_duplicates() for name in TELEMETRY])
    day, at_risk = rows["referencedatestart"].str[:10], rows["clienteid"].str[:-2].isin(drop.at_risk)
    falling = day[at_risk].value_counts().sort_index()
    assert falling.is_monotonic_decreasing
    assert falling.iloc[-1] < 0.4 * falling.iloc[0]
    others = day[~at_risk].value_counts()
    assert others.max() < 1.15 * others.min()
    assert not rows["clienteid"].str[:-2].isin(drop.churned).any()

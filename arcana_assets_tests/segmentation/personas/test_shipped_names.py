"""The names of the shipped domains say what is so: of kinds as shops have them, and of segments that real files had."""

import functools

import numpy as np
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.personas import names_given
from arcana_assets.segmentation.personas.naming import name_segments
from arcana_assets.segmentation.personas.persona import Persona
from arcana_assets.segmentation.personas.positions import positions
from arcana_assets_tests.segmentation.personas.placed import texts

VALUE = ["recency_days", "frequency", "monetary", "tenure_months"]
KINDS = {  # customers, and the mean of recency, orders in six months, value and months since the first order
    "01-Frequentes de Baixo Valor": (140, (15, 9, 430, 14)),
    "02-Frequentes de Medio Valor": (115, (15, 9, 2_000, 14)),
    "03-VIPs/Alta Receita": (30, (10, 13, 10_000, 14)),
    "04-Risco churn": (80, (115, 6, 550, 16)),
    "05-Novos": (60, (10, 1.2, 75, 0.3)),
    "06-Ocasionais": (75, (110, 1.2, 55, 3.6)),
}


@functools.cache
def settings(domain, segmentation):
    return next(each for each in load_domain(DEFS / domain).segmentations if each.name == segmentation)


def value(position, segment_id=1):
    """The row of a segment: of each feature its mean, its lift and its mean percentile."""
    row = {"segment_id": segment_id}
    for name, (mean, lift, percentile) in zip(VALUE, position, strict=True):
        row |= {f"mean_{name}": mean, f"lift_{name}": lift, f"percentile_{name}": percentile}
    return row


def called(rows, segmentation="value", domain="retail", kept=()):
    of = settings(domain, segmentation)
    return name_segments(pd.DataFrame(rows), of.personas, of.axis, of.axis_label, kept)


@pytest.mark.parametrize("seed", range(10))
def test_the_six_kinds_of_a_shop_have_the_names_that_its_people_give_them(seed):
    draw = np.random.default_rng(seed)
    kind = np.repeat(np.arange(len(KINDS)), [size for size, _ in KINDS.values()])
    means = np.array([mean for _, mean in KINDS.values()])[kind]
    frame = pd.DataFrame(means * draw.lognormal(0, 0.25, means.shape), columns=VALUE)
    table = positions(frame, pd.Series(kind + 1), VALUE)
    personas, _ = called(table)
    assert list(texts(personas).values()) == list(KINDS)
    assert all(each.confident for each in personas)


@pytest.mark.parametrize(
    ("frequency", "name"),
    [((2.5, 1.02, 0.6), "02-Frequentes de Medio Valor"), ((2.26, 0.85, 0.58), "07-Recorrentes")],
)
def test_only_who_buys_more_often_than_the_base_is_called_frequent(frequency, name):
    # A month of a real shop, in which these were Frequentes because no other rule fitted.
    assert texts(called([value([(35, 0.58, 0.36), frequency, (852, 0.74, 0.67), (3.3, 0.91, 0.46)])])[0]) == {1: name}


def test_customers_of_one_order_are_not_frequent_in_a_first_month_in_which_hardly_anybody_has_two():
    nan = float("nan")
    once = value([(12, 0.8, 0.45), (1.2, 1.05, 0.55), (310, 1.1, 0.6), (0, nan, 0.5)])
    twice = value([(8, 0.5, 0.3), (2.1, 1.8, 0.9), (420, 1.5, 0.8), (0, nan, 0.5)], 2)
    assert texts(called([once, twice])[0]) == {1: "06-Ocasionais", 2: "02-Frequentes de Medio Valor"}


def test_who_spends_more_than_twice_the_mean_is_called_vip_also_where_the_segment_was_frequent_before():
    kept = [Persona(1, "02-Frequentes de Medio Valor", "Frequentes de {level} Valor", "Medio", 2, True)]
    row = value([(11.4, 0.2, 0.33), (18.4, 2.35, 0.85), (2_760, 2.37, 0.84), (5, 1.45, 0.7)])
    personas, renamed = called([row], kept=kept)
    assert texts(personas) == {1: "03-VIPs/Alta Receita"}
    assert renamed[0].why == "Valor líquido: 2,37 vezes a média da base; o nome pede no máximo 2 vezes."


def test_one_order_long_ago_is_no_risk_of_churn_and_several_are():
    once = value([(102, 1.65, 0.74), (1.1, 0.41, 0.28), (286, 0.25, 0.28), (3.4, 0.94, 0.46)])
    several = value([(113, 2.03, 0.78), (6.1, 0.78, 0.57), (920, 0.79, 0.56), (5, 1.44, 0.7)], 2)
    rich = value([(113, 2.03, 0.78), (6.1, 0.78, 0.57), (4_000, 3.4, 0.9), (5, 1.44, 0.7)], 3)
    churn = "04-Risco churn"
    assert texts(called([once, several, rich])[0]) == {1: "06-Ocasionais", 2: churn, 3: churn}


def test_nobody_is_new_in_a_first_month_in_which_everybody_is():
    nan = float("nan")
    first = value([(15, 1.0, 0.5), (1.1, 0.8, 0.45), (160, 0.7, 0.4), (0, nan, 0.5)])
    later = value([(15, 0.6, 0.3), (1.1, 0.4, 0.3), (160, 0.2, 0.3), (0.2, 0.1, 0.06)])
    assert texts(called([first])[0]) == {1: "06-Ocasionais"}
    assert texts(called([later])[0]) == {1: "05-Novos"}


@pytest.mark.parametrize("domain", ["retail", "b2b"])
def test_no_name_that_a_shipped_domain_can_give_ends_in_a_number(domain):
    for segmentation in load_domain(DEFS / domain).segmentations:
        given = names_given(segmentation.personas.on_axis(segmentation.axis_label))
        assert len(set(given)) == len(given)
        assert not [name for name in given if name[-1].isdigit()]


def test_customers_of_what_they_have_contracted_are_named_by_it_and_not_by_what_they_pay():
    rows = [
        {
            "segment_id": each,
            "mean_contract_value": 20_000.0,
            "percentile_contract_value": 0.63,
            "lift_contract_value": 1,
        }
        | {f"mean_owns_{name}": share for name, share in owned.items()}
        | {f"lift_owns_{name}": 5 * share for name, share in owned.items()}
        for each, owned in (
            (1, {"gestao_folha": 0.45, "controle_frotas": 0.01, "central_fiscal": 0.38, "agenda_obras": 0.02}),
            (2, {"gestao_folha": 0.02, "controle_frotas": 0.54, "central_fiscal": 0.03, "agenda_obras": 0.1}),
            (3, {"gestao_folha": 0.0, "controle_frotas": 0.0, "central_fiscal": 0.0, "agenda_obras": 0.0}),
        )
    ]
    personas, _ = called(rows, "produtos", "b2b")
    assert texts(personas) == {
        1: "Central_Fiscal e Gestao_Folha",
        2: "Controle_Frotas e Outros",
        3: "Sem Produto Marcante",
    }


def test_where_no_use_is_measured_at_all_nobody_is_said_to_use_little():
    nan = float("nan")
    measures = {  # score, tickets, no tickets, no answers: mean, lift, percentile
        1: ((3.9, 0.5, 0.09), (202, 4.7, 0.93), (0, 0, 0.3), (0, 0, 0.36)),
        2: ((3.3, 0.44, 0.06), (30, 0.7, 0.64), (0.6, 2.2, 0.72), (0, 0, 0.36)),
        3: ((nan, nan, nan), (21, 0.49, 0.51), (0.94, 2.5, 0.78), (1, 3.7, 0.86)),
        4: ((8.3, 1.1, 0.54), (nan, nan, nan), (1, 2.7, 0.81), (0, 0, 0.36)),
        5: ((8.4, 1.1, 0.57), (5.8, 0.14, 0.18), (0, 0, 0.31), (0.15, 0.5, 0.44)),
        6: ((8.4, 1.1, 0.59), (40, 0.93, 0.64), (0, 0, 0.31), (0.03, 0.1, 0.38)),
    }
    rows = []
    for segment, position in measures.items():
        all_of = zip(("mean_score", "tickets_opened", "tickets_absent", "surveys_absent"), position, strict=True)
        row = {
            "segment_id": segment,
            "mean_usage_absent": 1.0,
            "lift_usage_absent": 1.0,
            "percentile_usage_absent": 0.5,
        }
        for name, found in all_of:
            row |= dict(zip((f"mean_{name}", f"lift_{name}", f"percentile_{name}"), found, strict=True))
        for name in ("usage_trend", "usage_hours"):
            row |= dict.fromkeys((f"mean_{name}", f"lift_{name}", f"percentile_{name}"), nan)
        rows.append(row)
    personas, _ = called(rows, "comportamento", "b2b")
    assert texts(personas) == {
        1: "01-Insatisfeitos com Muito Suporte",
        2: "02-Insatisfeitos",
        3: "05-Sem Contato",
        4: "06-Sem Uso Medido nem Chamados",
        5: "07-Sem Uso Medido e Pouco Suporte",
        6: "08-Sem Uso Medido",
    }

"""What is said of moves and drift: a base of a hundred customers, a row a pair of segments."""

from datetime import date

import pandas as pd
import pytest

from arcana_assets.customer_360.drift import NOT_BEFORE, NOT_NOW, note_of
from arcana_assets.segmentation.movement.words import (
    drift_table,
    drifted_features,
    jumps,
    largest_moves,
    outside_limits,
    shares,
)

MARCH, APRIL = date(2011, 3, 1), date(2011, 4, 1)
PERSONAS = {1: "01-VIPs", 2: "02-Médio", 3: "03-Baixo"}


def moves(*cells, month=APRIL, name="valor"):
    """Rows of (from, to, customers)."""
    frame = pd.DataFrame(
        [
            {"month": month, "segmentation": name, "from_segment_id": before, "from_persona": PERSONAS.get(before)}
            | {"to_segment_id": after, "to_persona": PERSONAS.get(after), "customers": customers}
            | {"value": customers * 10.5, "by_behaviour": customers // 2, "by_model": 1}
            for before, after, customers in cells
        ]
    )
    return frame.astype({"from_segment_id": "Int64", "to_segment_id": "Int64"})


STEADY = moves((1, 1, 9), (1, 2, 1), (2, 1, 2), (2, 2, 48), (3, 3, 39), (3, None, 1), (None, 3, 1))
GROWN = moves((1, 1, 10), (2, 1, 12), (3, 1, 3), (2, 2, 38), (3, 3, 37))


def test_shares_are_of_the_customers_of_each_month():
    found = shares(STEADY).set_index("persona")
    assert found["share_before"].to_dict() == {"01-VIPs": 0.1, "02-Médio": 0.5, "03-Baixo": 0.4}
    assert found["share_now"].to_dict() == {"01-VIPs": 0.11, "02-Médio": 0.49, "03-Baixo": 0.4}


def test_a_persona_that_no_segment_has_any_more_has_a_share_of_zero():
    found = shares(moves((1, 2, 30), (2, 2, 70))).set_index("persona")
    assert found.loc["01-VIPs", ["share_before", "share_now"]].tolist() == [0.3, 0.0]


def test_a_month_without_one_before_has_no_share_before():
    assert shares(moves((None, 1, 4)))["share_before"].isna().all()


def test_a_persona_outside_its_limits_is_named_with_its_share_and_the_limit():
    limits = {"valor": {"01-VIPs": (0.12, 0.2), "Médio": (0.1, 0.4), "03-Baixo": (0.4, 0.4)}}
    assert outside_limits(STEADY, limits) == [
        "2011-04, valor: '01-VIPs' tem 11,0 % dos clientes, menos que o mínimo de 12,0 %",
        "2011-04, valor: 'Médio' tem 49,0 % dos clientes, mais que o máximo de 40,0 %",
    ]


def test_a_persona_with_limits_that_no_segment_is_called_is_said():
    assert outside_limits(moves((1, 2, 30), (2, 2, 70)), {"valor": {"VIPs": (0.01, 1)}}) == [
        "2011-04, valor: nenhum segmento se chama 'VIPs'; há '02-Médio'"
    ]
    assert outside_limits(moves((1, 2, 30), (2, 2, 70)), {"valor": {"VIPs": (0, 1)}}) == []  # may be none
    assert outside_limits(STEADY, {"outra": {"VIPs": (0, 0)}}) == []


def test_a_persona_that_grew_is_named_with_where_most_came_from():
    first, second = jumps(GROWN)
    assert first == (
        "2011-04, valor: '01-VIPs' cresceu de 10,0 % para 25,0 % dos clientes; "
        "dos 15 clientes que entraram, 12 vieram de '02-Médio'"
    )
    assert second == (
        "2011-04, valor: '02-Médio' caiu de 50,0 % para 38,0 % dos clientes; "
        "dos 12 clientes que saíram, 12 foram para '01-VIPs'"
    )


@pytest.mark.parametrize(("moved", "said"), [(10, 0), (11, 2)])
def test_a_change_of_ten_points_is_no_jump_and_one_of_eleven_is(moved, said):
    assert len(jumps(moves((1, 1, 30), (2, 1, moved), (2, 2, 70 - moved)))) == said


def test_new_customers_and_those_who_left_are_said_as_such():
    grown, fallen = jumps(moves((1, 1, 10), (None, 1, 30), (2, 2, 60), (2, None, 30)))
    assert grown.endswith("dos 30 clientes que entraram, 30 são novos na base")
    assert fallen.endswith("dos 30 clientes que saíram, 30 deixaram a base")


def test_a_share_that_changed_without_a_move_is_said_to_be_the_rest_of_the_base():
    _, fallen = jumps(moves((1, 1, 50), (None, 1, 100), (2, 2, 50)))
    assert fallen.endswith(
        "'02-Médio' caiu de 50,0 % para 25,0 % dos clientes; "
        "nenhum cliente saiu: foi o resto da base que mudou de tamanho"
    )


def test_the_first_month_has_no_jumps():
    assert jumps(moves((None, 1, 10), (None, 2, 90))) == []


def test_months_and_segmentations_are_told_apart():
    both = pd.concat([STEADY, GROWN.assign(segmentation="uso"), GROWN.assign(month=MARCH)], ignore_index=True)
    assert [sentence[:14] for sentence in jumps(both)] == ["2011-03, valor"] * 2 + ["2011-04, uso: "] * 2


def test_the_largest_moves_of_the_last_month_are_a_table():
    both = pd.concat([GROWN.assign(month=MARCH), moves((1, 1, 9), (2, 1, 2), (1, 2, 1234), (None, 3, 2), (3, None, 1))])
    assert largest_moves(both, most=3).splitlines() == [
        "| segmentação | de | para | clientes | valor | por comportamento | pelo modelo |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| valor | 01-VIPs | 02-Médio | 1.234 | 12.957 | 617 | 1 |",
        "| valor | 02-Médio | 01-VIPs | 2 | 21 | 1 | 1 |",
        "| valor | novos | 03-Baixo | 2 | 21 | 1 | 1 |",
    ]
    assert largest_moves(moves((1, 1, 9))) == "Ninguém mudou de segmento."
    assert largest_moves(both[:0]) == "Nenhum cliente."


def drifts(*rows):
    names = ("feature", "psi", "median_before", "median_now", "missing_share_now", "drifted", "note")
    frame = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    return frame.assign(month=APRIL, segmentation="valor", ks=0.2, missing_share_before=0.01)


def test_a_feature_that_drifted_and_one_that_is_gone_are_named():
    table = drifts(
        ("monetary", 0.05, 100.0, 101.0, 0.0, False, None),
        ("recency_days", 0.3127, 40.0, 65.5, 0.03, True, None),
        ("frequency", None, 2.0, None, None, False, note_of(NOT_NOW)),
        ("tenure_months", None, None, 3.0, 0.0, False, note_of(NOT_BEFORE)),
    )
    assert drifted_features(table, {"valor": 0.25}) == [
        "2011-04, valor: Recência (dias) (recency_days) mudou, com PSI 0,31 (limite 0,25); mediana de 40 para 65,5, "
        "ausentes de 1,0 % para 3,0 %",
        "2011-04, valor: Frequência (pedidos) (frequency) está ausente na base atual",
    ]
    lines = drift_table(table, most=3).splitlines()
    assert len(lines) == 5
    assert lines[2] == "| valor | Recência (dias) | 0,31 | 0,20 | 40 | 65,5 | 3,0 % |  |"
    assert lines[4].endswith("| sem dado | 0,20 | 2 | sem dado | sem dado | ausente na base atual |")
    assert drift_table(table[:0]) == "Nenhum modelo."

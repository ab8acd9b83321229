"""A small tree retells who is in a segment: its rules hold as written, and its fidelity is measured on others."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from arcana_assets.presentation.labels import label_of
from arcana_assets.segmentation.personas.persona import UnusableSegments
from arcana_assets.segmentation.profiles.membership import membership

NAMES = {1: "01-Alta", 2: "02-Baixa", 3: "03-Outra"}


def grown(columns, segments, seed=7, leaves=12, names=NAMES):
    frame = pd.DataFrame(columns)
    frame["customer_id"] = [f"C{at:04d}" for at in range(len(frame))]
    features = list(columns)
    return membership(
        frame, pd.Series(segments), names, features, {name: label_of(name) for name in features}, seed, leaves
    )


def test_rules_are_in_the_units_of_the_features_with_the_shortest_limits():
    values = [1180.0 + at for at in range(10)] + [1244.0 + at for at in range(10)]
    found = grown({"monetary": values}, [2] * 10 + [1] * 10)
    # Between 1,189 and 1,244, the middle is 1,216.5; the shortest figure there is 1,200.
    assert found.rules == {1: "Valor líquido > 1.200", 2: "Valor líquido <= 1.200"}
    assert found.fidelity == 1
    assert found.text == (
        "Uma árvore de 2 folhas diz o segmento certo de 100,0 % dos clientes que não viu; "
        "dizer sempre o maior segmento acertaria 50,0 %.\n"
        "01-Alta: Valor líquido > 1.200\n"
        "02-Baixa: Valor líquido <= 1.200"
    )


def test_a_segment_between_two_limits_has_one_condition_and_one_at_both_ends_two_rules():
    values = [float(at) for at in range(30)]
    found = grown({"frequency": values}, [1] * 8 + [2] * 12 + [1] * 10)
    label = "Frequência (pedidos)"
    assert found.rules == {
        1: f"({label} > 19) ou ({label} <= 7)",
        2: f"{label} > 7 e <= 19",
    }


def test_shares_are_limits_in_percent_and_indicators_are_yes_or_no():
    parts = [0.125, 0.13, 0.1875, 0.2] * 5
    found = grown({"share_tech": parts}, [2, 2, 1, 1] * 5)
    assert found.rules[1].endswith("> 16 %")
    flags = grown({"recency_days_absent": [0.0, 1.0] * 10}, [2, 1] * 10)
    assert flags.rules == {1: "Ausência: Recência (dias): sim", 2: "Ausência: Recência (dias): não"}


def test_missing_and_infinite_values_are_said_to_be_absent():
    found = grown({"recency_days": [math.nan, math.inf, 5.0, 9.0] * 5}, [1, 1, 2, 2] * 5)
    assert found.rules == {1: "Recência (dias) ausente", 2: "Recência (dias) conhecido"}
    mixed = grown({"recency_days": [math.nan, 50.0, 5.0, 9.0] * 5}, [1, 1, 2, 2] * 5)
    assert mixed.rules[1] == "(Recência (dias) > 30 ou ausente)"
    assert mixed.rules[2] == "Recência (dias) <= 30"


def test_a_feature_that_nobody_has_is_in_no_rule():
    found = grown({"monetary": [1.0, 9.0] * 10, "recency_days": [math.nan] * 20}, [2, 1] * 10)
    assert not any("Recência" in rule for rule in found.rules.values())
    assert found.fidelity == 1


def test_one_segment_is_all_customers():
    found = grown({"monetary": [1.0, 2.0]}, [1, 1])
    assert (found.rules, found.fidelity) == ({1: "todos os clientes"}, 1.0)
    assert found.text.startswith("Uma árvore de 1 folha ")


def test_customers_that_are_all_alike_leave_the_smaller_segment_without_a_rule():
    found = grown({"monetary": [5.0] * 10}, [1] * 7 + [2] * 3)
    assert found.rules == {
        1: "todos os clientes",
        2: "nenhuma regra curta: pequeno ou disperso demais para a árvore",
    }
    assert found.fidelity == 0.7


def test_a_segment_of_one_customer_is_never_told_right_by_a_tree_that_did_not_see_it():
    found = grown({"monetary": [*[float(at) for at in range(9)], 100.0]}, [2] * 9 + [1])
    assert found.rules[1] == "Valor líquido > 50"
    assert found.fidelity == 0.9


def test_fidelity_to_segments_drawn_at_random_is_that_of_a_guess():
    draw = np.random.default_rng(1)
    found = grown({"monetary": draw.normal(size=600)}, draw.integers(1, 4, 600))
    assert 0.25 < found.fidelity < 0.42


def test_the_tree_does_not_depend_on_the_order_of_rows():
    draw = np.random.default_rng(4)
    frame = pd.DataFrame({"monetary": draw.lognormal(5, 1, 400), "recency_days": draw.integers(0, 200, 400)})
    frame["customer_id"] = [f"C{at:04d}" for at in range(400)]
    segments = pd.Series(np.where(frame["monetary"] > 200, 1, np.where(frame["recency_days"] > 90, 2, 3)))
    mixed = draw.permutation(400)
    one, other = (
        membership(part, each, NAMES, ["monetary", "recency_days"], {}, 7)
        for part, each in ((frame, segments), (frame.iloc[mixed], segments.iloc[mixed]))
    )
    assert one == other
    assert one.fidelity > 0.97


def test_a_limit_among_many_customers_is_short_and_a_large_base_is_told_by_a_sample():
    draw = np.random.default_rng(6)
    values = draw.lognormal(5, 1, 21_000)
    one = grown({"monetary": values}, np.where(values > 203.4, 1, 2))
    # Half a percent of the customers may be passed: 203 is near enough, 200 is not.
    assert one.rules == {1: "Valor líquido > 203", 2: "Valor líquido <= 203"}
    # The fidelity is that of the rule as written: those between the two limits are told wrong.
    wrong = ((values > 203) & (values <= 203.4)).mean()
    assert one.fidelity == pytest.approx(1 - wrong, abs=0.002)
    assert one.fidelity < 1


@pytest.mark.parametrize("seed", range(5))
def test_the_rules_as_written_give_the_share_that_the_tree_tells_right(seed):
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": draw.lognormal(3, 1, 300), "b": draw.normal(size=300)})
    frame.loc[draw.random(300) < 0.2, "b"] = math.nan
    target = np.where(frame["a"] > 25, 1, np.where(frame["b"].fillna(9) > 0.3, 2, 3))
    target = np.where(draw.random(300) < 0.05, draw.integers(1, 4, 300), target)
    frame["customer_id"] = [f"C{at:04d}" for at in range(300)]
    found = membership(frame, pd.Series(target), NAMES, ["a", "b"], {}, seed)
    times_told = sum(read(rule, frame).astype(int) for rule in found.rules.values())
    assert (times_told == 1).all()
    right = sum((read(rule, frame) & (target == segment)).sum() for segment, rule in found.rules.items())
    assert right / 300 > 0.93


def read(rule, frame):
    """The customers for whom a rule holds, read as pandas reads a query: absent is what differs from itself."""
    words = re.sub(r"(\d)\.(?=\d{3})", r"\1", rule).replace(",", ".")
    words = re.sub(r"([ab]) > (\S+) e <= ", r"\1 > \2 and \1 <= ", words)
    words = re.sub(r"\(([ab]) ([^()]+) ou ausente\)", r"(\1 \2 or \1 != \1)", words)
    words = re.sub(r"([ab]) ausente", r"\1 != \1", words)
    words = re.sub(r"([ab]) conhecido", r"\1 == \1", words)
    return frame.eval(words.replace(" e ", " and ").replace(" ou ", " or "), engine="python")


def test_what_no_tree_can_be_grown_from_is_refused():
    with pytest.raises(UnusableSegments, match="found 2, \\['monetary'\\], 1"):
        grown({"monetary": [1.0, 2.0]}, [1, 2], leaves=1)
    with pytest.raises(UnusableSegments, match="one segment, in the same index"):
        grown({"monetary": [1.0, 2.0]}, [1, None])
    with pytest.raises(UnusableSegments, match="segment 9 has no persona"):
        grown({"monetary": [1.0, 2.0]}, [1, 9])
    twice = pd.DataFrame({"customer_id": ["a", "a"], "monetary": [1.0, 2.0]})
    with pytest.raises(UnusableSegments, match="1 rows have the customer_id of another one"):
        membership(twice, pd.Series([1, 2]), NAMES, ["monetary"], {}, 7)

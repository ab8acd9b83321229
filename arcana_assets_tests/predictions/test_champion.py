"""The champion: the simplest of those that are as good as the best, never one no better than the last period."""

import numpy as np
import pytest

from arcana_assets.predictions.champion import InUse, choice, judged

WHOSE = np.arange(2000)


def losses(**means):
    """Squared errors with these means; noise that all candidates share, and a little of their own."""
    rng = np.random.default_rng(4)
    shared = rng.random(2000)
    return {name: mean + 0.1 * shared + 0.01 * rng.random(2000) for name, mean in means.items()}


def test_the_simplest_within_the_interval_of_the_best_serves():
    told = losses(last_period=0.2, table=0.15, rfm=0.12, logistic=0.1203, additive=0.1199)
    found = choice(told, WHOSE)
    assert found.name == "rfm"
    assert "não é melhor além do acaso" in found.why
    assert found.beyond == frozenset()


def test_nobody_serves_who_is_no_better_than_the_last_period():
    found = choice(losses(last_period=0.1, table=0.1002, additive=0.12), WHOSE)
    assert found.name == "last_period"
    assert "nenhum candidato errou menos" in found.why


def test_who_serves_stays_until_another_is_better_beyond_the_interval_in_two_months_running():
    told = losses(last_period=0.2, table=0.15, rfm=0.12, additive=0.11)
    first = choice(told, WHOSE, InUse("rfm", frozenset()))
    assert first.name == "rfm"
    assert first.beyond == {"additive"}
    assert "passa a servir se o for também no próximo mês" in first.why
    second = choice(told, WHOSE, InUse(first.name, first.beyond))
    assert second.name == "additive"


def test_a_more_complicated_one_in_use_stays_within_the_interval_too():
    told = losses(last_period=0.2, rfm=0.12, additive=0.1203)
    assert choice(told, WHOSE, InUse("additive", frozenset())).name == "additive"
    assert choice(told, WHOSE).name == "rfm"


def test_who_serves_goes_at_once_where_it_is_no_better_than_the_last_period():
    told = losses(last_period=0.12, table=0.13, additive=0.11)
    assert choice(told, WHOSE, InUse("table", frozenset())).name == "additive"


def test_the_difference_to_the_best_has_an_interval_that_holds_it():
    board = {each.name: each for each in judged(losses(last_period=0.2, rfm=0.12), WHOSE)}
    assert (board["rfm"].low, board["rfm"].high) == (0, 0)
    last = board["last_period"]
    assert last.low < last.brier - board["rfm"].brier < last.high
    assert last.brier - board["rfm"].brier == pytest.approx(0.08, abs=0.002)

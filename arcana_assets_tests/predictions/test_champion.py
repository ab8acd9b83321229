"""The champion: the simplest of those that are as good as the best, of those better than the last period each month."""

from datetime import date

import numpy as np
import pytest

from arcana_assets.predictions.champion import InUse, choice, judged, not_below
from arcana_assets.presentation.language import language_of

PORTUGUESE = language_of()

WHOSE = np.arange(2000)
MARCH, APRIL = date(2011, 3, 1), date(2011, 4, 1)
MONTHS = np.repeat(np.array([MARCH, APRIL], dtype=object), 1000)


def losses(**means):
    """Squared errors with these means; noise that all candidates share, and a little of their own."""
    rng = np.random.default_rng(4)
    shared = rng.random(2000)
    return {name: mean + 0.1 * shared + 0.01 * rng.random(2000) for name, mean in means.items()}


def test_the_simplest_within_the_interval_of_the_best_serves():
    told = losses(last_period=0.2, table=0.15, rfm=0.12, logistic=0.1203, additive=0.1199)
    found = choice(PORTUGUESE, told, WHOSE, MONTHS)
    assert found.name == "rfm"
    assert "não é melhor além do acaso" in found.why
    assert found.beyond == frozenset()


def test_nobody_serves_who_is_no_better_than_the_last_period():
    found = choice(PORTUGUESE, losses(last_period=0.1, table=0.1002, additive=0.12), WHOSE, MONTHS)
    assert found.name == "last_period"
    assert "nenhum candidato errou menos" in found.why


def test_who_serves_stays_until_another_is_better_beyond_the_interval_in_two_months_running():
    told = losses(last_period=0.2, table=0.15, rfm=0.12, additive=0.11)
    first = choice(PORTUGUESE, told, WHOSE, MONTHS, InUse("rfm", frozenset()))
    assert first.name == "rfm"
    assert first.beyond == {"additive"}
    assert "passa a servir se o for também no próximo mês" in first.why
    second = choice(PORTUGUESE, told, WHOSE, MONTHS, InUse(first.name, first.beyond))
    assert second.name == "additive"


def test_a_more_complicated_one_in_use_stays_within_the_interval_too():
    told = losses(last_period=0.2, rfm=0.12, additive=0.1203)
    assert choice(PORTUGUESE, told, WHOSE, MONTHS, InUse("additive", frozenset())).name == "additive"
    assert choice(PORTUGUESE, told, WHOSE, MONTHS).name == "rfm"


def test_who_serves_goes_at_once_where_it_is_no_better_than_the_last_period():
    told = losses(last_period=0.12, table=0.13, additive=0.11)
    assert choice(PORTUGUESE, told, WHOSE, MONTHS, InUse("table", frozenset())).name == "additive"


def only_in(month, losses, name, more):
    """The losses, those of one candidate larger in one hold-out."""
    return losses | {name: losses[name] + np.where(month == MONTHS, more, 0.0)}


def test_nobody_serves_who_loses_one_hold_out_to_the_last_period_however_far_it_is_ahead_in_all():
    told = losses(last_period=0.2, rfm=0.15, additive=0.1)
    assert choice(PORTUGUESE, told, WHOSE, MONTHS).name == "additive"
    lost = only_in(APRIL, told, "additive", 0.12)
    assert lost["additive"].mean() < told["last_period"].mean() - 0.03
    found = choice(PORTUGUESE, lost, WHOSE, MONTHS, InUse("additive", frozenset()))
    assert found.name == "rfm"
    both = only_in(MARCH, lost, "rfm", 0.06)
    found = choice(PORTUGUESE, both, WHOSE, MONTHS)
    assert found.name == "last_period"
    assert "nenhum candidato errou menos que ele em cada mês de prova" in found.why
    assert "o modelo aditivo errou tanto quanto ele ou mais em 2011-04" in found.why  # of who erred least in all


def test_of_who_erred_least_and_may_not_serve_the_reason_says_the_months():
    told = only_in(APRIL, losses(last_period=0.2, rfm=0.15, additive=0.05), "additive", 0.16)
    found = choice(PORTUGUESE, told, WHOSE, MONTHS)
    assert found.name == "rfm"
    assert found.why.endswith(
        "; não pode servir quem menos errou: o modelo aditivo errou tanto quanto ele ou mais em 2011-04."
    )


def test_as_much_as_the_last_period_is_not_less():
    told = losses(last_period=0.2)
    assert not_below(told["last_period"], told["last_period"], MONTHS) == [MARCH, APRIL]
    assert choice(PORTUGUESE, told | {"table": told["last_period"]}, WHOSE, MONTHS).name == "last_period"


def test_the_last_period_alone_has_nothing_to_be_compared_with():
    found = choice(PORTUGUESE, losses(last_period=0.2), WHOSE, MONTHS)
    assert (found.name, found.beyond) == ("last_period", frozenset())
    assert "nenhum outro candidato" in found.why


def test_the_difference_to_the_best_has_an_interval_that_holds_it():
    board = {each.name: each for each in judged(losses(last_period=0.2, rfm=0.12), WHOSE)}
    assert (board["rfm"].low, board["rfm"].high) == (0, 0)
    last = board["last_period"]
    assert last.low < last.brier - board["rfm"].brier < last.high
    assert last.brier - board["rfm"].brier == pytest.approx(0.08, abs=0.002)


def test_nobody_serves_whose_probabilities_did_not_come_true():
    told = losses(last_period=0.2, table=0.15, rfm=0.12)
    found = choice(PORTUGUESE, told, WHOSE, MONTHS, too_sure={"rfm": 0.31})
    assert found.name == "table"
    assert "disse probabilidades extremas demais (inclinação 0,31; o certo é 1)" in found.why
    nobody = choice(PORTUGUESE, told, WHOSE, MONTHS, InUse("rfm", frozenset()), {"rfm": 0.31, "table": 0.5})
    assert nobody.name == "last_period"
    assert nobody.why.startswith("Serve o último período: nenhum é de crer; ")

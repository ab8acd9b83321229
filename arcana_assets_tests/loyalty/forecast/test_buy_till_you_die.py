"""BG/NBD and Gamma-Gamma find the parameters that customers were made with, and say where there is nothing to find."""

import numpy as np
import pytest

from arcana_assets.loyalty.forecast.buy_till_you_die import (
    BetaGeometric,
    GammaGamma,
    NotConverged,
    fit_beta_geometric,
    fit_gamma_gamma,
)

PLANTED = {"r": 0.8, "alpha": 3.0, "a": 0.9, "b": 3.0}


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(2)
    # The first order is not one after which BG/NBD lets a customer go.
    customers, months = 6_000, 24.0
    rate = rng.gamma(PLANTED["r"], 1 / PLANTED["alpha"], customers)
    leaves = rng.beta(PLANTED["a"], PLANTED["b"], customers)
    age = rng.uniform(months / 2, months, customers)
    repeats, last, later = (np.zeros(customers) for _ in range(3))
    for at in range(customers):
        now = rng.exponential(1 / rate[at])
        while now <= age[at] + 3:
            if now <= age[at]:
                repeats[at], last[at] = repeats[at] + 1, now
            else:
                later[at] += 1
            if rng.random() < leaves[at]:
                break
            now += rng.exponential(1 / rate[at])
    return repeats, last, age, later


def test_the_planted_parameters_are_found(world):
    repeats, last, age, _ = world
    fit = fit_beta_geometric(repeats, last, age)
    assert fit.r == pytest.approx(PLANTED["r"], rel=0.15)
    assert fit.r / fit.alpha == pytest.approx(PLANTED["r"] / PLANTED["alpha"], rel=0.1)
    assert fit.a / (fit.a + fit.b) == pytest.approx(PLANTED["a"] / (PLANTED["a"] + PLANTED["b"]), rel=0.15)


def test_orders_to_come_are_as_many_as_come(world):
    repeats, last, age, later = world
    fit = fit_beta_geometric(repeats, last, age)
    expected = fit.expected_orders(repeats, last, age, 3.0)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.08)
    many = repeats >= np.quantile(repeats, 0.9)
    assert expected[many].sum() == pytest.approx(later[many].sum(), rel=0.12)


def test_the_unit_of_time_changes_nothing(world):
    repeats, last, age, _ = world
    months = fit_beta_geometric(repeats, last, age)
    days = fit_beta_geometric(repeats, last * 30, age * 30)
    assert (days.r, days.a, days.b) == pytest.approx((months.r, months.a, months.b), rel=1e-3)
    assert days.alpha == pytest.approx(months.alpha * 30, rel=1e-3)
    assert days.log_likelihood == pytest.approx(months.log_likelihood - repeats.sum() * np.log(30), rel=1e-6)


def test_who_never_came_back_is_expected_less_and_less(world):
    fit = BetaGeometric(**PLANTED, log_likelihood=0.0)
    silent = fit.expected_orders(np.full(4, 5.0), np.full(4, 6.0), np.array([6.0, 9, 15, 30]), 3.0)
    assert (np.diff(silent) < 0).all()
    assert fit.expected_orders(np.zeros(1), np.zeros(1), np.ones(1), 1e-9) == pytest.approx([0], abs=1e-6)


def test_the_value_of_orders_to_come_lies_between_the_customers_and_the_bases():
    rng = np.random.default_rng(4)
    customers, p, q, v = 8_000, 6.0, 4.0, 15.0
    orders = rng.integers(1, 12, customers).astype("float64")
    mean = rng.gamma(p * orders, 1.0) / (orders * rng.gamma(q, 1 / v, customers))
    fit = fit_gamma_gamma(orders, mean)
    assert (fit.p, fit.q, fit.v) == pytest.approx((p, q, v), rel=0.2)
    base = p * v / (q - 1)
    told = GammaGamma(p, q, v).expected_value(np.array([0.0, 1, 100, 3]), np.array([99.0, 99, 99, -5]))
    assert told[[0, 3]] == pytest.approx([base, base])
    assert base < told[1] < told[2] < 99


@pytest.mark.parametrize(
    ("repeats", "last", "age"),
    [
        (np.zeros(100), np.zeros(100), np.full(100, 6.0)),
        *(
            (np.full(size, orders), np.full(size, 6.0), np.full(size, 6.0))
            for size in (50, 100, 1_000)
            for orders in (1.0, 3, 9)
        ),
    ],
    ids=[
        "nobody came back",
        *(f"{size} who ordered {orders} times" for size in (50, 100, 1_000) for orders in (2, 4, 10)),
    ],
)
def test_where_the_likelihood_has_no_maximum_the_fit_says_so(repeats, last, age):
    with pytest.raises(NotConverged, match="BG/NBD"):
        fit_beta_geometric(repeats, last, age)


def test_values_without_spread_or_without_customers_are_refused():
    with pytest.raises(NotConverged, match="Gamma-Gamma"):
        fit_gamma_gamma(np.full(50, 4.0), np.full(50, 20.0))
    with pytest.raises(NotConverged, match="expected 10 customers or more with a value, found 3"):
        fit_gamma_gamma(np.ones(3), np.ones(3))

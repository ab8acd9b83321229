"""Buy till you die: how many orders a customer will make and of what value, by how often, how lately, for how much.

Belongs here: BG/NBD and Gamma-Gamma, fitted by maximum likelihood. Does not belong here: which model forecasts revenue
(`forecast.revenue`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from arcana_assets.domain.errors import ArcanaError

# Of the logarithm of a parameter: where a fit is sought, and from where on it has found no maximum. A distribution with
# a parameter of a thousand is as good as a point; the likelihood is a ridge there, and rounding says where to stop.
BOUND, FAR = 9.0, 7.0
LEAST = 10  # customers that bought again, for a fit
FLAT = 1e-4  # the largest slope at a minimum, of the mean likelihood by the logarithm of a parameter


class NotConverged(ArcanaError):
    """Raised where a likelihood has no maximum that can be told, so that nothing must be read from the fit."""


@dataclass(frozen=True)
class BetaGeometric:
    """BG/NBD: customers order at a gamma distributed rate, and after each order may never come back.

    Source: Fader, Hardie, Lee, "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model (2005).
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def expected_orders(self, repeats: np.ndarray, last: np.ndarray, age: np.ndarray, ahead: float) -> np.ndarray:
        """Orders of each customer in the next `ahead` units of time, shape (n,): equation 10 of the source."""
        from scipy.special import hyp2f1

        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        x = repeats
        ratio = ((alpha + age) / (alpha + age + ahead)) ** (r + x)
        series = hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + age + ahead))
        orders = (a + b + x - 1) / (a - 1) * (1 - ratio * series)
        bought = x > 0
        gone = np.zeros(len(x))
        gone[bought] = a / (b + x[bought] - 1) * ((alpha + age[bought]) / (alpha + last[bought])) ** (r + x[bought])
        return np.asarray(orders / (1 + gone))


@dataclass(frozen=True)
class GammaGamma:
    """Gamma-Gamma: the value of a customer's orders varies around a mean that itself varies between customers.

    Source: Fader, Hardie, The Gamma-Gamma Model of Monetary Value (2013).
    """

    p: float
    q: float
    v: float

    def expected_value(self, orders: np.ndarray, mean_value: np.ndarray) -> np.ndarray:
        """Mean value of a customer's orders to come, shape (n,); the base's for who has no positive value so far."""
        p, q, v = self.p, self.q, self.v
        known = (orders > 0) & (mean_value > 0)
        n, m = np.where(known, orders, 0.0), np.where(known, mean_value, 0.0)
        return np.asarray(p * (v + n * m) / (p * n + q - 1))


def fit_beta_geometric(repeats: np.ndarray, last: np.ndarray, age: np.ndarray) -> BetaGeometric:
    """The BG/NBD of customers, one entry each: orders after the first, time from first to last order, time since first.

    Times are in one unit, any; they are scaled, so that the fit does not depend on it. Raises NotConverged.
    """
    from scipy.special import betaln, digamma, gammaln

    x, t_x, t = (np.asarray(each, dtype="float64") for each in (repeats, last, age))
    if (x > 0).sum() < LEAST:
        raise NotConverged(f"BG/NBD: expected {LEAST} customers or more who ordered again, found {int((x > 0).sum())}")
    scale, again = 10.0 / t.max(), x > 0
    t_x, t = t_x * scale, t * scale

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, a, b = np.exp(logs)
        alive = -(r + x) * np.log(alpha + t)
        left = b + np.where(again, x - 1, 0)  # of who never ordered again, it is not known that they are gone
        gone = np.where(again, np.log(a) - np.log(left) - (r + x) * np.log(alpha + t_x), -np.inf)
        either = np.logaddexp(alive, gone)
        each = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b) + either
        is_alive, is_gone = np.exp(alive - either), np.exp(gone - either)
        both = digamma(a + b) - digamma(a + b + x)
        slopes = (
            digamma(r + x) - digamma(r) + np.log(alpha) - is_alive * np.log(alpha + t) - is_gone * np.log(alpha + t_x),
            r / alpha - (r + x) * (is_alive / (alpha + t) + is_gone / (alpha + t_x)),
            both + is_gone / a,
            both + digamma(b + x) - digamma(b) - is_gone / left,
        )
        gradient = np.array([slope.mean() for slope in slopes]) * np.exp(logs)
        return -float(each.mean()), -gradient

    logs, least = _minimum("BG/NBD", loss, 4)
    r, alpha, a, b = (float(each) for each in np.exp(logs))
    # Of unscaled times: the density of each order is one per unit of time.
    likelihood = -least * len(x) + float(x.sum()) * np.log(scale)
    return BetaGeometric(r, float(alpha / scale), a, b, float(likelihood))


def fit_gamma_gamma(orders: np.ndarray, mean_value: np.ndarray) -> GammaGamma:
    """The Gamma-Gamma of customers, one entry each: how many orders, and their mean value, above 0.

    Raises NotConverged, also where the value to come would have no mean (q at most 1).
    """
    from scipy.special import digamma, gammaln

    n, m = np.asarray(orders, dtype="float64"), np.asarray(mean_value, dtype="float64")
    if len(n) < LEAST:
        raise NotConverged(f"Gamma-Gamma: expected {LEAST} customers or more with a value, found {len(n)}")
    scale = 1.0 / float(np.median(m))
    m = m * scale

    def loss(logs: np.ndarray) -> tuple[float, np.ndarray]:
        p, q, v = np.exp(logs)
        total = np.log(v + n * m)
        each = gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(v) - np.log(m)
        each = each + p * n * (np.log(m) + np.log(n)) - (p * n + q) * total
        slopes = (
            n * (digamma(p * n + q) - digamma(p * n) + np.log(m) + np.log(n) - total),
            digamma(p * n + q) - digamma(q) + np.log(v) - total,
            q / v - (p * n + q) / (v + n * m),
        )
        gradient = np.array([slope.mean() for slope in slopes]) * np.exp(logs)
        return -float(each.mean()), -gradient

    logs, _ = _minimum("Gamma-Gamma", loss, 3)
    p, q, v = (float(each) for each in np.exp(logs))
    if q <= 1:
        raise NotConverged(f"Gamma-Gamma: q is {q:.3f}, so the value of orders to come has no mean")
    return GammaGamma(p, q, v / scale)


def _minimum(
    name: str, loss: Callable[[np.ndarray], tuple[float, np.ndarray]], parameters: int
) -> tuple[np.ndarray, float]:
    """The logarithms of the parameters at the minimum of a loss with gradient, and the loss. Raises NotConverged."""
    from scipy.optimize import minimize

    found: Any = minimize(
        loss,
        np.zeros(parameters),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-BOUND, BOUND)] * parameters,
        options={"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-8},
    )
    if not np.isfinite(found.fun) or np.abs(found.jac).max() > FLAT:
        raise NotConverged(f"{name} did not converge: {found.message}")
    if (np.abs(found.x) > FAR).any():
        values = ", ".join(f"{each:.3g}" for each in np.exp(found.x))
        raise NotConverged(f"{name} did not converge: a parameter ran away ({values})")
    return np.asarray(found.x), float(found.fun)

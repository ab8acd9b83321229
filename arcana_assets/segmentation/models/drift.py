"""Drift: how far the features of a base have moved from those that a model was fitted on.

Belongs here: the reference a model keeps of a feature, PSI and KS against it. Does not belong here: the limit of a
segmentation (`domain.settings.segmentation`), who moved between segments (`movement.migration`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError

STEPS = 100  # a reference has STEPS + 1 quantiles
BINS = (10, 5, 4, 2)  # of equal shares; the first that leaves CUSTOMERS_A_BIN in each
CUSTOMERS_A_BIN = 20
NARROW = 2.5 / STEPS  # no bin is: between two values that many have, one quantile may be interpolated, of nobody
FLOOR = 1e-4  # share of the customers that an empty bin is taken to hold, or half a customer where that is more
NOT_NOW, NOT_BEFORE, NOBODY = "ausente na base atual", "sem referência no modelo", "sem clientes para comparar"
FEW = f"menos de {BINS[-1] * CUSTOMERS_A_BIN} clientes: o acaso pesa no PSI"
COLUMNS = {
    "feature": "object",
    "psi": "float64",
    "ks": "float64",
    "missing_share_before": "float64",
    "missing_share_now": "float64",
    "median_before": "float64",
    "median_now": "float64",
    "customers_before": "Int64",
    "customers_now": "Int64",
    "note": "object",
}


class NotComparable(ArcanaError):
    """Raised for a reference without all of its quantiles, and for a feature that is no number."""


@dataclass(frozen=True)
class Reference:
    """A feature as the customers had it that a model was fitted on.

    `quantiles` are the 0, 1, ... 100 % quantiles of the known raw values (linear, as `numpy.quantile`), none where
    nobody has the feature; `missing_share` the share of `customers` who lack it.
    """

    feature: str
    quantiles: tuple[float, ...]
    missing_share: float
    customers: int


def references(frame: pd.DataFrame, features: Sequence[str]) -> list[Reference]:
    """The references of features, from the customers that a model is fitted on, a row each. Order is of no account.

    Raises NotComparable for a feature that is no number.
    """
    found = []
    for name in features:
        values = _known(frame, name)
        quantiles = tuple(np.quantile(values, np.linspace(0, 1, STEPS + 1)).tolist()) if len(values) else ()
        missing = (len(frame) - len(values)) / len(frame) if len(frame) else 0.0
        found.append(Reference(name, quantiles, missing, len(frame)))
    return found


def drift(references: Sequence[Reference], frame: pd.DataFrame, features: Sequence[str] = ()) -> pd.DataFrame:
    """How each feature is distributed now, against its reference.

    Takes the references of a model and a row a customer of the same population: where a model was fitted on some of the
    customers, those. `features` are the columns that a model fitted now would have. Infinite values count as missing.
    Returns a row a reference, in order, then a row for each of `features` without one:

    - psi: population stability index, the sum of (now - before) ln(now / before) over bins. By custom, below 0.1 a
      feature is stable, from 0.1 to 0.25 it has moved somewhat, above 0.25 it has drifted.
    - ks: the largest distance between the two distribution functions of the known values, 0 to 1; of the one before
      only the quantiles are known, so it is off by at most 1/100 and a customer. None where nobody has the feature.
    - missing_share_before, missing_share_now (0 to 1); median_before, median_now of the known values, in the unit of
      the feature; customers_before, customers_now.
    - note: why a measure is None or not to be trusted, in Portuguese; else None.

    The bins are the deciles of the reference, with fewer than 200 customers fewer of them, and missing is one of its
    own. Where a value holds several deciles, as 0 often does, they are one bin: that value alone, so an indicator is
    compared by its values, and a value never seen before falls beyond. An empty bin counts as a share of 1/10,000, or
    of half a customer of the smaller base where that is more: fewer cannot be told from none.

    It does not depend on the order of rows. Raises NotComparable for a damaged reference and for a feature that is no
    number. Method: Siddiqi, Credit Risk Scorecards (2006), whose limits of the PSI are those above; Kolmogorov-Smirnov
    of two samples as in Conover, Practical Nonparametric Statistics (1999).
    """
    known = [reference.feature for reference in references]
    rows = [_compared(reference, frame) for reference in references]
    rows += [_added(feature, frame) for feature in dict.fromkeys(features) if feature not in known]
    return pd.DataFrame({n: pd.Series([row.get(n) for row in rows], dtype=kind) for n, kind in COLUMNS.items()})


def _compared(reference: Reference, frame: pd.DataFrame) -> dict[str, object]:
    row: dict[str, object] = {
        "feature": reference.feature,
        "missing_share_before": reference.missing_share,
        "customers_before": reference.customers,
        "customers_now": len(frame),
        "note": None,
    }
    quantiles = np.array(reference.quantiles, dtype="float64")
    wrong = len(quantiles) not in (0, STEPS + 1) or not np.isfinite(quantiles).all() or (np.diff(quantiles) < 0).any()
    if wrong:
        raise NotComparable(
            f"the reference of '{reference.feature}' needs {STEPS + 1} ascending quantiles, or none, found "
            f"{len(quantiles)}; fit the model again"
        )
    if len(quantiles):
        row["median_before"] = quantiles[STEPS // 2]
    if reference.feature not in frame.columns:
        return row | {"note": NOT_NOW}
    if frame.empty or not reference.customers:
        return row | {"note": NOBODY}
    values = _known(frame, reference.feature)
    least = min(reference.customers, len(frame))
    row |= _now(values, frame) | {"psi": _psi(reference, quantiles, values, len(frame), least)}
    if len(quantiles) and len(values):
        row["ks"] = _ks(quantiles, values)
    return row | {"note": FEW if least < BINS[-1] * CUSTOMERS_A_BIN else None}


def _added(feature: str, frame: pd.DataFrame) -> dict[str, object]:
    if feature not in frame.columns:
        return {"feature": feature, "customers_now": len(frame), "note": f"{NOT_BEFORE}, {NOT_NOW}"}
    measured = _now(_known(frame, feature), frame) if len(frame) else {}
    return {"feature": feature, "customers_now": len(frame), "note": NOT_BEFORE} | measured


def _known(frame: pd.DataFrame, feature: str) -> np.ndarray:
    """The known values in ascending order."""
    try:
        column = pd.to_numeric(frame[feature]).astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise NotComparable(f"feature '{feature}' must be numeric: {error}") from error
    return np.sort(column[np.isfinite(column)])


def _now(values: np.ndarray, frame: pd.DataFrame) -> dict[str, object]:
    median = float(np.median(values)) if len(values) else None
    return {"missing_share_now": (len(frame) - len(values)) / len(frame), "median_now": median}


def _psi(reference: Reference, quantiles: np.ndarray, values: np.ndarray, customers: int, least: int) -> float:
    known = 1 - reference.missing_share
    before, now = np.array([known]), np.array([len(values)])
    if len(quantiles):
        cuts = _cuts(quantiles, next((bins for bins in BINS if least >= bins * CUSTOMERS_A_BIN), BINS[-1]))
        passed = [np.searchsorted(values, value, side="left" if below else "right") for value, below, _ in cuts]
        before = np.diff([0.0, *(share for *_, share in cuts), 1.0]) * known
        now = np.diff([0, *passed, len(values)])
    floor = max(FLOOR, 0.5 / least)
    shares_before = np.maximum([*before, reference.missing_share], floor)
    shares_now = np.maximum([*(now / customers), (customers - len(values)) / customers], floor)
    return float(((shares_now - shares_before) * np.log(shares_now / shares_before)).sum())


def _cuts(quantiles: np.ndarray, bins: int) -> list[tuple[float, bool, float]]:
    """Where a bin ends: the value, whether it is left to the next bin, the share of the reference up to there."""
    places, below, upto = _distribution(quantiles)
    edges = quantiles[:: STEPS // bins]
    cuts: list[tuple[float, bool, float]] = []
    for value in np.unique(edges):
        at, ties = int(np.searchsorted(places, value)), int((edges == value).sum())
        if ties > 1:
            cut = (float(value), True, float(below[at]))
            if cuts and cut[2] - cuts[-1][2] < NARROW:
                cut = (*cut[:2], (cut[2] + cuts.pop()[2]) / 2)
            cuts.append(cut)
        if ties > 1 or (value not in (edges[0], edges[-1]) and upto[at] - (cuts[-1][2] if cuts else 0) >= NARROW):
            cuts.append((float(value), False, float(upto[at])))
    return cuts


def _distribution(quantiles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The different quantiles, the share of values below each and the share up to each.

    Of a value that several quantiles have, both ends lie somewhere within a step: they are put in its middle.
    """
    places, first, count = np.unique(quantiles, return_index=True, return_counts=True)
    last = first + count - 1
    half = np.where(count > 1, 0.5, 0.0)
    below = np.where(first > 0, first - half, 0.0) / STEPS
    upto = np.where(last < STEPS, last + half, STEPS) / STEPS
    return places, below, upto


def _ks(quantiles: np.ndarray, values: np.ndarray) -> float:
    places, below, upto = _distribution(quantiles)
    points = np.unique(np.concatenate([places, values]))
    at = np.searchsorted(places, points, side="right") - 1
    inside = np.clip(at, 0, len(places) - 1)
    following = np.minimum(inside + 1, len(places) - 1)
    width = np.where(following > inside, places[following] - places[inside], 1.0)
    between = upto[inside] + (below[following] - upto[inside]) * (points - places[inside]) / width
    tied = points == places[inside]
    outside = np.where(at < 0, 0.0, 1.0)
    is_outside = (at < 0) | ((at == len(places) - 1) & ~tied)
    before = [
        np.where(tied, ends[inside], np.where(is_outside, outside, between)) for ends in (below, upto)
    ]  # just below each point, and at it
    now = [np.searchsorted(values, points, side=side) / len(values) for side in ("left", "right")]
    return float(max(np.abs(was - share).max() for was, share in zip(before, now, strict=True)))

"""Drift: how far the features of a base have moved from those that a model was fitted on.

Belongs here: the reference a model keeps of a feature, PSI and KS against it. Does not belong here: the limits of a
segmentation and of a prediction (`domain.settings`), the models that keep references (`segmentation`, `predictions`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.presentation.language import DEFAULT, Language

STEPS = 100  # a reference has the values at so many steps of a hundredth
BINS = (10, 5, 4, 2)  # of equal shares; the first that leaves CUSTOMERS_A_BIN in each
CUSTOMERS_A_BIN = 20
FLOOR = 1e-4  # share of the customers that an empty bin is taken to hold, or half a customer where that is more
NOT_NOW, NOT_BEFORE, NOBODY, FEW = "gone", "new", "nobody", "few"  # notes, see `note_of`
LEAST = BINS[-1] * CUSTOMERS_A_BIN  # customers; of fewer chance weighs in the index
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


def note_of(note: str, language: Language = DEFAULT) -> str:
    """Why a measure is not known or not to be trusted, in words: takes NOT_NOW, NOT_BEFORE, NOBODY or FEW."""
    return language.say(f"customer_360.drift.{note}", least=LEAST)


class NotComparable(ArcanaError):
    """Raised for a reference whose values or shares do not ascend, and for a feature that is no number."""


@dataclass(frozen=True)
class Reference:
    """A feature as the customers had it that a model was fitted on.

    `values` are those that stand at 0, 1, ... 100 % of the known values in order, each once; none where nobody has the
    feature. `below` and `upto` are the shares of the known values that lie below each and up to it, so that between two
    of them lies at most a hundredth. `median` is of the known values, `missing_share` the share of `customers` who
    have none. Raises NotComparable for values or shares that do not ascend.
    """

    feature: str
    values: tuple[float, ...]
    below: tuple[float, ...]
    upto: tuple[float, ...]
    median: float | None
    missing_share: float
    customers: int

    def __post_init__(self) -> None:
        shares = [0.0, *(each for pair in zip(self.below, self.upto, strict=False) for each in pair), 1.0]
        whole = len(self.values) == len(self.below) == len(self.upto) and np.isfinite([*self.values, *shares]).all()
        if not whole or (np.diff(self.values) <= 0).any() or (np.diff(shares) < 0).any():
            raise NotComparable(
                f"the reference of '{self.feature}' needs ascending values, and ascending shares for each, found "
                f"{len(self.values)} values and {len(self.below)} and {len(self.upto)} shares; fit the model again"
            )


def references(frame: pd.DataFrame, features: Sequence[str]) -> list[Reference]:
    """The references of features, from the customers that a model is fitted on, a row each. Order is of no account.

    Raises NotComparable for a feature that is no number.
    """
    found = []
    for name in features:
        known = _known(frame, name)
        steps = np.linspace(0, 1, STEPS + 1)
        values = np.unique(np.quantile(known, steps, method="inverted_cdf")) if len(known) else known
        found.append(
            Reference(
                feature=name,
                values=tuple(values.tolist()),
                below=tuple(_shares(known, values, "left").tolist()),
                upto=tuple(_shares(known, values, "right").tolist()),
                median=_median(known),
                missing_share=_missing(known, frame),
                customers=len(frame),
            )
        )
    return found


def drift(
    references: Sequence[Reference],
    frame: pd.DataFrame,
    features: Sequence[str] = (),
    language: Language = DEFAULT,
) -> pd.DataFrame:
    """How each feature is distributed now, against its reference.

    Takes the references of a model and a row a customer of the same population: where a model was fitted on some of the
    customers, those. `features` are the columns that a model fitted now would have. Infinite values count as missing.
    Returns a row a reference, in order, then a row for each of `features` without one:

    - psi: population stability index, the sum of (now - before) ln(now / before) over bins. By custom, below 0.1 a
      feature is stable, from 0.1 to 0.25 it has moved somewhat, above 0.25 it has drifted.
    - ks: the largest distance between the two distribution functions of the known values, 0 to 1, at the values of the
      reference: it is at most 1/100 too small. None where nobody has the feature.
    - missing_share_before, missing_share_now (0 to 1); median_before, median_now of the known values, in the unit of
      the feature; customers_before, customers_now.
    - note: why a measure is None or not to be trusted, in words; else None.

    The bins are the deciles of the reference, with fewer than 200 customers fewer of them, and missing is one of its
    own. Where a value holds several deciles, as 0 often does, they are one bin: that value alone, so an indicator is
    compared by its values, and a value never seen before falls beyond. An empty bin counts as a share of 1/10,000, or
    of half a customer of the smaller base where that is more: fewer cannot be told from none.

    It does not depend on the order of rows. Raises NotComparable for a feature that is no number. Method: Siddiqi,
    Credit Risk Scorecards (2006), whose limits of the PSI are those above; Kolmogorov-Smirnov of two samples as in
    Conover, Practical Nonparametric Statistics (1999).
    """
    known = [reference.feature for reference in references]
    rows = [_compared(reference, frame, language) for reference in references]
    rows += [_added(feature, frame, language) for feature in dict.fromkeys(features) if feature not in known]
    return pd.DataFrame({n: pd.Series([row.get(n) for row in rows], dtype=kind) for n, kind in COLUMNS.items()})


def _compared(reference: Reference, frame: pd.DataFrame, language: Language) -> dict[str, object]:
    row: dict[str, object] = {
        "feature": reference.feature,
        "missing_share_before": reference.missing_share,
        "median_before": reference.median,
        "customers_before": reference.customers,
        "note": None,
    }
    if reference.feature not in frame.columns:
        return row | {"customers_now": len(frame), "note": note_of(NOT_NOW, language)}
    if frame.empty or not reference.customers:
        return row | {"customers_now": len(frame), "note": note_of(NOBODY, language)}
    values = _known(frame, reference.feature)
    least = min(reference.customers, len(frame))
    row |= _now(values, frame) | {"psi": _psi(reference, values, len(frame), least)}
    if reference.values and len(values):
        row["ks"] = _ks(reference, values)
    return row | {"note": note_of(FEW, language) if least < LEAST else None}


def _added(feature: str, frame: pd.DataFrame, language: Language) -> dict[str, object]:
    new = note_of(NOT_BEFORE, language)
    if feature not in frame.columns:
        return {"feature": feature, "customers_now": len(frame), "note": f"{new}, {note_of(NOT_NOW, language)}"}
    return {"feature": feature, "note": new} | _now(_known(frame, feature), frame)


def _known(frame: pd.DataFrame, feature: str) -> np.ndarray:
    """The known values in ascending order."""
    try:
        column = pd.to_numeric(frame[feature]).astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise NotComparable(f"feature '{feature}' must be numeric: {error}") from error
    return np.sort(column[np.isfinite(column)])


def _now(values: np.ndarray, frame: pd.DataFrame) -> dict[str, object]:
    if frame.empty:
        return {"customers_now": 0}
    return {
        "customers_now": len(frame),
        "missing_share_now": _missing(values, frame),
        "median_now": _median(values),
    }


def _median(values: np.ndarray) -> float | None:
    return float(np.median(values)) if len(values) else None


def _missing(values: np.ndarray, frame: pd.DataFrame) -> float:
    return (len(frame) - len(values)) / len(frame) if len(frame) else 0.0


def _shares(values: np.ndarray, places: np.ndarray, side: Literal["left", "right"]) -> np.ndarray:
    """The share of the ascending values that lie below each place (left), or up to it (right)."""
    return np.searchsorted(values, places, side=side) / max(len(values), 1)


def _psi(reference: Reference, values: np.ndarray, customers: int, least: int) -> float:
    cuts = _cuts(reference, next((bins for bins in BINS if least >= bins * CUSTOMERS_A_BIN), BINS[-1]))
    before = np.diff([0.0, *(share for *_, share in cuts), 1.0]) * (1 - reference.missing_share)
    passed = [np.searchsorted(values, value, side=side) for value, side, _ in cuts]
    now = np.diff([0, *passed, len(values)]) / customers
    floor = max(FLOOR, 0.5 / least)
    shares_before = np.maximum([*before, reference.missing_share], floor)
    shares_now = np.maximum([*now, (customers - len(values)) / customers], floor)
    return float(((shares_now - shares_before) * np.log(shares_now / shares_before)).sum())


def _cuts(reference: Reference, bins: int) -> list[tuple[float, Literal["left", "right"], float]]:
    """Where a bin ends: the value, whether before it (left) or with it, the share of the reference up to there."""
    if not reference.values:
        return []
    # Less a little, for 0.3 may be 0.30000000000000004.
    edges = np.searchsorted(reference.upto, np.linspace(0, 1, bins + 1) - 1e-9)
    cuts: list[tuple[float, Literal["left", "right"], float]] = []
    for at, ties in zip(*np.unique(edges, return_counts=True), strict=True):
        if ties > 1:
            cuts.append((reference.values[at], "left", reference.below[at]))
        if ties > 1 or 0 < at < len(reference.values) - 1:
            cuts.append((reference.values[at], "right", reference.upto[at]))
    return cuts


def _ks(reference: Reference, values: np.ndarray) -> float:
    places = np.array(reference.values)
    below = np.abs(_shares(values, places, "left") - reference.below).max()
    upto = np.abs(_shares(values, places, "right") - reference.upto).max()
    return float(max(below, upto))

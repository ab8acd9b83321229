"""A classifier of labelled customers: groups that somebody named, by how likely a customer is in each.

Belongs here: fitting on labels, what it says of customers it did not learn from, distances. Does not belong here: whose
labels count and whether the classifier serves (`models.labelled`), the rule as one of several ways to group
(`clusterers`).

Multinomial logistic regression (Cox 1958; Böhning 1992) with an L2 penalty, as scikit-learn has it.
"""

from dataclasses import dataclass

import numpy as np

FOLDS = 5  # of the labelled customers, each told by those of the other four


@dataclass(frozen=True, eq=False)
class Classifier:
    """The log odds of each persona: coefficients (k x d) and intercepts (k)."""

    coefficients: np.ndarray
    intercepts: np.ndarray

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Points x personas: sqrt(-2 log p), p being how likely the persona is; the smallest of a row is likeliest."""
        odds = points @ self.coefficients.T + self.intercepts
        most = odds.max(axis=1, keepdims=True)
        all_of_them = most + np.log(np.exp(odds - most).sum(axis=1, keepdims=True))
        return np.sqrt(np.maximum(2 * (all_of_them - odds), 0.0))


def fitted_classifier(points: np.ndarray, personas: np.ndarray, k: int) -> Classifier:
    """The classifier of labelled customers (n x d) with the persona of each, 0 to k - 1, all of which occur."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(max_iter=2_000, tol=1e-6).fit(points, personas)
    coefficients, intercepts = fitted.coef_, fitted.intercept_
    if k == 2:  # of which scikit-learn keeps the second one's odds alone
        coefficients = np.vstack([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    return Classifier(coefficients, intercepts)


def out_of_fold(points: np.ndarray, personas: np.ndarray, k: int) -> np.ndarray:
    """The persona (n) that customers get from a classifier that was fitted on the others; arguments as for the fit.

    Each persona is dealt to the five folds in turn, in the order of the customers; it needs five customers or more.
    """
    fold = np.empty(len(points), dtype="int64")
    for persona in range(k):
        mine = np.flatnonzero(personas == persona)
        fold[mine] = np.arange(len(mine)) % FOLDS
    told = np.empty(len(points), dtype="int64")
    for held in range(FOLDS):
        learnt = fitted_classifier(points[fold != held], personas[fold != held], k)
        told[fold == held] = learnt.distances(points[fold == held]).argmin(axis=1)
    return told

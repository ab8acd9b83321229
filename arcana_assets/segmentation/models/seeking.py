"""Seeking: how many groups the customers of a segmentation form, by valleys or by latent classes, and where.

Belongs here: which of the two ways fits the features, and what is said of what it found. Does not belong here: the ways
themselves (`clustering`), which clustering is taken (`fitting`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from arcana_assets.domain.facets.features import is_indicator
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.language import language_of
from arcana_assets.segmentation.clustering.clusterer_data import LATENT_CLASSES
from arcana_assets.segmentation.clustering.clusterers import Clusterer, UnusableClustering, fit_clusterer
from arcana_assets.segmentation.clustering.cuts import FEWEST
from arcana_assets.segmentation.clustering.likelihood.latent_classes import LatentClasses, number_of_classes
from arcana_assets.segmentation.clustering.preprocessing import Preprocessing
from arcana_assets.segmentation.clustering.threads import mapped, one_thread
from arcana_assets.segmentation.clustering.valleys import groups_of


@dataclass(frozen=True, eq=False)
class Sought:
    """What was found: `k` groups (1 is none), and the space that tells them apart best.

    `begun` are their centres in that space; `fitted` what needs no further fit, of all numbers of groups. `because`
    says what speaks for k groups, `none` what speaks against any.
    """

    k: int
    preprocessing: Preprocessing
    begun: np.ndarray
    fitted: tuple[Clusterer, ...]
    because: str
    none: str


def sought(ordered: pd.DataFrame, plain: Preprocessing, settings: Segmentation) -> Sought:
    """How many groups the customers form. Takes a row each, in order, and the preprocessing fitted on them.

    Indicators have no valleys: where there are no other features, latent classes say how many groups there are.
    """
    if all(is_indicator(name) for name in plain.names):
        return _by_classes(plain.points(ordered), plain, settings)
    moved = plain.points(ordered, jitter=settings.seed)
    groups = groups_of(moved, settings.seed, plain.measured, settings.k[1])
    language = language_of(settings.language)
    say, of = language.say, {"agreeing": groups.agreeing, "starts": groups.starts}
    valley = language.number(groups.valley, 2)
    because = say("segmentation.sought.valleys", **of, k=groups.k, valley=valley)
    if groups.k == 1:
        none = say("segmentation.sought.no_valleys", **of)
    else:
        none = say("segmentation.sought.few_valleys", k=groups.k, least=settings.k[0])
    space = plain.divided(groups.divisors)
    return Sought(groups.k, space, groups.centres / groups.divisors, (), because, none)


def _by_classes(points: np.ndarray, plain: Preprocessing, settings: Segmentation) -> Sought:
    def fit(k: int) -> Clusterer | None:
        try:
            return fit_clusterer(points, LATENT_CLASSES, {"k": k}, settings.seed)
        except UnusableClustering:
            return None

    with one_thread():
        tried = [each for each in mapped(fit, range(1, settings.k[1] + 1), len(points)) if each is not None]
        sizes = [np.bincount(each.labels(points)).min() for each in tried]
        fitted = {each.k: each for each, least in zip(tried, sizes, strict=True) if least >= FEWEST or each.k == 1}
        evidence = {k: LatentClasses(**each.arrays).evidence(points) for k, each in fitted.items()}
    k = number_of_classes(evidence, len(points))
    times = float(np.exp((evidence[k] - evidence[1]) / len(points)))
    language = language_of(settings.language)
    because = language.say("segmentation.sought.classes", k=k, times=language.number(times, 1))
    if k == 1:
        none = language.say("segmentation.sought.one_class")
    else:
        none = language.say("segmentation.sought.few_classes", k=k, least=settings.k[0])
    asked = tuple(each for at, each in fitted.items() if at > 1) if LATENT_CLASSES in settings.algorithms else ()
    return Sought(k, plain, fitted[k].centres, asked, because, none)

"""Segmentations: what `defs.yaml` may say of how customers are grouped, and of when a model is replaced.

Belongs here: one model a key, with what it can mean. Does not belong here: fitting (`segmentation`), the domain that
has them (`customer_domain`).
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.features import FeatureName, is_indicator
from arcana_assets.domain.names import Name
from arcana_assets.domain.settings.personas import (
    OneFeature,
    Personas,
    Words,
    names_given,
    numbers_given,
)
from arcana_assets.domain.words import word
from arcana_assets.domain.yaml.file import Strict

Algorithm = Literal["kmeans", "bisecting_kmeans", "gaussian_mixture", "latent_classes", "dbscan", "hdbscan"]
Transform = Literal["log", "square_root", "normal_scores", "standardise"]
V = TypeVar("V")


class Gate(Strict):
    """What a clustering must be before business people see it."""

    minimum_share: float = Field(0.03, gt=0, lt=0.5, description="share of customers the smallest segment must hold")
    maximum_share: float = Field(0.6, gt=0, le=1, description="share of customers the largest segment may hold")
    stability: float = Field(
        0.8, ge=0, le=1, description="mean adjusted Rand index that refits on bootstrap samples must reach"
    )
    maximum_noise: float = Field(
        0.2, ge=0, le=1, description="share of customers that may belong to no group, where groups are found by density"
    )
    known_share: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="share of the customers who shape a fit that a value of a feature must be known of; a feature that "
        "hardly anybody has tells no segments, and is left out",
    )
    refits: int = Field(5, ge=2, le=100, description="bootstrap refits by which stability is measured")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Gate":
        if self.maximum_share <= self.minimum_share:
            raise ValueError(
                f"maximum_share must be more than minimum_share, found {self.maximum_share:g} <= {self.minimum_share:g}"
            )
        return self


class Refit(Strict):
    """When a model is fitted again, and when a new fit takes the place of the one in use."""

    when: Literal["monthly", "drift", "never"] = Field(
        "monthly",
        description="for each month that is over; only where a feature has drifted; or only where there is no model",
    )
    maximum_moves: float = Field(
        0.1,
        ge=0,
        le=1,
        description="share of customers that a fit may move although they did nothing; parts of a split do not move",
    )
    months_running: int = Field(
        3, ge=1, le=12, description="months in a row that must find another number of groups, or none, to replace them"
    )
    hysteresis: float = Field(
        0.15, ge=0, lt=1, description="a customer stays unless another segment's centre is nearer by this share"
    )
    better_by: float = Field(
        0.015, ge=0, lt=1, description="share of inertia that a fit from new starts must gain over one from old centres"
    )
    psi: float = Field(0.25, gt=0, description="population stability index from which a feature has drifted")


class Segmentation(Strict):
    """One clustering of the customers."""

    name: Name
    features: list[FeatureName] = Field(min_length=1, description="columns of the feature matrix")
    transforms: dict[FeatureName, Transform] = Field(
        {}, description="how a feature is bent before it is standardised; left out: `log`, of shares `square_root`"
    )
    winsorise: dict[FeatureName, float] = Field(
        {},
        description="by feature, the quantile of it above which a value counts as the quantile; left out: none is cut",
    )
    weights: dict[FeatureName, float] = Field(
        {}, description="how much a feature counts; left out: 1, and all indicators together 1/2"
    )
    axis: OneFeature = Field(
        "monetary", description="orders segments from 1, the highest, downwards; need not be one of the features"
    )
    axis_label: Words = Field(
        default_factory=word("axis_label"),
        description="the axis in the names of segments, a feminine noun of the domain",
    )
    shown: list[OneFeature] = Field(
        [], description="further features that profiles show of each segment; they shape and name none"
    )
    fitted_on: OneFeature | None = Field(
        None, description="who has 0 of it, or has none, is given a segment but shapes none; left out: all shape them"
    )
    fitted_from: float = Field(
        0, ge=0, description="least of `fitted_on` that a customer needs to shape a fit; 0 stands for anything above 0"
    )
    prior: float = Field(
        1, ge=0, description="how much of `fitted_on` the base's shares count for beside a customer's own; 0: nothing"
    )
    outliers: Literal["keep", "not_fitted"] = Field(
        "keep",
        description="`not_fitted`: who stands out (`is_outlier` of customer 360) is given a segment but shapes none",
    )
    cuts: int = Field(
        4, ge=2, le=12, description="number of segments where customers form no groups, and are cut along the axis"
    )
    algorithms: list[Algorithm] = Field(
        ["kmeans"],
        min_length=1,
        description="ways to group that are tried; left out: kmeans, and where all features are indicators, such as "
        "`owns_*`, latent_classes, which goes before it",
    )
    k: tuple[int, int] = Field((3, 8), description="smallest and largest number of groups; fewer are none")
    labels: Name | None = Field(
        None,
        description="source of `persona_labels`; with 30 or more of each persona a classifier that learns from them is "
        "one more candidate, and where it serves segments have the names of the labels",
    )
    density: list[float] = Field(
        [0.04, 0.08], description="least shares of customers of a group, tried where groups are found by density"
    )
    personas: Personas = Field(default_factory=Personas)
    gate: Gate = Gate()
    refit: Refit = Refit()
    share_limits: dict[str, tuple[float, float]] = Field(
        {}, description="least and largest share of the customers, by persona; a category named there needs a label"
    )
    seed: int = Field(7, ge=0, description="of the random starts, so that a month computed again is the same")

    @property
    def language(self) -> str:
        """The language of the domain, in which the model says why it is as it is."""
        return self.personas.language

    @property
    def persona_names(self) -> list[str]:
        """The names that its segments can have, as `names_given` has them, then each with its number."""
        personas = self.personas.on_axis(self.axis_label)
        names = names_given(personas) + [f"{place:02d}-{name}" for name, place in numbers_given(personas).items()]
        return names + [personas.ungrouped] * bool({"dbscan", "hdbscan"} & set(self.algorithms))

    @model_validator(mode="before")
    @classmethod
    def _suit_the_features(cls, said: Any) -> Any:
        features = said.get("features") if isinstance(said, dict) else None
        if isinstance(features, list) and features and all(isinstance(n, str) and is_indicator(n) for n in features):
            return {"algorithms": ["kmeans", "latent_classes"]} | said
        return said

    @field_validator("weights")
    @classmethod
    def _are_positive(cls, weights: dict[str, float]) -> dict[str, float]:
        for feature, weight in weights.items():
            if weight <= 0:
                raise ValueError(f"the weight of '{feature}' must be more than 0, found {weight:g}")
        return weights

    @field_validator("winsorise")
    @classmethod
    def _are_upper_quantiles(cls, quantiles: dict[str, float]) -> dict[str, float]:
        for feature, quantile in quantiles.items():
            if not 0.5 < quantile < 1:
                raise ValueError(
                    f"'{feature}': expected a quantile between 0.5 and 1, such as 0.99, found {quantile:g}"
                )
        return quantiles

    @field_validator("share_limits")
    @classmethod
    def _ascend(cls, limits: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for persona, (least, most) in limits.items():
            if not 0 <= least < most <= 1:
                raise ValueError(f"'{persona}': expected two shares from 0 to 1, ascending, found {least:g}, {most:g}")
        return limits

    @field_validator("density")
    @classmethod
    def _are_shares(cls, shares: list[float]) -> list[float]:
        for share in shares:
            if not 0 < share < 1:
                raise ValueError(f"expected shares between 0 and 1, found {share:g}")
        return shares

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Segmentation":
        if len(set(self.algorithms)) < len(self.algorithms):
            raise ValueError(f"algorithms need to differ, found {', '.join(self.algorithms)}")
        if "latent_classes" in self.algorithms and (other := [n for n in self.features if not is_indicator(n)]):
            raise ValueError(
                f"latent_classes needs features that are all 0 or 1, such as owns_*, and '{other[0]}' is not; leave "
                "it out of the features, or latent_classes out of the algorithms"
            )
        if not 2 <= self.k[0] <= self.k[1]:
            raise ValueError(f"k must be two numbers, 2 or more and ascending, found {list(self.k)}")
        if self.k[1] < 3:
            raise ValueError(
                f"k must reach 3, for two segments tell hardly more than high and low, found {list(self.k)}"
            )
        if len(set(self.features)) < len(self.features):
            raise ValueError(f"features need to differ, found {', '.join(self.features)}")
        asked: dict[str, Mapping[str, Any]] = {
            "transforms": self.transforms,
            "winsorise": self.winsorise,
            "weights": self.weights,
        }
        for key, named in asked.items():
            for name in named:
                if not any(_covers(feature, name) for feature in self.features):
                    raise ValueError(f"{key}: '{name}' is not one of the features" + nearest(name, self.features))
        return self


class Combination(Strict):
    """Two or more segmentations read together: `VIPs:Tech_Lovers`."""

    name: Name
    of: list[Name] = Field(min_length=2, max_length=3, description="the segmentations, in the order of the name")

    @field_validator("of")
    @classmethod
    def _differ(cls, of: list[str]) -> list[str]:
        if len(set(of)) < len(of):
            raise ValueError(f"a combination is of different segmentations, found {', '.join(of)}")
        return of


def setting_of(feature: str, settings: Mapping[str, V], default: V) -> V:
    """What is set for a feature: under its own name, else under a pattern such as `share_*`, else the default."""
    if feature in settings:
        return settings[feature]
    return next((value for name, value in settings.items() if _covers(name, feature)), default)


def _covers(pattern: str, name: str) -> bool:
    return pattern == name or (pattern.endswith("*") and name.startswith(pattern[:-1]))

"""A customer domain: one company's base of customers, the sources it is known by and what is made of them.

Belongs here: the content of `defs.yaml` and of the folder around it. Does not belong here: the assets it becomes.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, PrivateAttr, field_validator, model_validator

from arcana_assets.domain.contract import Contract, load_contract
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.yaml_file import Strict, read_yaml


class Families(Strict):
    """Product families learned from descriptions, for a company whose products have no categories."""

    count: int = Field(12, ge=1, le=50, description="how many families are named; the rest is `other`")
    minimum_products: int = Field(200, ge=1, description="families are learned once this many products are known")
    other: str = Field("Outros", description="name of the rest")


class Segmentation(Strict):
    """One clustering of the customers."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    features: list[str] = Field(min_length=1, description="columns of the feature matrix")
    axis: str = Field("monetary", description="the feature that orders segments from 1, the highest, downwards")
    fitted_on: str = Field("frequency", description="a customer with 0 of this feature is given a segment, but does not shape them")
    k: tuple[int, int] = Field((3, 8), description="smallest and largest number of segments tried")
    minimum_share: float = Field(0.05, gt=0, lt=0.5, description="share of customers the smallest segment must hold")
    seed: int = 7

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Segmentation":
        if not 2 <= self.k[0] <= self.k[1]:
            raise ValueError(f"k must be two numbers, 2 or more and ascending, found {list(self.k)}")
        if self.axis not in self.features:
            raise ValueError(f"the axis '{self.axis}' must be one of the features" + nearest(self.axis, self.features))
        return self


class Recommendations(Strict):
    """What is recommended to whom."""

    segmentation: str = Field(description="the segmentation within which popularity is counted")
    top: int = Field(5, ge=1, le=100, description="recommendations per customer")


class Nightly(Strict):
    """When the domain is refreshed."""

    hour: int = Field(2, ge=0, le=23, description="hour of the nightly refresh, in the domain's timezone")
    grace_days: int = Field(5, ge=0, le=27, description="days into a month on which the month before is refreshed too")
    fresh_by: int = Field(6, ge=0, le=23, description="hour by which gold must have been refreshed")


class CustomerDomain(Strict):
    """The attributes of a domain's `defs.yaml`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="first word of every asset key of the domain")
    title: str = Field(description="the domain's name for business users")
    description: str
    owners: list[str] = Field(["team:data"], description="owners of the assets: e-mail addresses or `team:name`")
    timezone: str = Field("UTC", description="IANA name; local dates, months and the nightly refresh are in it")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code of every amount")
    start: date = Field(description="first month, `YYYY-MM`; rows dated before it are refused")
    lookback_months: int = Field(6, ge=1, le=60, description="months of events that features look back over")
    nightly: Nightly = Nightly()
    families: Families = Families()
    segmentations: list[Segmentation] = Field(min_length=1)
    recommendations: Recommendations

    _sources: dict[str, Contract] = PrivateAttr(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def _is_a_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"'{name}' is not a timezone; an IANA name such as America/Sao_Paulo is") from None
        return name

    @field_validator("start", mode="before")
    @classmethod
    def _is_a_month(cls, month: Any) -> date:
        text = str(month)
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])(-01)?", text):
            raise ValueError(f"'{text}' is not a month such as 2010-12")
        return date(int(text[:4]), int(text[5:7]), 1)

    @field_validator("owners")
    @classmethod
    def _are_owners(cls, owners: list[str]) -> list[str]:
        for owner in owners:
            if not re.fullmatch(r"team:[\w-]+|[^@\s]+@[^@\s]+\.[^@\s]+", owner):
                raise ValueError(f"'{owner}' is neither an e-mail address nor `team:name`")
        return owners

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "CustomerDomain":
        names = [segmentation.name for segmentation in self.segmentations]
        if len(set(names)) < len(names):
            raise ValueError(f"segmentations need names of their own, found {', '.join(names)}")
        if self.recommendations.segmentation not in names:
            wrong = self.recommendations.segmentation
            raise ValueError(f"recommendations use the segmentation '{wrong}'" + nearest(wrong, names))
        return self

    @property
    def sources(self) -> dict[str, Contract]:
        """The domain's sources by name, in alphabetical order."""
        return self._sources

    def source_of(self, entity: str) -> Contract | None:
        """The source that is conformed to `entity`, None where the company keeps none."""
        return next((contract for contract in self._sources.values() if contract.entity == entity), None)

    def segmentation(self, name: str) -> Segmentation:
        """The segmentation of this name."""
        return {segmentation.name: segmentation for segmentation in self.segmentations}[name]


def load_domain(folder: Path) -> CustomerDomain:
    """The domain whose `defs.yaml` and `sources/*.yaml` lie in `folder`.

    Raises ContractError for anything in these files that could not be acted on, with file, line and nearest right name.
    """
    file = read_yaml(folder / "defs.yaml")
    if not isinstance(file.content, dict) or "attributes" not in file.content:
        raise file.error((), "expected the keys 'type' and 'attributes'")
    domain = file.parse(CustomerDomain, file.content["attributes"], under=("attributes",))
    paths = sorted((folder / "sources").glob("*.yaml"))
    if not paths:
        raise file.error((), f"expected at least one contract in {folder / 'sources'}, found none")
    for path in paths:
        contract = load_contract(path)
        if contract.name in domain.sources:
            raise read_yaml(path).error(("name",), f"the domain has a source '{contract.name}' already")
        if (other := domain.source_of(contract.entity)) is not None:
            raise read_yaml(path).error(("entity",), f"'{contract.entity}' is what the source '{other.name}' becomes already")
        domain.sources[contract.name] = contract
    if domain.source_of("transactions") is None:
        raise file.error((), f"a domain needs a source of transactions, found {', '.join(domain.sources)}")
    return domain

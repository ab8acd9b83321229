"""A customer domain: one company's base of customers, the sources it is known by and what is made of them.

Belongs here: the content of `defs.yaml` and of the folder around it. Does not belong here: the assets it becomes.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field, PrivateAttr, field_validator, model_validator

from arcana_assets.domain.contract import Contract
from arcana_assets.domain.contract_checks import load_contract
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.explanations import Place
from arcana_assets.domain.facets import facets_of
from arcana_assets.domain.feature_names import TRANSACTIONS, FeatureName, is_feature, known_features
from arcana_assets.domain.names import Name
from arcana_assets.domain.yaml_file import ContractError, Strict, read_yaml


class Families(Strict):
    """Product families learned from descriptions, for a company whose products have no categories."""

    count: int = Field(12, ge=1, le=50, description="how many families are named; the rest is `other`")
    minimum_products: int = Field(200, ge=1, description="families are learned once this many products are known")
    other: str = Field("Outros", description="name of the rest")


class Segmentation(Strict):
    """One clustering of the customers."""

    name: Name
    features: list[FeatureName] = Field(min_length=1, description="columns of the feature matrix")
    axis: FeatureName = Field("monetary", description="orders segments from 1, the highest, downwards")
    axis_label: str = Field("Receita", description="the axis in the names of segments, a feminine noun of the domain")
    fitted_on: FeatureName | None = Field(
        None, description="who has 0 of it, or has none, is given a segment but shapes none; left out: all shape them"
    )
    k: tuple[int, int] = Field((3, 8), description="smallest and largest number of segments tried")
    minimum_share: float = Field(0.05, gt=0, lt=0.5, description="share of customers the smallest segment must hold")
    seed: int = Field(7, ge=0, description="of the random starts, so that a month computed again is the same")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Segmentation":
        if not 2 <= self.k[0] <= self.k[1]:
            raise ValueError(f"k must be two numbers, 2 or more and ascending, found {list(self.k)}")
        if len(set(self.features)) < len(self.features):
            raise ValueError(f"features need to differ, found {', '.join(self.features)}")
        if self.axis not in self.features:
            raise ValueError(f"the axis '{self.axis}' must be one of the features" + nearest(self.axis, self.features))
        return self


class Items(Strict):
    """What is sold, at the level at which it is sold, made of a column of contracts."""

    of: Literal["product_line", "product", "brand"] = Field("product_line", description="the column that names it")
    same: list[str] = Field(
        [], description="regular expressions of what is cut off the name, so that parts of one product count as one"
    )

    @field_validator("same")
    @classmethod
    def _are_patterns(cls, patterns: list[str]) -> list[str]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as bad:
                raise ValueError(f"'{pattern}' is not a regular expression: {bad}") from None
        return patterns


class Support(Strict):
    """What is promised of tickets."""

    sla_hours: dict[str, float] = Field({}, description="hours within which a ticket is closed, by priority")
    urgent: list[str] = Field([], description="priorities that count as urgent")

    @field_validator("sla_hours")
    @classmethod
    def _are_positive(cls, hours: dict[str, float]) -> dict[str, float]:
        for priority, target in hours.items():
            if target <= 0:
                raise ValueError(f"the target of '{priority}' must be more than 0 hours, found {target:g}")
        return hours


class Usage(Strict):
    """How durations of sessions are to be read."""

    unit: Literal["milliseconds", "seconds", "minutes", "hours"] = Field("seconds", description="unit of a duration")
    longest_hours: float = Field(24, gt=0, description="a longer session is counted, but its time is not")

    @property
    def an_hour(self) -> int:
        """Units that an hour has."""
        return {"milliseconds": 3_600_000, "seconds": 3600, "minutes": 60, "hours": 1}[self.unit]


class Recommendations(Strict):
    """What is recommended to whom."""

    segmentation: str = Field(description="the segmentation within which popularity is counted")
    top: int = Field(5, ge=1, le=100, description="recommendations per customer")


class Nightly(Strict):
    """When the domain is refreshed."""

    hour: int = Field(2, ge=0, le=23, description="hour of the nightly refresh, in the domain's timezone")
    grace_days: int = Field(5, ge=0, le=27, description="days into a month on which the month before is refreshed too")
    fresh_by: int = Field(6, ge=0, le=23, description="hour by which gold must have been refreshed")


def _is_an_owner(owner: str) -> str:
    if not re.fullmatch(r"team:[\w-]+|[^@\s]+@[^@\s]+\.[^@\s]+", owner):
        raise ValueError(f"'{owner}' is neither an e-mail address nor `team:name`")
    return owner


class CustomerDomain(Strict):
    """The attributes of a domain's `defs.yaml`."""

    name: Name = Field(description="first word of every asset key of the domain")
    title: str = Field(description="the domain's name for business users")
    description: str
    owners: list[Annotated[str, AfterValidator(_is_an_owner)]] = Field(
        ["team:data"], description="owners of the assets: e-mail addresses or `team:name`"
    )
    timezone: str = Field("UTC", description="IANA name; local dates, months and the nightly refresh are in it")
    currency: str = Field(description="ISO 4217 code of every amount")
    start: date = Field(description="first month, `YYYY-MM`; rows dated before it are refused")
    lookback_months: int = Field(6, ge=1, le=60, description="months of events that features look back over")
    nightly: Nightly = Nightly()
    families: Families = Families()
    customers_from: Literal["master", "transactions"] = Field(
        "transactions",
        description="who has a row in customer 360: everybody the sources of customers list, or who had a transaction",
    )
    items: Items = Items()
    support: Support = Support()
    usage: Usage = Usage()
    regions: dict[str, list[str]] = Field({}, description="regions and the states that each consists of")
    segmentations: list[Segmentation] = Field([], description="clusterings of the customers")
    recommendations: Recommendations | None = None

    _sources: dict[str, Contract] = PrivateAttr(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def _is_a_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: 'Europe' is a folder of timezones
            hint = nearest(name, available_timezones(), listed=False)
            raise ValueError(f"'{name}' is not an IANA timezone such as America/Sao_Paulo{hint}") from None
        return name

    @field_validator("start", mode="before")
    @classmethod
    def _is_a_month(cls, month: Any) -> date:
        text = str(month)
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])(-01)?", text):
            raise ValueError(f"'{text}' is not a month such as 2010-12")
        return date(int(text[:4]), int(text[5:7]), 1)

    @field_validator("currency")
    @classmethod
    def _is_a_currency(cls, code: str) -> str:
        if not re.fullmatch(r"[A-Z]{3}", code):
            hint = f"; did you mean '{code.upper()}'?" if re.fullmatch(r"[A-Za-z]{3}", code) else ""
            raise ValueError(f"'{code}' is not an ISO 4217 code such as BRL{hint}")
        return code

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "CustomerDomain":
        names = [segmentation.name for segmentation in self.segmentations]
        if len(set(names)) < len(names):
            raise ValueError(f"segmentations need names of their own, found {', '.join(names)}")
        if self.recommendations and self.recommendations.segmentation not in names:
            wrong = self.recommendations.segmentation
            raise ValueError(f"recommendations use the segmentation '{wrong}'" + nearest(wrong, names))
        return self

    @property
    def sources(self) -> dict[str, Contract]:
        """The domain's sources by name, in alphabetical order."""
        return self._sources

    @property
    def facets(self) -> tuple[str, ...]:
        """What customer 360 knows of a customer, by the entity that it is made of, in order."""
        entities = {contract.entity for contract in self._sources.values()}
        if self.customers_from == "transactions":
            return (TRANSACTIONS,) if TRANSACTIONS in entities else ()
        return tuple(facets_of(entities))

    def sources_of(self, entity: str) -> list[Contract]:
        """The sources that are conformed to `entity`, in alphabetical order; none where the company keeps none."""
        return [contract for _, contract in sorted(self._sources.items()) if contract.entity == entity]

    def segmentation(self, name: str) -> Segmentation:
        """The segmentation of this name."""
        return {segmentation.name: segmentation for segmentation in self.segmentations}[name]


class DomainFile(Strict):
    """The whole of `defs.yaml`; `type` is for Dagster, which reads the file too."""

    type: Literal["arcana_assets.components.CustomerDomainComponent"]
    attributes: CustomerDomain


def load_domain(folder: Path) -> CustomerDomain:
    """The domain whose `defs.yaml` and `sources/*.yaml` lie in `folder`.

    Raises ContractError for anything in these files that could not be acted on, with file, line and nearest right name;
    the problems of all files of the folder at once.
    """
    file, problems = read_yaml(folder / "defs.yaml"), list[str]()
    domain = None
    try:
        domain = file.parse(DomainFile).attributes
        if domain.name != folder.name:
            raise file.error(
                ("attributes", "name"), f"'{domain.name}' lies in a folder of another name, '{folder.name}'"
            )
    except ContractError as wrong:
        problems.append(str(wrong))
    contracts: dict[Path, Contract] = {}
    for path in sorted((folder / "sources").glob("*")):
        if path.name.startswith(("_", ".")):
            continue
        try:
            if path.suffix != ".yaml":
                raise ContractError(f"{path}: expected contracts only, files that end in .yaml")
            contracts[path] = load_contract(path)
        except ContractError as wrong:
            problems.append(str(wrong))
    if not contracts and not problems:
        problems.append(str(file.error((), f"expected at least one contract in {folder / 'sources'}, found none")))
    problems += _clashes(contracts)
    if problems or domain is None:
        raise ContractError("\n".join(problems))
    domain.sources.update({contract.name: contract for contract in contracts.values()})
    if unmet := [str(file.error(place, problem)) for place, problem in _without_sources(domain)]:
        raise ContractError("\n".join(unmet))
    return domain


def load_domains(folder: Path) -> dict[Path, CustomerDomain]:
    """Every domain below a `defs` folder, by its own folder. Raises ContractError with the problems of all of them."""
    domains: dict[Path, CustomerDomain] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*/defs.yaml")):
        try:
            domains[path.parent] = load_domain(path.parent)
        except ContractError as wrong:
            problems.append(str(wrong))
    if problems:
        raise ContractError("\n".join(problems))
    return domains


def _without_sources(domain: CustomerDomain) -> Iterator[tuple[Place, str]]:
    """What `defs.yaml` asks for that no source gives."""
    needed = "customers" if domain.customers_from == "master" else TRANSACTIONS
    if not domain.sources_of(needed):
        if domain.customers_from == "master":
            yield ("attributes", "customers_from"), "no source is conformed to customers, so there is no master"
        for key in ("segmentations", "recommendations"):
            if getattr(domain, key):
                yield ("attributes", key), f"{key} are made of {needed}, and no source is conformed to them"
        return
    items = "contracts" if domain.customers_from == "master" else TRANSACTIONS
    if domain.recommendations and not domain.sources_of(items):
        problem = f"recommendations are made of {items}, and no source is conformed to them"
        yield ("attributes", "recommendations"), problem
    for index, segmentation in enumerate(domain.segmentations):
        named = {"axis": segmentation.axis, "fitted_on": segmentation.fitted_on}
        named |= {f"features {place}": name for place, name in enumerate(segmentation.features)}
        for what, name in named.items():
            if name is not None and not is_feature(name, domain.facets):
                key, _, place = what.partition(" ")
                problem = f"no source of the domain gives the feature '{name}'"
                at = ("attributes", "segmentations", index, key, *([int(place)] if place else []))
                yield at, problem + nearest(name, known_features(domain.facets))


def _clashes(contracts: Mapping[Path, Contract]) -> Iterator[str]:
    """A name that two sources of the domain have."""
    first: dict[str, Path] = {}
    for path, contract in contracts.items():
        if contract.name in first:
            problem = f"'{contract.name}' is the name of {first[contract.name].name} already"
            yield str(read_yaml(path).error(("name",), problem))
        first.setdefault(contract.name, path)

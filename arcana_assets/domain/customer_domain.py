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
from arcana_assets.domain.feature_names import TRANSACTIONS, is_feature, known_features
from arcana_assets.domain.gold_columns import describe
from arcana_assets.domain.names import Name
from arcana_assets.domain.programmes import Programme
from arcana_assets.domain.segmentations import Combination, Segmentation
from arcana_assets.domain.settings import Families, Items, Nightly, Recommendations, Support, Usage
from arcana_assets.domain.yaml_file import ContractError, Strict, read_yaml


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
    listed_by: list[str] = Field(
        [], description="the sources whose customers the master lists; the others only complete them; empty: all do"
    )
    items: Items = Items()
    support: Support = Support()
    usage: Usage = Usage()
    regions: dict[str, list[str]] = Field({}, description="regions and the states that each consists of")
    segmentations: list[Segmentation] = Field([], description="clusterings of the customers")
    combinations: list[Combination] = Field([], description="segmentations read together")
    recommendations: Recommendations | None = None
    programmes: list[Programme] = Field([], description="loyalty programmes")

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
        if len(set(self.groupings)) < len(self.groupings):
            raise ValueError(f"segmentations need names of their own, found {', '.join(self.groupings)}")
        for combination in self.combinations:
            for name in combination.of:
                if name not in names:
                    raise ValueError(f"'{combination.name}' combines '{name}'" + nearest(name, names))
        if self.recommendations and self.recommendations.segmentation not in names:
            wrong = self.recommendations.segmentation
            raise ValueError(f"recommendations use the segmentation '{wrong}'" + nearest(wrong, names))
        titles = [programme.name for programme in self.programmes]
        if len(set(titles)) < len(titles):
            raise ValueError(f"programmes need names of their own, found {', '.join(titles)}")
        for programme in self.programmes:
            if programme.segmentation not in names:
                raise ValueError(
                    f"the programme '{programme.name}' uses the segmentation '{programme.segmentation}'"
                    + nearest(programme.segmentation, names)
                )
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

    @property
    def listing(self) -> list[Contract]:
        """The sources of customers that say who is one."""
        return [each for each in self.sources_of("customers") if not self.listed_by or each.name in self.listed_by]

    @property
    def groupings(self) -> list[str]:
        """The names under which customers have segments: segmentations, then combinations of them."""
        return [*(each.name for each in self.segmentations), *(each.name for each in self.combinations)]

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
    known = [source.name for source in domain.sources_of("customers")]
    for place, name in enumerate(domain.listed_by):
        if name not in known:
            problem = f"no source of customers has the name '{name}'" + nearest(name, known)
            yield ("attributes", "listed_by", place), problem
    if not domain.sources_of(needed):
        if domain.customers_from == "master":
            yield ("attributes", "customers_from"), "no source is conformed to customers, so there is no master"
        for key in ("segmentations", "recommendations", "programmes"):
            if getattr(domain, key):
                yield ("attributes", key), f"{key} are made of {needed}, and no source is conformed to them"
        return
    undated = [source.name for source in domain.sources_of("surveys") if not source.dated]
    if undated and "surveys" in domain.facets and not domain.sources_of("tickets"):
        problem = f"surveys of {', '.join(undated)} have no date of their own, and no source is conformed to tickets"
        yield ("attributes", "customers_from"), problem
    items = "contracts" if domain.customers_from == "master" else TRANSACTIONS
    if domain.recommendations and not domain.sources_of(items):
        problem = f"recommendations are made of {items}, and no source is conformed to them"
        yield ("attributes", "recommendations"), problem
    yield from _unknown_limits(domain)
    yield from _unknown_measures(domain)
    for index, segmentation in enumerate(domain.segmentations):
        at: Place = ("attributes", "segmentations", index)
        named: list[tuple[Place, str | None]] = [((*at, "axis"), segmentation.axis)]
        named += [((*at, "fitted_on"), segmentation.fitted_on)]
        named += [((*at, "personas"), feature) for feature in segmentation.personas.features]
        named += [((*at, "features", place), feature) for place, feature in enumerate(segmentation.features)]
        for where, feature in named:
            if feature is not None and not is_feature(feature, domain.facets):
                problem = f"no source of the domain gives the feature '{feature}'"
                yield where, problem + nearest(feature, known_features(domain.facets))


def _unknown_limits(domain: CustomerDomain) -> Iterator[tuple[Place, str]]:
    """Columns by which items are limited, and which customer 360 does not have as a text."""
    columns = describe("customer_360", domain.facets).values()
    known = ["persona", *(each.name for each in columns if each.type == "text" and each.name != "customer_id")]
    for item, limits in (domain.recommendations.limits if domain.recommendations else {}).items():
        for name in limits:
            if name not in known:
                problem = f"'{name}' is no text column of the domain's customer 360" + nearest(name, known)
                yield ("attributes", "recommendations", "limits", item, name), problem


def _unknown_measures(domain: CustomerDomain) -> Iterator[tuple[Place, str]]:
    """Columns that programmes name, and which the domain's customer 360 does not have, or not of that type."""
    columns = {name: each for name, each in describe("customer_360", domain.facets).items() if not each.pattern}
    numbers = [name for name, each in columns.items() if each.type in ("integer", "decimal", "double")]
    texts = [name for name, each in columns.items() if each.type == "text" and name != "customer_id"]
    for index, programme in enumerate(domain.programmes):
        at: Place = ("attributes", "programmes", index)
        named = [((*at, "measures", name), name, numbers) for name in programme.measures]
        named += [
            ((*at, "exclude", place, "column"), rule.column, texts if rule.isin else numbers)
            for place, rule in enumerate(programme.exclude)
        ]
        for where, name, known in named:
            if name not in known:
                kind = "text" if known is texts else "number"
                yield where, f"'{name}' is no {kind} of the domain's customer 360" + nearest(name, known)
        if TRANSACTIONS not in domain.facets and not any(each.dated for each in domain.sources_of("subscriptions")):
            yield at, "programmes are of revenue by month, and no source has transactions, or subscriptions with dates"


def _clashes(contracts: Mapping[Path, Contract]) -> Iterator[str]:
    """A name that two sources of the domain have."""
    first: dict[str, Path] = {}
    for path, contract in contracts.items():
        if contract.name in first:
            problem = f"'{contract.name}' is the name of {first[contract.name].name} already"
            yield str(read_yaml(path).error(("name",), problem))
        first.setdefault(contract.name, path)

"""A customer domain: one company's base of customers, the sources it is known by and what is made of them.

Belongs here: the content of `defs.yaml` and of the folder around it. Does not belong here: the assets it becomes.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.commercial import CONSENT
from arcana_assets.domain.facets.registered import REGISTERED, STATED
from arcana_assets.domain.facets.registry import TRANSACTIONS, facets_of
from arcana_assets.domain.facets.visitors import COUPONS
from arcana_assets.domain.months import Bounds, bounds_at, month_at, shifted
from arcana_assets.domain.names import Name, Timezone
from arcana_assets.domain.settings.arrivals import Arrivals
from arcana_assets.domain.settings.customers import Families, Items, Shrinkage, Support, Usage
from arcana_assets.domain.settings.erasures import Erasures
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.domain.settings.nightly import Nightly
from arcana_assets.domain.settings.outliers import Outliers
from arcana_assets.domain.settings.predictions import EXPECTED_MONTHS, Prediction
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.domain.settings.segmentation import Combination, Segmentation
from arcana_assets.domain.settings.warehouse import Warehouse
from arcana_assets.domain.words import DEFAULT_LANGUAGE, read_in
from arcana_assets.domain.yaml.file import Strict


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
    timezone: Timezone = Field("UTC", description="IANA name; local dates, months and the nightly refresh are in it")
    currency: str = Field(description="ISO 4217 code of every amount")
    language: str = Field(
        DEFAULT_LANGUAGE,
        pattern=r"^[a-z]{2}(-[A-Z]{2})?$",
        description="of all that people read, and of names and sentences in tables; one that the platform has texts of",
    )
    start: date = Field(description="first month, `YYYY-MM`; rows dated before it are refused, and counted apart")
    end: date | None = Field(
        None,
        description="last month, `YYYY-MM`, of data that are history; rows dated after it are refused, and no night "
        "asks for more; left out: the open month",
    )
    lookback_months: int = Field(6, ge=1, le=60, description="months of events that features look back over")
    nightly: Nightly = Nightly()
    arrivals: Arrivals = Arrivals()
    erasures: Erasures = Erasures()
    pseudonyms: bool = Field(
        False,
        description="whether customers go by pseudonyms beyond silver, under the key of the deployment; what people "
        "read of them has their codes again",
    )
    families: Families = Field(default_factory=Families)
    customers_from: Literal["master", "transactions"] = Field(
        "transactions",
        description="who has a row in customer 360: everybody the sources of customers list, or who had a transaction",
    )
    listed_by: list[str] = Field(
        [], description="the sources whose customers the master lists; the others only complete them; empty: all do"
    )
    items: Items = Items()
    shrinkage: Shrinkage = Shrinkage()
    support: Support = Support()
    usage: Usage = Usage()
    regions: dict[str, list[str]] = Field({}, description="regions and the states that each consists of")
    outliers: Outliers = Outliers()
    segmentations: list[Segmentation] = Field([], description="clusterings of the customers")
    combinations: list[Combination] = Field([], description="segmentations read together")
    recommendations: Recommendations | None = None
    programmes: list[Programme] = Field([], description="loyalty programmes")
    predictions: list[Prediction] = Field([], description="what customers will do next")
    warehouse: Warehouse = Warehouse()

    _sources: dict[str, Contract] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _in_its_language(cls, said: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        language = said.get("language") if isinstance(said, dict) else None
        with read_in(language if isinstance(language, str) else DEFAULT_LANGUAGE):
            return handler(said)

    @field_validator("start", "end", mode="before")
    @classmethod
    def _is_a_month(cls, month: Any) -> date | None:
        if month is None:
            return None
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

    @field_validator("end")
    @classmethod
    def _is_not_before_the_start(cls, end: date | None, given: ValidationInfo) -> date | None:
        start = given.data.get("start")
        if end is not None and start is not None and end < start:
            raise ValueError(f"expected {start:%Y-%m}, the start, or a later month; found {end:%Y-%m}")
        return end

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
        if self.recommendations and self.items.goods != "product":
            self.recommendations.without(self.families.other)
        titles = [programme.name for programme in self.programmes]
        if len(set(titles)) < len(titles):
            raise ValueError(f"programmes need names of their own, found {', '.join(titles)}")
        for programme in self.programmes:
            if programme.segmentation not in names:
                raise ValueError(
                    f"the programme '{programme.name}' uses the segmentation '{programme.segmentation}'"
                    + nearest(programme.segmentation, names)
                )
        for prediction in self.predictions:
            if [*names, *(each.name for each in self.predictions)].count(prediction.name) > 1:
                raise ValueError(
                    f"predictions need names of their own, which no segmentation has: models/{prediction.name} is the "
                    "table of one"
                )
        for grouping in self.warehouse.clusters:
            if grouping not in self.groupings:
                raise ValueError(f"warehouse names a column for '{grouping}'" + nearest(grouping, self.groupings))
        columns = list(self.cluster_columns.values())
        if len(set(columns)) < len(columns):
            raise ValueError(f"warehouse: columns of clusters need names of their own, found {', '.join(columns)}")
        return self

    @property
    def cluster_columns(self) -> dict[str, str]:
        """The column of the database that holds a customer's cluster, by segmentation and combination, in order."""
        return {name: f"cluster_{self.warehouse.clusters.get(name, name)}" for name in self.groupings}

    @property
    def expected_spend(self) -> Prediction | None:
        """What says how much a customer will pay, for who asks it of single ones: the first such prediction."""
        spend = (each for each in self.predictions if each.of_money)
        return next((each for each in spend if EXPECTED_MONTHS in each.horizon_months), None)

    @property
    def sources(self) -> dict[str, Contract]:
        """The domain's sources by name, in alphabetical order."""
        return self._sources

    @property
    def filled_from(self) -> date:
        """The first month whose whole lookback lies in the domain: what is found of it, or later, can stay."""
        return shifted(self.start, self.lookback_months - 1)

    def bounds(self, moment: datetime) -> Bounds:
        """The months that rows may have as of a moment."""
        return bounds_at(moment, self.start, self.arrivals.future_days, self.timezone, self.end)

    def has_ended(self, moment: datetime) -> bool:
        """Whether the last month of a domain whose data are history is over as of a moment."""
        return self.end is not None and month_at(moment, self.timezone) > self.end

    @property
    def facets(self) -> tuple[str, ...]:
        """What customer 360 knows of a customer, by the entity that it is made of, in order."""
        entities = {contract.entity for contract in self._sources.values()}
        if self.customers_from == "transactions":
            stated = any(STATED & each.made for each in self.sources_of("customers"))
            return (*([REGISTERED.name] if stated else []), TRANSACTIONS) if TRANSACTIONS in entities else ()
        told = {
            COUPONS.name: any({"coupon_id", "discount"} & each.made for each in self.sources_of(TRANSACTIONS)),
            CONSENT.name: any({*CONSENT.names} & each.made for each in self.sources_of("customers")),
        }
        return tuple(name for name in facets_of(entities) if told.get(name, True))

    @property
    def has_items(self) -> bool:
        """Whether it is known what customers own: what is bought, or contracted."""
        return TRANSACTIONS in self.facets or "contracts" in self.facets

    def sources_of(self, entity: str) -> list[Contract]:
        """The sources that are conformed to `entity`, in alphabetical order; none where the company keeps none."""
        return [contract for _, contract in sorted(self._sources.items()) if contract.entity == entity]

    @property
    def listing(self) -> list[Contract]:
        """The sources of customers that say who is one."""
        return [each for each in self.sources_of("customers") if not self.listed_by or each.name in self.listed_by]

    @property
    def watched(self) -> dict[str, int]:
        """Sources by whose newest row a month is over, with the days that it may end early by."""
        days = {name: contract.watched_days for name, contract in self._sources.items()}
        return {name: within for name, within in days.items() if within is not None}

    @property
    def groupings(self) -> list[str]:
        """The names under which customers have segments: segmentations, then combinations of them."""
        return [*(each.name for each in self.segmentations), *(each.name for each in self.combinations)]

    def segmentation(self, name: str) -> Segmentation:
        """The segmentation of this name."""
        return {segmentation.name: segmentation for segmentation in self.segmentations}[name]

"""The settings of a drafted domain: who is a customer, its calendar and money, what is made of what is known.

Belongs here: `defs.yaml`, key by key, with a comment beside each guess. Does not belong here: contracts (`sources`),
what a setting means (`domain.settings`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from arcana_assets.domain.entities.subscribers import SUBSCRIPTIONS
from arcana_assets.domain.facets.features import is_feature, knows_the_future
from arcana_assets.domain.facets.registry import TRANSACTIONS, facets_of
from arcana_assets.domain.months import shifted
from arcana_assets.domain.names import as_name
from arcana_assets.drafting.codes import CUSTOMERS
from arcana_assets.drafting.dates import Dates
from arcana_assets.drafting.entities import Match, Picked, picked_of
from arcana_assets.drafting.guess import Guess, vocabulary
from arcana_assets.drafting.periods import first_day
from arcana_assets.drafting.source import Source
from arcana_assets.drafting.sources import drafted
from arcana_assets.drafting.values import CURRENCIES

UNITS = {"seconds": ("second", "segundo"), "minutes": ("minut",), "hours": ("hour", "hora")}
SHORT = {"seconds": ("sec", "secs", "seg"), "minutes": ("min", "mins"), "hours": ("hr", "hrs")}  # whole words
COMPONENT = "arcana_assets.components.CustomerDomainComponent"
SNAPSHOTS = ("contracts", "purchases")
OF_SHOPS = (
    "transactions",
    "orders",
    "reference",
    "products",
    "stores",
    "customers",
    "recommendation_feedback",
    "persona_labels",
)
FEATURES = (  # what a segmentation of a master's customers looks at, the first that there is being its axis
    *("monetary", "contract_value", "mrr", "usage_hours", "visits", "tickets_opened", "mean_score"),
    *("recency_days", "frequency", "products_owned", "modules_used", "days_since_visit"),
)
PREDICTED_FROM = ("recency_days", "frequency", "monetary", "average_ticket", "distinct_products", "return_share")
GROWTH = ("mrr_growth_3m", "mrr_growth_12m")
TENURE = "tenure_months"
RECENT = {"mean_at_most": 75}  # days: who has not ordered for longer is leaving, or never came to stay
ONE_EACH = 1.2  # values of an attribute a customer, at most: some are spelt in two ways, or change
OFTEN = {"lift_at_least": 1, "mean_at_least": 1.5}  # orders: where nearly everybody has one, nobody is frequent
MOST_MONTHS = 36  # of periods, which a draft begins with: each month reads all of them
MOST = 6  # features of a segmentation: more make customers alike


@dataclass(frozen=True)
class Settings:
    """What `defs.yaml` says: each key with its value and comment, and what a person should look at."""

    attributes: tuple[tuple[str, Any, str], ...]
    to_look_at: tuple[str, ...]

    def get(self, key: str) -> Any:
        """The value of a key; None where it is left out."""
        return next((value for name, value, _ in self.attributes if name == key), None)


def as_customers(sources: Sequence[Source]) -> list[Source]:
    """Further sources that say who the customers are, of files that tell it beside something else.

    A domain of contracts or use without a list of customers has everybody of the file that knows most of them, from
    the day on which the first of what that file says of each began, where it has such a day.
    """
    entities = {source.entity for source in sources if source.finished}
    if entities <= {*OF_SHOPS}:
        return []
    found = [each for source in sources if source.entity != CUSTOMERS and (each := _profile(source)) is not None]
    if CUSTOMERS in entities or found:
        return found
    known = [source for source in sources if source.finished and "customer_id" in source.picked.columns]
    if not known:
        return []
    most = max(each.picked.columns["customer_id"].values.distinct for each in known)
    widest = [each for each in known if each.picked.columns["customer_id"].values.distinct == most]
    source, begun = next(((each, day) for each in widest if (day := first_day(each))), (widest[0], None))
    columns = {"customer_id": source.picked.columns["customer_id"]} | ({"since": begun} if begun else {})
    made = drafted(source.tabled, Picked(CUSTOMERS, 0.5, columns, ()), [], f"{source.name}_customers")
    when = f"from the earliest '{begun.values.name}' of each on" if begun else "in every month, for it has no first day"
    made.to_look_at.append(f"no file lists the customers: everybody in {source.tabled.files[0].name} is one, {when}")
    return [made]


def _profile(source: Source) -> Source | None:
    """What a file says of the customers themselves in columns that its own entity has no use for."""
    taken = {match.values.place for name, match in source.picked.columns.items() if name != "customer_id"}
    left = [each for each in source.tabled.values if each.place not in taken]
    picked = picked_of(left, CUSTOMERS)
    if picked is None or picked.entity != CUSTOMERS or picked.lacking:
        return None
    whose = picked.columns["customer_id"]
    columns = {name: each for name, each in picked.columns.items() if each is whose or _is_of(source, whose, each)}
    if len(columns) < 3:
        return None
    return drafted(source.tabled, replace(picked, columns=columns, rivals=()), [], f"{source.name}_customers")


def _is_of(source: Source, whose: Match, what: Match) -> bool:
    """Whether a column says one thing of a customer in nearly all of its rows, and not of each row another."""
    places = [str(whose.values.place), str(what.values.place)]
    table = source.tabled.table.select(places)
    said, customers = (table.group_by(each).aggregate([]).num_rows for each in (places, places[:1]))
    return said <= ONE_EACH * customers


def settings_of(name: str, finished: Sequence[Source], sources: Sequence[Source], language: str) -> Settings:
    """The settings of a domain with these sources; of those that are not finished only the calendar is taken."""
    words, entities = vocabulary()["languages"][language], {source.entity for source in finished}
    master = bool(entities - {*OF_SHOPS}) and CUSTOMERS in entities
    facets = [*facets_of(entities)] if master else [TRANSACTIONS] if "transactions" in entities else []
    start, currency = _start(sources), _currency(sources, words)
    guessed = {"start": start, "currency": currency, "timezone": _timezone(words)}
    listing = [source.name for source in finished if source.entity == CUSTOMERS]
    who = "everybody on a list of customers" if master else "everybody who bought"
    said: list[tuple[str, Any, str]] = [
        ("name", name, ""),
        ("title", name.replace("_", " ").capitalize(), "what business people read"),
        (
            "description",
            f"Drafted by `arcana new` from {_kinds(len({each.tabled.name for each in sources}))}",
            "",
        ),
        ("owners", ["team:data"], ""),
        ("language", language, "of everything that people read"),
        *((key, guess.value, guess.words()) for key, guess in guessed.items()),
        ("lookback_months", 12 if master else 6, "months that frequency and sums look back over"),
    ]
    if master:
        said.append(("customers_from", "master", f"who is a customer: {who}, which is {' and '.join(listing)}"))
    if "usage" in entities:
        unit = _unit(finished)
        said.append(("usage", {"unit": unit.value, "longest_hours": 24}, unit.words()))
    if TRANSACTIONS in facets and not any("category" in each.made for each in finished if each.entity == "products"):
        families = {"count": 12, "minimum_products": 200, "other": words["families"]}
        said.append(("families", families, "no catalogue gives categories; found in the products' names"))
    segmentations = _segmentations(facets, finished, words, language)
    if segmentations:
        said.append(("segmentations", segmentations, ""))
        first = segmentations[0]["name"]
        if TRANSACTIONS in facets or ("contracts" in facets and "product" in _made(finished, "contracts")):
            offers = {"segmentation": first, "top": 5, "minimum_owners": 5}
            said.append(("recommendations", offers, "who gets which item"))
            if TRANSACTIONS not in facets and "product_line" not in _made(finished, "contracts"):
                said.append(("items", {"of": "product"}, "what is owned: no contract says the line of its product"))
        if predictions := _predictions(facets, finished, words):
            said.append(("predictions", predictions, ""))
    unsure = [f"{key} is {guess.value}: {guess.why}" for key, guess in guessed.items() if guess.sure == "unsure"]
    return Settings(tuple(said), tuple(unsure))


def _kinds(number: int) -> str:
    return "one kind of files" if number == 1 else f"{number} kinds of files"


def _made(sources: Sequence[Source], entity: str) -> set[str]:
    return {column for source in sources if source.entity == entity for column in source.made}


def _start(sources: Sequence[Source]) -> Guess:
    """The month of the first row, of the sources that are kept by month; rows before it are refused."""
    dated = [source.dates for source in sources if source.dates is not None and source.dates.first is not None]
    begun = [source.begun for source in sources if source.begun is not None]
    if begun and (guess := _of_periods(begun, dated)) is not None:
        return guess
    if not dated:
        others = [each.dates for source in sources for each in source.tabled.values if each.dates is not None]
        last = max((each.last for each in others if each.last is not None), default=date(2024, 1, 1))
        why = "no row has a date that puts it into a month; the last month that is found anywhere"
        return Guess(f"{last:%Y-%m}", "unsure", why)
    first = min(each.first for each in dated if each.first)
    earlier = sum(rows for each in dated for month, rows in each.months.items() if month < first)
    if not earlier:
        return Guess(f"{first:%Y-%m}", "sure", "the month of the first row")
    return Guess(f"{first:%Y-%m}", "likely", f"{earlier:,} rows are dated earlier, few enough to be strays; refused")


def _of_periods(begun: Sequence[Dates], dated: Sequence[Dates]) -> Guess | None:
    """The month of the first period, years back at most; None where a row with a date of its own is as early."""
    first = min((each.first for each in begun if each.first), default=None)
    last = max((each.last for each in (*begun, *dated) if each.last), default=None)
    if first is None or last is None:
        return None
    earliest = max(first, shifted(last, 1 - MOST_MONTHS))
    if any(each.first and each.first <= earliest for each in dated):
        return None
    if earliest > first:
        why = f"the first period begins in {first:%Y-%m}; of what ran then the last {MOST_MONTHS} months are told"
        return Guess(f"{earliest:%Y-%m}", "likely", why)
    return Guess(f"{first:%Y-%m}", "likely", "the month of the first period")


def _currency(sources: Sequence[Source], words: Mapping[str, Any]) -> Guess:
    signs = Counter(value.prefix for source in sources for value in source.tabled.values if value.prefix in CURRENCIES)
    if signs:
        sign = signs.most_common(1)[0][0]
        return Guess(CURRENCIES[sign], "likely", f"amounts are written with {sign}")
    return Guess(words["currency"], "unsure", "no amount has a sign; that of the language was taken")


def _timezone(words: Mapping[str, Any]) -> Guess:
    why = "the files do not say it; days and months are local"
    return Guess(words["timezone"], "unsure", why)


def _unit(sources: Sequence[Source]) -> Guess:
    """The unit of durations, where a header says it."""
    for source in sources:
        match = source.picked.columns.get("duration") if source.entity == "usage" else None
        words = as_name(match.values.name) if match else ""
        for unit, said in UNITS.items():
            if any(word in words for word in said) or {*SHORT[unit]} & {*words.split("_")}:
                return Guess(unit, "likely", "the header of the durations says so")
    return Guess("seconds", "unsure", "no header says which unit durations have", (*UNITS,)[1:])


def _segmentations(
    facets: Sequence[str], sources: Sequence[Source], words: Mapping[str, Any], language: str
) -> list[dict[str, Any]]:
    if facets == [TRANSACTIONS]:
        found = [_by_value(words)]
    else:
        features = [name for name in FEATURES if is_feature(name, facets)][:MOST]
        if features == ["mrr"]:  # of revenue alone, also for how long it has been there, where that is known
            features += [TENURE] if _tells_tenure(facets, sources) else []
        elif len(features) < 2:
            return []
        found = [_by_axis(features, words)]
    if TRANSACTIONS in facets:
        found.append(_by_categories(words))
    return found


def _tells_tenure(facets: Sequence[str], sources: Sequence[Source]) -> bool:
    """Whether it is known for how long customers are some: by their first order, or by what a source says."""
    return TRANSACTIONS in facets or "since" in _made(sources, CUSTOMERS)


def _by_value(words: Mapping[str, Any]) -> dict[str, Any]:
    rules = [
        {
            "name": words["frequent"],
            "when": {"recency_days": RECENT, "frequency": OFTEN, "monetary": {"lift_at_most": 2}},
        },
        {"name": words["best"], "when": {"recency_days": RECENT, "monetary": {"lift_at_least": 2}}},
        {"name": words["leaving"], "when": {"recency_days": {"mean_at_least": 75}, "frequency": {"mean_at_least": 2}}},
        {
            "name": words["new"],
            "when": {"tenure_months": {"mean_at_most": 3, "lift_at_most": 0.5}, "recency_days": {"mean_at_most": 45}},
        },
        {"name": words["occasional"]},
    ]  # fmt: skip
    return {
        "name": words["value"],
        "features": ["recency_days", "frequency", "monetary"],
        "axis": "monetary",
        "axis_label": words["axes"]["monetary"],
        "fitted_on": "frequency",
        "k": [3, 8],
        "seed": 7,
        "personas": {"levels": words["levels"], "level_limits": [0.65], "rules": rules},
    }


def _by_categories(words: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": words["categories"],
        "features": ["share_*"],
        "axis": "monetary",
        "axis_label": words["axes"]["monetary"],
        "fitted_on": "frequency",
        "fitted_from": 3,
        "k": [3, 10],
        "seed": 7,
        "personas": {"shares": {**words["shares"], "leave_out": [words["families"].lower()]}},
    }


def _by_axis(features: Sequence[str], words: Mapping[str, Any]) -> dict[str, Any]:
    axis = features[0]
    label = words["axes"].get(axis, words["axes"]["monetary"])
    said: dict[str, Any] = {"name": words["value"], "features": [*features], "axis": axis, "axis_label": label}
    said |= {"k": [3, 8], "seed": 7}
    if "axis_levels" in words:
        said["personas"] = {"levels": words["axis_levels"], "rules": [{"name": f"{{level}} {label}"}]}
    return said


def _predictions(facets: Sequence[str], sources: Sequence[Source], words: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a domain can foretell: buying again and spend, what ends, visits."""
    recurring = any(each.dates or each.begun for each in sources if each.entity == SUBSCRIPTIONS.name)
    asked = list[tuple[str, list[int]]]()
    if TRANSACTIONS in facets:
        asked += [("active", [1, 3]), ("spend", [3])]
    elif recurring:
        asked += [("leaves", [3]), ("spend", [3])]
    if "presence" in facets:
        asked.append(("visits", [1, 3]))
    found = list[dict[str, Any]]()
    for target, months in asked:
        wanted = (*PREDICTED_FROM, "mrr", *GROWTH, TENURE, *FEATURES)
        usable = [
            name
            for name in dict.fromkeys(wanted)
            if is_feature(name, facets)
            and not knows_the_future(name, facets)
            and (name != TENURE or _tells_tenure(facets, sources))
        ]
        name, title = words["predictions"][target]
        said = {"name": name, "title": title, "target": target, "horizon_months": months, "features": usable[:8]}
        if target == "spend" and TRANSACTIONS not in facets:
            said["candidates"] = ["last_period", "window_rate", "ratio"]
        found.append(said)
    return found

"""The folder of a domain read as a whole: `defs.yaml` and the contracts beside it, and whether they agree.

Belongs here: what no single file can tell. Does not belong here: what one file may say (`customer_domain`, `contract`),
how its errors are worded (`yaml`).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from arcana_assets.domain.computed import miscomputed
from arcana_assets.domain.contract.consistency import load_contract
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.entities.labels import PERSONA_LABELS
from arcana_assets.domain.errors import nearest
from arcana_assets.domain.facets.features import is_feature, known_features, knows_the_future
from arcana_assets.domain.facets.registry import TRANSACTIONS
from arcana_assets.domain.facets.visitors import COUPONS, PRESENCE
from arcana_assets.domain.joins import unjoinable
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.domain.yaml.explanations import Place
from arcana_assets.domain.yaml.file import ContractError, Strict, read_yaml


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
    if not problems:
        problems += _unjoinable(contracts)
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
        for key in ("segmentations", "recommendations", "programmes", "predictions"):
            if getattr(domain, key):
                yield ("attributes", key), f"{key} are made of {needed}, and no source is conformed to them"
        return
    if domain.customers_from != "master" and domain.sources_of("identities"):
        problem = "identities join the accounts of a master; customers here are who buys. Set customers_from: master"
        yield ("attributes", "customers_from"), problem
    undated = [source.name for source in domain.sources_of("surveys") if not source.dated]
    if undated and "surveys" in domain.facets and not domain.sources_of("tickets"):
        problem = f"surveys of {', '.join(undated)} have no date of their own, and no source is conformed to tickets"
        yield ("attributes", "customers_from"), problem
    items = ["contracts", TRANSACTIONS] if domain.customers_from == "master" else [TRANSACTIONS]
    if domain.recommendations and not any(domain.sources_of(each) for each in items):
        problem = f"recommendations are made of {' or '.join(items)}, and no source is conformed to them"
        yield ("attributes", "recommendations"), problem
    yield from _unknown_level(domain)
    yield from _unknown_limits(domain)
    yield from _unknown_audience(domain)
    yield from _unknown_personas(domain)
    yield from _unknown_measures(domain)
    yield from _unpredictable(domain)
    for index, segmentation in enumerate(domain.segmentations):
        at: Place = ("attributes", "segmentations", index)
        named: list[tuple[Place, str | None]] = [((*at, "axis"), segmentation.axis)]
        named += [((*at, "fitted_on"), segmentation.fitted_on)]
        named += [((*at, "personas"), feature) for feature in segmentation.personas.features]
        named += [((*at, "shown", place), feature) for place, feature in enumerate(segmentation.shown)]
        named += [((*at, "features", place), feature) for place, feature in enumerate(segmentation.features)]
        stated = [source.name for source in domain.sources_of(PERSONA_LABELS.name)]
        if segmentation.labels is not None and segmentation.labels not in stated:
            problem = f"no source of persona_labels has the name '{segmentation.labels}'"
            yield (*at, "labels"), problem + nearest(segmentation.labels, stated)
        for where, feature in named:
            if feature is not None and not is_feature(feature, domain.facets):
                problem = f"no source of the domain gives the feature '{feature}'"
                yield where, problem + nearest(feature, known_features(domain.facets))


def _unknown_level(domain: CustomerDomain) -> Iterator[tuple[Place, str]]:
    """A level of items that no catalogue tells; a category is learned where none does."""
    level = domain.items.goods
    if level in ("type", "brand") and not any(level in source.made for source in domain.sources_of("products")):
        problem = f"no source of products maps a column to '{level}'; map one, or take 'category' or 'product'"
        yield ("attributes", "items", "goods"), problem


def _unknown_limits(domain: CustomerDomain) -> Iterator[tuple[Place, str]]:
    """Columns by which items are limited, and which customer 360 does not have as a text."""
    columns = columns_of("customer_360", domain.facets).values()
    known = ["persona", *(each.name for each in columns if each.type == "text" and each.name != "customer_id")]
    for item, limits in (domain.recommendations.limits if domain.recommendations else {}).items():
        for name in limits:
            if name not in known:
                problem = f"'{name}' is no text column of the domain's customer 360" + nearest(name, known)
                yield ("attributes", "recommendations", "limits", item, name), problem


def _unknown_audience(domain: CustomerDomain) -> Iterator[tuple[Place, str]]:
    """Columns of the audience that customer 360 does not have, or not of that type, and regions there are none of."""
    columns = {name: each for name, each in columns_of("customer_360", domain.facets).items() if not each.pattern}
    numbers = [name for name, each in columns.items() if each.type in ("integer", "decimal", "double")]
    texts = ["persona", *(name for name, each in columns.items() if each.type == "text" and name != "customer_id")]
    for index, rule in enumerate(domain.recommendations.audience if domain.recommendations else []):
        at: Place = ("attributes", "recommendations", "audience", index)
        known = texts if rule.isin else numbers
        if rule.column not in known:
            kind = "text" if rule.isin else "number"
            yield (
                (*at, "column"),
                f"'{rule.column}' is no {kind} of the domain's customer 360" + nearest(rule.column, known),
            )
        if rule.column == "region":
            for place, name in enumerate(rule.isin):
                if name not in domain.regions:
                    yield (*at, "isin", place), f"no region has the name '{name}'" + nearest(name, domain.regions)


def _unknown_personas(domain: CustomerDomain) -> Iterator[tuple[Place, str]]:
    """Personas that no segment can be called by the rules, levels or shares of its segmentation."""
    names = {each.name: each.persona_names for each in domain.segmentations}
    said: list[tuple[Place, str, str]] = []
    for index, each in enumerate(domain.segmentations):
        at: Place = ("attributes", "segmentations", index)
        said += [((*at, "share_limits", name), name, each.name) for name in each.share_limits]
        said += [((*at, "personas", "actions", name), name, each.name) for name in each.personas.actions]
        for name in each.personas.shares.actions if each.personas.shares else {}:
            said.append(((*at, "personas", "shares", "actions", name), name, each.name))
    if offers := domain.recommendations:
        for item, limits in offers.limits.items():
            place: Place = ("attributes", "recommendations", "limits", item, "persona")
            said += [
                ((*place, order), name, offers.segmentation) for order, name in enumerate(limits.get("persona", []))
            ]
        for index, rule in enumerate(offers.audience):
            if rule.column == "persona":
                place = ("attributes", "recommendations", "audience", index, "isin")
                said += [((*place, order), name, offers.segmentation) for order, name in enumerate(rule.isin)]
    open_ended = {each.name for each in domain.segmentations if each.labels}  # whose names come with the labels
    for place, name, segmentation in said:
        if name not in names[segmentation] and segmentation not in open_ended:
            yield place, f"no segment of '{segmentation}' can be called '{name}'" + nearest(name, names[segmentation])


def _unknown_measures(domain: CustomerDomain) -> Iterator[tuple[Place, str]]:
    """Columns that programmes name, and which the domain's customer 360 does not have, or not of that type."""
    columns = {name: each for name, each in columns_of("customer_360", domain.facets).items() if not each.pattern}
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
        if TRANSACTIONS not in domain.facets and not any(each.by_month for each in domain.sources_of("subscriptions")):
            needed = "transactions, or subscriptions with dates or periods"
            yield at, f"programmes are of revenue by month, and no source has {needed}"


def _unpredictable(domain: CustomerDomain) -> Iterator[tuple[Place, str]]:
    """Predictions of what no source tells, from features that there are not or that know the future."""
    facets = domain.facets
    for index, prediction in enumerate(domain.predictions):
        at: Place = ("attributes", "predictions", index)
        if problem := _untold(domain, prediction):
            yield (*at, "target"), problem
        for place, name in enumerate(prediction.features):
            if not is_feature(name, facets):
                problem = f"no source of the domain gives the feature '{name}'"
                yield (*at, "features", place), problem + nearest(name, known_features(facets))
            elif name.startswith("age_band"):
                yield (*at, "features", place), f"'{name}' is of age, from which nothing is predicted; leave it out"
            elif knows_the_future(name, facets):
                problem = "comes in its present state: its earlier months know what came later; leave it out"
                yield (*at, "features", place), f"'{name}' {problem}"
        needed = {"table": prediction.rfm[:2], "rfm": prediction.rfm}
        for place, candidate in enumerate(prediction.candidates):
            lacking = [name for name in needed.get(candidate, ()) if not is_feature(name, facets)]
            unread = [name for name in needed.get(candidate, ()) if not _is_among(name, prediction.features)]
            problem = f"'{candidate}' needs {', '.join(needed.get(candidate, ()))}, and"
            if lacking:
                problem += f" no source of the domain gives {', '.join(lacking)}; leave it out"
                yield (*at, "candidates", place), problem
            elif unread:
                problem += f" features lack {', '.join(unread)}; add them, or leave it out"
                yield (*at, "candidates", place), problem


def _is_among(name: str, features: Sequence[str]) -> bool:
    return any(name == each or (each.endswith("*") and name.startswith(each[:-1])) for each in features)


def _untold(domain: CustomerDomain, prediction: Prediction) -> str | None:
    """Why no source tells of whom the target of a prediction comes; None where one does."""
    facets, target = domain.facets, prediction.target
    recurring = any(each.by_month for each in domain.sources_of("subscriptions"))
    if target == "visits":
        known = PRESENCE.name in facets
        return None if known else "visits are predicted from those by month, and no source has visits or Wi-Fi sessions"
    if target == "leaves":
        needed = "is of recurring revenue by month, and no source is conformed to subscriptions with dates or periods"
        return None if recurring else f"'{target}' {needed}"
    if target == "uses_coupon":
        used = any("coupon_id" in source.made for source in domain.sources_of(TRANSACTIONS))
        known = used and COUPONS.name in facets
        return None if known else f"'{target}' is of orders with a coupon, and no source of transactions has coupon_id"
    if target == "buys_item_group":
        known = TRANSACTIONS in facets
        return None if known else f"'{target}' is of product categories, and no source is conformed to transactions"
    if not (recurring or TRANSACTIONS in facets):
        needed = "transactions, or subscriptions with dates or periods"
        return f"'{target}' is of revenue by month, and no source has {needed}"
    if prediction.horizon_days and TRANSACTIONS not in facets:
        return f"'{target}' in days is of orders, and subscriptions are by month; use 'horizon_months'"
    return None


def _clashes(contracts: Mapping[Path, Contract]) -> list[str]:
    """A name that two sources of the domain have."""
    first, found = dict[str, Path](), list[str]()
    for path, contract in contracts.items():
        if contract.name in first:
            problem = f"'{contract.name}' is the name of {first[contract.name].name} already"
            found.append(str(read_yaml(path).error(("name",), problem)))
        first.setdefault(contract.name, path)
    return found


def _unjoinable(contracts: Mapping[Path, Contract]) -> list[str]:
    """What sources look up in others that these do not have, or compute or choose by and do not have."""
    sources = {contract.name: contract for contract in contracts.values()}
    found = list[str]()
    for path, contract in contracts.items():
        if contract.join or contract.computed or contract.chooses:
            file = read_yaml(path)
            problems = [*unjoinable(contract, sources)] or [*miscomputed(contract, sources)]
            found += [str(file.error(place, problem)) for place, problem in problems]
    return found

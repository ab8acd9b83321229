"""The reference page of a domain: all that its YAML files, the entities and the declared tables say, as Markdown.

Belongs here: arranging what the models say. Does not belong here: saying anything that no model says; a sentence that
is missing on the page is missing in a model.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from arcana_assets.catalogue.feature_page import feature_page
from arcana_assets.catalogue.source_section import source_section
from arcana_assets.catalogue.tables import gold_tables
from arcana_assets.domain.column import MONEY
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.entities.entity import Entity
from arcana_assets.domain.entities.registry import ENTITIES
from arcana_assets.domain.folder import load_domains
from arcana_assets.domain.settings.loyalty import Programme
from arcana_assets.domain.settings.predictions import Prediction
from arcana_assets.domain.settings.recommendations import Recommendations
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.presentation.markdown import bullets, codes, markdown_table
from arcana_assets.tables.table import Table

COMMAND = "arcana docs"
GENERATED = f"<!-- Written by `{COMMAND}` from arcana_assets/defs; change it there. -->"


def reference_page(domain: CustomerDomain) -> str:
    """The page of one domain, in Markdown; the same models give the same text."""
    used = dict.fromkeys(contract.entity for contract in domain.sources.values())
    gold = gold_tables(domain.facets)
    blocks = [
        *_domain(domain),
        "## Sources",
        *(block for contract in domain.sources.values() for block in source_section(contract, domain)),
        "## Entities",
        "What sources are conformed to, in `silver`. Each table begins with `month`, the first day of the row's month.",
        *(block for name in used if ENTITIES[name].columns for block in _entity(ENTITIES[name], domain.currency)),
        "## Gold",
        f"The lookback is {domain.lookback_months} months: the month of the row and the ones before it."
        if gold
        else "No source says who the customers are, so nothing is computed of them.",
        *(block for table in gold.values() for block in _gold(table, domain)),
    ]
    return "\n\n".join(blocks) + "\n"


def write_reference(folder: Path, docs: Path) -> list[Path]:
    """Writes the page of each domain below the `defs` folder into the folder of pages `docs`; returns their paths.

    Raises ContractError for YAML that cannot be acted on. A generated page whose domain is gone is removed.
    """
    docs.mkdir(parents=True, exist_ok=True)
    pages = _pages(folder, docs)
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    for path in _left_over(pages, docs):
        path.unlink()
    return list(pages)


def stale_reference(folder: Path, docs: Path) -> list[Path]:
    """The pages that are missing, differ from what would be written, or belong to no domain any more."""
    pages = _pages(folder, docs)
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return stale + _left_over(pages, docs)


def _pages(folder: Path, docs: Path) -> dict[Path, str]:
    domains = load_domains(folder).values()
    pages = {docs / f"{domain.name}.md": reference_page(domain) for domain in domains}
    return pages | {docs / f"{domain.name}_features.md": feature_page(domain, GENERATED) for domain in domains}


def _left_over(pages: Iterable[Path], docs: Path) -> list[Path]:
    others = sorted({*docs.glob("*.md")} - {*pages})
    return [path for path in others if GENERATED in path.read_text(encoding="utf-8")]


def _domain(domain: CustomerDomain) -> Iterator[str]:
    nightly = domain.nightly
    yield f"# {domain.title} (`{domain.name}`)"
    yield GENERATED
    yield f"{domain.description}."
    yield bullets(
        f"Months: from {domain.start:%Y-%m}{f' to {domain.end:%Y-%m}' if domain.end else ''}, by the calendar of "
        f"{domain.timezone}",
        f"Amounts: {domain.currency}",
        f"Lookback of features: {domain.lookback_months} months",
        f"Outliers, flagged and never removed: customers from {domain.outliers.deviations:g} robust deviations above "
        f"the median, orders and lines from {domain.outliers.event_deviations:g}, and at most "
        f"{domain.outliers.contamination:.0%} of the customers by an isolation forest",
        f"Nightly refresh: at {nightly.hour:02}:00, {domain.timezone}, of the open month, and of the month before it "
        f"up to day {nightly.grace_days}; gold is due by {nightly.fresh_by:02}:00",
        f"Rows dated ahead of a run: wait for their month, or are refused where it begins more than "
        f"{domain.arrivals.future_days} days later",
        f"Rows that leave a month: more than {domain.arrivals.withdrawn_share:.0%} of them only where somebody "
        "confirms it",
        *(_of_goods(domain) if domain.customers_from == "transactions" else _of_listed(domain)),
        *(_offers(domain.recommendations) if domain.recommendations else ["Recommendations: none"]),
        *_in_database(domain),
        f"Owners: {', '.join(domain.owners)}",
    )
    if domain.segmentations:
        yield markdown_table(
            (
                "segmentation",
                "features",
                "ordered by",
                "fitted on who has",
                "segments",
                "share of each",
                "seed",
                "a warning where",
            ),
            (_segmentation(each) for each in domain.segmentations),
        )
    if domain.predictions:
        yield markdown_table(
            ("prediction", "of whom", "features", "candidates", "learned from", "a warning where"),
            (_prediction(each) for each in domain.predictions),
        )
    if domain.programmes:
        yield markdown_table(
            ("programme", "conditions of", "conditions", "a member stays with", "at risk for", "a warning where"),
            (_programme(each) for each in domain.programmes),
        )


def _prediction(prediction: Prediction) -> tuple[str, ...]:
    """A line of the table of predictions."""
    goals, within = prediction.goals, ", ".join(map(str, prediction.horizons))
    what = f"{prediction.target} {prediction.item_group}" if prediction.item_group else prediction.target
    of_spend = prediction.of_money
    short = f"{'squared error' if of_spend else 'Brier score'} less than {goals.skill:.0%} below the last period's"
    more = f"; slope not within {goals.slope[0]:g} to {goals.slope[1]:g}; bias above {goals.bias:g}"
    if of_spend:
        more = f"; 80 % intervals cover other than {goals.coverage[0]:.0%} to {goals.coverage[1]:.0%}"
    events = "customers with a pace who paid" if of_spend else "events of each kind"
    return (
        f"`{prediction.name}` ({prediction.title})",
        f"{what}, within {within} {prediction.unit}",
        codes(prediction.features),
        codes(prediction.tried),
        f"{prediction.minimum_events} {events}; {_count(prediction.hold_outs, 'month')} decide",
        short + more,
    )


def _in_database(domain: CustomerDomain) -> Iterator[str]:
    """What a customer's clusters are called there."""
    if columns := [f"`{column}` of `{name}`" for name, column in domain.cluster_columns.items()]:
        yield f"Clusters of a customer in the database's `cluster_clientes_atual`: {', '.join(columns)}"


def _offers(offers: Recommendations) -> Iterator[str]:
    """What is recommended to whom, and what is held back."""
    yield (
        f"Recommendations: up to {offers.top} a customer, by the recommender that the leaderboard decides on each "
        f"month, from what customers adopted within {_count(offers.horizon_months, 'month')}; popularity is counted in "
        f"the segments of `{offers.segmentation}`"
    )
    yield (
        f"Items are recommended where {_count(offers.minimum_owners, 'customer')} or more own them (`minimum_owners`), "
        f"and are the reason of another where {_count(offers.minimum_support, 'customer')} or more own both"
    )
    waits = ", ".join(f"`{outcome}` {_count(months, 'month')}" for outcome, months in offers.cool_off.months.items())
    yield f"After an answer an item is not offered again for a while (`cool_off`): {waits}"
    yield (
        f"Held out: {100 * offers.held_out:g}% of the customers, always the same ones, get no list"
        if offers.held_out
        else "Held out: nobody, so the effect of lists is not known"
    )
    yield f"A warning where an item is recommended to more than {offers.most_recommended:.0%} of the customers"
    if offers.never:
        yield f"Never recommended: {codes(offers.never)}"
    for item, others in offers.requires.items():
        yield f"`{item}` only to who owns one of {codes(others)}"
    for items in offers.alternatives:
        yield f"Only one of {codes(items)}"
    for item, limits in offers.limits.items():
        yield f"`{item}` only for {', '.join(f'`{name}` of {codes(values)}' for name, values in limits.items())}"


def _segmentation(segmentation: Segmentation) -> tuple[str, ...]:
    gate, limits = segmentation.gate, segmentation.share_limits
    return (
        f"`{segmentation.name}`",
        codes(segmentation.features),
        f"`{segmentation.axis}`",
        (f"`{segmentation.fitted_on}` above 0" if segmentation.fitted_on else "all")
        + (", outliers left out" if segmentation.outliers == "not_fitted" else ""),
        f"{segmentation.k[0]} to {segmentation.k[1]}",
        f"{gate.minimum_share:.0%} to {gate.maximum_share:.0%}",
        str(segmentation.seed),
        "; ".join(f"`{persona}` has not {least:.0%} to {most:.0%}" for persona, (least, most) in limits.items()),
    )


def _programme(programme: Programme) -> tuple[str, ...]:
    least, most = programme.revenue_share
    return (
        f"`{programme.name}`, {programme.title}, from {_count(programme.history_months, 'month')} of data on",
        f"the highest segment of `{programme.segmentation}`",
        ", ".join(f"`{name}` {better}" for name, better in programme.measures.items())
        + (", by hand" if programme.entry else ", found"),
        f"{programme.keep:.0%} of what entry takes",
        _count(programme.grace_months, "month"),
        f"fidelity is below {programme.fidelity:.0%}; members have not {least:.0%} to {most:.0%} of revenue; "
        f"more than {programme.maximum_churn:.0%} of them leave in a month",
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _of_goods(domain: CustomerDomain) -> Iterator[str]:
    families, items, folded = domain.families, domain.items, ""
    if items.rare_share:
        folded = f"; one that brought less than {items.rare_share:.1%} of what was sold is `{families.other}`"
    yield "Customers: everybody with a transaction in the lookback"
    yield f"Items that are owned and recommended: the {items.goods} of what was bought{folded}"
    yield (
        f"Product families, where there is no catalogue: up to {families.count}, learned once "
        f"{families.minimum_products} products are known; the rest is `{families.other}`"
    )


def _of_listed(domain: CustomerDomain) -> Iterator[str]:
    listing = codes(source.name for source in domain.listing)
    others = [source for source in domain.sources_of("customers") if source not in domain.listing]
    yield f"Customers: everybody that {listing} lists" + ("; others complete what is known of them" if others else "")
    cut = f", less what matches {codes(domain.items.same)}" if domain.items.same else ""
    yield f"Items that are owned and recommended: `{domain.items.of}` of active contracts{cut}"
    targets = ", ".join(f"`{name}` {hours:g}" for name, hours in domain.support.sla_hours.items())
    yield f"Hours within which tickets are to be closed: {targets or 'no target'}"
    yield f"Urgent priorities: {codes(domain.support.urgent) or 'none'}"
    yield (
        f"Durations of sessions are in {domain.usage.unit}; a session longer than {domain.usage.longest_hours:g} hours "
        "counts, its time does not"
    )
    yield f"Regions: {'; '.join(f'{name}: {codes(states)}' for name, states in domain.regions.items()) or 'none'}"


def _entity(entity: Entity, currency: str) -> Iterator[str]:
    yield f"### {entity.name} (entity)"
    yield f"A row is {entity.grain}."
    yield markdown_table(
        ("column", "type", "unit", "required", "description"),
        [
            (f"`{c.name}`", c.type, c.unit.replace(MONEY, currency), "yes" if c.required else "", c.description)
            for c in entity.columns
        ],
    )


def _gold(table: Table, domain: CustomerDomain) -> Iterator[str]:
    yield f"### {table.name}"
    yield f"{table.about} A row is {table.grain}; its key is {codes(table.key)}."
    yield markdown_table(
        ("column", "type", "unit", "description"),
        [
            (f"`{c.name}`", c.type, c.unit.replace(MONEY, domain.currency), c.description)
            for c in table.columns.values()
        ],
    )

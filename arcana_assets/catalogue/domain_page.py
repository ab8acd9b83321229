"""The reference page of a domain: all that its YAML files, the entities and the gold columns say, as Markdown.

Belongs here: arranging what the models say. Does not belong here: saying anything that no model says; a sentence that
is missing on the page is missing in a model.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from arcana_assets.catalogue.feature_page import feature_page
from arcana_assets.catalogue.refusals import refusals
from arcana_assets.catalogue.tables import gold_tables
from arcana_assets.domain.column import MONEY
from arcana_assets.domain.contract.columns import EXCEL_SERIAL, Lookup, SourceColumn, split_step
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.entities.entity import Entity
from arcana_assets.domain.entities.registry import ENTITIES
from arcana_assets.domain.folder import load_domains
from arcana_assets.tables.table import Table

COMMAND = "arcana docs"
GENERATED = f"<!-- Written by `{COMMAND}` from arcana_assets/defs; change it there. -->"


def reference_page(domain: CustomerDomain) -> str:
    """The page of one domain, in Markdown; the same models give the same text."""
    used = dict.fromkeys(contract.entity for contract in domain.sources.values())
    blocks = [
        *_domain(domain),
        "## Sources",
        *(block for contract in domain.sources.values() for block in _source(contract, domain)),
        "## Entities",
        "What sources are conformed to, in `silver`. Each table begins with `month`, the first day of the row's month.",
        *(block for name in used for block in _entity(ENTITIES[name], domain.currency)),
        "## Gold",
        f"The lookback is {domain.lookback_months} months: the month of the row and the ones before it.",
        *(block for table in gold_tables(domain.facets).values() for block in _gold(table, domain)),
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
    yield _list(
        f"Months: from {domain.start:%Y-%m}, by the calendar of {domain.timezone}",
        f"Amounts: {domain.currency}",
        f"Lookback of features: {domain.lookback_months} months",
        f"Nightly refresh: at {nightly.hour:02}:00, {domain.timezone}, of the open month, and of the month before it "
        f"up to day {nightly.grace_days}; gold is due by {nightly.fresh_by:02}:00",
        *(_of_goods(domain) if domain.customers_from == "transactions" else _of_listed(domain)),
        f"Recommendations: up to {offers.top} a customer, by popularity in the segments of `{offers.segmentation}`"
        if (offers := domain.recommendations)
        else "Recommendations: none",
        f"Owners: {', '.join(domain.owners)}",
    )
    yield _table(
        ("segmentation", "features", "ordered by", "fitted on who has", "segments", "share of each", "seed"),
        [
            (
                *(
                    f"`{s.name}`",
                    _codes(s.features),
                    f"`{s.axis}`",
                    f"`{s.fitted_on}` above 0" if s.fitted_on else "all",
                ),
                *(f"{s.k[0]} to {s.k[1]}", f"{s.gate.minimum_share:.0%} to {s.gate.maximum_share:.0%}", str(s.seed)),
            )
            for s in domain.segmentations
        ],
    )
    if domain.programmes:
        yield _table(
            ("programme", "conditions of", "conditions", "a member stays with", "at risk for"),
            [
                (
                    f"`{p.name}`, {p.title}, from {_count(p.history_months, 'month')} of data on",
                    f"the highest segment of `{p.segmentation}`",
                    ", ".join(f"`{name}` {better}" for name, better in p.measures.items())
                    + (", by hand" if p.entry else ", found"),
                    f"{p.keep:.0%} of what entry takes",
                    _count(p.grace_months, "month"),
                )
                for p in domain.programmes
            ],
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _of_goods(domain: CustomerDomain) -> Iterator[str]:
    families = domain.families
    yield "Customers: everybody with a transaction in the lookback"
    yield (
        f"Product families, where there is no catalogue: up to {families.count}, learned once "
        f"{families.minimum_products} products are known; the rest is `{families.other}`"
    )


def _of_listed(domain: CustomerDomain) -> Iterator[str]:
    listing = _codes(source.name for source in domain.listing)
    others = [source for source in domain.sources_of("customers") if source not in domain.listing]
    yield f"Customers: everybody that {listing} lists" + ("; others complete what is known of them" if others else "")
    cut = f", less what matches {_codes(domain.items.same)}" if domain.items.same else ""
    yield f"Items that are owned and recommended: `{domain.items.of}` of active contracts{cut}"
    targets = ", ".join(f"`{name}` {hours:g}" for name, hours in domain.support.sla_hours.items())
    yield f"Hours within which tickets are to be closed: {targets or 'no target'}"
    yield f"Urgent priorities: {_codes(domain.support.urgent) or 'none'}"
    yield (
        f"Durations of sessions are in {domain.usage.unit}; a session longer than {domain.usage.longest_hours:g} hours "
        "counts, its time does not"
    )
    yield f"Regions: {'; '.join(f'{name}: {_codes(states)}' for name, states in domain.regions.items()) or 'none'}"


def _source(contract: Contract, domain: CustomerDomain) -> Iterator[str]:
    entity = contract.schema_
    needed = "at least one is required" if contract.landing.required else "there may be none"
    dated = f"dated by `{entity.dated_by}`: a row belongs to the month of its local date"
    counted = "they add up" if contract.landing.deliveries == "all" else "only the one whose path sorts last is read"
    parts = f"; a delivery has {contract.landing.files} of them" if contract.landing.files else ""
    yield f"### {contract.name}"
    yield f"{contract.description}."
    yield _list(
        f"Entity: [`{entity.name}`](#{entity.name}-entity)",
        f"Files: `{contract.landing.pattern}` below the landing of the domain; {needed}; {counted}{parts}",
        f"Format: {contract.format.words()}",
        *([f"Workbooks, where a file comes as XLSX: {contract.workbook.words()}"] if contract.workbook else []),
        f"Rows: {dated if contract.dated else 'a snapshot, which belongs to each month that it is read in'}",
        f"Duplicates: {_duplicates(contract)}",
        *([f"Known and not used: {_codes(contract.ignored)}"] if contract.ignored else []),
    )
    yield _table(
        ("in the file", "becomes", "type", "unit", "cleaning", "read as", "absent when", "in its place"),
        [_mapping(column, contract, domain.currency) for column in contract.columns],
    )
    made = [f"`{name}`: always `{_value(value)}`" for name, value in contract.constants.items()]
    made += [f"`{lookup.to}`: from `{lookup.from_}`: {_lookup(lookup)}" for lookup in contract.lookups]
    made += [
        f"`{column.name}`: {column.description}"
        for column in entity.columns
        if column.derivation and column.name not in contract.made
    ]
    if made:
        yield "Columns that are in no file:"
        yield _list(*made)
    if contract.filled_in:
        yield (
            f"Files are forms: a row in which none of {_codes(contract.filled_in)} is filled in is counted, and "
            "neither kept nor refused."
        )
    if contract.rules:
        yield "Rules:"
        yield _list(*(f"{_codes(rule.columns)} {rule.words()}" for rule in contract.rules))
    yield f"Goes to `{domain.name}/quarantine/{contract.name}`, as it came, with one or more of these reasons:"
    yield _list(*(f"`{reason}`" for reason in refusals(contract, domain.start)))


def _duplicates(contract: Contract) -> str:
    key = _codes(contract.key)
    exact = "rows that agree in every column count once"
    if contract.deduplicate != "exact":
        return f"{exact}; of the rows that share {key}, the one with the latest `{contract.deduplicate.by}` is kept"
    return f"{exact}; {key} must then be unique" if contract.key else exact


def _mapping(column: SourceColumn, contract: Contract, currency: str) -> tuple[str, ...]:
    declared = contract.schema_.column(column.to)
    steps = [split_step(step) for step in column.clean]
    read_as = [f"`{form}`" + (" (days since 1899-12-30)" if form == EXCEL_SERIAL else "") for form in column.formats]
    read_as += [f"{mark} `{sign}`" for mark in ("decimal", "thousands") if (sign := getattr(column, mark))]
    return (
        f"`{column.from_}`" + (" (may be missing)" if column.optional else ""),
        f"`{column.to}`" + (" (required)" if declared.required else ""),
        declared.type,
        _unit(declared.unit, currency),
        ", ".join(name.replace("_", " ") + (f" `{text}`" if text else "") for name, text in steps),
        ", ".join(read_as),
        ", ".join(["empty", *(f"`{value}`" for value in column.null_values)]),
        "" if column.default is None else f"`{_value(column.default)}`",
    )


def _lookup(lookup: Lookup) -> str:
    said = [f"`{text}` is `{_value(value)}`" for text, value in lookup.values.items()]
    said += [f"what matches `{pattern.matches}` is `{_value(pattern.value)}`" for pattern in lookup.patterns]
    said += ["anything else is absent" if lookup.default is None else f"anything else is `{_value(lookup.default)}`"]
    return "; ".join(said)


def _entity(entity: Entity, currency: str) -> Iterator[str]:
    yield f"### {entity.name} (entity)"
    yield f"A row is {entity.grain}."
    yield _table(
        ("column", "type", "unit", "required", "description"),
        [
            (f"`{c.name}`", c.type, _unit(c.unit, currency), "yes" if c.required else "", c.description)
            for c in entity.columns
        ],
    )


def _gold(table: Table, domain: CustomerDomain) -> Iterator[str]:
    yield f"### {table.name}"
    yield f"{table.about} A row is {table.grain}; its key is {_codes(table.key)}."
    yield _table(
        ("column", "type", "unit", "description"),
        [(f"`{c.name}`", c.type, _unit(c.unit, domain.currency), c.description) for c in table.columns.values()],
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _list(*items: str) -> str:
    return "\n".join(f"- {item}" for item in items)


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _unit(unit: str, currency: str) -> str:
    return unit.replace(MONEY, currency)


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

"""The page that explains each feature of a domain: what it means, how it says absence, how a category becomes numbers.

Belongs here: arranging what facets and columns say. Does not belong here: saying what no model says.
"""

from collections.abc import Iterator, Sequence

from arcana_assets.domain.column import MONEY, Column
from arcana_assets.domain.customer_360 import columns_of
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.facets.facet import ABSENT, FacetColumn
from arcana_assets.domain.facets.features import MAY_BE_ABSENT, is_indicator
from arcana_assets.domain.facets.registered import REGISTERED
from arcana_assets.domain.facets.registry import ENCODED, ENCODED_REGISTERED, FACETS, TRANSACTIONS
from arcana_assets.presentation.labels import label_of
from arcana_assets.presentation.language import language_of
from arcana_assets.presentation.markdown import markdown_table

_ABSENCE = {
    "never": "is never absent",
    "with_facet": "is absent where the facet is",
    "itself": "may be absent by itself, which `{name}" + ABSENT + "` says",
}


def feature_page(domain: CustomerDomain, generated: str) -> str:
    """The page of one domain, in Markdown; the same models give the same text. `generated` says who wrote it."""
    blocks = [
        f"# Features of {domain.title} (`{domain.name}`)",
        generated,
        "What models are given of each customer, as of the end of each month: `gold/feature_matrix`, numbers only. "
        f"The lookback is {domain.lookback_months} months: the month of the row and the ones before it. A value that "
        "is absent is null and stays null: no zero and no average is put in its place, and a column of 0 and 1 says "
        "that it is absent. A model puts an absent value at the middle of the feature, where it pulls to no side; that "
        "it is absent is told by the indicator, which a segmentation has to name among its features.",
        *(block for facet in domain.facets for block in _facet(facet, domain)),
    ]
    return "\n\n".join(blocks) + "\n"


def _facet(facet: str, domain: CustomerDomain) -> Iterator[str]:
    if facet == TRANSACTIONS:
        columns = columns_of("feature_matrix", (TRANSACTIONS,))
        yield "## Transactions"
        yield _table(
            [
                (name, column, "may be absent" if name in MAY_BE_ABSENT else "")
                for name, column in columns.items()
                if name not in ("customer_id", "month")
            ],
            domain.currency,
        )
        return
    if facet == REGISTERED.name:
        yield f"## {facet.capitalize()} ({language_of().say(f'facets.{facet}')})"
        yield _encoding(ENCODED_REGISTERED)
        return
    yield f"## {facet.capitalize()} ({language_of().say(f'facets.{facet}')})"
    if facet != "customers":
        yield f"`{facet}{ABSENT}` is 1 for customers that nothing is known of here, else 0."
    features = FACETS[facet].features
    yield _table([(column.name, column, _absence(column)) for column in features], domain.currency)
    if facet == "customers":
        yield _encoding(ENCODED)


def _absence(column: FacetColumn) -> str:
    return _ABSENCE[str(column.feature)].format(name=column.name)


def _encoding(encoded: Sequence[str]) -> str:
    blocks = ", ".join(f"`{block}` as `{block}_is_<value>`" for block in encoded)
    bands = " Revenue bands have an order, so they are one number, `revenue_band_rank`."
    ordered = bands if encoded == ENCODED else ""
    return (
        f"Categories become a column of 0 and 1 for each value: {blocks}. A value of under 1 % of the month's "
        f"customers shares the column `_is_other`; who has no value has 0 in all of them.{ordered}\n\n"
        "A model never standardises such columns, nor those that say "
        "absence, one by one: they would outweigh every number, and the clusters would be the categories. All of them "
        "that a segmentation names are scaled as one block whose variance adds up to 1/2, where the known "
        "values of a number have 1."
    )


def _table(rows: list[tuple[str, Column, str]], currency: str) -> str:
    return markdown_table(
        ("feature", "shown as", "unit", "meaning", "absence"),
        (
            (
                f"`{name}`",
                label_of(column.name),
                column.unit.replace(MONEY, currency) or ("0 or 1" if is_indicator(name) else ""),
                column.description,
                absence,
            )
            for name, column, absence in rows
        ),
    )

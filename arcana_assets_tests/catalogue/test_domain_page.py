"""The reference page: made from the models alone, complete, and current in the repository."""

from pathlib import Path

import pytest

import arcana_assets
from arcana_assets.catalogue.domain_page import COMMAND, GENERATED, reference_page, stale_reference, write_reference
from arcana_assets.catalogue.tables import gold_tables
from arcana_assets.domain.folder import load_domain

DEFS = Path(arcana_assets.__file__).parent / "defs"
DOCS = Path(arcana_assets.__file__).parent.parent / "docs" / "reference"


@pytest.mark.skipif(not DOCS.is_dir(), reason="an installed package comes without docs")
def test_the_pages_in_docs_are_what_the_models_say():
    stale = [path.name for path in stale_reference(DEFS, DOCS)]
    assert not stale, f"not current: {', '.join(stale)}. Write them again: {COMMAND}"


def test_the_page_says_all_of_a_source(domain):
    page = reference_page(domain)
    for said in (
        "# Loja (`shop`)",
        "- Months: from 2024-11, by the calendar of America/Sao_Paulo",
        "- Files: `sales/*.csv` below the landing of the domain; at least one is required",
        '- Format: CSV, delimiter `;`, quoted with `"`, utf-8, header in line 1, numbers with',
        "; of the rows that share `order_id`, `product_id`, the one with the latest `ordered_at` is kept",
        "- Known and not used: `Till`",
        "| `No` | `order_id` (required) | text |  | trim, remove prefix `#` |  | empty, words such as `NULL` |  |",
        "| `Price` | `unit_price` (required) | decimal | BRL |  | decimal `,` | empty |  |",
        "- `customer_id`: always `walk-in`",
        "- `is_product`: from `product_id`: `POST` is `false`; what matches `FEE.*` is `false`; anything",
        "- `country` must be one of NO, SE, 076",
        "- `ordered_at: '…' is not a date in %Y-%m-%d`",
        "- `order_id, product_id: superseded by the row with a later ordered_at`",
        "- Rows: a snapshot, which belongs to each month that it is read in",
    ):
        assert said in page, said


def test_the_page_says_in_what_ways_a_source_may_be_delivered(folder):
    path = folder / "sources" / "sales.yaml"
    text = path.read_text(encoding="utf-8").replace('"sales/*.csv", required: true', '"sales/*", files: 11')
    text = text.replace('formats: ["%Y-%m-%d"]', 'formats: ["%Y-%m-%d", excel_serial]')
    path.write_text(f"{text}workbook: {{sheet: Vendas, header_row: 3}}\n", encoding="utf-8")
    page = reference_page(load_domain(folder))
    for said in (
        "at least one is required; they add up; a delivery has 11 of them\n",
        "- Workbooks, where a file comes as XLSX: sheet `Vendas`, header in row 3\n",
        "| `%Y-%m-%d`, `excel_serial` (days since 1899-12-30) |",
        "- `ordered_at: '…' is not a date in %Y-%m-%d or excel_serial`",
    ):
        assert said in page, said


def test_the_page_describes_every_gold_column_with_the_currency_of_the_domain(domain):
    page = reference_page(domain)
    names = [name for table in gold_tables(domain.facets).values() for name in table.columns]
    assert all(f"`{name}`" in page for name in names)
    assert "currency of the domain" not in page
    assert "| `average_ticket` | double | BRL per order |" in page


def test_the_page_says_who_decides_what_is_recommended_and_what_is_held_back(folder):
    defs = folder / "defs.yaml"
    settings = (
        "{segmentation: value, held_out: 0.05, minimum_owners: 5, cool_off: {refused: 6}, never: [POST], "
        "requires: {BAG: [LAMP]}, alternatives: [[RED, BLUE]], limits: {BAG: {persona: [Alta Receita]}}}"
    )
    text = defs.read_text(encoding="utf-8").replace("{segmentation: value}", settings)
    defs.write_text(
        text.replace("k: [3, 8]}", "k: [3, 8], share_limits: {Alta Receita: [0.02, 0.2]}}"), encoding="utf-8"
    )
    page = reference_page(load_domain(folder))
    for said in (
        "by the recommender that the leaderboard decides on each month",
        "- Items are recommended where 5 customers or more own them (`minimum_owners`)",
        "`won` 3 months, `lost` 3 months, `refused` 6 months, `not_fit` 24 months",
        "- Held out: 5% of the customers, always the same ones, get no list",
        "- Never recommended: `POST`",
        "- `BAG` only to who owns one of `LAMP`",
        "- Only one of `RED`, `BLUE`",
        "- `BAG` only for `persona` of `Alta Receita`",
        "| `Alta Receita` has not 2% to 20% |",
    ):
        assert said in page, said


def test_the_page_says_what_a_programme_is_warned_of():
    page = reference_page(load_domain(DEFS / "retail"))
    assert "| fidelity is below 70%; members have not " in page
    assert "% of them leave in a month |" in page


def test_a_domain_that_says_nothing_of_customers_has_a_page_without_gold(folder):
    (folder / "sources" / "sales.yaml").unlink()
    defs = folder / "defs.yaml"
    defs.write_text(defs.read_text(encoding="utf-8").partition("  segmentations:")[0], encoding="utf-8")
    page = reference_page(load_domain(folder))
    assert page.endswith("No source says who the customers are, so nothing is computed of them.\n")


def test_a_bar_in_a_pattern_does_not_break_the_table(domain):
    rows = [line for line in reference_page(load_domain(DEFS / "retail")).splitlines() if line.startswith("| `")]
    assert all(line.replace("\\|", "").count("|") in (5, 6, 7, 9) for line in rows)


def test_the_same_models_give_the_same_page(folder):
    assert reference_page(load_domain(folder)) == reference_page(load_domain(folder))


def test_a_page_is_stale_when_a_contract_changes_until_it_is_written_again(folder, tmp_path):
    docs = tmp_path / "pages"
    pages = [docs / "shop.md", docs / "shop_features.md"]
    assert stale_reference(folder.parent, docs) == pages
    assert write_reference(folder.parent, docs) == pages
    assert stale_reference(folder.parent, docs) == []
    path = folder / "sources" / "sales.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[NO, SE,", "[NO, DK,"), encoding="utf-8")
    assert stale_reference(folder.parent, docs) == [docs / "shop.md"]
    write_reference(folder.parent, docs)
    assert stale_reference(folder.parent, docs) == []


def test_the_page_of_a_domain_that_is_gone_is_removed_and_pages_of_people_stay(folder, tmp_path):
    docs = tmp_path / "pages"
    write_reference(folder.parent, docs)
    (docs / "mall.md").write_text(f"# Mall\n\n{GENERATED}\n", encoding="utf-8")
    (docs / "notes.md").write_text("# Notes\n", encoding="utf-8")
    assert stale_reference(folder.parent, docs) == [docs / "mall.md"]
    write_reference(folder.parent, docs)
    assert sorted(path.name for path in docs.iterdir()) == ["notes.md", "shop.md", "shop_features.md"]

"""The YAML in the guides is YAML that the platform takes."""

import re
from pathlib import Path

import pytest

import arcana_assets
from arcana_assets.domain.customer_domain import load_domain

DOCS = Path(arcana_assets.__file__).parent.parent / "docs"

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="an installed package comes without docs")


def example(guide: str) -> str:
    """The one block of YAML of a guide, without the indentation of the list it stands in."""
    (block,) = re.findall(
        r"^( *)```yaml\n(.*?)^ *```$", (DOCS / guide).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return re.sub(f"^{block[0]}", "", block[1], flags=re.MULTILINE)


def test_the_contract_and_the_domain_of_the_guides_load_together(tmp_path):
    folder = tmp_path / "bakery"
    (folder / "sources").mkdir(parents=True)
    (folder / "defs.yaml").write_text(example("add_a_domain.md"), encoding="utf-8")
    (folder / "sources" / "transactions.yaml").write_text(example("add_a_source.md"), encoding="utf-8")
    domain = load_domain(folder)
    assert domain.title == "Padaria"
    assert domain.sources["transactions"].mapped["unit_price"].from_ == "Preço"


def test_the_guide_to_sources_has_an_example_of_every_key_of_a_contract():
    from arcana_assets.domain.columns import Column, Lookup
    from arcana_assets.domain.contract import Contract, Landing
    from arcana_assets.domain.formats import CsvFormat
    from arcana_assets.domain.rules import Range, Rule

    text = (DOCS / "add_a_source.md").read_text(encoding="utf-8")
    keys = {
        info.alias or name
        for model in (Contract, Landing, CsvFormat, Column, Lookup, Rule, Range)
        for name, info in model.model_fields.items()
    }
    assert {key for key in keys - {"maximum_line_bytes", "include_max"} if not re.search(rf"\b{key}\b", text)} == set()


def test_links_between_the_guides_lead_somewhere():
    for guide in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", guide.read_text(encoding="utf-8")):
            assert (guide.parent / target).exists(), f"{guide.name}: {target}"

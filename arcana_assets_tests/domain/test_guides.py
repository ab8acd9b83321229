"""The YAML in the guides is YAML that the platform takes."""

import re
from pathlib import Path

import pytest
import yaml

import arcana_assets
from arcana_assets.alerts.settings import load_alerts
from arcana_assets.definitions import DEFS
from arcana_assets.deployment import Deployment
from arcana_assets.domain.computed import miscomputed
from arcana_assets.domain.contract.consistency import load_contract
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.folder import load_domain, load_domains

DOCS = Path(arcana_assets.__file__).parent.parent / "docs"

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="an installed package comes without docs")


def example(guide: str, place: int = 0) -> str:
    """A block of YAML of a guide, without the indentation of the list it stands in."""
    text = (DOCS / guide).read_text(encoding="utf-8")
    block = re.findall(r"^( *)```yaml\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)[place]
    return re.sub(f"^{block[0]}", "", block[1], flags=re.MULTILINE)


def test_the_contract_and_the_domain_of_the_guides_load_together(tmp_path):
    folder = tmp_path / "bakery"
    (folder / "sources").mkdir(parents=True)
    (folder / "defs.yaml").write_text(example("add_a_domain.md"), encoding="utf-8")
    (folder / "sources" / "transactions.yaml").write_text(example("add_a_source.md"), encoding="utf-8")
    (folder / "sources" / "pesquisa.yaml").write_text(example("add_a_source.md", 4), encoding="utf-8")
    domain = load_domain(folder)
    assert domain.title == "Padaria"
    assert domain.sources["transactions"].mapped["unit_price"].from_ == "Preço"
    assert domain.segmentation("value").labels == "pesquisa"
    assert domain.sources["pesquisa"].schema_.name == "persona_labels"


def test_the_periods_of_the_guide_are_recurring_revenue_by_month(tmp_path):
    (tmp_path / "subscriptions.yaml").write_text(example("add_a_source.md", 3), encoding="utf-8")
    contract = load_contract(tmp_path / "subscriptions.yaml")
    assert (contract.by_month, [*miscomputed(contract, {})]) == (True, [])


def test_the_channels_of_the_guide_are_ones(tmp_path):
    (tmp_path / "alerts.yaml").write_text(example("operate.md"), encoding="utf-8")
    deployment = Deployment("lake", "landing", str(tmp_path))
    channels = load_alerts(deployment, load_domains(DEFS).values()).channels
    assert [each.kind for each in channels] == ["email", "slack", "teams", "webhook"]


def test_the_second_kind_of_domain_of_the_guide_is_one():
    said = yaml.safe_load(example("add_a_domain.md", 1))["attributes"]
    needed = {"name": "x", "title": "X", "description": "x", "currency": "BRL", "start": "2024-01"}
    domain = CustomerDomain.model_validate(needed | said)
    assert domain.customers_from == "master"
    assert domain.support.sla_hours["urgent"] == 8


def test_the_guide_to_sources_has_an_example_of_every_key_of_a_contract():
    from arcana_assets.domain.contract.columns import Lookup, SourceColumn
    from arcana_assets.domain.contract.contract import Contract, Landing
    from arcana_assets.domain.contract.formats import CsvFormat
    from arcana_assets.domain.contract.rules import Range, Rule

    text = (DOCS / "add_a_source.md").read_text(encoding="utf-8")
    keys = {
        info.alias or name
        for model in (Contract, Landing, CsvFormat, SourceColumn, Lookup, Rule, Range)
        for name, info in model.model_fields.items()
    }
    assert {key for key in keys - {"maximum_line_bytes", "include_max"} if not re.search(rf"\b{key}\b", text)} == set()


def test_the_guide_to_domains_has_an_example_of_every_key_of_recommendations():
    from arcana_assets.domain.settings.conditions import Condition
    from arcana_assets.domain.settings.recommendations import CoolOff, Recommendations

    said = yaml.safe_load(example("add_a_domain.md"))["attributes"]["recommendations"]
    assert set(Recommendations.model_fields) == set(said)
    text = (DOCS / "add_a_domain.md").read_text(encoding="utf-8")
    keys = [key for model in (CoolOff, Condition, Recommendations) for key in model.model_fields]
    assert [key for key in keys if not re.search(rf"\b{key}\b", text)] == []


def test_the_guide_to_domains_has_an_example_of_every_key_of_predictions():
    from arcana_assets.domain.settings.predictions import Goals, Prediction

    said = yaml.safe_load(example("add_a_domain.md"))["attributes"]["predictions"]
    assert set(Prediction.model_fields) == {key for each in said for key in each}
    assert set(Goals.model_fields) == set(said[0]["goals"])


def test_the_guide_to_domains_has_an_example_of_every_key_of_outliers_and_segmentations():
    from arcana_assets.domain.settings.outliers import Outliers
    from arcana_assets.domain.settings.segmentation import Segmentation

    said = yaml.safe_load(example("add_a_domain.md"))["attributes"]
    assert set(Outliers.model_fields) == set(said["outliers"])
    assert set(Segmentation.model_fields) == {key for each in said["segmentations"] for key in each}


def test_links_between_the_guides_lead_somewhere():
    for guide in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", guide.read_text(encoding="utf-8")):
            assert (guide.parent / target).exists(), f"{guide.name}: {target}"

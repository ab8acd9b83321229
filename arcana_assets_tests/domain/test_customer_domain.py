"""A domain: its `defs.yaml`, and what its sources must be together."""

from datetime import date
from pathlib import Path

import pytest

import arcana_assets
from arcana_assets.domain.folder import load_domain, load_domains
from arcana_assets.domain.yaml.file import ContractError

SHIPPED = Path(arcana_assets.__file__).parent / "defs"

SEGMENTATION = "12: attributes.segmentations[0]"
NO_FEATURE = "the feature matrix has no column"
WRONG = [
    ("name: shop", "nmae: shop", "3: attributes.nmae: unknown key 'nmae'; did you mean 'name'?"),
    ("name: shop", "name: Shop", "3: attributes.name: 'Shop' is not a name of lower case letters, digits and _"),
    ("name: shop", "name: landing", "3: attributes.name: 'landing' is reserved (a layer of the lake)"),
    ("title: Loja", "title: [Loja]", "4: attributes.title: expected text, found a list"),
    ('["team:data"]', "[data]", "6: attributes.owners[0]: 'data' is neither an e-mail address nor `team:name`"),
    ("America/Sao_Paulo", "America/SaoPaulo", "7: attributes.timezone: 'America/SaoPaulo' is not an IANA timezone"),
    ("America/Sao_Paulo", "Europe", "7: attributes.timezone: 'Europe' is not an IANA timezone"),
    ("America/Sao_Paulo", "../etc", "7: attributes.timezone: '../etc' is not an IANA timezone"),
    ("BRL", "brl", "8: attributes.currency: 'brl' is not an ISO 4217 code such as BRL; did you mean 'BRL'?"),
    ("BRL", "reais", "8: attributes.currency: 'reais' is not an ISO 4217 code such as BRL"),
    ("2024-11", "2024-13", "9: attributes.start: '2024-13' is not a month such as 2010-12"),
    ("2024-11", "2024-11-05", "9: attributes.start: '2024-11-05' is not a month such as 2010-12"),
    ("2024-11", "last year", "9: attributes.start: 'last year' is not a month such as 2010-12"),
    ("{hour: 2}", "{huor: 2}", "10: attributes.nightly.huor: unknown key 'huor'; did you mean 'hour'?"),
    ("{hour: 2}", "{hour: 24}", "10: attributes.nightly.hour: expected 23 or less, found 24"),
    ("{hour: 2}", "[2]", "10: attributes.nightly: expected a mapping of fresh_by, grace_days, hour; found a list"),
    ("name: value", "name: class", f"{SEGMENTATION}.name: 'class' is reserved (a word of Python)"),
    ("k: [3, 8]", "kk: [3, 8]", f"{SEGMENTATION}.kk: unknown key 'kk'; did you mean 'k'?"),
    ("k: [3, 8]", "k: [8, 3]", f"{SEGMENTATION}: k must be two numbers, 2 or more and ascending"),
    ("k: [3, 8]", "k: [3]", f"{SEGMENTATION}.k: expected 2 values or more"),
    (
        "[recency_days, m",
        "[recency, m",
        f"{SEGMENTATION}.features[0]: {NO_FEATURE} 'recency'; did you mean 'recency_days'?",
    ),
    (
        "fitted_on: frequency",
        "fitted_on: orders",
        f"{SEGMENTATION}.fitted_on: {NO_FEATURE} 'orders'; known: acquired_items_12m",
    ),
    ("axis: monetary", "axis: moneytary", f"{SEGMENTATION}.axis: {NO_FEATURE} 'moneytary'; did you mean 'monetary'?"),
    ("axis: monetary", "axis: share_*", f"{SEGMENTATION}.axis: expected one column, and 'share_*' stands for several"),
    ("fitted_on: frequency", "fitted_on: share_*", f"{SEGMENTATION}.fitted_on: expected one column, and 'share_*'"),
    ("k: [3, 8]", "k: [2, 2]", f"{SEGMENTATION}: k must reach 3"),
    (
        "k: [3, 8]",
        "k: [3, 8], winsorise: {monetary: 1}",
        f"{SEGMENTATION}.winsorise: 'monetary': expected a quantile between 0.5 and 1, such as 0.99, found 1",
    ),
    (
        "k: [3, 8]",
        "k: [3, 8], winsorise: {tenure_months: 0.9}",
        f"{SEGMENTATION}: winsorise: 'tenure_months' is not one",
    ),
    ("axis: monetary", "axis: is_outlier", f"{SEGMENTATION}.axis: {NO_FEATURE} 'is_outlier'"),
    (
        "title: Loja",
        "title: Loja\n  outliers: {contamination: 0.5}",
        "5: attributes.outliers.contamination: expected less than 0.5, found 0.5",
    ),
    ("k: [3, 8]", "k: [3, 8], share_limits: {VIPs: [0.9, 0.1]}", f"{SEGMENTATION}.share_limits: 'VIPs': expected two"),
    ("k: [3, 8]", "k: [3, 8], share_limits: {VIPs: [0.1, 9]}", f"{SEGMENTATION}.share_limits: 'VIPs': expected two"),
    ("[recency_days, m", "[monetary, m", f"{SEGMENTATION}: features need to differ"),
    (
        "{segmentation: value}",
        "{segmentation: valeu}",
        "2: attributes: recommendations use the segmentation 'valeu'; did",
    ),
    (
        "{segmentation: value}",
        "{segmentation: value, top: 0}",
        "13: attributes.recommendations.top: expected 1 or more, found 0",
    ),
    (
        "title: Loja",
        "title: Loja\n  warehouse: {clusters: {valeu: rfv}}",
        "2: attributes: warehouse names a column for 'valeu'; did you mean 'value'?",
    ),
    (
        "title: Loja",
        "title: Loja\n  warehouse: {clusters: {value: RFV}}",
        "5: attributes.warehouse.clusters.value: 'RFV' is not a name of lower case letters",
    ),
    (
        "title: Loja",
        "title: Loja\n  warehouse: {clusters: {value: rfv, other: rfv}}",
        "5: attributes.warehouse.clusters: columns need names of their own, found rfv, rfv",
    ),
    ("attributes:", "attribute:", "2: attribute: unknown key 'attribute'; did you mean 'attributes'?"),
    (
        "CustomerDomainComponent",
        "CustomerDomain",
        "1: type: expected 'arcana_assets.components.CustomerDomainComponent'",
    ),
    ("start: 2024-11", "start: 2024-11\n  end: 2024-10", "10: attributes.end: expected 2024-11, the start, or a later"),
    ("start: 2024-11", "start: 2024-11\n  end: 2024", "10: attributes.end: '2024' is not a month such as 2010-12"),
    ("title: Loja", "title: Loja\n  title: Shop", "5: attributes.title: this key is given twice"),
]


def problems(folder: Path) -> list[str]:
    with pytest.raises(ContractError) as raised:
        load_domain(folder)
    return [line.removeprefix(f"{folder}/") for line in str(raised.value).splitlines()]


@pytest.mark.parametrize(("old", "new", "expected"), WRONG)
def test_what_is_wrong_in_defs_yaml_names_line_and_place(said, old, new, expected):
    assert any(line.startswith(f"defs.yaml:{expected}") for line in said(old, new, "defs.yaml"))


def test_a_segmentation_that_is_fitted_on_nobody_in_particular_is_fitted_on_all(folder):
    path = folder / "defs.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(" fitted_on: frequency,", ""), encoding="utf-8")
    assert load_domain(folder).segmentation("value").fitted_on is None


def test_a_feature_of_customers_that_a_master_lists_is_none_of_transactions(said):
    (line,) = said("[recency_days, m", "[nps, m", "defs.yaml")
    assert line.startswith("defs.yaml:12: attributes.segmentations[0].features[0]: no source of the domain gives the")


@pytest.mark.parametrize("feature", ["share_bags", "share_home_garden", "share_absent", "recency_days_absent"])
def test_shares_and_absences_are_features_although_the_data_decides_which_there_are(folder, feature):
    path = folder / "defs.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[recency_days, ", f"[{feature}, "), encoding="utf-8")
    assert load_domain(folder).segmentation("value").features == [feature, "monetary"]


def test_two_segmentations_need_two_names(said):
    twice = "- {name: value, features: [monetary], fitted_on: frequency}\n    - {name: value, features: [recency_days,"
    (line,) = said("- {name: value, features: [recency_days,", twice, "defs.yaml")
    assert line.endswith("segmentations need names of their own, found value, value")


def test_clusters_stand_in_columns_that_end_as_the_domain_says_or_in_the_name_of_their_segmentation(folder):
    assert load_domain(folder).cluster_columns == {"value": "cluster_value"}
    retail = load_domain(SHIPPED / "retail").cluster_columns
    assert list(retail.values()) == ["cluster_rfv", "cluster_categoria", "cluster_final"]


def test_a_domain_knows_its_sources_by_name_and_by_entity(domain):
    assert list(domain.sources) == ["clients", "sales"]
    assert domain.sources_of("transactions") == [domain.sources["sales"]]
    assert domain.sources_of("products") == []
    assert domain.start == date(2024, 11, 1)


def test_two_sources_cannot_have_one_name(folder):
    path = folder / "sources" / "clients.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "name: sales\n", encoding="utf-8")
    assert problems(folder) == ["sources/sales.yaml:1: name: 'sales' is the name of clients.yaml already"]


def test_several_sources_can_become_one_entity(folder):
    (folder / "sources" / "more.yaml").write_text((folder / "sources" / "clients.yaml").read_text(encoding="utf-8"))
    assert [source.name for source in load_domain(folder).sources_of("customers")] == ["clients", "more"]


def test_segments_and_recommendations_of_a_domain_without_transactions_are_refused(folder):
    (folder / "sources" / "sales.yaml").unlink()
    assert [problem.split(": ", 1)[1] for problem in problems(folder)] == [
        "attributes.segmentations: segmentations are made of transactions, and no source is conformed to them",
        "attributes.recommendations: recommendations are made of transactions, and no source is conformed to them",
    ]


def test_a_domain_without_sources_is_refused(folder):
    for path in (folder / "sources").iterdir():
        path.unlink()
    assert "expected at least one contract in" in problems(folder)[0]


def test_a_file_beside_the_contracts_that_is_none_is_not_passed_over(folder):
    (folder / "sources" / "sales.yaml").rename(folder / "sources" / "sales.yml")
    assert problems(folder) == ["sources/sales.yml: expected contracts only, files that end in .yaml"]


@pytest.mark.parametrize(("text", "found"), [("", "nothing"), ("- type: x\n", "a list"), ("hello\n", "'hello'")])
def test_a_defs_yaml_that_is_no_mapping_is_refused(folder, text, found):
    (folder / "defs.yaml").write_text(text, encoding="utf-8")
    assert problems(folder) == [f"defs.yaml:1: expected a mapping of type, attributes; found {found}"]


def test_problems_of_all_files_are_said_together(folder):
    for name, old, new in (
        ("defs.yaml", "BRL", "brl"),
        ("sources/clients.yaml", "to: customer_id", "to: client_id"),
        ("sources/sales.yaml", "entity: transactions", "entity: sales"),
    ):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert [line.split(": ")[0] for line in problems(folder)] == [
        "defs.yaml:8", "sources/clients.yaml:6", "sources/clients.yaml:5", "sources/sales.yaml:1",
    ]  # fmt: skip


def test_a_domain_is_named_as_its_folder_so_no_two_have_one_name(folder):
    twin = folder.rename(folder.parent / "twin")
    assert problems(twin) == ["defs.yaml:3: attributes.name: 'shop' lies in a folder of another name, 'twin'"]


def test_problems_of_all_domains_are_said_together(folder):
    for name in ("north", "south"):
        (folder.parent / name).mkdir()
        (folder.parent / name / "defs.yaml").write_text("attributes: {}\n", encoding="utf-8")
    with pytest.raises(ContractError) as raised:
        load_domains(folder.parent)
    assert {"north/defs.yaml:1: type", "south/defs.yaml:1: type"} <= {
        line.removeprefix(f"{folder.parent}/").rpartition(": ")[0] for line in str(raised.value).splitlines()
    }


def test_the_domains_that_are_shipped_are_right():
    assert "retail" in {domain.name for domain in load_domains(SHIPPED).values()}

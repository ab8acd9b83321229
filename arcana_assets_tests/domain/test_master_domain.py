"""A domain whose customers a master lists: what `defs.yaml` may ask, and what is said where no source gives it."""

import pytest

from arcana_assets import definitions
from arcana_assets.catalogue.domain_page import reference_page
from arcana_assets.domain.facets.registry import FACETS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.customers import Items, Support, Usage
from arcana_assets.domain.yaml.file import ContractError

DEFS = """\
type: arcana_assets.components.CustomerDomainComponent
attributes:
  name: firm
  title: Empresas
  description: Companies under contract
  timezone: America/Sao_Paulo
  currency: BRL
  start: 2024-01
  customers_from: master
  items: {of: product_line, same: [" - (LICENCA|MANUTENCAO)$"]}
  support: {sla_hours: {urgent: 8, high: 0.5}, urgent: [urgent]}
  usage: {unit: minutes, longest_hours: 12}
  regions: {Sul: [PR, RS, SC]}
  segmentations:
    - name: value
      features: [contract_value, tickets_absent, segment_is_agro]
      axis: contract_value
  recommendations: {segmentation: value}
"""

SOURCE = """\
entity: {entity}
description: Rows of {entity}
landing: {{pattern: "{entity}.csv"}}
format: {{kind: csv}}
columns:
  - {{from: id, to: customer_id}}
"""
TICKET = "  - {from: no, to: ticket_id}\n  - {from: at, to: opened_at, formats: ['%Y-%m-%d']}\n"

NONE_GIVES = "no source of the domain gives the feature"


@pytest.fixture
def firm(tmp_path):
    """The folder of a domain that is right in all its files."""
    folder = tmp_path / "firm"
    (folder / "sources").mkdir(parents=True)
    (folder / "defs.yaml").write_text(DEFS, encoding="utf-8")
    for entity in ("contracts", "customers", "tickets"):
        text = SOURCE.format(entity=entity) + (TICKET if entity == "tickets" else "")
        (folder / "sources" / f"{entity}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def said(firm):
    """What is said once `old` is replaced by `new` in `defs.yaml`, and these sources are taken away."""

    def _said(old="", new="", without=()):
        path = firm / "defs.yaml"
        text = path.read_text(encoding="utf-8")
        assert not old or text.count(old) == 1
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        for name in without:
            (firm / "sources" / f"{name}.yaml").unlink()
        with pytest.raises(ContractError) as raised:
            load_domain(firm)
        return [line.removeprefix(f"{firm}/defs.yaml:") for line in str(raised.value).splitlines()]

    return _said


def test_its_facets_are_what_its_sources_know_in_the_order_of_customer_360(firm):
    domain = load_domain(firm)
    assert domain.facets == ("customers", "contracts", "tickets")
    assert [each for each in FACETS if each in domain.facets] == [*domain.facets]
    assert (domain.items.of, domain.support.sla_hours) == ("product_line", {"urgent": 8, "high": 0.5})
    assert domain.segmentation("value").fitted_on is None


def test_a_domain_of_transactions_knows_nothing_else_of_its_customers(domain):
    assert domain.customers_from == "transactions"
    assert domain.facets == ("transactions",)


def test_without_a_source_of_customers_there_is_no_master(said):
    assert said(without=["customers"]) == [
        "9: attributes.customers_from: no source is conformed to customers, so there is no master",
        "14: attributes.segmentations: segmentations are made of customers, and no source is conformed to them",
        "18: attributes.recommendations: recommendations are made of customers, and no source is conformed to them",
    ]


def test_surveys_without_a_date_need_tickets_to_be_dated_through(firm, said):
    survey = (definitions.DEFS / "b2b" / "sources" / "nps_support.yaml").read_text(encoding="utf-8")
    (firm / "sources" / "nps_support.yaml").write_text(survey, encoding="utf-8")
    assert load_domain(firm).facets == ("customers", "contracts", "tickets", "surveys")
    problems = said(without=["tickets"])
    assert "surveys of nps_support have no date of their own, and no source is conformed to tickets" in problems[0]


def test_without_contracts_there_is_nothing_to_recommend(said):
    features = "[contract_value, tickets_absent, segment_is_agro]\n      axis: contract_value"
    assert said(features, "[tenure_months]\n      axis: tenure_months", without=["contracts"]) == [
        "18: attributes.recommendations: recommendations are made of contracts or transactions, and no source is "
        "conformed to them"
    ]


def test_a_feature_that_no_source_gives_is_said_with_its_line_and_the_nearest(said):
    assert said(without=["contracts"])[1:] == [
        f"17: attributes.segmentations[0].axis: {NONE_GIVES} 'contract_value'" + known(),
        f"16: attributes.segmentations[0].features[0]: {NONE_GIVES} 'contract_value'" + known(),
    ]


def known():
    names = ["open_hours", "open_hours_absent", "revenue_band_rank", "revenue_band_rank_absent", "sla_kept_share"]
    names += ["sla_kept_share_absent", "tenure_months", "tenure_months_absent", "tickets_absent", "tickets_opened"]
    return f"; known: {', '.join([*names, 'tickets_trend', 'tickets_trend_absent', 'tickets_waiting', 'urgent_share'])}"


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("contracts_sign", "did you mean 'contracts_signed'"),
        ("mrr", f"{NONE_GIVES} 'mrr'"),
        ("frequency", f"{NONE_GIVES} 'frequency'"),
        ("share_bags", f"{NONE_GIVES} 'share_bags'"),
        ("usage_absent", f"{NONE_GIVES} 'usage_absent'"),
        ("segment_isagro", "the feature matrix has no column 'segment_isagro'"),
        ("city", "the feature matrix has no column 'city'"),
    ],
)
def test_a_feature_of_another_domain_or_of_none_is_refused(said, wrong, near):
    (line,) = said("tickets_absent", wrong)
    assert line.startswith("16: attributes.segmentations[0].features[1]: ")
    assert near in line


def test_what_a_segmentation_is_fitted_on_must_be_known_too(said):
    (line,) = said("axis: contract_value", "axis: contract_value\n      fitted_on: usage_hours")
    assert line.startswith(f"18: attributes.segmentations[0].fitted_on: {NONE_GIVES} 'usage_hours'")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "axis: contract_value",
            "axis: contract_value\n      shown: [acquired_items_12m, usage_hours]",
            "18: attributes.segmentations[0].shown[1]: no source of the domain gives the feature 'usage_hours'",
        ),
        (
            "customers_from: master",
            "customers_from: mastre",
            "9: attributes.customers_from: expected 'master' or 'transactions', found 'mastre'",
        ),
        (
            "of: product_line",
            "of: productline",
            "10: attributes.items.of: expected 'product_line', 'product' or 'brand'",
        ),
        (
            "MANUTENCAO)$",
            "MANUTENCAO$",
            "10: attributes.items.same[0]: ' - (LICENCA|MANUTENCAO$' is not a regular expression: missing )",
        ),
        (
            "customers_from: master",
            "customers_from: master\n  listed_by: [customer]",
            "10: attributes.listed_by[0]: no source of customers has the name 'customer'; did you mean",
        ),
        ("same: [", "sama: [", "10: attributes.items.sama: unknown key 'sama'; did you mean 'same'?"),
        ("high: 0.5", "high: 0", "11: attributes.support.sla_hours: the target of 'high' must be more than 0 hours"),
        ("high: 0.5", "high: -2", "11: attributes.support.sla_hours: the target of 'high' must be more than 0 hours"),
        ("high: 0.5", "high: soon", "11: attributes.support.sla_hours.high: expected a number, found 'soon'"),
        ("sla_hours", "sla_hour", "11: attributes.support.sla_hour: unknown key 'sla_hour'; did you mean 'sla_hours'?"),
        ("unit: minutes", "unit: days", "12: attributes.usage.unit: expected 'milliseconds', 'seconds', 'minutes' or"),
        (
            "longest_hours: 12",
            "longest_hours: 0",
            "12: attributes.usage.longest_hours: expected more than 0.0, found 0",
        ),
        (
            "regions: {Sul: [PR, RS, SC]}",
            "regions: {Sul: PR}",
            "13: attributes.regions.Sul: expected a list, found 'PR'",
        ),
        (
            "segmentation: value}",
            "segmentation: value, audience: [{reason: x, column: segmnt, isin: [AGRO]}]}",
            "18: attributes.recommendations.audience[0].column: 'segmnt' is no text of the domain's customer 360; "
            "did you mean 'segment'?",
        ),
        (
            "segmentation: value}",
            "segmentation: value, audience: [{reason: x, column: contracts_activ, at_least: 1}]}",
            "18: attributes.recommendations.audience[0].column: 'contracts_activ' is no number of the domain's "
            "customer 360; did you mean 'contracts_active'?",
        ),
        (
            "segmentation: value}",
            "segmentation: value, audience: [{reason: x, column: region, isin: [Sul, Sull]}]}",
            "18: attributes.recommendations.audience[0].isin[1]: no region has the name 'Sull'; did you mean 'Sul'?",
        ),
        (
            "segmentation: value}",
            "segmentation: value, audience: [{reason: x, column: persona, isin: [Alta Recieta]}]}",
            "18: attributes.recommendations.audience[0].isin[0]: no segment of 'value' can be called 'Alta Recieta'; "
            "did you mean 'Alta Receita'?",
        ),
        (
            "segmentation: value}",
            "segmentation: value, audience: [{reason: x, column: segment}]}",
            "18: attributes.recommendations.audience[0]: 'x': say at least one of at_least, at_most, isin",
        ),
        (
            "segmentation: value}",
            "segmentation: value, audience: [{reason: x, column: state, isin: [SC]}, "
            "{reason: x, column: state, isin: [PR]}]}",
            "18: attributes.recommendations.audience: 'x' is the reason of two conditions",
        ),
        (
            "segmentation: value}",
            "segmentation: value, upgrades: {CRM: CRM Lite}}",
            "18: attributes.recommendations.upgrades.CRM: expected a list, found 'CRM Lite'",
        ),
        (
            "segmentation: value}",
            "segmentation: value, upgrades: {CRM: [CRM]}}",
            "18: attributes.recommendations: upgrades: 'CRM' replaces itself",
        ),
    ],
)
def test_what_is_wrong_names_line_and_place(said, old, new, expected):
    lines = said(old, new)
    assert any(line.startswith(expected) for line in lines), lines


def test_the_least_that_can_be_said_counts_seconds_and_promises_nothing():
    assert (Items().of, Items().same, Support().sla_hours, Support().urgent) == ("product_line", [], {}, [])
    assert (Usage().unit, Usage().an_hour, Usage().longest_hours) == ("seconds", 3600, 24)
    assert [Usage(unit=unit).an_hour for unit in ("milliseconds", "minutes", "hours")] == [3_600_000, 60, 1]


def test_the_reference_page_says_the_facets_it_has_and_no_other(firm):
    page = reference_page(load_domain(firm))
    assert "### tickets_monthly" in page
    assert "| `tickets_waiting` | integer |" in page
    assert "| `tickets_absent` | double |" in page
    assert "| `has_contracts` | boolean |" in page
    for absent in ("### transactions_monthly", "`average_ticket`", "### usage_daily", "`usage_hours`"):
        assert absent not in page
    assert "currency of the domain" not in page
    rows = [line for line in page.splitlines() if line.startswith("| `value` |")]
    assert sum(" | all | " in row for row in rows) == 1


def test_a_source_is_dated_where_it_maps_the_date_of_its_entity(firm):
    path = firm / "sources" / "subscriptions.yaml"
    yearly = SOURCE.format(entity="subscriptions") + "  - {from: year, to: mrr_12m}\n"
    path.write_text(yearly, encoding="utf-8")
    source = load_domain(firm).sources["subscriptions"]
    assert (source.dated, source.requires("billed_on"), source.requires("customer_id")) == (False, False, True)
    path.write_text(yearly + "  - {from: in, to: billed_on, formats: ['%Y-%m']}\n", encoding="utf-8")
    source = load_domain(firm).sources["subscriptions"]
    assert (source.dated, source.requires("billed_on"), source.requires("mrr_12m")) == (True, True, False)


def test_a_snapshot_has_no_date_and_a_source_must_map_the_one_its_entity_requires(firm, said):
    contracts = load_domain(firm).sources["contracts"]
    assert (contracts.dated, contracts.requires("signed_on")) == (False, False)
    path = firm / "sources" / "tickets.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("to: opened_at", "to: updated_at"), encoding="utf-8")
    (line,) = said()
    assert "opened_at" in line

"""Domains of listed customers load with whatever their sources tell: visits alone, purchases, contracts, or all."""

import pytest

from arcana_assets.definitions import build_definitions
from arcana_assets.deployment import Deployment
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.yaml.file import ContractError

DEFS = """\
type: arcana_assets.components.CustomerDomainComponent
attributes:
  name: house
  title: Casa
  description: A house
  timezone: America/Sao_Paulo
  currency: BRL
  start: 2024-01
  customers_from: {kind}
  segmentations:
    - {{name: who, features: [tenure_months], axis: tenure_months}}
"""
COLUMNS = {
    "customers": "{from: id, to: customer_id}\n  - {from: d, to: since, formats: ['%Y-%m-%d']}",
    "identities": "{from: k, to: kind}\n  - {from: i, to: identifier}\n  - {from: id, to: customer_id}",
    "visits": "{from: v, to: visit_id}\n  - {from: id, to: customer_id}\n"
    "  - {from: d, to: entered_at, formats: ['%Y-%m-%d']}",
    "wifi_sessions": "{from: s, to: session_id}\n  - {from: m, to: device_id}\n"
    "  - {from: d, to: started_at, formats: ['%Y-%m-%d']}",
    "app_events": "{from: e, to: event_id}\n  - {from: id, to: customer_id}\n  - {from: k, to: kind}\n"
    "  - {from: d, to: happened_at, formats: ['%Y-%m-%d']}",
    "contracts": "{from: id, to: customer_id}\n  - {from: p, to: product}",
    "transactions": "{from: n, to: order_id}\n  - {from: d, to: ordered_at, formats: ['%Y-%m-%d']}\n"
    "  - {from: id, to: customer_id}\n  - {from: l, to: store_id}\n  - {from: q, to: quantity}\n"
    "  - {from: v, to: unit_price}\n  - {from: c, to: coupon_id}",
}
KINDS = [
    ("wifi_sessions",),
    ("identities", "visits"),
    ("app_events",),
    ("transactions",),
    ("identities", "transactions"),
    ("contracts", "transactions"),
    ("identities", "visits", "wifi_sessions", "app_events", "contracts", "transactions"),
]


def house(root, *entities, kind="master"):
    folder = root / "house"
    (folder / "sources").mkdir(parents=True)
    (folder / "defs.yaml").write_text(DEFS.format(kind=kind), encoding="utf-8")
    for entity in entities:
        text = f"entity: {entity}\ndescription: x\nlanding: {{pattern: '{entity}*'}}\nformat: {{kind: csv}}\ncolumns:\n"
        (folder / "sources" / f"{entity}.yaml").write_text(f"{text}  - {COLUMNS[entity]}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("entities", KINDS, ids="+".join)
def test_it_loads_with_every_asset_that_it_reads(tmp_path, entities):
    house(tmp_path, "customers", *entities)
    lake = Deployment(*(str(tmp_path / each) for each in ("lake", "landing", "home")))
    definitions = build_definitions(tmp_path, lake)
    assert definitions.resolve_job_def("refresh_house")  # an input that no asset makes would be refused here
    made = {tuple(spec.key.path[1:]) for spec in definitions.resolve_all_asset_specs()}
    assert {("gold", "customer_360"), ("gold", "outliers"), ("gold", "segments")} <= made
    assert (("gold", "items_owned") in made) == bool({"contracts", "transactions"} & {*entities})


def test_identities_need_a_master(tmp_path):
    folder = house(tmp_path, "identities", "transactions", kind="transactions")
    with pytest.raises(ContractError, match="identities join the accounts of a master"):
        load_domain(folder)

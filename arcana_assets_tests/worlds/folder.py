"""A domain in a folder of its own, small enough to count its lines, and what is said of it when a line is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from arcana_assets.domain.contract.consistency import load_contract
from arcana_assets.domain.contract.contract import Contract
from arcana_assets.domain.customer_domain import CustomerDomain
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.yaml.file import ContractError

SALES = """\
entity: transactions
description: Sales by line
landing: {pattern: "sales/*.csv", required: true}
format: {kind: csv, delimiter: ";"}
columns:
  - {from: No, to: order_id, clean: [trim, {remove_prefix: "#"}]}
  - {from: When, to: ordered_at, type: instant, formats: ["%Y-%m-%d"]}
  - {from: Code, to: product_id}
  - {from: Pieces, to: quantity}
  - {from: Price, to: unit_price, decimal: ","}
  - {from: Land, to: country}
ignored: [Till]
key: [order_id, product_id]
deduplicate: {by: ordered_at}
rules:
  - {column: unit_price, in_range: {min: 0, max: 1000000}}
  - {column: country, isin: [NO, SE, "076"]}
  - {column: product_id, str_matches: "[A-Z]+"}
  - {unique: [order_id, product_id]}
  - {compare: quantity <= unit_price}
constants: {customer_id: walk-in}
lookups:
  - to: is_product
    from: product_id
    values: {POST: false}
    patterns:
      - {matches: "FEE.*", value: false}
    default: true
"""

DEFS = """\
type: arcana_assets.components.CustomerDomainComponent
attributes:
  name: shop
  title: Loja
  description: A shop
  owners: ["team:data"]
  timezone: America/Sao_Paulo
  currency: BRL
  start: 2024-11
  nightly: {hour: 2}
  segmentations:
    - {name: value, features: [recency_days, monetary], axis: monetary, fitted_on: frequency, k: [3, 8]}
  recommendations: {segmentation: value}
"""

CLIENTS = """\
entity: customers
description: Clients
landing: {pattern: clients.csv}
format: {kind: csv}
columns:
  - {from: id, to: customer_id}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a domain that is right in all its files."""
    (tmp_path / "shop" / "sources").mkdir(parents=True)
    (tmp_path / "shop" / "defs.yaml").write_text(DEFS, encoding="utf-8")
    (tmp_path / "shop" / "sources" / "sales.yaml").write_text(SALES, encoding="utf-8")
    (tmp_path / "shop" / "sources" / "clients.yaml").write_text(CLIENTS, encoding="utf-8")
    return tmp_path / "shop"


@pytest.fixture
def domain(folder: Path) -> CustomerDomain:
    """The domain that is right."""
    return load_domain(folder)


@pytest.fixture
def contract(folder: Path) -> Contract:
    """The contract of sales that is right."""
    return load_contract(folder / "sources" / "sales.yaml")


@pytest.fixture
def said(folder: Path) -> Callable[..., list[str]]:
    """What is said, without the folder, once `old` is replaced by `new` in the contract of sales or in `defs.yaml`."""

    def _said(old: str, new: str, name: str = "sources/sales.yaml") -> list[str]:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} must be found once in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(ContractError) as raised:
            load_domain(folder)
        return [line.removeprefix(f"{folder}/").removeprefix("sources/") for line in str(raised.value).splitlines()]

    return _said


@pytest.fixture
def accepted(folder: Path) -> Callable[[str, str], Contract]:
    """The contract of sales once `old` is replaced by `new`."""

    def _accepted(old: str, new: str) -> Contract:
        path = folder / "sources" / "sales.yaml"
        assert path.read_text(encoding="utf-8").count(old) == 1
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        return load_domain(folder).sources["sales"]

    return _accepted

"""What `dg scaffold` writes of a domain: settings that can be loaded, and a contract for the files of a shop's sales.

Belongs here: a domain to begin with, which a person changes. Does not belong here: a draft from files of one's own
(`drafting`), what the YAML may say (`domain`).
"""

import dagster as dg

from arcana_assets.domain.errors import ArcanaError
from arcana_assets.domain.names import checked_name

DEFS = """\
# The domain {name}. Keys are explained in docs/add_a_domain.md; `arcana check` and `dg check defs` say what is wrong.
type: arcana_assets.components.CustomerDomainComponent
attributes:
  name: '{name}'  # as the folder; first word of every asset key
  title: '{title}'  # what business people read
  description: Sales of {name}
  owners: ['team:data']
  language: en  # of everything that people read; also pt-BR
  timezone: UTC  # days and months are local
  currency: USD  # of every amount
  start: 2024-01  # the first month; rows dated before it are refused
  lookback_months: 6  # how far back frequency and sums look
  segmentations:
    - name: value  # how recently, how often and for how much
      features: [recency_days, frequency, monetary]
      axis: monetary
      fitted_on: frequency
      k: [3, 8]
      seed: 7
  recommendations: {{segmentation: value, top: 5}}
"""
SALES = """\
# Files of sales, a row a line of an order; `from` is what a column is called in the file. More: docs/add_a_source.md
entity: transactions
description: Sales and returns, a row a line of an order
landing: {pattern: transactions/*.csv}  # below <landing>/<domain>
format: {kind: csv, delimiter: ','}
columns:
  - {from: order_id, to: order_id, clean: [trim]}
  - {from: ordered_at, to: ordered_at, clean: [trim], formats: ['%Y-%m-%d %H:%M:%S']}
  - {from: customer_id, to: customer_id, clean: [trim]}
  - {from: product_id, to: product_id, clean: [trim]}
  - {from: description, to: description, clean: [trim]}
  - {from: quantity, to: quantity, clean: [trim]}
  - {from: unit_price, to: unit_price, clean: [trim]}
key: [order_id, product_id]
"""


class CustomerDomainScaffolder(dg.Scaffolder):
    """Writes `defs.yaml` and `sources/transactions.yaml` of a domain that is named as its folder."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Raises ArcanaError where it is to be Python or part of another file, has no name, or is there already."""
        folder = request.target_path
        if request.scaffold_format != "yaml" or request.append:
            raise ArcanaError(
                "a domain is a folder of its own with a defs.yaml: expected the format yaml, not appended"
            )
        try:
            name = checked_name(folder.name)
        except ValueError as wrong:
            if not any(folder.iterdir()):
                folder.rmdir()  # it was made for this
            raise ArcanaError(str(wrong)) from None
        if there := [each for each in ("defs.yaml", "sources") if (folder / each).exists()]:
            raise ArcanaError(
                f"expected a new folder for the domain, found {' and '.join(there)} in {folder}; nothing was written. "
                "Choose another name, or move what is there"
            )
        title = name.replace("_", " ").capitalize()
        (folder / "sources").mkdir()
        (folder / "defs.yaml").write_text(DEFS.format(name=name, title=title), encoding="utf-8")
        (folder / "sources" / "transactions.yaml").write_text(SALES, encoding="utf-8")

"""A refresh without Dagster: what the assets of the retail domain compute and write, called one after the other.

The floor of `dagster_overhead`, and no way to run the platform: it knows no failures, checks, metadata and lineage. It
calls what the assets call, theirs included, so that the difference is what Dagster adds.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from arcana_assets.assets import gold, recommendations, segmentation
from arcana_assets.assets.bronze import _bronze_rows, _guarded
from arcana_assets.assets.silver import Conforming, _reasons
from arcana_assets.assets.spec import DomainSpec, Run
from arcana_assets.definitions import DEFS
from arcana_assets.domain.contract import Contract
from arcana_assets.domain.customer_domain import load_domain
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.resources.deployment import Deployment
from arcana_assets.resources.engine import Engine
from arcana_assets.resources.lake import Lake
from arcana_assets.resources.landing_inventory import take_inventory
from arcana_assets.resources.landing_reader import LandingReader
from arcana_assets.resources.landing_zone import LandingZone
from arcana_assets.transforms import landing, rollups
from arcana_assets.transforms.customer_360 import category_columns, customer_360
from arcana_assets.transforms.features import feature_matrix

RUN = "plain"


class PlainRefresh:
    """The retail domain for some months."""

    def __init__(self, deployment: Deployment, months: Sequence[date]) -> None:
        self.spec = DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail")
        self.domain = self.spec.domain
        self.lake, self.zone = Lake(root=deployment.lake), LandingZone(root=deployment.landing)
        self.engine = Engine(threads=deployment.threads, memory_limit=deployment.memory_limit)
        self.at = Run(tuple(months), datetime.now(UTC), self.domain)
        self.rows: dict[str, int] = {}

    def run(self) -> dict[str, int]:
        """Every table of the domain; returns the rows of each."""
        for contract in self.domain.sources.values():
            self._bronze(contract)
        for contract in self.domain.sources.values():
            self._silver(contract)
        self._rollups()
        self._categories()
        self._customers()
        for wanted in self.domain.segmentations:
            self._model(wanted)
        self._segments()
        self._recommendations()
        return self.rows

    def _bronze(self, contract: Contract) -> None:
        reader = LandingReader(self.zone, self.engine, contract)

        def count(rows: ir.Table) -> ir.Table:
            return landing.rows_by_month(rows, contract, self.domain.timezone)

        inventory = take_inventory(self.domain.name, contract, reader, count, self.zone, self.lake, self.engine, RUN)
        start, end = self.domain.start, self.at.end
        files = inventory.touching(self.at.months, start, end) if contract.dated else list(inventory.files)
        assert all(inventory.files[file].easy for file in files)
        rows = _bronze_rows(reader, files, inventory, contract, self.at)
        assert not reader.unknown_columns(files)
        self._write("bronze", contract.name, _guarded(rows, files, self.zone, self.engine))
        landed = sum(inventory.rows(self.at.months, start, end).values())
        assert landed == self._kept("bronze", contract.name)

    def _silver(self, contract: Contract) -> None:
        conforming = Conforming(self.engine, self._read("bronze", contract.name), contract, self.at)
        self._write("silver", contract.name, conforming.silver)
        _reasons(conforming.refused, self.engine)
        self._write("quarantine", contract.name, conforming.refused)
        landed, kept, held = (self._kept(layer, contract.name) for layer in ("bronze", "silver", "quarantine"))
        conforming.close()
        assert landed == kept + held + conforming.duplicates.total()

    def _rollups(self) -> None:
        silver = self._read("silver", "transactions")
        self._write("gold", "transactions_monthly", rollups.transactions_monthly(silver, self.domain.timezone))
        by_product = rollups.transactions_by_product_monthly(silver)
        self._write("gold", "transactions_by_product_monthly", by_product, by_month=True)
        self._write("gold", "products_monthly", rollups.products_monthly(silver))
        covered = rollups.coverage_monthly(silver)
        totals = self._fetch(covered.agg([covered[name].sum().name(name) for name in gold.TOTALS])).to_pylist()[0]
        self._write("gold", "transactions_coverage", covered)
        by_customer = self._read("gold", "transactions_monthly")
        assert self.engine.backend.execute(by_customer.net.sum()) == totals["net"] - totals["net_without_customer"]

    def _categories(self) -> None:
        from arcana_assets.ml.product_families import families_by_month

        products, families = self._read("gold", "products_monthly", history=True), self.domain.families
        known = self._fetch(self._read("silver", "products")).to_pandas()
        sold = self._fetch(products.select("product_id", "month", "description", units=products.lines)).to_pandas()
        learned = families_by_month(sold, self.at.months, families.count, families.minimum_products, families.other)
        named = gold._named(learned, known, families.other)
        table = pa.Table.from_pandas(named, schema=gold.CATEGORIES, preserve_index=False)
        self._write("gold", "product_categories", table)
        by_product, categories = (
            self._read("gold", name) for name in ("transactions_by_product_monthly", "product_categories")
        )
        by_category = rollups.transactions_by_category_monthly(by_product, categories)
        self._write("gold", "transactions_by_category_monthly", by_category)

    def _customers(self) -> None:
        monthly = self._read("gold", "transactions_monthly", history=True)
        by_product, by_category = (
            self._read("gold", f"transactions_by_{item}_monthly", back=self.domain.lookback_months - 1)
            for item in ("product", "category")
        )
        categories = self._read("gold", "product_categories")
        known = self._fetch(categories.select("category").distinct()).column("category").to_pylist()
        periods = ibis.memtable(gold._periods(self.at))
        table = customer_360(monthly, by_product, by_category, categories, periods, category_columns(known))
        self._write("gold", "customer_360", table)
        customers = self._read("gold", "customer_360")
        distinct = self.engine.backend.execute(customers.select("customer_id", "month").distinct().count())
        expected = gold._customers_in_lookback(monthly, periods, self.engine)
        assert distinct == self._kept("gold", "customer_360") == expected
        self._write("gold", "feature_matrix", feature_matrix(customers))

    def _model(self, wanted: Any) -> None:
        from arcana_assets.ml.segmentation import fit_segmentation

        features, rows = self._read("gold", "feature_matrix"), []
        buyers = features.filter(features[wanted.fitted_on] > 0)
        frames = segmentation._by_month(buyers, self.engine, ["customer_id", *wanted.features])
        for month, frame in frames.items():
            fitted = fit_segmentation(
                frame,
                wanted.name,
                wanted.features,
                k_range=wanted.k,
                minimum_share=wanted.minimum_share,
                seed=wanted.seed,
                axis=wanted.axis,
            )
            chosen = next(row for row in fitted.selection if row["chosen"])
            kept = {name: chosen[name] for name in ("k", "silhouette", "smallest_share", "admissible")}
            text = {"segmentation": fitted.name, "reason": fitted.reason, "model": fitted.to_json()}
            rows.append({"month": month, "customers": fitted.customers, **text, **kept})
        self._write("models", wanted.name, pa.Table.from_pylist(rows, schema=segmentation.MODELS))

    def _segments(self) -> None:
        from arcana_assets.ml.segmentation import profile

        features, wanted = self._read("gold", "feature_matrix", back=1), self.domain.segmentations
        names = sorted({name for each in wanted for name in each.features})
        frames = segmentation._by_month(features, self.engine, ["customer_id", *names])
        assigned, profiles, pictures = [], [], dict[str, pd.DataFrame]()
        for each in wanted:
            fitted = segmentation._fitted(self._read("models", each.name, back=1), self.engine)
            for month in self.at.months:
                found = fitted[month].assign(frames[month])
                before = segmentation._with_previous(frames[month], found, frames, fitted, month)
                assigned.append(before.assign(month=month, segmentation=each.name))
                shape = profile(frames[month], found, each.features)
                profiles.append(shape.assign(month=month, segmentation=each.name))
                pictures[each.name] = shape
        table = segmentation._table(assigned, segmentation.SEGMENTS)
        self._write("gold", "segments", table)
        self._write("gold", "segment_profiles", segmentation._profiles(profiles))
        segmentation._picture_metadata(pictures)
        once = {tuple(row.values()) for row in table.select(["customer_id", "month", "segmentation"]).to_pylist()}
        assert len(once) == table.num_rows

    def _recommendations(self) -> None:
        bought = self._read("gold", "transactions_by_product_monthly", history=True)
        segments, products = self._read("gold", "segments"), self._read("gold", "product_categories")
        table = pa.concat_tables(
            recommendations._for_month(month, self.spec, self.engine, bought, segments, products)
            for month in self.at.months
        )
        assert recommendations._already_bought(table, bought, self.engine) == 0
        self._write("gold", "recommendations", table)
        assert not table.select(["month", "customer_id", "item_id"]).to_pandas().duplicated().any()

    def _write(self, layer: str, table: str, data: Any, by_month: bool = False) -> None:
        key = (self.domain.name, layer, table)
        written = self.lake.write(key, data, list(self.at.months), engine=self.engine, run_id=RUN, by_month=by_month)
        self.rows["/".join(key)] = written.rows

    def _read(self, layer: str, table: str, back: int = 0, history: bool = False) -> ir.Table:
        first = self.domain.start if history else max(self.domain.start, shifted(self.at.months[0], -back))
        return self.lake.read((self.domain.name, layer, table), months_between(first, self.at.months[-1]), self.engine)

    def _kept(self, layer: str, table: str) -> int:
        return self.lake.rows((self.domain.name, layer, table), list(self.at.months))

    def _fetch(self, expr: ir.Table) -> pa.Table:
        return self.engine.backend.to_pyarrow(expr)

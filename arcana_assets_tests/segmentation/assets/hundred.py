"""A hundred customers in two months, from whose gold tables moves and drift are materialized in a lake."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.segmentation.assets.drift import drift_asset
from arcana_assets.segmentation.assets.migration import migration_asset
from arcana_assets.segmentation.models.fitting import fit_segmentation
from arcana_assets_tests.worlds.run import deployment_in, materialized, there

DECEMBER, JANUARY = date(2010, 12, 1), date(2011, 1, 1)
MONTHS = (DECEMBER, JANUARY)
CUSTOMERS = [f"c{number:03}" for number in range(100)]
PERSONAS = {1: "01-VIPs", 2: "02-Médio"}


def fitted(frame, name, features):
    """A model of the customers, as JSON."""
    asked = Segmentation(name=name, features=features, cuts=2)
    return fit_segmentation(frame, asked, month=DECEMBER).to_json()


class Base:
    """A hundred customers in two months: in December 30 are VIPs; in January 25 more, and one left."""

    def __init__(self, root, instance):
        self.root, self.instance = root, instance
        self.lake, self.engine = Lake(root=str(root / "lake")), Engine()
        domain = load_domain(DEFS / "retail")
        segmentation = domain.segmentation("value")
        self.name, self.features = segmentation.name, ["recency_days", "frequency", "monetary"]
        self.settings = {"share_limits": {"01-VIPs": (0.2, 0.5)}, "features": self.features, "fitted_on": None}
        self.refit, self.domain, self.segmentation = {"psi": 0.25}, domain, segmentation
        self.now = {"monetary": 1.0, "recency_days": 3.0, "frequency": 1.0}  # times what December had

    @property
    def spec(self):
        refit = self.segmentation.refit.model_copy(update=self.refit)
        changed = self.segmentation.model_copy(update={**self.settings, "refit": refit})
        return DomainSpec(self.domain.model_copy(update={"segmentations": [changed]}), DEFS / "retail")

    def write(self, table, rows, layer="gold"):
        found = pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False)
        self.lake.write(("retail", layer, table), found, list(MONTHS), engine=self.engine, run_id="gold")

    def features_of_both(self, without=()):
        """Puts the features of both months into the lake and returns them, December's first."""
        rng = np.random.default_rng(3)
        december = pd.DataFrame({"customer_id": CUSTOMERS, **{f: rng.lognormal(2, 1, 100) for f in self.features}})
        january = december.assign(**{f: december[f] * times for f, times in self.now.items()})[:99]
        matrix = pd.concat([december.assign(month=DECEMBER), january.assign(month=JANUARY)])
        self.write("feature_matrix", matrix.drop(columns=list(without)))
        return december, january

    def fill(self, segments=None, without=()):
        december, january = self.features_of_both(without)
        self.write("segments", segments or self.segments())
        model = fitted(december, self.name, self.features)
        row = {"segmentation": self.name, "fitted_month": DECEMBER, "model": model}
        self.write(self.name, [row | {"month": month} for month in MONTHS], "models")
        return december, january

    def segments(self):
        return [
            {"customer_id": customer, "month": month, "segmentation": self.name, "segment_id": each}
            | {"persona": PERSONAS[each], "move": move}
            for month, vips, there in ((DECEMBER, 30, 100), (JANUARY, 55, 99))
            for place, customer in enumerate(CUSTOMERS[:there])
            for each in [1 if place < vips else 2]
            for move in ["comportamento" if month == JANUARY and 30 <= place < 55 else "nenhuma"]
        ]

    def run(self, *months):
        spec = self.spec
        given = [*there(spec, "segments", "feature_matrix", "customer_360"), *there(spec, self.name, layer="models")]
        assets = [migration_asset(spec), drift_asset(spec), *given]
        return materialized(assets, months, deployment_in(self.root), instance=self.instance)

    def rows(self, table, *months):
        return self.engine.backend.to_pyarrow(self.lake.read(("retail", "gold", table), list(months), self.engine))


def told_of(result, table):
    [found] = [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key.path[-1] == table
    ][-1:]
    return found.metadata

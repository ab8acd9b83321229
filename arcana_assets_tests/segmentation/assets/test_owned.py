"""Segments by what customers own, through Dagster: models, segments, profiles, drift and pictures of two months."""

from datetime import date

import dagster as dg
import pyarrow as pa
import pytest
from sklearn.metrics import adjusted_rand_score

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.settings.segmentation import Segmentation
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.png import size_of
from arcana_assets.segmentation.definitions import segment_files, segment_tables
from arcana_assets_tests.segmentation.clustering.owned import PRODUCTS, frame_of, owned
from arcana_assets_tests.worlds.run import deployment_in, materialized, there

DECEMBER, JANUARY = MONTHS = date(2010, 12, 1), date(2011, 1, 1)
PERSONAS = {"shares": {"of": "owns_*", "labels": {f"p{at:02}": f"Produto {chr(65 + at)}" for at in range(PRODUCTS)}}}


@pytest.fixture(scope="module")
def lake_of_two_months(tmp_path_factory):
    """What became of 300 customers of three profiles; in January one in ten owns other products of its profile."""
    root = tmp_path_factory.mktemp("owned")
    lake, engine = Lake(root=str(root / "lake")), Engine()
    retail = load_domain(DEFS / "retail")
    by_products = Segmentation(name="produtos", features=["owns_*"], personas=PERSONAS)
    alone = {"segmentations": [by_products], "combinations": [], "programmes": []}
    spec = DomainSpec(retail.model_copy(update=alone), DEFS / "retail")
    (has, groups), (later, _) = owned(140, 100, 60, own=0.8), owned(140, 100, 60, seed=8, own=0.8)
    after = has.copy()
    after[::10] = later[::10]
    for month, held in zip(MONTHS, (has, after), strict=True):
        table = pa.Table.from_pandas(frame_of(held).assign(month=month), preserve_index=False)
        lake.write(("retail", "gold", "feature_matrix"), table, [month], engine=engine, run_id="gold")
    assets = [*segment_tables(spec), *segment_files(spec), *there(spec, "feature_matrix")]
    with dg.DagsterInstance.ephemeral() as instance:
        done = materialized(assets, MONTHS, deployment_in(root), instance=instance)

    def rows(layer, name):
        return engine.backend.to_pyarrow(lake.read(("retail", layer, name), list(MONTHS), engine)).to_pandas()

    assert done.success
    return root, rows, groups


def test_the_model_of_latent_classes_is_kept_and_moves_with_its_customers(lake_of_two_months):
    _, rows, _ = lake_of_two_months
    models = rows("models", "produtos").sort_values("month")
    assert models["algorithm"].tolist() == ["latent_classes"] * 2
    assert models["k"].tolist() == [3, 3]
    assert models["outcome"].iloc[0] == "first"
    assert models["moved_share"].iloc[1] < 0.1


def test_every_customer_has_a_segment_and_keeps_it_from_month_to_month(lake_of_two_months):
    _, rows, groups = lake_of_two_months
    segments = rows("gold", "segments").sort_values(["month", "customer_id"])
    for month in MONTHS:
        assert adjusted_rand_score(groups, segments[segments["month"] == month]["segment_id"]) > 0.9
    by_month = segments.pivot(index="customer_id", columns="month", values="segment_id")
    assert (by_month[DECEMBER] == by_month[JANUARY]).mean() > 0.95
    assert (segments["distance"] >= 0).all()


def test_profiles_tell_who_stands_for_a_segment_and_the_products_that_make_it(lake_of_two_months):
    _, rows, _ = lake_of_two_months
    profiles = rows("gold", "segment_profiles")
    assert len(profiles) == 6
    assert set(profiles["form"]) == {"grupo de clientes"}
    assert profiles["membership_rule"].str.contains("Contratou").all()
    assert (profiles["membership_fidelity"] > 0.7).all()
    assert profiles["typical_customers"].map(len).min() > 0


def test_all_pictures_are_drawn_the_choice_of_the_number_among_them(lake_of_two_months):
    root, _, _ = lake_of_two_months
    pictures = sorted(root.glob("lake/retail/published/*/2011-01/*.png"))
    assert len(pictures) >= 5
    assert any("selec" in path.name or "escolha" in path.name for path in pictures)
    assert all(min(size_of(path.read_bytes())) > 100 for path in pictures)

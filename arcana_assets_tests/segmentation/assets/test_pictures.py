"""Pictures of the segments of two months, published from gold tables small enough to check by eye.

Slow: each of these tests computes months of a domain.
"""

import hashlib
from datetime import date

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.graph import spec as spec_module
from arcana_assets.graph.spec import DomainSpec
from arcana_assets.lake.lake import Lake
from arcana_assets.presentation.png import size_of
from arcana_assets.segmentation.assets import pictures as segment_pictures
from arcana_assets.segmentation.assets.pictures import NAME, TABLES, segment_pictures_asset
from arcana_assets.segmentation.tables import MIGRATION, PROFILES, SEGMENTS, SELECTION
from arcana_assets.tables.frames import as_table, from_rows
from arcana_assets_tests.worlds.run import deployment_in, materialized, there

pytestmark = pytest.mark.slow

DECEMBER, JANUARY = MONTHS = date(2010, 12, 1), date(2011, 1, 1)
CUSTOMERS = [f"c{number:02}" for number in range(20)]
PERSONAS = {1: "01-Alta", 2: "02-Baixa"}


class Gallery:
    """A lake with the gold tables of the first segmentation of the retail domain, and of a combination with others."""

    def __init__(self, root, instance):
        self.root, self.instance = root, instance
        self.lake, self.engine = Lake(root=str(root / "lake")), Engine()
        self.spec = DomainSpec(load_domain(DEFS / "retail"), DEFS / "retail")
        self.name = self.spec.domain.segmentations[0].name
        for name, rows in self.gold().items():
            self.lake.write(("retail", "gold", name), rows, MONTHS, engine=self.engine, run_id="gold")

    def gold(self):
        rng, both = np.random.default_rng(3), (self.name, "combinada")
        features = [name for name in self.spec.domain.segmentations[0].features if not name.endswith("*")]
        matrix = [
            pd.DataFrame({"customer_id": CUSTOMERS, "month": month, **{f: rng.lognormal(2, 1, 20) for f in features}})
            for month in MONTHS
        ]
        segments = [
            {"customer_id": customer, "month": month, "segmentation": name, "segment_id": 1 + at // 10}
            for month in MONTHS
            for name in both
            for at, customer in enumerate(CUSTOMERS)
        ]
        profiles = [
            {"month": month, "segmentation": name, "segment_id": each, "persona": PERSONAS[each], "customers": 10}
            | {"share": 0.5}
            | {
                prefix + f: float(each) if name == self.name else None
                for f in features
                for prefix in ("mean_", "lift_")
            }
            for month in MONTHS
            for name in both
            for each in (1, 2)
        ]
        flows = [
            {"month": month, "segmentation": name, "from_segment_id": before, "from_persona": PERSONAS.get(before)}
            | {"to_segment_id": after, "to_persona": PERSONAS[after], "customers": 10, "value": 5.0}
            for name in both
            for month, before, after in ((DECEMBER, None, 1), (DECEMBER, None, 2), (JANUARY, 1, 1), (JANUARY, 2, 2))
        ]
        tried = [
            {"month": DECEMBER, "segmentation": self.name, "algorithm": "kmeans", "k": k, "parameter": f"k={k}"}
            | {"silhouette": 0.5 / k, "silhouette_error": 0.0, "inertia": 10.0 / k, "stability": 0.9}
            | {"admissible": True, "chosen": k == 2}
            for k in (2, 3, 4)
        ]
        rows = {SEGMENTS: segments, MIGRATION: flows, SELECTION: tried}
        return {
            "feature_matrix": pd.concat(matrix),
            PROFILES.name: as_table([pd.DataFrame(profiles)], PROFILES),
            **{table.name: from_rows(made, table) for table, made in rows.items()},
        }

    def draw(self, computed=(), selection=None):
        """The run that draws the pictures; `computed` are tables that it could compute as well."""
        names = [
            name for name in ("feature_matrix", *(table.name for table in TABLES.values())) if name not in computed
        ]
        assets = [segment_pictures_asset(self.spec), *there(self.spec, *names), *map(self.computed, computed)]
        return materialized(assets, MONTHS, deployment_in(self.root), selection, instance=self.instance)

    def computed(self, name):
        out = dg.AssetOut(key=self.spec.key("gold", name), dagster_type=dg.Nothing)

        @dg.multi_asset(
            name=name, outs={name: out}, partitions_def=self.spec.months, backfill_policy=dg.BackfillPolicy.single_run()
        )
        def table():
            yield dg.Output(None, name)

        return table

    def move(self):
        """Another customer moves with each flow of each month."""
        flows = self.gold()["segment_migration"].to_pylist()
        table = from_rows([{**row, "customers": row["customers"] + 1} for row in flows], MIGRATION)
        self.lake.write(("retail", "gold", "segment_migration"), table, MONTHS, engine=self.engine, run_id="more")

    def events(self, done):
        found = done.asset_materializations_for_node(f"retail_published_{NAME}")
        return {event.partition: event.metadata for event in found}

    def files(self):
        root = self.root / "lake/retail/published" / NAME
        return {str(file.relative_to(root)): file.read_bytes() for file in root.glob("[!.]*/*")}


@pytest.fixture
def gallery(tmp_path, monkeypatch):
    # Another try would come to the same, seconds later.
    monkeypatch.setattr(spec_module, "RETRIES", dg.RetryPolicy(max_retries=0))
    with dg.DagsterInstance.ephemeral() as instance:
        yield Gallery(tmp_path, instance)


def test_asked_for_alone_each_month_has_a_folder_of_pictures_and_the_log_has_those_of_the_last(gallery):
    done = gallery.draw()
    assert done.success
    files, name = gallery.files(), gallery.name
    always = ("tamanhos", "perfil", "distribuicoes", "projecao", "migracao")
    assert files.keys() == {
        *(f"{month}/{name}_{what}.png" for month in ("2010-12", "2011-01") for what in always),
        f"2010-12/{name}_selecao.png",  # January had no fit
        *(f"{month}/combinada_tamanhos.png" for month in ("2010-12", "2011-01")),
    }
    for content in files.values():
        assert min(size_of(content)) > 100
    [one_making, check] = done.get_asset_check_evaluations()
    assert one_making.passed
    assert (check.check_name, check.passed, check.blocking) == ("every_picture_published", True, True)
    assert check.metadata["pictures"].value == 13
    events = gallery.events(done)
    assert events.keys() == {"2010-12-01", "2011-01-01"}
    embedded = {
        month: {name: value.value for name, value in found.items() if isinstance(value, dg.MarkdownMetadataValue)}
        for month, found in events.items()
    }
    assert embedded["2010-12-01"] == {}
    small = embedded["2011-01-01"]
    assert small.keys() == {f"{name}_{what}" for what in always} | {"combinada_tamanhos"}
    assert all("data:image/png;base64," in text and len(text) < 60_000 for text in small.values())
    recorded = {record.data["file"]: record.data for found in events.values() for record in found["files"].records}
    root = gallery.root / "lake/retail/published" / NAME
    assert {place: (each["bytes"], each["sha256"]) for place, each in recorded.items()} == {
        str(root / place): (len(content), hashlib.sha256(content).hexdigest()) for place, content in files.items()
    }


@pytest.fixture
def rendered(monkeypatch):
    """The titles of the charts that are rendered."""
    titles, render = [], segment_pictures.png
    monkeypatch.setattr(
        segment_pictures, "png", lambda chart: titles.append(chart["title"]["text"][0]) or render(chart)
    )
    return titles


def test_what_is_drawn_already_from_the_same_data_is_not_drawn_again(gallery, rendered):
    assert gallery.draw().success
    first, drawn = gallery.files(), len(rendered)
    assert drawn == len(first) == 13
    again = gallery.draw()
    assert gallery.files() == first
    assert len(rendered) == drawn
    told = gallery.events(again)["2011-01-01"]
    assert (told["drawn"].value, told["unchanged"].value) == (0, 6)
    assert "combinada_tamanhos" in told  # the log shows the picture all the same


def test_of_changed_data_only_the_pictures_that_show_it_are_drawn_again(gallery, rendered):
    assert gallery.draw().success
    first = gallery.files()
    gallery.move()
    rendered.clear()
    assert gallery.draw().success
    assert [title.partition(":")[0] for title in rendered] == ["De onde vieram os clientes"] * 2
    changed = {name for name, content in gallery.files().items() if content != first[name]}
    assert changed == {f"{month}/{gallery.name}_migracao.png" for month in ("2010-12", "2011-01")}


def test_a_damaged_picture_is_drawn_again(gallery, rendered):
    assert gallery.draw().success
    first, place = gallery.files(), f"2011-01/{gallery.name}_perfil.png"
    (gallery.root / "lake/retail/published" / NAME / place).write_bytes(first[place][:-9])
    rendered.clear()
    assert gallery.draw().success
    assert [title.partition(":")[0] for title in rendered] == ["Perfil dos segmentos"]
    assert gallery.files() == first


def test_a_refresh_draws_its_last_month_and_says_of_the_others_that_they_are_not(gallery):
    done = gallery.draw(computed=["segments"])
    assert done.success
    assert {name.partition("/")[0] for name in gallery.files()} == {"2011-01"}
    december, january = (gallery.events(done)[f"{month}-01"] for month in ("2010-12", "2011-01"))
    assert january["drawn"].value == 6
    assert december["pictures"].value.startswith("not drawn: materialize this month of this asset")
    assert december["files"].records == []


def test_segments_that_the_run_could_compute_and_does_not_are_of_no_account(gallery):
    done = gallery.draw(["segments"], [gallery.spec.key("published", NAME)])
    assert done.success
    assert {name.partition("/")[0] for name in gallery.files()} == {"2010-12", "2011-01"}


def test_a_refresh_leaves_no_picture_of_older_data(gallery, rendered):
    assert gallery.draw().success
    rendered.clear()
    assert gallery.draw(computed=["segments"]).success
    assert rendered == []
    gallery.move()
    assert gallery.draw(computed=["segments"]).success
    assert [title[-7:] for title in rendered] == ["12/2010", "01/2011"]


def test_a_picture_that_is_none_stops_the_run_and_leaves_the_old_files(gallery, monkeypatch):
    assert gallery.draw().success
    first = gallery.files()
    other = first[f"2010-12/{gallery.name}_migracao.png"]
    monkeypatch.setattr(segment_pictures, "digest", lambda chart: "another")

    def torn(chart):
        # The others are whole and new, so that one which took its place would be seen.
        return other[:200] if "combinada" in chart["description"] else other

    monkeypatch.setattr(segment_pictures, "png", torn)
    done = gallery.draw()
    assert not done.success
    [one_making, check] = done.get_asset_check_evaluations()
    assert one_making.passed
    assert not check.passed
    assert "2010-12: combinada_tamanhos.png: expected a PNG, found 200 bytes" in check.description
    assert gallery.files() == first

"""The b2b drop through the whole platform: every row accounted for, every customer kept, planted truth found.

The domain begins in 2025 here, so that a run of six months takes in the whole drop: rows dated before are refused, and
refused rows are accounted for like all others. Slow: fifteen sources in each of six months, and four segmentations.
"""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from arcana_assets.automation.refresh import Refresh
from arcana_assets.definitions import DEFS
from arcana_assets.domain.facets.facet import HAS
from arcana_assets.domain.folder import load_domain
from arcana_assets.samples.b2b.folder import B2bDrop, write_b2b_drop
from arcana_assets_tests.worlds.platform import Platform

Sample = tuple[Platform, B2bDrop, Refresh]

pytestmark = pytest.mark.slow

FIRST, LAST = date(2025, 1, 1), date(2025, 6, 1)
STRANGER = "TZZZZ9"
ONCE = {
    "mrr_monthly": ["mrr_mensal.xlsx"],
    "nps_acquisition": ["nps_transacional_aquisicao.csv"],
    "nps_implementation": ["nps_transacional_implantacao.csv"],
    "nps_onboarding": ["nps_transacional_onboarding.csv"],
    "nps_product": ["nps_transacional_produto.csv"],
    "nps_relational": ["nps_relacional.csv"],
    "proposals": ["historico.csv"],
    "telemetry": [f"telemetria_{number}.csv" for number in range(1, 12)],
    "tickets": ["tickets.csv"],
}
EACH_MONTH = {
    "contracts": "dados_clientes.csv",
    "customer_profiles": "dados_clientes.csv",
    "customers": "clientes_desde.csv",
    "mrr": "mrr.csv",
    "nps_support": "nps_transacional_suporte.csv",
    "purchases": "contratacoes_ultimos_12_meses.csv",
}


@pytest.fixture(scope="module")
def sample(make_platform: Callable[[], Platform], tmp_path_factory: pytest.TempPathFactory) -> Sample:
    platform = make_platform()
    platform.folder, platform.domain = _from_2025(tmp_path_factory.mktemp("defs")), "b2b"
    drop = write_b2b_drop(platform.landing, scale=0.02, seed=11)
    _add_a_stranger(platform.landing / "dados_clientes.csv", drop)
    _as_workbook(platform.landing / "clientes_desde.csv", "utf-8", {"CLIENTE_DESDE": date.fromisoformat})
    _as_workbook(platform.landing / "mrr.csv", "utf-8", {"MRR_12M": float})
    _as_workbook(platform.landing / "nps_transacional_produto.csv", "latin-1", {"Nota": float})
    return platform, drop, platform.refresh(FIRST, LAST, published=False)


def _from_2025(folder: Path) -> Path:
    shutil.copytree(DEFS / "b2b", folder / "b2b")
    defs = folder / "b2b" / "defs.yaml"
    text = defs.read_text(encoding="utf-8")
    assert "start: 2023-07" in text
    text = text.replace("start: 2023-07", "start: 2025-01").replace("lookback_months: 12", "lookback_months: 6")
    defs.write_text(text, encoding="utf-8")
    return folder


def _add_a_stranger(contracts: Path, drop: B2bDrop) -> None:
    """A contract line of somebody whom the master does not list."""
    lines = contracts.read_text(encoding="utf-8").splitlines(keepends=True)
    active = next(line for line in lines if ";ATIVO;" in line and not line.startswith('"'))
    contracts.write_text("".join([*lines, STRANGER + active[active.index(";") :]]), encoding="utf-8")
    drop.rows["dados_clientes.csv"] += 1


def _as_workbook(path: Path, encoding: str, typed: dict[str, Callable[[str], Any]]) -> None:
    """The same delivery as XLSX, with cells of the types that a spreadsheet would give them."""
    import csv

    import xlsxwriter

    with path.open(encoding=encoding, newline="") as file:
        header, *rows = csv.reader(file, delimiter=";")
    with xlsxwriter.Workbook(str(path.with_suffix(".xlsx")), {"strings_to_formulas": False}) as book:
        sheet, dates = book.add_worksheet("Dados"), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, header)
        for number, row in enumerate(rows, 1):
            for place, (name, text) in enumerate(zip(header, row, strict=True)):
                value = typed[name](text) if name in typed and text else text
                if isinstance(value, date):
                    sheet.write_datetime(number, place, value, dates)
                elif isinstance(value, float):
                    sheet.write_number(number, place, value)
                elif value:
                    sheet.write_string(number, place, value)
    path.unlink()


def test_every_asset_is_made_and_every_blocking_check_passes(sample: Sample) -> None:
    _, _, done = sample
    assert done.failures == []
    assert done.succeeded


@pytest.mark.parametrize("source", ONCE)
def test_every_row_of_every_file_is_accounted_for(sample: Sample, source: str) -> None:
    _, drop, done = sample
    landed, silver, held = (done.rows[f"b2b/{layer}/{source}"] for layer in ("bronze", "silver", "quarantine"))
    assert landed == sum(drop.rows[file] for file in ONCE[source])
    assert landed - silver - held == sum(drop.duplicates.get(file, 0) for file in ONCE[source])


@pytest.mark.parametrize("source", EACH_MONTH)
def test_every_row_of_a_snapshot_is_accounted_for_in_each_month(sample: Sample, source: str) -> None:
    _, drop, done = sample
    landed, silver, held = (done.rows[f"b2b/{layer}/{source}"] for layer in ("bronze", "silver", "quarantine"))
    assert landed == 6 * drop.rows[EACH_MONTH[source]]
    assert landed - silver - held == 6 * drop.duplicates.get(EACH_MONTH[source], 0)


def test_every_customer_of_the_master_has_one_row_and_nobody_else(sample: Sample) -> None:
    platform, drop, _ = sample
    for month in (FIRST, LAST):
        customers = platform.table("gold", "customer_360", month).to_pandas()
        assert sorted(customers["customer_id"]) == sorted(drop.groups)


def test_who_is_in_no_file_is_absent_and_not_average(sample: Sample) -> None:
    platform, drop, _ = sample
    customers = platform.table("gold", "customer_360", LAST).to_pandas().set_index("customer_id")
    strangers = sorted(set(drop.groups) - set().union(*drop.coverage.values()))
    assert strangers
    told = customers.loc[strangers]
    for facet in ("subscriptions", "proposals", "purchases", "usage"):
        assert not told[HAS + facet].any()
    assert told[["mrr", "mrr_12m", "proposals", "purchases_12m", "sessions", "usage_hours"]].isna().all(axis=None)
    features = platform.table("gold", "feature_matrix", LAST).to_pandas().set_index("customer_id").loc[strangers]
    assert (features["usage_absent"] == 1).all()
    assert features["usage_hours"].isna().all()


def test_orphans_are_counted_and_add_no_customer(sample: Sample) -> None:
    platform, drop, _ = sample
    coverage = platform.table("gold", "source_coverage").to_pandas()
    for source in ("contracts", "customer_profiles"):
        assert coverage.loc[coverage["source"] == source, "orphan_customers"].eq(1).all()
    assert "customers" not in set(coverage["source"])
    telemetry = coverage[coverage["source"] == "telemetry"]
    kept = platform.table("silver", "telemetry").to_pandas()
    assert telemetry["orphan_rows"].sum() == (~kept["customer_id"].isin(drop.groups)).sum() > 0
    assert (coverage["master_customers"] == len(drop.groups)).all()


def test_licence_and_maintenance_of_a_product_line_are_one_item(sample: Sample) -> None:
    platform, drop, _ = sample
    owned = platform.table("gold", "items_owned", LAST).to_pandas()
    assert set(owned["item_id"]) <= set(drop.lines)
    assert STRANGER in set(owned["customer_id"])  # what orphans own is counted, but makes no customer
    contracts = platform.table("silver", "contracts", LAST).to_pandas()
    assert contracts["product_line"].nunique() > owned["item_id"].nunique()
    assert not owned.duplicated(["customer_id", "item_id"]).any()


def test_planted_affinities_are_in_what_customers_own(sample: Sample) -> None:
    platform, drop, _ = sample
    owned = platform.table("gold", "items_owned", LAST).to_pandas()
    owns = pd.crosstab(owned["customer_id"], owned["item_id"]) > 0
    for first, then in drop.affinities:
        with_first, without = owns.loc[owns[first], then].mean(), owns.loc[~owns[first], then].mean()
        assert with_first > 3 * without, (first, then)


def test_churn_shows_before_it_happens(sample: Sample) -> None:
    platform, drop, _ = sample
    customers = platform.table("gold", "customer_360", LAST).to_pandas().set_index("customer_id")
    leaving = customers.loc[sorted(drop.at_risk)]
    others = customers.loc[sorted(set(customers.index) - set(drop.at_risk) - set(drop.churned))]
    assert leaving["usage_trend"].dropna().median() < -0.3 < others["usage_trend"].dropna().median()
    assert leaving["score_trend"].dropna().median() < -1 < others["score_trend"].dropna().median()


def test_recommendations_name_what_is_not_owned_one_a_row(sample: Sample) -> None:
    platform, _, _ = sample
    lines = platform.table("gold", "recommendations", LAST).to_pandas()
    owned = platform.table("gold", "items_owned", LAST).to_pandas()
    assert len(lines) > 0
    assert not lines.duplicated(["customer_id", "rank"]).any()
    assert lines.merge(owned, on=["customer_id", "item_id"]).empty
    kinds = r".+ dos clientes .*que têm .+ também têm .+\(.+\)\.|Contratado por .+\.|.+ clientes.*\."
    assert lines["reason"].str.match(kinds).all()
    spoken = lines[lines["evidence_in"] != ""]
    assert len(spoken) > len(lines) / 2
    assert (spoken["support"] >= 5).all()
    assert (spoken["confidence"] - spoken["support"] / spoken["antecedent_owners"]).abs().max() < 1e-9


def test_profiles_show_what_was_acquired_beside_revenue_and_satisfaction(sample: Sample) -> None:
    platform, _, _ = sample
    profiles = platform.table("gold", "segment_profiles", LAST).to_pandas()
    mine = profiles[profiles["segmentation"] == "perfil"]
    columns = ["mean_contract_value", "mean_mean_score", "mean_acquired_value_12m", "mean_acquired_items_12m"]
    assert mine[columns].notna().all(axis=None)
    assert (mine["mean_acquired_value_12m"] > 0).any()


def test_lists_go_to_the_audience_alone_and_others_are_counted(sample: Sample) -> None:
    platform, _, _ = sample
    lines = platform.table("gold", "recommendations", LAST).to_pandas()
    customers = platform.table("gold", "customer_360", LAST).to_pandas().set_index("customer_id")
    (served, active) = load_domain(platform.folder / "b2b").recommendations.audience
    inside = customers["segment"].isin(served.isin) & (customers["contracts_active"] >= 1)
    assert set(lines["customer_id"]) <= set(customers.index[inside])
    left = platform.table("gold", "recommendations_left_out", LAST).to_pandas().set_index("reason")["customers"]
    others = ~customers["segment"].isin(served.isin)
    assert left[f"fora do público: {served.reason}"] == others.sum() + 1  # the stranger, who owns something
    outside = ~others & ~inside
    assert left[f"fora do público: {active.reason}"] == outside.sum() > 0


def test_segments_are_the_planted_groups_and_neither_market_segments_nor_one_group(sample: Sample) -> None:
    from sklearn.metrics import adjusted_rand_score

    platform, drop, _ = sample
    customers = platform.table("gold", "customer_360", LAST).to_pandas().set_index("customer_id")
    segments = platform.table("gold", "segments", LAST).to_pandas()
    agreement = {}
    for segmentation in load_domain(platform.folder / "b2b").segmentations:
        mine = segments[segments["segmentation"] == segmentation.name].set_index("customer_id")["segment_id"]
        assert len(mine) == len(drop.groups)
        (model,) = platform.table("models", segmentation.name, LAST).to_pylist()
        # Two hundred customers say little of sixteen features: the whole profile may pass no gate, and then says so.
        assert model["admissible"] or segmentation.name == "perfil"
        if model["admissible"]:
            assert mine.value_counts(normalize=True).max() <= segmentation.gate.maximum_share
        assert adjusted_rand_score(customers["segment"].reindex(mine.index).fillna("?"), mine) < 0.1
        agreement[segmentation.name] = adjusted_rand_score(pd.Series(drop.groups)[mine.index], mine)
    assert agreement["produtos"] > 0.5
    assert agreement["perfil"] > 0.15


def test_a_month_recomputed_alone_is_the_same_table(sample: Sample) -> None:
    platform, _, _ = sample
    names = ("customers", "customer_360", "feature_matrix", "items_owned", "segments", "recommendations")
    names += ("loyalty_members", "loyalty_forecast", "loyalty_report")
    before = {name: platform.rows("gold", name, LAST) for name in names}
    assert platform.refresh(LAST, published=False).succeeded
    for name in names:
        assert platform.rows("gold", name, LAST) == before[name], name

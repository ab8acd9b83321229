"""What a refresh ends with: the few lines that it came to."""

from datetime import date

import pyarrow as pa
import pytest

from arcana_assets.definitions import DEFS
from arcana_assets.domain.folder import load_domain
from arcana_assets.lake.lake import LakeError
from arcana_assets.loyalty.tables import MEMBERS
from arcana_assets.publication.highlights import highlights
from arcana_assets.recommendations.tables import EVALUATION, RECOMMENDATIONS
from arcana_assets.segmentation.tables import PROFILES, model_table

MAY, JUNE = date(2011, 5, 1), date(2011, 6, 1)
RETAIL = load_domain(DEFS / "retail")


def profile(persona, customers, share, segmentation="value"):
    return {"segmentation": segmentation, "persona": persona, "customers": customers, "share": share}


def candidate(recommender, serves=False, segment="", reason=None):
    return {"recommender": recommender, "serves": serves, "segment": segment, "reason": reason}


def offer(customer, rank, item, probability, name=None):
    return {
        "customer_id": customer,
        "rank": rank,
        "item_id": item,
        "item_name": name,
        "probability": probability,
        "segment": "01-VIPs",
        "reason": f"Porque {item}.",
    }


ROWS = {
    PROFILES: [
        profile("02-Risco churn", 1500, 0.75),
        profile("01-VIPs", 500, 0.25),
        profile("Tech_Lovers", 2000, 1.0, "categories"),
    ],
    EVALUATION: [
        candidate("popular"),
        candidate("bm25_neighbours", serves=True, reason="O melhor."),
        candidate("bm25_neighbours", segment="01-VIPs"),
    ],
    MEMBERS: [
        {"customer_id": customer, "programme": RETAIL.programmes[0].name, "state": state}
        for customer, state in (("A", "candidate"), ("B", "member"), ("C", "member"), ("D", "removed"))
    ],
    RECOMMENDATIONS: [
        offer("A", 1, "i1", 0.2, "Caneca"),
        offer("B", 2, "i2", 0.9),
        offer("B", 1, "i3", 0.9, "Vaso"),
        offer("C", 1, "i4", None, "Prato"),
    ],
}


@pytest.fixture
def month_of(lake, engine):
    """Writes the rows of each table of gold as of a month."""

    def write(month, rows):
        for table, values in rows.items():
            schema = pa.schema([field for field in table.arrow if "<" not in field.name])
            filled = pa.Table.from_pylist([{"month": month, **value} for value in values], schema=schema)
            lake.write(("retail", table.layer, table.name), filled, [month], engine=engine, run_id="run")

    return write


def test_they_are_the_segments_who_recommends_the_members_and_the_likeliest_recommendation(month_of, lake, engine):
    month_of(MAY, ROWS)
    month_of(JUNE, {table: [] for table in ROWS})
    told = {each.title: each.lines for each in highlights(RETAIL, MAY, lake, engine)}
    title = RETAIL.programmes[0].title
    assert told == {
        "Segments by value": ("01-VIPs: 500 customers, 25%", "02-Risco churn: 1,500 customers, 75%"),
        "Segments by categories": ("Tech_Lovers: 2,000 customers, 100%",),
        **{f"Segments by {each.name}": () for each in RETAIL.segmentations if each.name not in ("value", "categories")},
        "Who recommends": ("bm25_neighbours. O melhor.",),
        "Members": (f"{title}: 2 members, 1 candidates, 1 former members",),
        "A recommendation": ("Vaso, to a customer of 01-VIPs. Porque i3.",),
    }


def test_where_nothing_is_recommended_nobody_is_said_to_recommend(month_of, lake, engine):
    young = candidate("popular_in_segment", serves=True, reason="Ainda nada é recomendado.") | {"fit": False}
    month_of(MAY, ROWS | {EVALUATION: [young], RECOMMENDATIONS: []})
    told = {each.title: each.lines for each in highlights(RETAIL, MAY, lake, engine)}
    assert (told["Who recommends"], told["A recommendation"]) == (("Ainda nada é recomendado.",), ())


def test_an_item_without_a_name_is_told_by_its_id_and_no_customer_is_named(month_of, lake, engine):
    month_of(MAY, ROWS | {RECOMMENDATIONS: [offer("NOBODY_KNOWS", 1, "i2", 0.9)]})
    told = {each.title: each.lines for each in highlights(RETAIL, MAY, lake, engine)}
    assert told["A recommendation"] == ("i2, to a customer of 01-VIPs. Porque i2.",)
    assert "NOBODY_KNOWS" not in str(told)


def test_no_text_of_the_data_commands_the_terminal(month_of, lake, engine):
    month_of(MAY, ROWS | {RECOMMENDATIONS: [offer("A", 1, "i2", 0.9, "Caneca\x1b[2J\x9b31m azul\r\n\x07")]})
    told = {each.title: each.lines for each in highlights(RETAIL, MAY, lake, engine)}
    assert told["A recommendation"] == ("Caneca[2J31m azul, to a customer of 01-VIPs. Porque i2.",)


def test_of_a_month_without_rows_there_are_titles_without_lines(month_of, lake, engine):
    month_of(MAY, {table: [] for table in ROWS})
    told = {each.title: each.lines for each in highlights(RETAIL, MAY, lake, engine)}
    assert told.pop("Members") == (f"{RETAIL.programmes[0].title}: nobody yet",)
    assert set(told.values()) == {()}


def test_a_domain_without_recommendations_and_programmes_tells_its_segments(month_of, lake, engine):
    month_of(MAY, {PROFILES: ROWS[PROFILES]})
    plain = RETAIL.model_copy(update={"recommendations": None, "programmes": []})
    assert [each.title for each in highlights(plain, MAY, lake, engine)] == [
        f"Segments by {each.name.replace('_', ' ')}" for each in RETAIL.segmentations
    ]


def test_a_month_that_was_not_refreshed_is_an_error(month_of, lake, engine):
    with pytest.raises(LakeError, match="segment_profiles"):
        list(highlights(RETAIL, MAY, lake, engine))


def test_segments_that_there_are_none_of_are_told_with_the_reason_of_the_fit_in_use(month_of, lake, engine):
    month_of(MAY, ROWS | {PROFILES: []})
    month_of(JUNE, ROWS | {PROFILES: []})
    table = model_table(RETAIL.segmentation("value"))
    month_of(MAY, {table: [{"fitted_month": MAY, "reason": "Todos têm um só nome."}]})
    month_of(JUNE, {table: [{"fitted_month": MAY, "reason": "Fica o modelo de maio."}]})
    told = {each.title: each.lines for each in highlights(RETAIL, JUNE, lake, engine)}
    assert told["Segments by value"] == ("none. Todos têm um só nome.",)
    assert told["Segments by categories"] == (), "no model, no reason"

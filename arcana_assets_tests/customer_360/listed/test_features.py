"""Customer 360 of listed customers as numbers: absence of facets and features, and texts as indicators."""

import ibis
import pyarrow as pa
import pytest

from arcana_assets.customer_360.features import counted_values, indicators, item_indicators, listed_features, with_items
from arcana_assets.domain.facets.facet import HAS
from arcana_assets.domain.facets.features import features_of, is_feature
from arcana_assets.domain.facets.registry import ENCODED, FACETS
from arcana_assets.tables.types import TYPES
from arcana_assets_tests.customer_360.listed.silver_rows import JUN, MAY

ALL = tuple(FACETS)
NAMED = [facet for facet in FACETS if not FACETS[facet].of_everybody]


def schema(facets=ALL):
    flags = {HAS + facet: "boolean" for facet in facets if facet in NAMED}
    said = [column for facet in facets for column in FACETS[facet].columns]
    columns = {column.name.replace("<category>", "moda"): TYPES[column.type] for column in said}
    return ibis.schema({"customer_id": "string", "month": "date"} | flags | columns)


def customer(name="ana", month=JUN, facets=(), **given):
    """A row of customer 360 of whom these facets are known: 0 for what they always say, null for the rest."""
    row = {HAS + facet: facet in facets for facet in NAMED}
    row |= {
        column.name.replace("<category>", "moda"): 0
        for facet in facets
        for column in FACETS[facet].columns
        if column.feature == "with_facet"
    }
    return {"customer_id": name, "month": month} | row | given


def table(*rows, facets=ALL):
    wanted = schema(facets)
    values = [{name: row.get(name) for name in wanted.names} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(values, schema=wanted.to_pyarrow()))


def counts_of(rows_of, customers, column):
    return [(row["month"], row["value"], row["customers"]) for row in rows_of(counted_values(customers, column))]


@pytest.fixture
def matrix(rows_of):
    """Features of customers as the asset makes them: texts are counted first."""

    def compute(*rows, facets=ALL):
        customers = table(*rows, facets=facets)
        blocks = {column: indicators(column, counts_of(rows_of, customers, column)) for column in ENCODED}
        return listed_features(customers, facets, blocks)

    return compute


@pytest.fixture
def one(rows_of, matrix):
    def found(*rows, **given):
        (row,) = rows_of(matrix(*rows, **given))
        return row

    return found


def test_every_feature_is_a_double_and_has_the_name_that_is_promised(matrix):
    made = matrix(customer(segment="Agro", region="Sul"))
    assert {str(made.schema()[name]) for name in made.columns[2:]} == {"float64"}
    promised = {name for facet in ALL for name in features_of(facet)}
    more = {"segment_is_agro", "region_is_sul", "share_moda", "transactions_absent"}
    assert set(made.columns[2:]) == promised | more
    assert len(set(made.columns)) == len(made.columns)
    assert all(is_feature(name, ALL) for name in made.columns[2:])


@pytest.mark.parametrize("facet", NAMED)
def test_the_absence_of_a_facet_is_null_and_said_once_for_it(one, facet):
    row = one(customer(facets=[each for each in NAMED if each != facet]))
    features = [column.name.replace("<category>", "moda") for column in FACETS[facet].features]
    assert {name: row[name] for name in features} == dict.fromkeys(features)
    absent = {f"{each}_absent": row[f"{each}_absent"] for each in NAMED}
    assert absent == {name: float(name == f"{facet}_absent") for name in absent}


def test_a_feature_that_can_be_absent_by_itself_says_so_whether_its_facet_is_known_or_not(one):
    known = one(customer(facets=["tickets"], open_hours=2.5))
    assert (known["open_hours"], known["open_hours_absent"], known["sla_kept_share_absent"]) == (2.5, 0, 1)
    assert (known["tickets_absent"], known["tickets_opened"]) == (0, 0)
    stranger = one(customer())
    assert (stranger["open_hours_absent"], stranger["tickets_absent"], stranger["tickets_opened"]) == (1, 1, None)


def test_zero_is_not_absence(one):
    row = one(customer(facets=["subscriptions"], mrr=0, mrr_growth_3m=-1))
    assert (row["mrr"], row["mrr_absent"], row["subscriptions_absent"]) == (0, 0, 0)
    assert (row["mrr_growth_3m"], row["mrr_growth_12m"], row["mrr_growth_12m_absent"]) == (-1, None, 1)


def test_texts_and_counts_of_bad_rows_are_no_features(matrix):
    columns = set(matrix(customer()).columns)
    assert not columns & {"segment", "city", "since", "worst_aspect", "negative_durations", "absurd_durations"}


def test_a_domain_without_an_entity_has_no_features_of_it(one):
    row = one(customer(), facets=("customers", "tickets"))
    assert set(row) == {"customer_id", "month", *features_of("customers"), *features_of("tickets")}


def test_rows_are_in_the_order_of_months_and_customers(rows_of, matrix):
    rows = [customer(name, month) for name in ("bob", "ana") for month in (JUN, MAY)]
    order = [("ana", MAY), ("bob", MAY), ("ana", JUN), ("bob", JUN)]
    assert [(row["customer_id"], row["month"]) for row in rows_of(matrix(*rows))] == order
    assert rows_of(matrix()) == []


def test_values_are_counted_by_month_nulls_among_them(rows_of):
    rows = [customer("ana", segment="A"), customer("bob"), customer("cy", segment="A"), customer(month=MAY)]
    counts = sorted(counts_of(rows_of, table(*rows), "segment"), key=str)
    assert counts == [(MAY, None, 1), (JUN, "A", 2), (JUN, None, 1)]


def test_a_value_of_a_hundredth_of_the_customers_has_a_column_and_the_rest_share_one():
    counts = [(JUN, "Agro", 10), (JUN, "Varejo", 9), (JUN, "Jogos", 1), (JUN, None, 980)]
    assert indicators("segment", counts) == {
        "segment_is_agro": {JUN: ["Agro"]},
        "segment_is_other": {JUN: ["Jogos", "Varejo"]},
    }


def test_values_spelt_alike_are_one_and_large_or_rare_together():
    counts = [(JUN, "Saúde", 6), (JUN, "SAUDE", 6), (JUN, "Bens & Serviços", 100), (JUN, "bens servicos", 1)]
    assert indicators("segment", [*counts, (JUN, None, 1000 - 113)]) == {
        "segment_is_bens_servicos": {JUN: ["Bens & Serviços", "bens servicos"]},
        "segment_is_saude": {JUN: ["SAUDE", "Saúde"]},
    }


def test_a_value_called_other_is_not_taken_for_the_column_of_rare_ones():
    counts = [(JUN, "Other", 50), (JUN, "Agro", 949), (JUN, "Jogos", 1)]
    assert list(indicators("segment", counts)) == ["segment_is_agro", "segment_is_other", "segment_is_value_other"]
    assert is_feature("segment_is_value_other", ALL)


def test_a_value_of_signs_only_has_a_column_too():
    assert indicators("segment", [(JUN, "***", 1)]) == {"segment_is_sem_nome": {JUN: ["***"]}}


def test_indicators_are_0_or_1_for_everybody(rows_of, matrix):
    rows = [customer("ana", segment="Agro"), customer("bob", segment="Varejo"), customer("cy")]
    found = rows_of(matrix(*rows).select("segment_is_agro", "segment_is_varejo"))
    assert [tuple(row.values()) for row in found] == [(1, 0), (0, 1), (0, 0)]


def test_without_any_value_there_is_no_indicator(matrix):
    assert not [name for name in matrix(customer()).columns if "_is_" in name]


def test_a_month_alone_has_the_indicators_it_has_in_a_range_and_the_others_are_null(rows_of, matrix):
    may = [customer("ana", MAY, segment="Agro"), customer("bob", MAY, segment="Varejo", region="Sul")]
    june = [*(customer(f"c{n}", segment="Agro") for n in range(150)), customer("dan", segment="Varejo")]
    both = rows_of(matrix(*may, *june))
    for month, rows in ((MAY, may), (JUN, june)):
        alone = rows_of(matrix(*rows))
        together = [row for row in both if row["month"] == month]
        assert [{name: row[name] for name in alone[0]} for row in together] == alone
        elsewhere = set(both[0]) - set(alone[0])
        assert {row[name] for row in together for name in elsewhere} <= {None}
    assert set(both[0]) - set(rows_of(matrix(*june))[0]) == {"segment_is_varejo", "region_is_sul"}
    assert both[-1]["customer_id"] == "dan"
    assert (both[-1]["segment_is_varejo"], both[-1]["segment_is_other"]) == (None, 1)


def owned(*rows):
    columns = {"customer_id": pa.string(), "month": pa.date32(), "item_id": pa.string()}
    values = [dict(zip(columns, row, strict=True)) for row in rows]
    return ibis.memtable(pa.Table.from_pylist(values, schema=pa.schema(columns)))


def test_who_owns_an_item_has_1_and_everybody_else_0(rows_of, matrix):
    features = matrix(customer("ana"), customer("bia"), facets=("customers",))
    items = item_indicators([(JUN, "Gestão Fiscal", 1)], {JUN: 2})
    found = rows_of(with_items(features, owned(("ana", JUN, "Gestão Fiscal"), ("orphan", JUN, "Gestão Fiscal")), items))
    assert [(row["customer_id"], row["owns_gestao_fiscal"]) for row in found] == [("ana", 1.0), ("bia", 0.0)]


def test_items_that_hardly_anybody_owns_have_no_column():
    assert item_indicators([(JUN, "rare", 1), (JUN, "known", 2)], {JUN: 200}) == {"owns_known": {JUN: ["known"]}}


def test_items_of_a_month_alone_are_as_in_a_range(rows_of, matrix):
    holders = owned(("ana", MAY, "x"), ("ana", JUN, "y"))
    both = item_indicators([(MAY, "x", 1), (JUN, "y", 1)], {MAY: 1, JUN: 1})
    ranged = rows_of(with_items(matrix(customer("ana", MAY), customer("ana", JUN)), holders, both))
    assert [(row["owns_x"], row["owns_y"]) for row in ranged] == [(1.0, None), (None, 1.0)]
    alone = item_indicators([(JUN, "y", 1)], {JUN: 1})
    (row,) = rows_of(with_items(matrix(customer("ana", JUN)), holders, alone))
    assert row == {name: value for name, value in ranged[1].items() if name != "owns_x"}


def test_without_items_the_features_are_as_they_were(matrix):
    features = matrix(customer("ana"))
    assert with_items(features, owned(), {}) is features


def test_items_spelt_alike_share_a_column(rows_of, matrix):
    items = item_indicators([(JUN, "Gestao", 1), (JUN, "Gestão", 1)], {JUN: 2})
    assert items == {"owns_gestao": {JUN: ["Gestao", "Gestão"]}}
    found = rows_of(with_items(matrix(customer("ana"), customer("bia")), owned(("bia", JUN, "Gestão")), items))
    assert [row["owns_gestao"] for row in found] == [0.0, 1.0]

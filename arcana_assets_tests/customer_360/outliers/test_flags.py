"""What customer 360 says of who stands out, and that nobody leaves or comes twice for it."""

from datetime import date

import ibis
import pyarrow as pa

from arcana_assets.customer_360.outliers.flags import flagged_customers, with_flags
from arcana_assets.customer_360.outliers.tables import OUTLIERS
from arcana_assets.domain.customer_360 import FLAGS, columns_of
from arcana_assets.domain.facets.features import is_feature

MAY, JUNE = date(2011, 5, 1), date(2011, 6, 1)


def outliers(*rows):
    names = ("month", "grain", "customer_id", "rule", "measure")
    made = [dict(zip(names, row, strict=True)) | {"key": row[2]} for row in rows]
    return ibis.memtable(pa.Table.from_pylist(made, schema=OUTLIERS.arrow))


FOUND = outliers(
    (MAY, "customer", "ana", "isolation_forest", "together"),
    (MAY, "customer", "ana", "robust_z", "frequency"),
    (MAY, "customer", "ana", "robust_z", "monetary"),
    (JUNE, "customer", "bob", "isolation_forest", "together"),
    (JUNE, "event", "cy", "large_order", "order_value"),
)
CUSTOMERS = ibis.memtable(
    pa.table(
        {
            "customer_id": ["bob", "ana", "cy", "ana", "bob", "cy"],
            "month": pa.array([MAY] * 3 + [JUNE] * 3, pa.date32()),
            "monetary": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        }
    )
)


def test_each_row_comes_back_once_flagged_by_the_first_rule_or_not_flagged(rows_of):
    rows = rows_of(with_flags(CUSTOMERS, FOUND))
    assert [tuple(row.values()) for row in rows] == [
        ("ana", MAY, 2.0, True, "robust_z"),
        ("bob", MAY, 1.0, False, None),
        ("cy", MAY, 3.0, False, None),
        ("ana", JUNE, 4.0, False, None),
        ("bob", JUNE, 5.0, True, "isolation_forest"),
        ("cy", JUNE, 6.0, False, None),  # an order of cy stands out, cy does not
    ]


def test_a_customer_counts_once_a_month_whatever_flags_it(backend):
    assert backend.execute(flagged_customers(FOUND)) == 2


def test_flags_are_in_customer_360_of_every_kind_of_domain_and_in_no_feature():
    for facets in (["transactions"], ["customers", "contracts"], ["customers"]):
        assert set(FLAGS) <= set(columns_of("customer_360", facets))
        assert not set(FLAGS) & set(columns_of("feature_matrix", facets))
    assert not any(is_feature(name) for name in FLAGS)

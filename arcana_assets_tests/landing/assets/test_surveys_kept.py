"""No survey of May is in what March says once March is run again; it counts in the first month that knows it.

Slow: each of these tests computes months of a domain.
"""

from datetime import date

import pytest

from arcana_assets_tests.landing.assets.test_snapshots_kept import MARCH, SOURCE, checks, firm

pytestmark = pytest.mark.slow

__all__ = ["firm"]

MAY = date(2024, 5, 1)
MORE = {
    "tickets": '  - {from: no, to: ticket_id}\n  - {from: at, to: opened_at, formats: ["%Y-%m-%d"]}\n',
    "surveys": "  - {from: no, to: ticket_id}\n  - {from: score, to: score}\nconstants: {kind: support}\n",
}


def answers(firm, *lines):
    firm.deliver("all.csv", *lines, header="id,no,score\n", source="surveys")


def counted(firm, first, last, day):
    """Surveys of each month, after a run of some months as of a day; and the checks of that run."""
    layers = ("bronze", "silver", "quarantine")
    keys = [("firm", layer, name) for layer in layers for name in MORE]
    keys += [("firm", "gold", name) for name in ("surveys_monthly", "survey_aspects_monthly")]
    result = firm.run(keys, first, last, f"{day}T12:00:00+00:00")
    assert result.success
    rows = firm.platform.table("gold", "surveys_monthly").to_pylist()
    return {(row["month"], row["customer_id"]): row["answers"] for row in rows}, checks(result)


def test_a_month_run_again_has_the_surveys_that_it_had_and_late_ones_count_once(firm):
    for name, more in MORE.items():
        text = SOURCE % (name, name, name) + more
        if name == "tickets":
            text = text.replace(", deliveries: latest", "")
        (firm.platform.folder / "firm" / "sources" / f"{name}.yaml").write_text(text)
    firm.deliver("all.csv", "ana,t1,2024-03-10\n", "bob,t2,2024-03-20\n", header="id,no,at\n", source="tickets")
    answers(firm, "ana,t1,9\n")
    found, _ = counted(firm, MARCH, None, "2024-04-02")
    assert found == {(MARCH, "ana"): 1}
    answers(firm, "ana,t1,9\n", "bob,t2,3\n")
    found, passed = counted(firm, MARCH, MAY, "2024-05-20")
    assert found == {(MARCH, "ana"): 1, (date(2024, 4, 1), "bob"): 1}
    assert all(check.passed for check in passed.values())

"""Which sources tell by their newest row whether a month is over, and how many days early it may end."""

import pytest

LANDING = 'landing: {pattern: "sales/*.csv", required: true}'


def test_sales_of_which_there_must_be_files_are_watched_and_no_other_source(domain):
    assert domain.watched == {"sales": 10}
    assert domain.sources["clients"].watched_days is None


@pytest.mark.parametrize(
    ("landing", "days"),
    [
        (f"{LANDING}\ncomplete_within: 3", 3),
        (f"{LANDING}\ncomplete_within: 31", None),
        (LANDING.replace("true", "false"), None),
        (LANDING.replace("true", "false") + "\ncomplete_within: 10", 10),
    ],
)
def test_a_contract_may_say_another_number_of_days(accepted, landing, days):
    assert accepted(LANDING, landing).watched_days == days


@pytest.mark.parametrize("days", ["0", "32"])
def test_more_days_than_a_month_has_are_refused(said, days):
    (line,) = said(LANDING, f"{LANDING}\ncomplete_within: {days}")
    assert "complete_within" in line


def test_rows_without_a_date_end_no_month(said):
    (line,) = said("entity: customers", "entity: customers\ncomplete_within: 10", "sources/clients.yaml")
    assert line.startswith("clients.yaml:2: complete_within: rows of this source have no date")

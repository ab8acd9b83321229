"""Files of subscriptions with a first and a last day are drafted as periods, with what each guess rests on."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from arcana_assets.domain.folder import load_domain
from arcana_assets.domain.months import Period
from arcana_assets.drafting.draft import Draft, draft_of
from arcana_assets.drafting.writing import source_text, write
from arcana_assets_tests.drafting.businesses import subscribers
from arcana_assets_tests.landing.conform.bronze_rows import Conformed

PLANS = ("basic", "pro")
MAY_2023, UNTIL_2024 = date(2023, 5, 1), Period(date(2023, 1, 1), datetime(2024, 1, 1, tzinfo=UTC), "UTC")


def drafted(folder: Path, header: str, rows: list[str], language: str = "en") -> Draft:
    """A domain of accounts and their subscriptions; it loads, too."""
    folder.mkdir(exist_ok=True)
    accounts = "".join(f"A{n:03d},BR,2022-12-{n % 28 + 1:02d}\n" for n in range(30))
    (folder / "accounts.csv").write_text("account_id,country,signup_date\n" + accounts)
    (folder / "subscriptions.csv").write_text("\n".join([header, *rows]) + "\n")
    draft = draft_of("mine", sorted(folder.iterdir()), language)
    assert write(draft, folder / "defs")[1] == ""
    return draft


def source(draft: Draft, name: str = "subscriptions"):
    return next(each for each in draft.sources if each.name == name)


def said(draft: Draft, name: str = "subscriptions") -> dict:
    """The keys of a contract after its columns."""
    return {key: value for key, value, _ in source(draft, name).tail}


def periods(*values: str, end: bool = True) -> list[str]:
    """Sixty subscriptions of thirty accounts, of which a third has ended; `values` are what their rows say more."""
    rows = []
    for n in range(60):
        ended = f"2024-{n % 6 + 4:02d}-15" if end and n % 3 == 0 else ""
        more = [value.format(n=n, plan=PLANS[n % 2], billing=("monthly", "annual")[n % 2]) for value in values]
        rows.append(",".join([f"S{n:03d}", f"A{n % 30:03d}", f"2023-{n % 12 + 1:02d}-{n % 28 + 1:02d}", ended, *more]))
    return rows


def test_a_company_that_sells_by_subscription_is_drafted_whole(tmp_path):
    files = subscribers(tmp_path / "files", accounts=60)
    draft = draft_of("saas", sorted(files.iterdir()), "en")
    folder, wrong = write(draft, tmp_path / "defs")
    assert (wrong, draft.unfinished, draft.left_out) == ("", (), ())
    assert {each.name: each.entity for each in draft.sources} == {
        "accounts": "customers",
        "subscriptions": "subscriptions",
        "tickets": "tickets",
        "usage_sessions": "usage",
    }
    contract = load_domain(folder).sources["subscriptions"]
    assert {to: column.from_ for to, column in contract.mapped.items()} == {
        "subscription_id": "subscription_id",
        "customer_id": "account_id",
        "product": "plan",
        "mrr": "mrr",
        "started_on": "start_date",
    }
    assert [(each.from_, each.to, each.kind, each.formats) for each in contract.helpers] == [
        ("end_date", "ended_on", "date", ["%Y-%m-%d"])
    ]
    assert contract.periods is not None
    assert (contract.periods.start, contract.periods.end) == ("started_on", "ended_on")
    assert (contract.key, contract.deduplicate.by, contract.deduplicate.keep) == (
        ["subscription_id"],
        "started_on",
        "latest",
    )
    assert [each["target"] for each in draft.settings.get("predictions")] == ["leaves", "spend"]
    text = source_text(source(draft))
    assert "periods: {start: started_on, end: ended_on}  # likely: a row counts in each month on whose last day" in text
    assert "# TO LOOK AT: the last day in force is 'end_date'; a month counts what runs on its own last day" in text


def test_a_price_that_is_paid_by_the_year_is_a_twelfth_of_it_in_a_month(tmp_path, backend):
    draft = drafted(
        tmp_path, "subscription_id,account_id,start_date,end_date,plan,price,billing",
        periods("{plan}", "12{n}", "{billing}"),
    )  # fmt: skip
    assert source(draft).entity == "contracts"  # what is owned stays known
    revenue = said(draft, "subscriptions_revenue")
    assert revenue["computed"]["mrr"] == "price / (1 if billing == 'monthly' else 12 if billing == 'annual' else 0)"
    of = load_domain(tmp_path / "defs" / "mine").sources["subscriptions_revenue"]
    given = {"account_id": "A1", "start_date": "2011-01-01", "plan": "pro", "price": "120"}
    said_of = {"s1": "monthly", "s2": "annual", "s3": " Annual"}
    found = Conformed(backend, of, *(given | {"subscription_id": id, "billing": word} for id, word in said_of.items()))
    assert {row["subscription_id"]: int(row["mrr"]) for row in found.silver} == {"s1": 120, "s2": 10, "s3": 10}
    assert [each["to"] for each in revenue["helpers"]] == ["ended_on", "price", "billing"]
    assert any("if it is of one month already" in each for each in source(draft, "subscriptions_revenue").to_look_at)
    assert "leaves" in [each["target"] for each in draft.settings.get("predictions")]


def test_how_often_is_paid_that_nobody_knows_is_named_and_refused_and_no_price_of_a_month(tmp_path, backend):
    """A week is no month and a new word may come any day: neither counts as what a month brings."""
    words = {1: "Weekly", 3: "Yearly", 5: "Trimestral"}
    rows = [
        row.removesuffix("annual") + words[n % 10] if n % 10 in words else row
        for n, row in enumerate(periods("12", "{billing}"))
    ]
    draft = drafted(tmp_path, "subscription_id,account_id,start_date,end_date,price,billing", rows)
    name = next(each.name for each in draft.sources if each.entity == "subscriptions")
    assert any(each.startswith("of 'Weekly' in 'billing' it is not known") for each in source(draft, name).to_look_at)
    of = load_domain(tmp_path / "defs" / "mine").sources[name]
    assert said(draft, name)["computed"]["mrr"] == (
        "price / (1 if billing == 'monthly' else 12 if billing == 'annual' or billing == 'yearly' "
        "else 3 if billing == 'trimestral' else 0)"
    )
    given = {"account_id": "A1", "start_date": "2011-01-01", "price": "12"}
    told = {"s1": "monthly", "s2": "Annual", "s3": "Weekly", "s4": "fortnightly", "s5": "trimestral", "s6": "yearly"}
    found = Conformed(backend, of, *(given | {"subscription_id": id, "billing": word} for id, word in told.items()))
    assert {row["subscription_id"]: int(row["mrr"]) for row in found.silver} == {"s1": 12, "s2": 1, "s5": 4, "s6": 1}
    assert found.reasons == ["mrr: must be present"] * 2


def test_an_end_that_no_row_has_yet_is_read_as_the_begin_is(tmp_path):
    draft = drafted(tmp_path, "subscription_id,account_id,start_date,end_date,mrr", periods("1{n}", end=False))
    [end] = said(draft)["helpers"]
    assert (end["from"], end["to"], end["formats"]) == ("end_date", "ended_on", ["%Y-%m-%d"])


def test_of_several_files_the_last_one_is_read_and_that_is_said(tmp_path):
    header = "subscription_id,account_id,start_date,end_date,mrr"
    (tmp_path / "subscriptions_2024-01.csv").write_text("\n".join([header, *periods("1{n}", end=False)]) + "\n")
    draft = drafted(tmp_path, header, periods("1{n}"))
    assert any("of 2 files only subscriptions_2024-01.csv is read" in each for each in source(draft).to_look_at)
    assert "deliveries: latest}" in source_text(source(draft))


def test_a_plan_that_many_customers_have_is_no_subscription(tmp_path):
    """By its code rows of different customers would be rivals."""
    rows = [f"P{n % 3}" + row[4:] for n, row in enumerate(periods("1{n}"))]
    draft = drafted(tmp_path, "plan_id,account_id,start_date,end_date,mrr", rows)
    assert not {"key", "deduplicate"} & said(draft).keys()
    assert any("those of a customer that overlap add up" in each for each in source(draft).to_look_at)


HEADER_OF_PLANS = "subscription_id,account_id,start_date,end_date,plan,mrr"


def test_rows_of_a_subscription_that_run_together_and_differ_in_product_add_up(tmp_path):
    """A base and what is sold on top of it, from the same first day: by the code alone half would be refused."""
    rows = [row.replace("basic", kind).replace("pro", kind) for row in periods("{plan}", "1{n}") for kind in PLANS]
    draft = drafted(tmp_path, HEADER_OF_PLANS, rows)
    assert said(draft)["key"] == ["subscription_id", "product"]
    told = source(draft).to_look_at
    assert any(each.startswith("60 rows run beside another of their 'subscription_id'") for each in told)
    assert not any("only the one begun last counts" in each for each in told)


def test_rows_of_a_subscription_that_run_together_and_are_of_one_product_are_counted(tmp_path):
    rows = [f"S{n:03d},A{n:03d},2023-01-0{day},{end},pro,1{n}" for n in range(30) for day, end in ((1, ""), (5, ""))]
    draft = drafted(tmp_path, HEADER_OF_PLANS, rows)
    assert said(draft)["key"] == ["subscription_id"]
    assert any(each.startswith("30 rows run beside another of the same sub") for each in source(draft).to_look_at)


@pytest.mark.parametrize("begun", ["2023-06-01", "2023-05-31"], ids=["the day after", "the same day"])
def test_an_upgrade_that_ends_one_row_and_begins_another_is_no_overlap(tmp_path, backend, begun):
    """Of two rows that meet on the last day of a month the one that begins then is what the month brings."""
    rows = [
        row
        for n in range(30)
        for row in (f"S{n:03d},A{n:03d},2023-01-01,2023-05-31,basic,10", f"S{n:03d},A{n:03d},{begun},,pro,20")
    ]
    draft = drafted(tmp_path, HEADER_OF_PLANS, rows)
    assert said(draft)["key"] == ["subscription_id"]
    assert not any("run beside" in each for each in source(draft).to_look_at)
    of = load_domain(tmp_path / "defs" / "mine").sources["subscriptions"]
    in_may = [dict(zip(HEADER_OF_PLANS.split(","), row.split(","), strict=True)) for row in rows]
    found = Conformed(backend, of, *(row | {"month": MAY_2023} for row in in_may), period=UNTIL_2024)
    assert {int(row["mrr"]) for row in found.silver} == {20 if begun == "2023-05-31" else 10}
    assert len(found.silver) == 30


def test_days_of_a_workbook_that_have_lost_their_style_overlap_as_others_do(tmp_path, backend):
    """What is sold on top of a base begins, or the base ends, on a day that is a number in the sheet."""
    style = {"num_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(tmp_path / "subscriptions.xlsx") as book:
        sheet, dated = book.add_worksheet(), book.add_format(style)
        sheet.write_row(0, 0, HEADER_OF_PLANS.split(","))
        rows = [(n, date(2023, 1, n % 28 + 1), date(2023, 9, 30), "basic") for n in range(60)]
        rows += [(n, 45047 + n / 4, date(2023, 8, 31), "pro") for n in range(3)]  # from 2023-05-01 on
        rows += [(60, date(2023, 1, 5), 45047, "basic"), (60, date(2023, 4, 1), date(2023, 6, 1), "pro")]
        rows += [(61, date(2023, 1, 5), 45047, "basic"), (61, date(2023, 6, 1), date(2023, 6, 9), "pro")]
        for place, (n, begun, ended, plan) in enumerate(rows, 1):
            sheet.write_row(place, 0, [f"S{n:03d}", f"A{n:03d}"])
            for column, day in ((2, begun), (3, ended)):
                sheet.write(place, column, day, *([dated] if isinstance(day, date) else []))
            sheet.write_row(place, 4, [plan, 10])
    draft = draft_of("mine", [tmp_path / "subscriptions.xlsx"], "en")
    assert write(draft, tmp_path / "defs")[1] == ""
    assert said(draft)["key"] == ["subscription_id", "product"]
    assert any(each.startswith("4 rows run beside another of their") for each in source(draft).to_look_at)
    of = load_domain(tmp_path / "defs" / "mine").sources["subscriptions"]
    row = {"subscription_id": "S000", "account_id": "A000", "start_date": "45047.75", "end_date": "", "mrr": "10"}
    [read] = Conformed(backend, of, row | {"plan": "pro", "month": MAY_2023}, period=UNTIL_2024).silver
    assert read["started_on"] == date(2023, 5, 1)


def test_dates_that_no_row_tells_are_asked_about_for_begin_and_end(tmp_path):
    rows = [
        f"S{n},A{n % 30:03d},0{n % 9 + 1}/0{(n * 7) % 9 + 1}/2023,0{(n * 5) % 9 + 1}/0{n % 9 + 1}/2024,1{n}"
        for n in range(60)
    ]
    draft = drafted(tmp_path, "subscription_id,account_id,start_date,end_date,mrr", rows)
    told = [each for each in source(draft).to_look_at if "NO ROW TELLS DAY FROM MONTH" in each]
    assert [each.split(":")[0] for each in told] == ["'start_date' (started_on)", "'end_date' (ended_on)"]


@pytest.mark.parametrize(
    ("first", "start"),
    [("2023-05", "2023-05"), ("2015-05", "2021-09")],
    ids=["of the first period", "three years back"],
)
def test_a_domain_of_periods_begins_with_the_first_and_not_more_than_three_years_back(tmp_path, first, start):
    rows = [f"S{n},A{n % 30:03d},{first}-01,,1{n}" for n in range(9)] + ["S9,A001,2024-08-01,,10"]
    draft = drafted(tmp_path, "subscription_id,account_id,start_date,end_date,mrr", rows)
    assert draft.settings.get("start") == start


def test_revenue_that_another_file_has_by_month_is_not_told_twice(tmp_path):
    tmp_path.joinpath("mrr.csv").write_text(
        "account_id,month,mrr\n" + "".join(f"A{n % 30:03d},2024-0{n % 9 + 1},{n + 10}.50\n" for n in range(90))
    )
    header = "subscription_id,account_id,start_date,end_date,plan,price,billing"
    draft = drafted(tmp_path, header, periods("{plan}", "12{n}", "{billing}"))
    assert sorted(each.name for each in draft.sources if each.entity == "subscriptions") == ["mrr"]


@pytest.mark.parametrize("listed", [True, False], ids=["with a first day of each", "without one"])
def test_for_how_long_customers_are_some_is_looked_at_only_where_a_source_tells_it(tmp_path, listed):
    column, told = ("signup_date", "2022-12-01") if listed else ("city", "Porto")
    tmp_path.joinpath("accounts.csv").write_text(
        f"account_id,country,{column}\n" + "".join(f"A{n:03d},BR,{told}\n" for n in range(30))
    )
    tmp_path.joinpath("mrr.csv").write_text(
        "account_id,month,mrr\n" + "".join(f"A{n % 30:03d},2024-0{n % 9 + 1},{n + 10}.50\n" for n in range(90))
    )
    draft = draft_of("mine", sorted(tmp_path.iterdir()), "en")
    assert write(draft, tmp_path / "defs")[1] == ""
    [segmentation] = draft.settings.get("segmentations")
    assert segmentation["features"] == (["mrr", "tenure_months"] if listed else ["mrr"])
    predictions = draft.settings.get("predictions")
    assert {each["target"] for each in predictions} == {"leaves", "spend"}
    assert {"tenure_months" in each["features"] for each in predictions} == {listed}

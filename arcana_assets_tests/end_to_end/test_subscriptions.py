"""A company that sells by subscription, drafted from its files: revenue by month as a hand counts it, and who leaves.

Slow: eighteen months of a domain, from its files to predictions.
"""

import csv
import shutil
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster as dg
import pytest

from arcana_assets.customer_360.assets.master import AGREE
from arcana_assets.domain.months import months_between, shifted
from arcana_assets.drafting.draft import draft_of
from arcana_assets.drafting.writing import write
from arcana_assets.engine.duckdb.engine import Engine
from arcana_assets.lake.lake import Lake
from arcana_assets_tests.drafting.businesses import subscribers
from arcana_assets_tests.worlds.run import definitions_of, deployment_in, materialized

pytestmark = pytest.mark.slow

FIRST, LAST = date(2023, 1, 1), date(2024, 6, 1)
MONTHS = months_between(FIRST, LAST)
PLANS = ("basic", "pro")
RESULTS = ("predictions", "segments")


class Company:
    """The domain that was drafted from the files of a company, and its lake."""

    def __init__(self, root: Path, files: Path) -> None:
        self.file, self.deployment = files / "subscriptions.csv", deployment_in(root)
        self.draft = draft_of("saas", sorted(files.iterdir()), "en")
        self.folder, wrong = write(self.draft, root / "defs")
        assert wrong == ""
        for source in self.draft.sources:
            place = Path(self.deployment.landing) / "saas" / source.pattern
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source.tabled.files[0], place.parent)

    def run(self, months: list[date], selection: dg.AssetSelection) -> dg.ExecuteInProcessResult:
        """The assets of some months in one run, as of the day after the last month."""
        assets = definitions_of(self.folder).assets or ()
        return materialized(assets, months, self.deployment, selection, "2024-07-01T00:00:00+00:00")

    def table(self, layer: str, name: str, *months: date) -> list[dict]:
        """The rows of a table, of some months or all."""
        engine = Engine()
        rows = Lake(root=self.deployment.lake).read(("saas", layer, name), list(months) or None, engine)
        return engine.backend.to_pyarrow(rows).to_pylist()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    root = tmp_path_factory.mktemp("saas")
    made = Company(root, subscribers(root / "files"))
    wanted = dg.AssetSelection.assets(*(["saas", "gold", name] for name in RESULTS))
    assert made.run(MONTHS, wanted.upstream().required_multi_asset_neighbors()).success
    return made


def rows_of(file: Path) -> Iterator[tuple[str, date, date | None, Decimal]]:
    """The rows of the file that are periods: account, first and last day, revenue of a month."""
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            try:
                start = date.fromisoformat(row["start_date"])
                end = date.fromisoformat(row["end_date"]) if row["end_date"] else None
            except ValueError:
                continue
            if row["mrr"] and (end is None or end >= start):
                yield row["account_id"], start, end, Decimal(row["mrr"])


def by_hand(file: Path) -> dict[tuple[str, date], Decimal]:
    """Recurring revenue by account and month: of what ran on the last day of the month."""
    found = Counter[tuple[str, date]]()
    for account, start, end, mrr in rows_of(file):
        for month in MONTHS:
            last = month.replace(day=monthrange(month.year, month.month)[1])
            if start <= last and (end is None or end >= last):
                found[account, month] += mrr
    return dict(found)


def test_revenue_by_month_is_what_a_hand_counts(company: Company) -> None:
    counted = Counter[tuple[str, date]]()
    for row in company.table("gold", "subscriptions_monthly"):
        counted[row["customer_id"], row["month"]] += row["mrr"]
    assert dict(counted) == by_hand(company.file)
    assert len(counted) > 1000


def test_every_row_is_in_one_place_in_every_month(company: Company) -> None:
    lines = len(company.file.read_text().splitlines()) - 1
    landed, silver, held = (company.table(layer, "subscriptions") for layer in ("bronze", "silver", "quarantine"))
    assert len(landed) == lines * len(MONTHS)
    reasons = Counter(each for row in held for each in row["_reasons"])
    ran = [month for month in MONTHS if month >= date(2023, 2, 1)]  # without a price, from February on
    assert reasons == {
        "ended_on: must not be before started_on, found 2023-05-01, 2023-06-01": len(MONTHS),
        "started_on: must be present": len(MONTHS),
        "started_on: '2023-13-01' is not a date in %Y-%m-%d": len(MONTHS),
        "mrr: must be present": len(ran),
    }
    assert len(held) == sum(reasons.values())
    # The rest was not in force, which the account of the rows counts: the run would have stopped.
    assert 0 < len(silver) < len(landed) - len(held)


def test_who_leaves_is_foretold_or_it_is_said_why_not(company: Company) -> None:
    models = company.table("models", "leaves")
    assert {row["month"] for row in models} == {*MONTHS}
    by_month = {row["month"]: row for row in models}
    assert by_month[FIRST]["champion"] is None
    assert by_month[FIRST]["reason"].startswith("There is no month whose outcome is known")
    assert by_month[LAST]["champion"] not in (None, "base_rate", "last_period")
    assert by_month[LAST]["reason"].startswith("In use: ")
    said = {row["customer_id"] for row in company.table("gold", "predictions", LAST) if row["prediction"] == "leaves"}
    assert said == {account for account, month in by_hand(company.file) if month == LAST}
    assert company.table("gold", "segments", LAST)


def test_a_month_computed_again_is_the_same_table(company: Company) -> None:
    month, layers = date(2023, 9, 1), ("bronze", "silver", "quarantine")
    before = [sorted(company.table(layer, "subscriptions", month), key=repr) for layer in layers]
    again = dg.AssetSelection.assets(*(["saas", layer, "subscriptions"] for layer in layers))
    assert company.run([month], again).success
    assert [sorted(company.table(layer, "subscriptions", month), key=repr) for layer in layers] == before


def test_who_subscribes_later_is_no_customer_yet_where_subscriptions_are_all_that_there_is(tmp_path: Path) -> None:
    """Accounts with two subscriptions begin with the first, and contradict nothing by that."""
    files = tmp_path / "files"
    files.mkdir()
    rows = [
        f"S{n:03d},A{n % 30:02d},{PLANS[n % 2]},202{3 + n // 30}-{n % 12 + 1:02d}-{n % 28 + 1:02d},,1{n}"
        for n in (*range(20), *range(30, 60))
    ]
    header = "subscription_id,account_id,plan,start_date,end_date,mrr"
    (files / "subscriptions.csv").write_text("\n".join([header, *rows]) + "\n")
    company = Company(tmp_path, files)
    [listing] = (each for each in company.draft.sources if each.entity == "customers")
    assert listing.to_look_at == [
        "no file lists the customers: everybody in subscriptions.csv is one, from the earliest 'start_date' of each on"
    ]
    months = months_between(date(2023, 1, 1), date(2023, 3, 1))
    begun = dict[str, date]()
    for row in csv.DictReader([header, *rows]):
        day = date.fromisoformat(row["start_date"])
        begun[row["account_id"]] = min(day, begun.get(row["account_id"], day))
    wanted = dg.AssetSelection.assets(["saas", "gold", "customer_360"])
    made = company.run(months, wanted.upstream().required_multi_asset_neighbors())
    assert made.success
    assert [each.passed for each in made.get_asset_check_evaluations() if each.check_name == AGREE] == [True]
    for month in months:
        found = {row["customer_id"]: row["tenure_months"] for row in company.table("gold", "customer_360", month)}
        assert found == {
            account: 12 * (month.year - day.year) + month.month - day.month
            for account, day in begun.items()
            if day < shifted(month, 1)
        }
    assert len(begun) == 30 > len(company.table("gold", "customer_360", months[-1])) > 0
    assert company.draft.settings.get("segmentations")[0]["features"] == ["mrr", "tenure_months"]

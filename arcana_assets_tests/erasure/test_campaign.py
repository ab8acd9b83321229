"""Fifty requests in one job, of every awkward kind, on a sample: what is left, what is refused, what is accounted for.

Five are second accounts, three come again in an old file, two are kept by law, one stands in a line that is no row, and
the number of one is a count elsewhere. Slow: two months of a sample are computed and published twice.
"""

import json
import random
import re
from dataclasses import dataclass, field
from datetime import date

import dagster as dg
import pytest

from arcana_assets.automation.refresh import Refresh
from arcana_assets.erasure.places import Scan
from arcana_assets.samples.retail.folder import HEADER, write_retail_drop
from arcana_assets_tests.erasure.conftest import KEY, World, plain, world_in
from arcana_assets_tests.worlds.shop import JANUARY

pytestmark = pytest.mark.slow

IDENTITIES = """entity: identities
description: Second accounts
landing: {pattern: "identities/*.csv", required: false, deliveries: latest}
format: {kind: csv, delimiter: ",", encoding: utf-8}
columns:
  - {from: kind, to: kind, clean: [trim]}
  - {from: identifier, to: identifier, clean: [trim]}
  - {from: customer_id, to: customer_id, clean: [trim]}
  - {from: since, to: since, clean: [trim], formats: ["%Y-%m-%d"]}
"""


@dataclass
class People:
    """Who is asked to be erased, and as what."""

    asked: list[str]
    seconds: dict[str, str]  # an account that asked, and the first one of the same person, which did not
    held: list[str]
    back: list[str]
    malformed: str
    count: str

    @property
    def gone(self) -> list[str]:
        """All codes of those who are erased."""
        return [*(each for each in self.asked if each not in self.held), *self.seconds.values()]


@dataclass
class Campaign:
    """What was seen before, after the erasure, and after a refresh of all months."""

    world: World
    people: People
    before: Scan
    others: dict[str, list]
    first: Refresh
    proof: dict
    after: Scan
    second: Refresh
    others_after: dict[str, list]
    refreshed: Refresh
    last: Scan
    others_last: dict[str, list]
    told: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    root = tmp_path_factory.mktemp("campaign")
    plain(root / "yaml")
    (root / "yaml" / "retail" / "sources" / "identities.yaml").write_text(IDENTITIES)
    defs = root / "yaml" / "retail" / "defs.yaml"
    defs.write_text(defs.read_text().replace("attributes:\n", "attributes:\n  customers_from: master\n"))
    with pytest.MonkeyPatch.context() as patch, world_in(root) as world:
        patch.setenv("ARCANA_PSEUDONYM_KEY", KEY)
        yield carried_out(world)


def carried_out(world: World) -> Campaign:
    people = delivered(world)
    done = world.refresh(JANUARY)
    assert done.succeeded, done.failures
    before, others = world.scan(*people.gone), of_others(world, people)
    world.ask(*(each for each in people.asked if each not in people.held), reference="LGPD-50")
    world.ask(*people.held, reference="LGPD-50", keep_until=date(2999, 1, 1))
    first = world.erase()
    proof = told_by(world)
    after = world.scan(*people.gone)
    second = world.erase(accept=proof["places"])
    others_after = of_others(world, people)
    lines = [line for each in people.back for line in old_lines(world, each)]
    (world.platform.landing / "transactions" / "old.csv").write_text(HEADER + "\n" + "".join(lines), "latin-1")
    refreshed = world.refresh(JANUARY)
    said = [
        json.dumps(each.to_json()) if hasattr(each, "to_json") else repr(each)
        for done in (first, second)
        for each in world.platform.instance.all_logs(done.run_id)
    ]
    return Campaign(
        *(world, people, before, others, first, proof, after, second, others_after, refreshed),
        world.scan(*people.gone),
        of_others(world, people),
        said,
    )


def delivered(world: World) -> People:
    landing = world.platform.landing
    drop = write_retail_drop(landing, customers=120, months=2, seed=3)
    buyers = sorted({line.split(",")[-2] for line in lines_of(world, "*.csv") if line.split(",")[-2]})
    chosen = random.Random(5).sample(buyers, 54)
    asked, firsts = chosen[:49], chosen[49:]
    seconds = dict(zip(asked[:5], firsts, strict=True))
    (landing / "identities").mkdir()
    linked = [f"account,{second},{first},2010-12-01\n" for second, first in seconds.items()]
    (landing / "identities" / "links.csv").write_text("kind,identifier,customer_id,since\n" + "".join(linked))
    malformed = asked[10]
    # A number that is that of the rows of December, in files that have these two more.
    count = str(drop.rows["2010-12"] + 2)
    with (landing / "customers" / "customers.csv").open("a") as master:
        master.write(f"{count},France,2010-12-01\n")
    extra = f"999001,85123A,LAMP,2,12/5/2010 10:30,1.5,{count},France\n"
    (landing / "transactions" / "extra.csv").write_text(f"{HEADER}\n{extra}", "latin-1")
    (landing / "transactions" / "extra_bad.csv").write_text(HEADER + "\n" + f"999002,bad,{malformed}\n", "latin-1")
    return People([*asked, count], seconds, asked[20:22], asked[30:33], malformed, count)


def lines_of(world: World, pattern: str) -> list[str]:
    found = sorted((world.platform.landing / "transactions").glob(pattern))
    return [line for path in found for line in path.read_text("latin-1").splitlines(keepends=True)[1:]]


def old_lines(world: World, customer: str) -> list[str]:
    """What the customer bought, under numbers of orders of another system."""
    lines = [line for line in lines_of(world, "2010-12.csv") if line.split(",")[-2] == customer]
    assert lines
    return [f"7{line}" for line in lines]


def of_others(world: World, people: People) -> dict[str, list]:
    gone = {*people.gone}
    found = {}
    for layer, name in [
        *(("bronze", each) for each in ("transactions", "customers", "identities")),
        *(("silver", each) for each in ("transactions", "customers", "identities")),
        ("quarantine", "transactions"),
        *(("gold", each) for each in ("transactions_monthly", "items_owned", "feature_matrix", "customer_identities")),
    ]:
        rows = world.platform.table(layer, name).to_pylist()
        stay = [row for row in rows if not gone & {*re.findall(r"\w+", " ".join(map(str, row.values())))}]
        assert stay or name == "identities" or name == "customer_identities" or layer == "quarantine"
        kept = [tuple(sorted((key, repr(each)) for key, each in row.items() if key not in PLACED)) for row in stay]
        found[f"{layer}/{name}"] = sorted(kept)
    return found


PLACED = ("_landed_at", "_ingested_at", "_run")


def told_by(world: World) -> dict:
    place = world.platform.root / "lake" / "retail" / "published" / "provas_de_eliminacao" / "LGPD-50.json"
    return json.loads(place.read_text())


def in_places(scan: Scan) -> set[tuple[str, str]]:
    """Where somebody is, but for numbers that are told with what they are called."""
    return {(each.kind, each.place) for each in scan.left if not re.search(r'"\s*:\s*\\*"?\[\d+\]', each.context)}


def test_what_is_left_is_what_somebody_accepts(campaign):
    before, after, people = campaign.before, campaign.after, campaign.people
    assert {"landing", "tables", "published"} <= before.by_kind().keys()
    assert not before.undecoded
    assert not after.undecoded
    assert len({each.number for each in before.left}) == len(people.gone) == 53
    assert not campaign.first.succeeded
    assert "places of" in campaign.first.failures[0]
    # The company's own files, and the count.
    assert {kind for kind, _ in in_places(after)} == {"landing"}
    elsewhere = [each for each in campaign.proof["places"] if each["kind"] != "landing"]
    assert {each["kind"] for each in elsewhere} >= {"instance"}
    assert len({each["customer"] for each in elsewhere}) == 1
    assert all("[" in each["context"] for each in elsewhere), elsewhere
    assert "extra_bad.csv" in "".join(each["place"] for each in campaign.proof["places"])


def test_once_accepted_all_but_who_is_kept_by_law_are_erased_and_settled(campaign):
    told = told_by(campaign.world)
    assert (told["places"], len(told["accepted"]) > 40) == ([], True)
    assert told["kept_until"] == ["2999-01-01"]
    assert not told["eliminated"]  # two of the request are kept by law
    waiting = campaign.world.inbox.read()
    assert sorted(each.customer_id for each in waiting) == sorted(campaign.people.held)
    assert told["unknown_customers"] == 0
    assert len(told["id_hmacs"]) == 53


def test_a_refresh_of_all_months_with_an_old_file_changes_nothing_of_it(campaign):
    assert campaign.refreshed.succeeded, campaign.refreshed.failures
    last = in_places(campaign.last)
    assert last == {*in_places(campaign.after), ("landing", "landing/transactions/old.csv")}
    number = campaign.people.gone.index(campaign.people.count) + 1
    assert {each.number for each in campaign.last.left if each.kind != "landing"} == {number}


def test_rows_of_all_others_are_what_they_were(campaign):
    assert sum(map(len, campaign.others.values())) > 1000
    assert campaign.others_after == campaign.others
    raw = {name: rows for name, rows in campaign.others.items() if not name.startswith("gold/")}
    assert {name: campaign.others_last[name] for name in raw} == raw


def test_every_row_that_landed_is_accounted_for(campaign):
    logged = campaign.world.platform.instance.all_logs(
        campaign.refreshed.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    )
    checks = {
        (each.asset_check_evaluation.asset_key.path[-1], each.asset_check_evaluation.check_name): (
            each.asset_check_evaluation
        )
        for each in logged
    }
    account = {name: each.value for name, each in checks["transactions", "rows_accounted_for"].metadata.items()}
    people, gone = campaign.people, {*campaign.people.gone}
    lines = lines_of(campaign.world, "*.csv")
    mine = [
        line for line in lines if line.rstrip("\n").split(",")[-2] in gone or line.endswith(f",{people.malformed}\n")
    ]
    assert account["erased"] == len(mine)
    assert account["landed"] == len(lines)
    placed = ("silver", "quarantined", "exact_duplicates", "erased")
    assert account["landed"] == sum(account[name] for name in placed) + account.get("waiting", 0)
    assert checks["transactions", "no_erased_customer"].passed
    assert checks["customers", "rows_accounted_for"].metadata["erased"].value > 0


def test_no_code_is_in_what_the_runs_said(campaign):
    codes = {*campaign.people.gone, *campaign.people.held} - {campaign.people.count}
    assert len(campaign.told) > 40
    said = "\n".join([*campaign.told, json.dumps(campaign.first.as_dict()), json.dumps(campaign.second.as_dict())])
    words = {word for word in "".join(sign if sign.isalnum() else " " for sign in said).split() if word in codes}
    # Of a number of rows that is somebody's code the proof tells, and a person looks; of names none may be there.
    assert words == set()

"""A customer is erased: nowhere afterwards, nowhere after a refresh, whatever was killed on the way; others are not.

Slow: each test computes or publishes months of a shop.
"""

import json
import os
from datetime import date

import pytest

from arcana_assets.automation import erasure
from arcana_assets.lake.lease import Lease
from arcana_assets_tests.erasure.conftest import ANOTHER, HER
from arcana_assets_tests.worlds.shop import DECEMBER, FEBRUARY, JANUARY, Shop, checks

pytestmark = pytest.mark.slow


def proof(world, reference="R1"):
    return json.loads(
        world.platform.root.joinpath(f"lake/retail/published/{'provas_de_eliminacao'}/{reference}.json").read_text()
    )


def rewriting_landing(world):
    shop = Shop(world.platform)
    shop.mend("defs", "attributes:\n", "attributes:\n  erasures: {rewrite_landing: true}\n")


def test_she_is_nowhere_but_in_the_landing_and_stays_away_when_all_is_refreshed(world):
    before = world.scan()
    assert before.by_kind().keys() == {"landing", "tables", "published", "database"}
    assert not before.undecoded
    others = world.others()

    done = world.erase(HER)
    assert not done.succeeded  # four lines of the company's own file are left, and nobody accepted them
    assert "places of 1 files" in done.failures[0]
    told = proof(world)
    assert {(each["place"], each["where"]) for each in told["places"]} == {
        ("landing/transactions/sales.csv", f"line {number}") for number in (2, 4, 6, 8)
    }
    assert told["rows_removed"]["retail/bronze/transactions"] == 4
    assert world.scan().by_kind() == {"landing": 1}
    assert world.others() == others

    accepted = world.erase(accept=told["places"])
    assert accepted.succeeded, accepted.failures
    assert (proof(world)["eliminated"], proof(world)["accepted_by"]) == (True, "the tester")
    assert world.inbox.read() == []  # the request went with her
    assert HER not in json.dumps(proof(world)) + json.dumps(accepted.as_dict())

    again = world.refresh()
    assert again.succeeded, again.failures
    assert world.scan().by_kind() == {"landing": 1}
    assert world.others(computed=True) == {
        name: rows for name, rows in others.items() if name in world.others(computed=True)
    }


def test_files_are_written_again_where_the_domain_says_so(world):
    rewriting_landing(world)
    done = world.erase(HER)
    assert done.succeeded, done.failures
    assert world.scan().left == []
    shop = Shop(world.platform)
    result = shop.materialize(JANUARY)
    assert result.success
    said = checks(result)
    assert all(said[name].passed for name in ("every_row_landed", "no_rows_waiting", "rows_accounted_for"))
    assert "of erased customers" not in said["every_row_landed"].description


STAGES = ("known", "registered", "rewritten retail/bronze", "rewritten retail/gold/items_owned", "database", "landing")
LATER = ("cleaned retail/silver", "published", "scanned", "proof", "settled")


@pytest.mark.parametrize("at", [*STAGES, *LATER])
def test_killed_anywhere_it_can_be_run_again(world, monkeypatch, at):
    rewriting_landing(world)
    others, said = world.others(), erasure.stage
    with monkeypatch.context() as patch:

        def dies(context, name):
            said(context, name)
            if name.startswith(at):
                raise KeyboardInterrupt

        patch.setattr(erasure, "stage", dies)
        assert not world.erase(HER).succeeded
    again = world.erase() if at != "settled" else world.erase(HER)
    assert again.succeeded, again.failures
    assert world.scan().left == []
    assert world.others() == others


def test_another_file_that_brings_her_back_brings_nobody(world):
    world.erase(HER)
    shop = Shop(world.platform)
    shop.deliver("late.csv", f"Z1,85123A,LAMP,2,2/5/2011 10:30,1.5,{HER},France\n", f"Z2,bad,{HER}\n")
    result = shop.materialize(FEBRUARY)
    assert result.success
    said = checks(result)
    assert said["every_row_landed"].metadata["erased"].value == 2
    assert said["rows_accounted_for"].metadata["erased"].value == 2
    assert said["no_erased_customer"].passed
    assert world.scan().by_kind().keys() == {"landing"}
    whole = shop.materialize(DECEMBER, FEBRUARY)
    assert checks(whole)["no_rows_waiting"].passed
    # Taking the file away again is no withdrawal of rows that bronze never had.
    (world.platform.landing / "transactions" / "late.csv").unlink()
    assert shop.materialize(FEBRUARY).success


def test_without_the_key_or_with_another_nothing_is_read(world, monkeypatch):
    world.erase(HER)
    rows = world.platform.rows("bronze", "transactions")
    shop = Shop(world.platform)
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", "another key, which is long enough, too")
    assert not shop.materialize(JANUARY).success
    monkeypatch.delenv("ARCANA_PSEUDONYM_KEY")
    assert not shop.materialize(JANUARY).success
    refused = world.erase(ANOTHER, reference="R2")
    assert "ARCANA_PSEUDONYM_KEY is not set" in refused.failures[0]
    assert world.platform.rows("bronze", "transactions") == rows


def test_who_is_unknown_is_not_registered_and_who_is_held_stays(world):
    world.ask("C17580", reference="TYPO")
    world.ask(ANOTHER, reference="HELD", keep_until=date(2999, 1, 1))
    world.ask(ANOTHER, HER, reference="BOTH")
    done = world.erase()
    assert "1 customers are in no table and no file" in done.failures[0]
    assert (proof(world, "TYPO")["unknown_customers"], proof(world, "TYPO")["id_hmacs"]) == (1, [])
    assert not proof(world, "TYPO")["eliminated"]
    page = world.platform.root / "lake" / "retail" / "published" / "provas_de_eliminacao" / "TYPO.html"
    assert "Ninguém foi eliminado" in page.read_text()
    assert (proof(world, "BOTH")["eliminated"], proof(world, "BOTH")["kept_until"]) == (False, ["2999-01-01"])
    assert [(each.reference, each.customer_id) for each in world.inbox.read()] == [
        ("BOTH", ANOTHER),
        ("BOTH", HER),
        ("HELD", ANOTHER),
    ]
    assert world.scan(ANOTHER).by_kind()["tables"] > 5


def test_a_number_that_is_a_count_elsewhere_is_shown_and_accepted(world):
    rewriting_landing(world)
    note = world.platform.root / "lake" / "retail" / "note.json"
    note.write_text(f'{{"rows_without_customer": "{HER}"}}')
    first = world.erase(HER)
    assert not first.succeeded
    (place,) = proof(world)["places"]
    assert (place["place"], place["context"]) == ("retail/note.json", '{"rows_without_customer": "[1]"}')
    assert world.erase(accept=[place]).succeeded
    assert os.stat(world.inbox.place).st_mode & 0o077 == 0


def test_what_cannot_be_decoded_is_a_failure(world):
    rewriting_landing(world)
    (world.platform.root / "lake" / "retail" / "copy.7z").write_bytes(b"7z\xbc\xaf\x27\x1c whatever")
    done = world.erase(HER)
    assert not done.succeeded
    assert proof(world)["scan"]["undecoded"] == [
        {"place": "retail/copy.7z", "why": "a file of 7z, which nothing here opens"}
    ]


def test_while_another_run_writes_the_domain_nothing_of_it_begins(world):
    rows = world.platform.rows("bronze", "transactions")
    with Lease.take(world.platform.deployment.lake, "retail", "a refresh"):
        refused = world.erase(HER)
    assert "is being written by run a refresh" in refused.failures[0]
    assert world.platform.rows("bronze", "transactions") == rows
    assert len(world.inbox.read()) == 1  # it waits for the next run


def test_neither_the_events_of_the_run_nor_its_logs_name_her(world):
    rewriting_landing(world)
    done = world.erase(HER)
    assert done.succeeded, done.failures
    told = [
        entry.to_json() if hasattr(entry, "to_json") else repr(entry)
        for entry in world.platform.instance.all_logs(done.run_id)
    ]
    assert len(told) > 20
    assert HER not in "".join(told)

"""Requests as files of anybody, other ids of a person, and the key: what is refused before anything is written."""

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from arcana_assets.deployment import DeploymentError, pseudonym_key
from arcana_assets.erasure.aliases import also_known_as
from arcana_assets.erasure.holders import Holders
from arcana_assets.erasure.register import AnotherKey, NoKey, open_register, read_register
from arcana_assets.erasure.requests import HEADER, BadRequest, Request, Requests

DAY = date(2026, 1, 2)


@pytest.fixture
def inbox(tmp_path):
    return Requests(str(tmp_path / "landing"), "retail")


def test_a_request_is_its_owners_only_and_goes_when_it_is_settled(inbox):
    inbox.add([Request("C1", DAY, "R1"), Request("C2", DAY, "R1", date(2030, 1, 1))])
    (path,) = Path(inbox.place).glob("*.csv")
    assert (path.stat().st_mode & 0o777, os.stat(inbox.place).st_mode & 0o777) == (0o600, 0o700)
    first, second = inbox.read()
    assert (second.held(date(2030, 1, 1)), second.held(date(2030, 1, 2))) == (True, False)
    inbox.keep([Request("C1", DAY, "R1", also=("C9",), carries=("T1",))])
    inbox.tell("t", 3)
    inbox.tell("t", 1)
    assert (inbox.read()[0].ids, inbox.read()[0].words) == ({"C1", "C9"}, {"C1", "C9", "T1"})
    assert inbox.told() == {"t": 4}
    inbox.settle([first])
    assert [each.customer_id for each in inbox.read()] == ["C2"]
    inbox.settle([second])
    assert list(Path(inbox.place).iterdir()) == []
    assert "C1" not in repr(first)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("C-secret,,erase,R1,", "no requested_on"),
        (",2026-01-02,erase,R1,", "no customer_id"),
        ("C-secret,02/01/2026,erase,R1,", "days as 2026-11-30"),
        ("C-secret,2026-01-02,object_profiling,R1,", "profiling_opt_in"),
        ("C-secret,2026-01-02,erase,../R1,", "up to 64 letters"),
        ("C-secret,2026-01-02,erase,C-secret,", "no customer's code"),
        ("R1,2026-01-02,C-secret,R1,", "found another"),
    ],
)
def test_what_cannot_be_carried_out_is_told_by_file_and_line_and_not_by_customer(inbox, row, said):
    Path(inbox.place).mkdir(parents=True)
    Path(inbox.place, "form.csv").write_text(f"{','.join(HEADER)}\n{row}\n")
    with pytest.raises(BadRequest, match=said) as error:
        inbox.read()
    assert "C-secret" not in str(error.value)
    assert "line 2" in str(error.value)


def test_asking_again_loses_neither_a_request_nor_the_day_that_rows_are_kept_until(inbox):
    inbox.add([Request("C1", DAY, "R1", date(2999, 1, 1))])
    inbox.add([Request("C2", DAY, "R1")])
    inbox.add([Request("C1", DAY, "R1")])
    assert [(each.customer_id, each.keep_until) for each in inbox.read()] == [("C1", date(2999, 1, 1)), ("C2", None)]
    with pytest.raises(BadRequest, match="customer's code"):
        inbox.add([Request("C3", DAY, "C3")])


def test_who_is_kept_under_one_reference_is_not_erased_under_another_by_any_code(inbox):
    inbox.add([Request("C1", DAY, "H1", date(2999, 1, 1))])
    inbox.add([Request("C1", DAY, "R1"), Request("C2", DAY, "R1"), Request("C3", DAY, "R1")])
    inbox.keep([Request("C1", DAY, "H1", also=("C2",))])
    assert [each.customer_id for each in inbox.due(DAY)] == ["C3"]


def test_the_key_is_long_and_in_a_file_of_its_owner_outside_of_the_lake(tmp_path):
    path = tmp_path / "key"
    path.write_text("x" * 40)
    path.chmod(0o644)
    told = {"ARCANA_PSEUDONYM_KEY_FILE": str(path)}
    with pytest.raises(DeploymentError, match="chmod 600"):
        pseudonym_key(str(tmp_path / "lake"), told)
    path.chmod(0o600)
    assert pseudonym_key(str(tmp_path / "lake"), told) == b"x" * 40
    with pytest.raises(DeploymentError, match="inside of the lake"):
        pseudonym_key(str(tmp_path), told)
    with pytest.raises(DeploymentError, match="has 5 characters") as short:
        pseudonym_key("lake", {"ARCANA_PSEUDONYM_KEY": "abcde"})
    assert "abcde" not in str(short.value)
    assert pseudonym_key("lake", {}) is None


def test_nobody_erased_needs_no_key_and_another_key_is_noticed(lake, engine, monkeypatch):
    monkeypatch.delenv("ARCANA_PSEUDONYM_KEY")
    assert read_register("retail", lake, engine) is None
    with pytest.raises(NoKey, match="openssl"):
        open_register("retail", lake, engine)
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", "k" * 32)
    made = open_register("retail", lake, engine).with_ids(["C1"], "R1", DAY, "run")
    made.write(lake, engine, "run")
    again = read_register("retail", lake, engine)
    assert (again.of(["C1", "C2"]), again.entries) == ({"C1"}, made.entries)
    assert made.with_ids(["C1"], "R2", DAY, "run").entries == made.entries
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", "another key of enough characters!")
    with pytest.raises(AnotherKey, match="they would come back"):
        read_register("retail", lake, engine)
    monkeypatch.delenv("ARCANA_PSEUDONYM_KEY")
    with pytest.raises(NoKey):
        read_register("retail", lake, engine)


def test_a_person_is_all_accounts_and_what_nobody_else_carries(lake, engine):
    rows = [
        ("account", "M1", "M1", "M1"),
        ("account", "M2", "M2", "M1"),
        ("card", "T1", "M2", "M1"),
        ("card", "T9", "M2", None),  # a family's
        ("card", "T9", "M7", None),
        ("card", "M1", "M8", "M8"),  # a card whose number looks like an account
    ]
    names = ("kind", "identifier", "member_id", "customer_id")
    table = pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    )
    key = ("mall", "gold", "customer_identities")
    lake.write(
        key,
        table.append_column("month", pa.array([DAY.replace(day=1)] * 6)),
        [date(2026, 1, 1)],
        engine=engine,
        run_id="r",
    )
    tables = {key: Holders("customer_id", ("identifier", "member_id"))}
    for account in ("M1", "M2"):
        also, carries = also_known_as(Request(account, DAY, "R1"), tables, lake, engine)
        assert ({account, *also}, carries) == ({"M1", "M2"}, {"T1"})
    # A code that is the number of somebody's card is nobody's account for that.
    assert also_known_as(Request("T1", DAY, "R1"), tables, lake, engine) == (set(), set())

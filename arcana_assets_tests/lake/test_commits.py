"""A table says what it was made of, so that tables of two makings are not taken for one.

Slow: these tests write tables again and again, in processes and buckets.
"""

from datetime import date

import pyarrow as pa
import pytest

from arcana_assets.lake.commits import mixtures
from arcana_assets.lake.maintenance import maintain
from arcana_assets_tests.lake.lake_rows import APRIL, MAY

pytestmark = pytest.mark.slow

SALES, ROLLUP, LIST = (("retail", *names) for names in (("silver", "sales"), ("gold", "rollup"), ("gold", "list")))
MODEL = ("retail", "models", "model")


@pytest.fixture
def made(root, engine):
    """Writes a table of what others are at this moment, or were read as before; says what it read."""
    from arcana_assets.lake.lake import Lake

    lake = Lake(root=root)

    def made(key, months, *of, read=None):
        inputs = read or {"/".join(each): lake.read_and_count(each, wanted, engine)[1] for each, wanted in of}
        rows = pa.table({"month": pa.array(months, pa.date32()), "n": range(len(months))}) if months else None
        rows = rows if months else pa.table({"n": [1]})
        lake.write(key, rows, months or None, engine=engine, run_id="run-1", inputs=inputs)
        return inputs

    made.lake = lake
    return made


def found(made, *months):
    return [
        (each.table, each.month, each.input, each.made_of, each.now)
        for each in mixtures(made.lake.root, {"retail/gold/list": {}}, months)
    ]


def chain(made, months):
    made(SALES, months)
    made(ROLLUP, months, (SALES, months))
    made(LIST, months, (ROLLUP, months), (SALES, months))


def test_tables_of_one_making_are_no_mixture_however_often_they_are_made(made):
    for months in ([APRIL, MAY], [MAY], [APRIL, MAY]):
        chain(made, months)
        assert found(made, APRIL, MAY) == []


def test_an_input_written_again_makes_a_mixture_of_those_months_alone(made):
    chain(made, [APRIL, MAY])
    made(SALES, [MAY])
    assert sorted(found(made, APRIL, MAY)) == [
        ("retail/gold/list", f"{MAY:%Y-%m}", "retail/silver/sales", 1, 2),
        ("retail/gold/rollup", f"{MAY:%Y-%m}", "retail/silver/sales", 1, 2),
    ]
    assert found(made, APRIL) == []


def test_a_mixture_further_back_is_found_through_the_tables_between(made):
    chain(made, [MAY])
    made(SALES, [MAY])
    made(LIST, [MAY], (ROLLUP, [MAY]))
    assert found(made, MAY) == [("retail/gold/rollup", f"{MAY:%Y-%m}", "retail/silver/sales", 1, 2)]


def test_two_runs_that_wrote_in_turns_are_found_whoever_was_last(made):
    """One run's rollup beside the other's list, each right by itself."""
    made(SALES, [MAY])
    first = made(ROLLUP, [MAY], (SALES, [MAY]))
    made(SALES, [MAY])
    made(ROLLUP, [MAY], (SALES, [MAY]))
    made(ROLLUP, [MAY], read=first)  # the slow run commits after the fast one
    made(LIST, [MAY], (ROLLUP, [MAY]), (SALES, [MAY]))
    assert found(made, MAY) == [("retail/gold/rollup", f"{MAY:%Y-%m}", "retail/silver/sales", 1, 2)]


def test_a_snapshot_counts_as_a_whole(made):
    made(MODEL, None)
    made(LIST, [MAY], (MODEL, None))
    assert found(made, MAY) == []
    made(MODEL, None)
    assert found(made, MAY) == [("retail/gold/list", f"{MAY:%Y-%m}", "retail/models/model", 1, 2)]


def test_housekeeping_changes_nothing(made):
    chain(made, [APRIL, MAY])
    for key in (SALES, ROLLUP, LIST):
        maintain(made.lake, key)
    assert found(made, APRIL, MAY) == []


def test_months_of_which_nothing_is_known_are_no_mixture(made):
    made(LIST, [MAY])
    assert found(made, MAY, date(1999, 1, 1)) == []
    assert mixtures(made.lake.root, {"retail/gold/never_made": {}}, [MAY]) == []


def test_a_table_removed_and_made_anew_is_read_anew(made, tmp_path, request):
    if "bucket" in request.node.name:
        pytest.skip("a bucket tells the same by its ETags")
    import shutil

    chain(made, [MAY])
    made(SALES, [MAY])
    assert found(made, MAY)
    shutil.rmtree(tmp_path / "lake")
    chain(made, [MAY])
    assert found(made, MAY) == []


def test_the_words_say_which_table_which_month_and_which_input(made):
    chain(made, [MAY])
    made(SALES, [MAY])
    [said, *_] = map(str, mixtures(made.lake.root, {"retail/gold/rollup": {}}, [MAY]))
    assert said == (
        f"retail/gold/rollup, {MAY:%Y-%m}, was made of retail/silver/sales as it was written the 1st time, which by "
        "now was written 2 times"
    )


def test_a_table_written_between_its_reading_and_the_look_is_found(made, engine):
    chain(made, [MAY])
    read = {"retail/gold/list": made.lake.read_and_count(LIST, [MAY], engine)[1]}
    assert mixtures(made.lake.root, read, [MAY], "the workbook") == []
    made(LIST, [MAY], (ROLLUP, [MAY]), (SALES, [MAY]))
    [found] = mixtures(made.lake.root, read, [MAY], "the workbook")
    assert (found.table, found.input, found.made_of, found.now) == ("the workbook", "retail/gold/list", 1, 2)


def test_a_table_behind_those_that_are_read_is_looked_at_once_a_run(made, monkeypatch):
    from arcana_assets.lake import commits

    chain(made, [MAY])
    looked, made_of = [], commits._made
    monkeypatch.setattr(
        commits, "_made", lambda root, table, months: looked.append(table) or made_of(root, table, months)
    )
    known: commits.Known = {}
    for _ in range(3):
        assert mixtures(made.lake.root, {"retail/gold/list": {}}, [MAY], known=known) == []
    assert sorted(looked) == ["retail/gold/list"] * 3 + ["retail/gold/rollup", "retail/silver/sales"]
    made(LIST, [MAY], (ROLLUP, [MAY]), (SALES, [MAY]))
    made(ROLLUP, [MAY], (SALES, [MAY]))
    assert mixtures(made.lake.root, {"retail/gold/list": {}, "retail/gold/rollup": {}}, [MAY], known=known)

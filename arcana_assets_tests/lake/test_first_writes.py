"""Two runs that both meet a table nobody has written yet: neither may undo the other."""

import threading

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from arcana_assets.lake import lake as lake_module
from arcana_assets.lake.errors import ConcurrentWrite, ForeignMonth, LayoutChange, SchemaChange
from arcana_assets_tests.lake.lake_rows import APRIL, KEY, MAY, commented, rows


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(lake_module, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def left_behind(write):
    """The table as a first write leaves it that failed: no row, and a column v of text."""
    with pytest.raises(ForeignMonth):
        write(rows((MAY, 1), v=["a"]), [APRIL])


@pytest.fixture(params=["after the other run looked at the table", "while the rows of the other run pass"])
def overtaken(request, monkeypatch):
    """A source of rows; whoever writes it is overtaken, once, by `rival` between its look and its commit."""

    def source(table, rival):
        pending = [rival]

        def overtake():
            if pending:
                # In a thread: delta-rs pulls rows from its own runtime, where it cannot be called again.
                thread = threading.Thread(target=pending.pop())
                thread.start()
                thread.join()

        def make():
            def batches():
                yield from table.to_batches()
                if request.param.startswith("while"):
                    overtake()

            return pa.RecordBatchReader.from_batches(table.schema, batches())

        check_layout = lake_module.check_layout

        def checked(*arguments, **options):
            check_layout(*arguments, **options)
            if request.param.startswith("after"):
                overtake()

        monkeypatch.setattr(lake_module, "check_layout", checked)
        return make

    return source


@pytest.mark.usefixtures("left_behind")
def test_two_first_writes_of_other_columns_than_were_left_behind_keep_both_months(lake, write, read, overtaken):
    source = overtaken(rows((MAY, 2), v=[20]), lambda: write(rows((APRIL, 1), v=[10]), [APRIL]))
    write(source, [MAY])
    assert read(None, "month", "n", "v") == [(APRIL, 1, 10), (MAY, 2, 20)]
    assert lake.materialized_months(KEY, [APRIL, MAY]) == [APRIL, MAY]


@pytest.mark.usefixtures("left_behind")
def test_a_first_write_that_was_overtaken_keeps_to_the_columns_of_the_other_run(write, read, overtaken):
    source = overtaken(rows((MAY, 2), v=[True]), lambda: write(rows((APRIL, 1), v=[10]), [APRIL]))
    with pytest.raises(SchemaChange, match="column v is int64 in the table and bool in the rows"):
        write(source, [MAY])
    assert read(None, "month", "n", "v") == [(APRIL, 1, 10)]


@pytest.mark.usefixtures("left_behind")
def test_a_first_write_in_the_columns_left_behind_notices_that_another_run_replaced_them(write, read, overtaken):
    source = overtaken(rows((MAY, 2), v=["b"]), lambda: write(rows((APRIL, 1), v=[10]), [APRIL]))
    with pytest.raises(SchemaChange, match="column v is int64 in the table and string in the rows"):
        write(source, [MAY])
    assert read(None, "month", "n", "v") == [(APRIL, 1, 10)]


@pytest.mark.usefixtures("left_behind")
def test_a_first_write_of_new_columns_does_not_remove_a_month_in_the_columns_left_behind(write, read, overtaken):
    source = overtaken(rows((MAY, 2), w=[20]), lambda: write(rows((APRIL, 1), v=["b"]), [APRIL]))
    write(source, [MAY])
    assert read(None, "month", "n", "v", "w") == [(APRIL, 1, "b", None), (MAY, 2, None, 20)]


@pytest.mark.usefixtures("left_behind")
def test_two_first_writes_of_the_same_month_leave_the_later_one(write, read, overtaken):
    source = overtaken(rows((APRIL, 2), v=[20]), lambda: write(rows((APRIL, 1), v=[10]), [APRIL]))
    write(source, [APRIL])
    assert read(None, "month", "n", "v") == [(APRIL, 2, 20)]


@pytest.mark.usefixtures("left_behind")
def test_a_first_write_that_cannot_be_repeated_gives_way(write, read, overtaken):
    source = overtaken(rows((MAY, 2), v=[20]), lambda: write(rows((APRIL, 1), v=[10]), [APRIL]))
    with pytest.raises(ConcurrentWrite, match="gave up after 1 attempt"):
        write(source(), [MAY])
    assert read(None, "month", "n", "v") == [(APRIL, 1, 10)]


def test_two_first_snapshots_leave_the_later_one(write, read, overtaken):
    with pytest.raises(ZeroDivisionError):
        write(broken_off("a"), None)
    source = overtaken(pa.table({"v": [2]}), lambda: write(pa.table({"v": [1]}), None))
    write(source, None)
    assert read(None, "v") == [(2,)]


def broken_off(value):
    table = pa.table({"v": [value]})

    def batches():
        yield from table.to_batches()
        raise ZeroDivisionError

    return lambda: pa.RecordBatchReader.from_batches(table.schema, batches())


@pytest.mark.usefixtures("left_behind")
def test_columns_that_replace_those_left_behind_come_in_their_order_and_with_their_comments(lake, write):
    write(commented(rows((APRIL, 1), w=["x"], v=[1]), v="A number."), [APRIL])
    comments = {field.name: field.metadata.get("comment") for field in lake.open(KEY).schema().fields}
    assert comments == {"month": None, "n": None, "w": None, "v": "A number."}
    assert lake.open(KEY).metadata().partition_columns == ["month"]
    assert (lake.open(KEY).metadata().name, lake.open(KEY).version()) == ("retail/silver/transactions", 1)
    with pytest.raises(LayoutChange):
        write(pa.table({"v": [1]}), None)


def test_a_table_another_tool_made_with_its_first_rows_is_not_taken_for_never_written(lake, write, read):
    write_deltalake(lake.uri(KEY), rows((APRIL, 1), v=["a"]), partition_by=["month"])
    with pytest.raises(SchemaChange, match="column v is string in the table and int64 in the rows"):
        write(rows((MAY, 2), v=[2]), [MAY])
    write(rows((MAY, 2), v=["b"]), [MAY])
    assert read(None, "month", "n", "v") == [(APRIL, 1, "a"), (MAY, 2, "b")]

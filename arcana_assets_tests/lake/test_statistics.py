"""Texts have no least and no greatest value, in footers nor in logs: an id would outlive its row there."""

import io
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arcana_assets.lake.files import staged, staged_folder
from arcana_assets.lake.maintenance import maintain

KEY, MAY = ("retail", "silver", "sales"), date(2011, 5, 1)
ROWS = pa.table(
    {
        "month": pa.array([MAY, MAY]),
        "customer_id": ["C-17850", "C-17851"],
        "_reasons": [["found C-17850"], []],
        "quantity": pa.array([1, 2], pa.int64()),
    }
)


def streamed(lake, engine):
    lake.write(KEY, ROWS, [MAY], engine=engine, run_id="run-1")


def compacted(lake, engine):
    streamed(lake, engine)
    june = date(2011, 6, 1)
    rows = ROWS.set_column(0, "month", pa.array([june] * 2))
    lake.write(KEY, rows, [june], engine=engine, run_id="run-2")
    maintain(lake, KEY, 0, allow_short=True)


def put(lake, engine):
    """By another engine, whose footers say what they like."""
    folder = Path(staged_folder(lake.uri(KEY), "one")) / f"month={MAY}"
    folder.mkdir(parents=True)
    pq.write_table(ROWS.drop(["month"]), folder / "part.parquet", write_statistics=["quantity"])
    lake.commit(KEY, staged(lake.uri(KEY), "one", ROWS.schema, True), [MAY], engine=engine, run_id="run-1")


@pytest.mark.parametrize("door", [streamed, compacted, put])
def test_neither_footer_nor_log_quotes_a_text(door, lake, engine):
    door(lake, engine)
    folder = Path(lake.uri(KEY))
    for path in folder.rglob("*.parquet"):
        footer = pq.read_metadata(path)
        told = {
            footer.row_group(0).column(at).path_in_schema
            for at in range(footer.num_columns)
            if footer.row_group(0).column(at).is_stats_set
        }
        assert told == {"quantity"}
        sink = io.BytesIO()
        footer.write_metadata_file(sink)
        assert b"17850" not in sink.getvalue()
    log = b"".join(path.read_bytes() for path in folder.glob("_delta_log/*.json"))
    assert b"17850" not in log
    assert b'maxValues\\":{\\"quantity\\":2}' in log.replace(b" ", b"")


def test_what_another_engine_says_of_texts_in_its_footers_does_not_reach_the_log(lake, engine):
    folder = Path(staged_folder(lake.uri(KEY), "one")) / f"month={MAY}"
    folder.mkdir(parents=True)
    pq.write_table(ROWS.drop(["month"]), folder / "part.parquet")
    lake.commit(KEY, staged(lake.uri(KEY), "one", ROWS.schema, True), [MAY], engine=engine, run_id="run-1")
    assert b"17850" not in b"".join(path.read_bytes() for path in Path(lake.uri(KEY)).glob("_delta_log/*.json"))

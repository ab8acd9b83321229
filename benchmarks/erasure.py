"""Erasure: what it costs to read every byte for 1, 100 and 10,000 customers, in Parquet, text and workbooks.

CPU seconds a GB of files on disk, against a plain read of the same files: pyarrow's of all columns, of text the bytes
and the ends of its lines, of workbooks all that is packed in them. Requests are carried out together because many cost
what one costs; that is what the ratios of 100 to 1 and of 10,000 to 100 say.
"""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Limit, Options, Outcome, Ratio, Side, timed, turn_by_turn

ROWS = {"Parquet": 4_000_000, "text": 2_000_000, "workbooks": 600_000}
CUSTOMERS, IDS = 200_000, (1, 100, 10_000)
MOST = {"Parquet": 150, "text": 60, "workbooks": 900}  # CPU s a GB, with any number of ids; of workbooks a GB packed


def measure(options: Options) -> Outcome:
    """Each kind of file, for each number of ids."""
    with tempfile.TemporaryDirectory(prefix="arcana-bench-erasure-") as scratch:
        folders = {kind: Path(scratch) / kind for kind in ROWS}
        for kind, folder in folders.items():
            folder.mkdir()
            WRITERS[kind](folder, ROWS[kind] // (100 if options.quick else 1))
        sides = [
            side
            for kind, folder in folders.items()
            for side in (
                Side(_plain(kind), f"{__name__}:plain_read", {"kind": kind, "files": str(folder)}),
                *(Side(_of(kind, ids), f"{__name__}:scanned", {"files": str(folder), "ids": ids}) for ids in IDS),
            )
        ]
        figures = turn_by_turn(sides, options.times(3))
        megabytes = {
            kind: sum(each.stat().st_size for each in folder.iterdir()) / 1e6 for kind, folder in folders.items()
        }
    one, hundred, many = IDS
    of = {"unit": "cpu_seconds"}
    return Outcome(
        figures,
        [
            Ratio("CPU, Parquet, 100 ids / 1 id", _of("Parquet", hundred), _of("Parquet", one), 1.2, **of),
            *(
                Ratio(f"CPU, {kind}, 100 ids / 1 id", _of(kind, hundred), _of(kind, one), **of)
                for kind in ("text", "workbooks")
            ),
            *(
                Ratio(f"CPU, {kind}, 10,000 ids / 100 ids", _of(kind, many), _of(kind, hundred), 1.3, **of)
                for kind in ROWS
            ),
            *(Ratio(f"CPU, {kind}, 100 ids / a plain read", _of(kind, hundred), _plain(kind), **of) for kind in ROWS),
        ],
        {"megabytes": megabytes},
        limits=[
            Limit(f"CPU a GB of {kind}, 10,000 ids", _of(kind, many), most, "cpu_seconds")
            for kind, most in MOST.items()
        ],
    )


def scanned(folder: Path, files: str, ids: int) -> dict[str, Any]:
    """The scan of the proof. One customer is there, the others are not."""
    from arcana_assets.erasure.places import File, scan
    from arcana_assets.erasure.wanted import Wanted

    paths = sorted(Path(files).iterdir())
    told = [File("published", path.name, str(path), path.stat().st_size) for path in paths]
    wanted = Wanted(["C100007", *(f"D{number:06}" for number in range(ids - 1))])
    with timed() as clock:
        found = scan(told, wanted)
    assert {each.number for each in found.left} == {1}
    assert not found.undecoded
    return _a_gigabyte(clock.seconds, clock.cpu_seconds, paths)


def plain_read(folder: Path, kind: str, files: str) -> dict[str, Any]:
    """All that is in the files, decoded, and nothing looked for."""
    paths, read = sorted(Path(files).iterdir()), _READERS[kind]
    with timed() as clock:
        for path in paths:
            read(path)
    return _a_gigabyte(clock.seconds, clock.cpu_seconds, paths)


def _a_gigabyte(seconds: float, cpu_seconds: float, paths: list[Path]) -> dict[str, Any]:
    gigabytes = sum(path.stat().st_size for path in paths) / 1e9
    return {"seconds": seconds / gigabytes, "cpu_seconds": cpu_seconds / gigabytes}


def _plain(kind: str) -> str:
    return f"{kind}, a plain read"


def _of(kind: str, ids: int) -> str:
    return f"{kind}, {ids:,} ids"


def _lines(rows: int) -> Iterator[str]:
    """Visits as an access log has them, and a sentence about some."""
    for number in range(rows):
        said = "voltou depois de 30 dias, ticket 12.50" if number % 5 == 0 else ""
        customer, device = number * 7 % CUSTOMERS, number * 7919 % 1_000_003
        yield f"C{100_000 + customer};{device:08x};2025-{number % 12 + 1:02}-{number % 28 + 1:02};{number % 977};{said}"


def _write_text(folder: Path, rows: int) -> None:
    with (folder / "visits.csv").open("w") as file:
        file.writelines(f"{line}\n" for line in _lines(rows))


def _write_parquet(folder: Path, rows: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ("customer_id", "device_id", "day", "minutes", "said")
    for part in range(4):
        columns = zip(*(line.split(";") for line in _lines(rows // 4)), strict=True)
        table = pa.table({name: list(values) for name, values in zip(names, columns, strict=True)})
        table = table.set_column(3, "minutes", table["minutes"].cast(pa.int64()))
        pq.write_table(table, folder / f"{part}.parquet", compression="zstd")


def _write_workbooks(folder: Path, rows: int) -> None:
    """As published workbooks have them: texts in place, in one sheet."""
    with (
        zipfile.ZipFile(folder / "visits.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as sheet,
    ):
        for line in _lines(rows):
            cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in line.split(";"))
            sheet.write(f"<row>{cells}</row>".encode())


def _read_text(path: Path) -> None:
    with path.open("rb") as file:
        while piece := file.read(8 * 2**20):
            piece.count(b"\n")


def _read_parquet(path: Path) -> None:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    for group in range(file.num_row_groups):
        file.read_row_group(group)


def _read_workbook(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                while file.read(8 * 2**20):
                    pass


WRITERS: dict[str, Callable[[Path, int], None]] = {
    "Parquet": _write_parquet,
    "text": _write_text,
    "workbooks": _write_workbooks,
}
_READERS: dict[str, Callable[[Path], None]] = {
    "Parquet": _read_parquet,
    "text": _read_text,
    "workbooks": _read_workbook,
}

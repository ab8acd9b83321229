"""The real file: the public UCI Online Retail sales (Chen 2015, doi 10.24432/C5BW33, CC BY 4.0), and drops made of it.

Belongs here: finding it, repeating it, splitting it by month, byte for byte (Latin-1, CRLF). Does not belong here:
synthetic data (`arcana_assets.samples`).
"""

import os
import re
from collections import defaultdict
from pathlib import Path

from benchmarks.measure import REPOSITORY, Skipped

DATED = re.compile(rb",(\d{1,2})/\d{1,2}/(\d{4}) \d{1,2}:\d{2},")
END = b"\r\n"
THIN = 50  # a quick run takes each 50th row


def real_file() -> Path:
    """Where the file is. Raises Skipped where it is not."""
    folder = (REPOSITORY / os.environ.get("ARCANA_SHARED_DATA", "../shared/data")).resolve()
    path = folder / "online_retail" / "data.csv"
    if not path.exists():
        raise Skipped(f"the real sales file is not at {path}; set ARCANA_SHARED_DATA to the folder of online_retail")
    return path


def repeated(landing: Path, copies: int, every: int = 1) -> int:
    """Writes the file so many times into the retail landing below a folder; returns the number of rows.

    Each copy has invoice numbers of its own (two more digits in front), so no row is a duplicate of another copy's.
    `every` keeps each so-many-th row only.
    """
    header, rows = _content(every)
    folder = _transactions(landing)
    for copy in range(copies):
        mark = b"" if copies == 1 else b"%02d" % copy
        (folder / f"sales_{copy:02d}.csv").write_bytes(header + END + b"".join(mark + row + END for row in rows))
    return copies * len(rows)


def by_month(landing: Path, first: str = "", every: int = 1) -> dict[str, int]:
    """Writes a file a month from month `first` (YYYY-MM) on, as a company that delivers monthly; returns their rows."""
    header, rows = _content(every)
    months: dict[str, list[bytes]] = defaultdict(list)
    for row in rows:
        dated = DATED.search(row)
        assert dated is not None, row
        months[f"{dated[2].decode()}-{int(dated[1]):02d}"].append(row)
    folder = _transactions(landing)
    kept = {month: months[month] for month in sorted(months) if month >= first}
    for month, lines in kept.items():
        (folder / f"sales_{month}.csv").write_bytes(header + END + b"".join(line + END for line in lines))
    return {month: len(lines) for month, lines in kept.items()}


def _content(every: int) -> tuple[bytes, list[bytes]]:
    header, *rows = real_file().read_bytes().removesuffix(END).split(END)
    return header, rows[::every]


def _transactions(landing: Path) -> Path:
    folder = landing / "retail" / "transactions"
    folder.mkdir(parents=True, exist_ok=True)
    return folder

"""The b2b files as pandas frames: read as text in full, duplicates removed, typed column by column.

Belongs here: reading and typing, with the spellings of the domain's contracts. Does not belong here: figures of
customers (`b2b_frames_facets`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from arcana_assets.definitions import DEFS

ZONE = "America/Sao_Paulo"


class Files:
    """The files of a drop, as an analyst reads them who knows each of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, source: str) -> pd.DataFrame:
        """All rows of a source once, with the names of the contract, as text without blanks around; `""` is absent."""
        contract = yaml.safe_load((DEFS / "b2b" / "sources" / f"{source}.yaml").read_text(encoding="utf-8"))
        names = {column["from"]: column["to"] for column in contract["columns"]}
        frame = self._raw(contract).drop_duplicates()
        frame = frame[list(names)].rename(columns=names)
        for column in contract["columns"]:
            frame[column["to"]] = _cleaned(frame[column["to"]], column)
        return frame[frame["customer_id"].notna()].reset_index(drop=True)

    def _raw(self, contract: Mapping[str, Any]) -> pd.DataFrame:
        form, pattern = contract["format"], contract["landing"]["pattern"]
        paths = sorted(self.folder.glob(pattern))
        if form["kind"] == "xlsx":
            [path] = paths
            return pd.read_excel(path, sheet_name=form["sheet"], header=form["header_row"] - 1, engine="calamine")
        options = {"sep": form["delimiter"], "encoding": form["encoding"], "keep_default_na": False, "na_values": [""]}
        parts = [pd.read_csv(path, dtype=str, **options) for path in paths]
        return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def numbers(text: pd.Series, decimal: str = ".") -> pd.Series:
    """Numbers of four places, as money is kept. Raises ValueError for a text that is none."""
    plain = text.str.replace(",", ".") if decimal == "," else text
    return pd.to_numeric(plain).astype("float64").round(4)


def moments(text: pd.Series, form: str = "ISO8601") -> pd.Series:
    """Local times."""
    return pd.to_datetime(text, format=form)


def local_moments(text: pd.Series) -> pd.Series:
    """Local times of instants with an offset."""
    return pd.to_datetime(text, format="ISO8601", utc=True).dt.tz_convert(ZONE).dt.tz_localize(None)


def months(when: pd.Series) -> pd.Series:
    """The first day of the month of each moment."""
    return when.dt.to_period("M").dt.to_timestamp()


def serial_or_date(cells: pd.Series) -> pd.Series:
    """Moments of a spreadsheet's column that holds dates and, here and there, the number of a day."""
    days = pd.to_numeric(cells.where(cells.map(lambda cell: isinstance(cell, int | float))))
    dates = pd.to_datetime(cells.where(days.isna()))
    return dates.fillna(pd.Timestamp("1899-12-30") + pd.to_timedelta(days, unit="D"))


def _cleaned(text: pd.Series, column: Mapping[str, Any]) -> pd.Series:
    if not isinstance(text.dtype, pd.StringDtype):  # numbers and dates of a workbook, and columns without any value
        return text
    for step in column.get("clean", ()):
        if step == "trim":
            text = text.str.strip()
        elif step == "upper":
            text = text.str.upper()
        elif step == "lower":
            text = text.str.lower()
        elif step == "collapse_blanks":
            text = text.str.replace(r"\s+", " ", regex=True)
        else:
            text = text.str.removesuffix(step["remove_suffix"])
    return text.mask(text.isin(["", *column.get("null_values", ())]))

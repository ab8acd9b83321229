"""File formats of landing files: everything a reader must be told, because nothing is sniffed.

Belongs here: delimiters, encodings, marks, header rows, sheets. Does not belong here: reading (`resources.landing`).
"""

from typing import Annotated, Literal

from pydantic import Field

from arcana_assets.domain.yaml_file import Strict


class Numbers(Strict):
    """How numbers are written in a file of text."""

    decimal: Literal[".", ","] = Field(".", description="decimal mark")
    thousands: Literal[".", ",", " ", "'"] | None = Field(None, description="thousands mark; none by default")


class CsvFormat(Numbers):
    """Delimited text."""

    kind: Literal["csv"]
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', max_length=1, description="quoting character; empty where the file knows none")
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    header_row: int = Field(1, ge=1, description="line that holds the column names; lines above it are skipped")
    maximum_line_bytes: int = Field(2_097_152, ge=1024, description="a longer line is quarantined as malformed")


class XlsxFormat(Numbers):
    """A sheet of a workbook."""

    kind: Literal["xlsx"]
    sheet: str | None = Field(None, description="name of the sheet; may be left out where there is only one")
    header_row: int = Field(1, ge=1, description="row that holds the column names; rows above it are skipped")


class ParquetFormat(Numbers):
    """Parquet; every column is taken as text first, so that one path serves all formats."""

    kind: Literal["parquet"]


class JsonLinesFormat(Numbers):
    """One JSON object a line."""

    kind: Literal["jsonl"]


Format = Annotated[CsvFormat | XlsxFormat | ParquetFormat | JsonLinesFormat, Field(discriminator="kind")]

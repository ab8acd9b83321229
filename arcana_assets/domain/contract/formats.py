"""File formats of landing files: everything a reader must be told, because nothing is sniffed.

Belongs here: delimiters, encodings, marks, header rows, sheets. Does not belong here: reading (`landing.files`).
"""

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from arcana_assets.domain.yaml.file import Strict

LONGEST_LINE = 67_108_864
"""Bytes of a line of a text file; a file with a longer one is no table, and is refused before it is read."""

WORKBOOK_SUFFIXES = (".xlsx", ".xlsm")


_ENCODINGS = {
    **dict.fromkeys(("cp1252", "windows-1252", "iso-8859-1", "latin1", "latin-1"), "latin-1"),
    **dict.fromkeys(("utf8", "utf-8-sig", "utf-8"), "utf-8"),
    **dict.fromkeys(("utf16", "utf-16"), "utf-16"),
}
"""Encodings by what they are called elsewhere; a text in Latin-1 or in Windows-1252 is read as both write it."""


def is_workbook(path: str) -> bool:
    """Whether a file is a workbook, told by its name."""
    return PurePosixPath(path.lower().removesuffix(".gz")).suffix in WORKBOOK_SUFFIXES


class Numbers(Strict):
    """How numbers are written in a file of text."""

    decimal: Literal[".", ","] = Field(".", description="decimal mark")
    thousands: Literal[".", ",", " ", "'"] | None = Field(None, description="thousands mark; none by default")

    @model_validator(mode="after")
    def _marks_differ(self) -> "Numbers":
        if self.decimal == self.thousands:
            raise ValueError(f"'{self.decimal}' cannot be both the decimal and the thousands mark")
        return self

    def words(self) -> str:
        """The format for the reference page."""
        thousands = f"thousands `{self.thousands}`" if self.thousands else "no thousands mark"
        return f"numbers with decimal `{self.decimal}` and {thousands}"


class CsvFormat(Numbers):
    """Delimited text."""

    kind: Literal["csv"]
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', max_length=1, description="quoting character; empty where the file knows none")
    encoding: Literal["utf-8", "latin-1", "utf-16"] = Field(
        "utf-8",
        description="utf-8, latin-1 or utf-16; cp1252, windows-1252 and iso-8859-1 are read as latin-1, which has the "
        "signs of Windows too; utf-16 may come without its byte order mark",
    )
    header_row: int = Field(1, ge=1, description="line that holds the column names; lines above it are skipped")
    maximum_line_bytes: int = Field(
        2_097_152,
        ge=1024,
        le=LONGEST_LINE,
        description=f"a longer line is quarantined as malformed; a file with one beyond {LONGEST_LINE:,} is refused",
    )

    @field_validator("encoding", mode="before")
    @classmethod
    def _by_its_other_names(cls, encoding: Any) -> Any:
        return _ENCODINGS.get(encoding.lower(), encoding) if isinstance(encoding, str) else encoding

    @model_validator(mode="after")
    def _delimits(self) -> "CsvFormat":
        if self.delimiter == self.quote:
            raise ValueError(f"{self.delimiter!r} cannot be both the delimiter and the quoting character")
        if self.delimiter in "\r\n":
            raise ValueError("a line break ends rows and cannot be the delimiter")
        return self

    def words(self) -> str:
        """The format for the reference page."""
        delimiter = {"\t": "tab", " ": "blank"}.get(self.delimiter, f"`{self.delimiter}`")
        quote = f"quoted with `{self.quote}`" if self.quote else "never quoted"
        return (
            f"CSV, delimiter {delimiter}, {quote}, {self.encoding}, header in line {self.header_row}, {super().words()}"
        )


class Sheet(Strict):
    """Where in a workbook the rows are."""

    sheet: str | None = Field(None, description="name of the sheet; may be left out where there is only one")
    header_row: int = Field(1, ge=1, description="row that holds the column names; rows above it are skipped")

    def words(self) -> str:
        """The place for the reference page."""
        return f"{f'sheet `{self.sheet}`' if self.sheet else 'its only sheet'}, header in row {self.header_row}"


class XlsxFormat(Sheet, Numbers):
    """A sheet of a workbook."""

    kind: Literal["xlsx"]

    def words(self) -> str:
        """The format for the reference page."""
        return f"XLSX, {Sheet.words(self)}, {Numbers.words(self)}"


class ParquetFormat(Numbers):
    """Parquet; every column is taken as text first, so that one path serves all formats."""

    kind: Literal["parquet"]

    def words(self) -> str:
        """The format for the reference page."""
        return f"Parquet, {super().words()}"


class JsonLinesFormat(Numbers):
    """One JSON object a line."""

    kind: Literal["jsonl"]

    def words(self) -> str:
        """The format for the reference page."""
        return f"JSON, one object a line, {super().words()}"


class SqlFormat(Numbers):
    """A query of a database, whose rows are put into a Parquet file of the landing once a run, and read from there."""

    kind: Literal["sql"]
    url_env: str = Field(
        pattern="^[A-Z][A-Z0-9_]*$",
        description="the environment variable that holds the database's URL, such as `SHOP_DATABASE`; never the URL",
    )
    query: str = Field(min_length=1, description="the query whose rows are the source's, columns by their names in it")

    def words(self) -> str:
        """The format for the reference page."""
        return f"a query of the database that `{self.url_env}` names, as Parquet, {super().words()}"


Format = Annotated[CsvFormat | XlsxFormat | ParquetFormat | JsonLinesFormat | SqlFormat, Field(discriminator="kind")]

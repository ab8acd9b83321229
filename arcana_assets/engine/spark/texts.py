"""Delimited text read by Spark: records whose fields are what any reader takes them for, and a mark on all others.

Belongs here: options of Spark's CSV reader, and the proof that a record is what it took it for. Does not belong here:
which files are read, what becomes of those with a mark (`landing`).

Spark's reader takes many a broken record for a row. So it is told of one column more than there is: then no record has
the columns expected, and it hands over the text of each, as of one that is corrupt. What follows the rules of quoting
(RFC 4180) from end to end can be read in one way only; that, and the number of fields, is asked of the text.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from arcana_assets.engine.events import BLANK, BREAKS, FILENAME, UNSURE, Delimited
from arcana_assets.engine.spark.sql import literal, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.connect.session import SparkSession

_ENCODINGS = {"utf-8": "UTF-8", "latin-1": "ISO-8859-1"}
_NO_TEXT = {"utf-8": r"[\x00\x{fffd}]", "latin-1": r"[\x00\x80-\x9f]"}
"""What decoding makes of bytes that are no text, and what Windows means by another letter (`landing.files.copies`)."""
_LF, _CR, _CRLF = literal("\n"), literal("\r"), literal("\r\n")
_ANY_BREAK, _BREAKS, _BREAKS_BEFORE = literal(r"[\r\n]"), literal(r"(?:\r?\n)+"), literal(r"\A[\r\n]+")


def read(session: "SparkSession", files: Delimited, uri: Callable[[str], str]) -> "DataFrame":
    """The records as `PutsFiles.texts` promises them. `uri` is how Spark calls a file."""
    count = len(files.columns)
    fields = [f"c{place}" for place in range(count)]
    options: dict[str, str | bool] = {
        "header": True,
        "sep": files.delimiter,
        "quote": files.quote or "\0",
        "escape": files.quote or "\0",
        "encoding": _ENCODINGS[files.encoding],
        "multiLine": files.spans,
        "ignoreLeadingWhiteSpace": False,
        "ignoreTrailingWhiteSpace": False,
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": "record",
        "columnPruning": False,
    }
    ddl = ", ".join(f"{name} STRING" for name in (*fields, f"c{count}", "record"))
    frame: DataFrame = session.read.schema(ddl).options(**options).csv([uri(each) for each in files.uris])
    # Blank lines before a record come with it.
    record = f"regexp_replace(record, {_BREAKS_BEFORE}, '') AS record"
    frame = frame.selectExpr(*fields, record, f"{_given('_metadata.file_path')} AS file")
    frame = frame.selectExpr(
        "*",
        f"{_outside_quotes(files)} AS outside",
        f"{_times('record', _CRLF, 2)} AS crlf",
        f"{_times('record', _CR)} AS cr",
        f"{_times('record', _LF)} AS lf",
    )
    return frame.selectExpr(
        *(f"{_value(field)} AS {quoted(name)}" for field, name in zip(fields, files.columns, strict=True)),
        f"file AS {quoted(FILENAME)}",
        f"{_unsure(files)} AS {quoted(UNSURE)}",
        f"coalesce(lf, 0) AS {quoted(BREAKS)}",
        f"IF(lf > 0, lf - regexp_count(record, {_BREAKS}), 0) AS {quoted(BLANK)}",
    )


def _given(path: str) -> str:
    """A file, which Spark names by its URL, by the uri that it was given."""
    plain = f"url_decode(replace({path}, '+', '%2B'))"
    return f"regexp_replace(regexp_replace({plain}, '^file:/+', '/'), '^s3[an]?://', 's3://')"


def _outside_quotes(files: Delimited) -> str:
    """What remains of a record without its fields in quotes; possessive, so that no length exhausts the stack."""
    if not files.quote:
        return "record"
    mark, quote = (rf"\Q{sign}\E" for sign in (files.delimiter, files.quote))
    inside = rf"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+"
    whole = literal(rf"(\A|{mark}){quote}{inside}{quote}(?={mark}|\z)")
    return f"IF(instr(record, {literal(files.quote)}) > 0, regexp_replace(record, {whole}, '$1'), record)"


def _unsure(files: Delimited) -> str:
    mark, quote = (rf"\Q{sign}\E" for sign in (files.delimiter, files.quote))
    reasons = [
        "record IS NULL",
        f"{_times('outside', literal(files.delimiter))} <> {len(files.columns) - 1}",
        f"regexp_like(outside, {_ANY_BREAK})",
        f"regexp_like(record, {literal(_NO_TEXT[files.encoding])})",
        # One kind of line break in a record can be restored, see `_value`.
        "(cr > 0 AND (cr <> crlf OR lf <> crlf))",
        f"octet_length(record) + 2 >= {files.longest}",  # with the end of its line
    ]
    if files.quote:
        # Quotes that do not close, or close before the field ends; blanks before them are skipped by some.
        opened = literal(rf"(?:\A|{mark})\s*{quote}")
        reasons.append(f"regexp_like(outside, {opened})")
    return " OR ".join(reasons)


def _value(field: str) -> str:
    """A field; Spark makes a line feed of the breaks in it where lines end in a return and a line feed."""
    restored = f"IF(cr > 0 AND instr({field}, {_CR}) = 0, replace({field}, {_LF}, {_CRLF}), {field})"
    return f"nullif({restored}, '')"


def _times(text: str, sign: str, length: int = 1) -> str:
    times = f"(length({text}) - length(replace({text}, {sign}, '')))"
    return f"{times} DIV {length}" if length > 1 else times

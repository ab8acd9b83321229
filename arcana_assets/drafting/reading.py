"""Reading a file that nobody has described yet: how it is written, and its rows as text.

Belongs here: encoding, delimiter, header, sheet, each with its evidence. Does not belong here: what the columns hold
(`values`, `dates`), reading files that a contract describes (`landing.files`).
"""

import codecs
import csv
import datetime as dt
import functools
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from arcana_assets.drafting.guess import Guess

ROWS = 500_000  # that a draft looks at; what it says of keys and dates holds for these
CHUNK, HEAD = 1 << 20, 1 << 18
LINES = 400  # by which delimiters are told apart
TITLES = 30  # lines that may stand above the header
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
WORKBOOKS, TEXTS, LINES_OF_JSON = (".xlsx", ".xlsm"), (".csv", ".txt", ".tsv", ".dat"), (".jsonl", ".ndjson", ".json")
NUMBER_OR_DATE = re.compile(r"[+-]?[\d.,]+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")


class Unreadable(Exception):
    """A file that is no table a contract could describe; the message says what it is instead."""


@dataclass(frozen=True)
class Written:
    """A file as it seems to be written, and its first rows.

    `form` is the contract's `format`; `guesses` say how sure each of its parts is. `table` has a column of text for
    each header, by its place, empty texts absent; `whole` says whether it holds every row. Of lines that repeat the
    header, as where files were put one below another, it has none, and `repeats` counts them. `faults` are what a
    person has to put right before a contract can read the file.
    """

    path: Path
    form: dict[str, Any]
    guesses: dict[str, Guess]
    header: tuple[str, ...]
    table: pa.Table
    whole: bool
    malformed: int = 0
    faults: tuple[str, ...] = ()
    repeats: int = 0


def read(path: Path) -> Written:
    """The file at `path`. Raises Unreadable for what is no table, and says what it is instead."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise Unreadable("there is no such file")
    if path.stat().st_size == 0:
        raise Unreadable("the file is empty")
    if suffix in WORKBOOKS:
        return _without_headers(_workbook(path))
    if suffix == ".parquet":
        return _parquet(path)
    if suffix in LINES_OF_JSON:
        return _json_lines(path)
    if suffix not in TEXTS:
        raise Unreadable(f"a file that ends in '{suffix}' is none of CSV, XLSX, Parquet and JSON Lines; save it as one")
    return _without_headers(_text(path))


def _without_headers(written: Written) -> Written:
    """The file without the lines that repeat its header; of one that has none, its first line is a row like others."""
    if written.guesses["header_row"].sure == "unsure":
        return written
    same = [
        pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), name), False)
        for column, name in zip(written.table.columns, written.header, strict=True)
    ]
    again = functools.reduce(pc.and_, same)
    kept = written.table.filter(pc.invert(again))
    return replace(written, table=kept, repeats=written.table.num_rows - kept.num_rows)


def _text(path: Path) -> Written:
    encoding = encoding_of(path)
    with path.open("rb") as file:
        head = file.read(HEAD)
    text = head.decode("utf-8-sig" if encoding.value == "utf-8" else encoding.value, errors="ignore")
    if len(head) == HEAD:  # the last line is cut
        text = text[: text.rfind("\n") + 1]
    delimiter, place = dialect_of(text)
    named = _records(text, delimiter.value)[: place.value]
    header = tuple(" ".join(field.split()) for field in named[-1])
    faults = _faults(header, place.why)
    if any("\n" in field for field in named[-1]):
        faults = (*faults, "write the name of each column on one line: no contract reads names that go on in the next")
    above = place.value + sum(field.count("\n") for record in named for field in record)
    # Without a header the first line is a row as well; its fields serve as names until somebody gives better ones.
    table, whole, malformed = _rows(path, encoding.value, delimiter.value, above, len(header))
    form = {"kind": "csv", "delimiter": delimiter.value, "encoding": encoding.value}
    form |= {"header_row": place.value} if place.value > 1 else {}
    guesses = {"encoding": encoding, "delimiter": delimiter, "header_row": place}
    return Written(path, form, guesses, header, table, whole, malformed, faults)


def encoding_of(path: Path) -> Guess:
    """utf-8 where every byte of the file is, else utf-16 by its mark, else latin-1, which reads cp1252 as well.

    Raises Unreadable for bytes that no text has.
    """
    decoder, beyond, broken = codecs.getincrementaldecoder("utf-8")(), 0, False
    counts = Counter[int]()
    with path.open("rb") as file:
        first = True
        while chunk := file.read(CHUNK):
            if first and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return Guess("utf-16", "sure", "the file begins with the mark of utf-16")
            if b"\x00" in chunk:
                raise Unreadable("the file has zero bytes, as no text has: is it a picture, an archive or a program?")
            first = False
            if not broken:
                try:
                    text = decoder.decode(chunk)
                    beyond += 0 if text.isascii() else sum(character > "\x7f" for character in text)
                except UnicodeDecodeError:
                    broken = True
            if not chunk.isascii():
                counts.update(byte for byte in chunk if byte > 0x7F)
    if not broken:
        why = f"all of the file reads as utf-8, {beyond:,} letters beyond ASCII among it" if beyond else "ASCII only"
        return Guess("utf-8", "sure" if beyond else "likely", why, () if beyond else ("latin-1",))
    windows = sum(count for byte, count in counts.items() if 0x80 <= byte <= 0x9F)
    letters = sum(count for byte, count in counts.items() if byte >= 0xC0 or byte in b"\xa0\xa3\xaa\xb0\xba")
    examples = "".join(chr(byte) for byte, _ in counts.most_common(6) if byte > 0x9F)
    if windows > letters:
        why = f"it is no utf-8, and {windows:,} bytes are no letters of latin-1; look at names with accents"
        return Guess("latin-1", "unsure", why, ("cp850, which no contract reads: save the file as utf-8",))
    also = f", {windows:,} of cp1252 among them, which latin-1 reads" if windows else ""
    return Guess("latin-1", "likely", f"it is no utf-8; {letters:,} letters such as '{examples}'{also}")


def dialect_of(text: str) -> tuple[Guess, Guess]:
    """The delimiter and the line of the header, from the first lines of a file.

    Raises Unreadable for a file in which no delimiter makes two columns.
    """
    found = list[tuple[float, str, int, int, int, int]]()
    for delimiter in DELIMITERS:
        records = _records(text, delimiter)[:LINES]
        widths = Counter(len(record) for record in records if any(record))
        wide = [(count, width) for width, count in widths.items() if width > 1]
        if not wide:
            continue
        count, width = max(wide)
        place = next((n for n, each in enumerate(records[:TITLES], 1) if len(each) == width and _names(each)), 0)
        if not place:
            place = next(n for n, each in enumerate(records, 1) if len(each) == width)
        rest = [record for record in records[place - 1 :] if any(record)]
        share = sum(len(record) == width for record in rest) / len(rest)
        # Decimal commas make columns, too; in the line of the names they do not.
        named = 1.0 if _names(records[place - 1]) else 0.4
        early = (1.0 if place == 1 else 0.9) * len(rest) / sum(any(record) for record in records)
        found.append((share * named * early * (1 + min(width, 10) / 100), delimiter, width, place, count, len(rest)))
    if not found:
        raise Unreadable("the file has one column only; expected several, with comma, semicolon, tab or bar between")
    found.sort(key=lambda each: -each[0])
    score, delimiter, width, place, count, lines = found[0]
    rivals = tuple(DELIMITERS[each[1]] for each in found[1:] if each[0] > 0.7 * score)
    share = sum(len(record) == width for record in _records(text, delimiter)[place - 1 : LINES] if any(record)) / lines
    sure = "sure" if share > 0.98 and not rivals else "likely" if share > 0.8 else "unsure"
    why = f"{share:.0%} of the first {lines:,} lines have {width} fields"
    names = _records(text, delimiter)[place - 1]
    if not _names(names):
        shown = next((field for field in names if NUMBER_OR_DATE.fullmatch(field.strip())), "")
        header = Guess(place, "unsure", f"no line of names was found: the first line holds '{shown[:20]}'")
    else:
        above = f"; {place - 1} lines above it are skipped" if place > 1 else ""
        header = Guess(place, "sure" if place == 1 else "likely", f"a line of {width} names{above}")
    return Guess(delimiter, sure, why, rivals), header  # type: ignore[arg-type]


def _names(record: Sequence[str]) -> bool:
    """Whether a line can be one of names: each filled in, and none a number or a date."""
    fields = [field.strip() for field in record]
    return all(fields) and not any(NUMBER_OR_DATE.fullmatch(field) for field in fields)


def _records(text: str, delimiter: str) -> list[list[str]]:
    before = csv.field_size_limit(HEAD * 4)  # of the whole process
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    finally:
        csv.field_size_limit(before)


def _faults(header: Sequence[str], header_words: str = "") -> tuple[str, ...]:
    found = []
    if "no line of names" in header_words:
        found.append("give the file a first line with a name for each column")
    twice = sorted(name for name, count in Counter(name.lower() for name in header).items() if count > 1)
    if twice:
        found.append(f"give each column a name of its own; {', '.join(twice)} stands there more than once")
    return tuple(found)


def _rows(path: Path, encoding: str, delimiter: str, place: int, width: int) -> tuple[pa.Table, bool, int]:
    names = [str(number) for number in range(width)]
    malformed = 0

    def skip(row: Any) -> str:
        nonlocal malformed
        malformed += 1
        return "skip"

    reader = pacsv.open_csv(
        path,
        pacsv.ReadOptions(encoding=encoding, skip_rows=place, column_names=names),
        pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip),
        pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        ),
    )
    batches, rows = list[pa.RecordBatch](), 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        if rows >= ROWS:
            return pa.Table.from_batches(batches).slice(0, ROWS), False, malformed
    return pa.Table.from_batches(batches, reader.schema), True, malformed


def _workbook(path: Path) -> Written:
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (calamine.CalamineError, OSError, ValueError) as wrong:
        raise Unreadable(f"the workbook cannot be opened ({wrong}); save it again, without a password") from None
    filled = {name: sum(sum(cell not in ("", None) for cell in row) for row in rows) for name, rows in sheets.items()}
    sheet = max(filled, key=lambda name: filled[name], default="")
    if not sheet or not filled[sheet]:
        raise Unreadable("the workbook has no cell that is filled in")
    texts = [[_cell(value) for value in row] for row in sheets[sheet]]
    width = max(len([cell for cell in row if cell is not None]) for row in texts[: TITLES * 2])
    place = next(
        (
            number
            for number, row in enumerate(texts[:TITLES], 1)
            if len(filled_in := [cell for cell in row if cell is not None]) >= max(2, width * 0.8) and _names(filled_in)
        ),
        1,
    )
    header = list(texts[place - 1])
    while header and header[-1] is None:
        header.pop()
    if len(header) < 2:
        raise Unreadable(f"the sheet '{sheet}' has one column only; expected several with names above")
    names = tuple((name or "").strip() for name in header)
    faults = _faults(names)
    if "" in names:
        faults = (*faults, f"give column {names.index('') + 1} of the sheet a name in row {place}")
    rows = [[*row[: len(names)], *[None] * (len(names) - len(row))] for row in texts[place:]]
    rows = [row for row in rows if any(cell is not None for cell in row)][:ROWS]
    columns = [pa.array([row[number] for row in rows], pa.string()) for number in range(len(names))]
    others = tuple(name for name in sheets if name != sheet and filled[name])
    form = {"kind": "xlsx", **({"sheet": sheet} if len(sheets) > 1 else {}), "header_row": place}
    guesses = {
        "sheet": Guess(sheet, "likely" if others else "sure", "the sheet with the most cells", others),
        "header_row": Guess(place, "sure" if place == 1 else "likely", f"a row of {len(names)} names"),
    }
    table = pa.table({str(number): column for number, column in enumerate(columns)})
    return Written(path, form, guesses, names, table, len(rows) < ROWS, faults=faults)


def _cell(value: Any) -> str | None:
    """A cell as text; dates as the reader of workbooks writes them for the formats that a draft gives them."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")
    return str(value)


def _parquet(path: Path) -> Written:
    try:
        file = pq.ParquetFile(path)
        batches = [batch for batch, _ in zip(file.iter_batches(CHUNK // 8), range(ROWS * 8 // CHUNK + 1), strict=False)]
        table = pa.Table.from_batches(batches, file.schema_arrow).slice(0, ROWS)
    except (pa.ArrowException, OSError) as wrong:
        raise Unreadable(f"the file is no Parquet ({wrong})") from None
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
    kept = [name for name in table.column_names if name not in nested]
    columns = {str(number): pc.cast(table[name], pa.string()) for number, name in enumerate(kept)}
    faults = (f"leave out {', '.join(nested)}, which hold lists or structures",) if nested else ()
    whole = file.metadata.num_rows <= ROWS
    return Written(path, {"kind": "parquet"}, {}, tuple(kept), pa.table(columns), whole, faults=faults)


def _json_lines(path: Path) -> Written:
    rows = list[dict[str, Any]]()
    for line in _lines(path):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise Unreadable("expected JSON Lines, one object a line; write a JSON list as one object a line")
        rows.append(row)
        if len(rows) == ROWS:
            break
    names = (*dict.fromkeys(name for row in rows for name in row),)
    if len(names) < 2:
        raise Unreadable("its objects have one key only; expected several")
    columns = {
        str(number): pa.array([_value(row.get(name)) for row in rows], pa.string()) for number, name in enumerate(names)
    }
    return Written(path, {"kind": "jsonl"}, {}, names, pa.table(columns), len(rows) < ROWS, faults=_faults(names))


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line in file:
                if line.strip():
                    yield line
    except UnicodeDecodeError:
        raise Unreadable("JSON is read as utf-8, and the file is in another encoding; save it as utf-8") from None


def _value(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value)
